package oracle

import (
	"slices"

	"github.com/quern-go/quern/kernels"
)

// runReduce evaluates Pre at every reduced point of each kept point, combines
// its results in the canonical order, and evaluates Post on what is left. The
// position that ArgMin and ArgMax keep counts the reduced points in order.
func (r *run) runReduce(k *kernels.Reduce) {
	kept := len(r.args.Shape) - r.args.Reduced
	if r.args.Reduced < 0 || kept < 0 {
		r.fail("reduce: %d reduced axes, of %d", r.args.Reduced, len(r.args.Shape))
		return
	}
	if !r.begin(k, kept) {
		return
	}
	keptShape, reducedShape := r.args.Shape[:kept], r.args.Shape[kept:]
	forEach(keptShape, func(outer []int) {
		accs := newReducers(k.Order, k.Accs)
		index := slices.Concat(outer, make([]int, len(reducedShape)))
		position := int64(0)
		forEach(reducedShape, func(inner []int) {
			copy(index[kept:], inner)
			for n, bits := range r.eval(&k.Pre, point{index: index}) {
				accs[n].push(kernels.Partial{Bits: bits, Index: position})
			}
			position++
		})
		clear(index[kept:])
		r.store(outer, r.eval(&k.Post, point{index: index, accs: results(accs)}))
	})
}
