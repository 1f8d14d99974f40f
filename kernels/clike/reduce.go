package clike

import (
	"errors"
	"fmt"

	"github.com/quern-go/quern/kernels"
)

// reducePlanner plans the launches of a Reduce. The kept axes of a launch come
// first in the arrays of the argument block, then the reduced ones.
type reducePlanner struct {
	reduction
	ops    *operands
	layout *layout
	sig    *kernels.Signature
	axes   int

	pre              []*operand // what Pre reads
	moves            []*operand // of these, those with strides
	all              []*operand // all with strides
	row              int        // the entry point for one reduced axis
	rowAxes          int        // that for several
	lengths, reduced word       // of axes, and how many are reduced
	preCost          float64
}

func renderReduce(s *source, k *kernels.Reduce, axes int) (planner, error) {
	r := &reducePlanner{layout: &s.block, sig: s.sig, axes: axes, preCost: cost(&k.Pre)}
	r.order, r.group = k.Order, groupFor(s.target)
	s.block.number("first_group")
	r.describe(&s.block)
	r.reduced = s.block.number("reduced")
	r.lengths = s.block.numbers("shape", axes+1)
	r.ops = newOperands(s, axes+1, &k.Pre, &k.Post)
	s.block.scalars(s.dialect, k.Params)
	r.pre = r.ops.readBy(&k.Pre, false)
	r.moves = r.ops.moving(r.pre)
	r.finish = r.ops.readBy(&k.Post, true)
	r.moving = r.ops.moving(r.finish)
	r.all = r.ops.moving(r.ops.all())

	r.accs = newAccs(s, "Accs", k.Accs)
	if need := r.accs.size * kernels.TreeLanes; k.Order == kernels.Tree && need > s.target.LocalBytes {
		return nil, fmt.Errorf("accumulators take %d bytes of local memory, of %d: %w", need, s.target.LocalBytes, errors.ErrUnsupported)
	}
	pre := s.bodyFunc("pre", &k.Pre, k.Order == kernels.Tree)
	r.post = s.bodyFunc("post", &k.Post, false)
	r.row = r.writeEntry(s, "Reduces along one axis.", "reduce_row", r.elements(s, pre, false), r.ops)
	r.rowAxes = r.writeEntry(s, "Reduces along several axes.", "reduce_axes", r.elements(s, pre, true), r.ops)
	r.again = r.writeEntry(s, "Reduces partial results.", "reduce_again", r.partials(s), r.ops)
	return r, nil
}

// elements are the values that Pre makes of the inputs.
func (r *reducePlanner) elements(s *source, pre *bodyFunc, several bool) *values {
	work := r.preCost
	if several {
		work += light // the division of the position into an index
	}
	return &values{
		ops: r.pre, cost: work,
		start: func(e *text) {
			s.offsets(r.moves, "_at")
			e.open("")
			s.walk("point", "0", s.arg("kept"), r.moves, "_at")
			e.close()
			pre.writeCounters(e)
		},
		each: func(e *text, state string) {
			suffix := "_at + (long)at * "
			if several {
				suffix = "_i"
				for _, p := range r.moves {
					e.line("long %s_i = %s_at;", p.name, p.name)
				}
				e.open("")
				s.walk("at", s.arg("kept"), s.arg("reduced"), r.moves, "_i")
				e.close()
			}
			e.line("const %s x = %s;", pre.returns, pre.call(func(l leaf) string {
				return s.value(l, func(name string) string {
					if several {
						return name + suffix
					}
					return name + suffix + s.arg(name+"_stride["+s.arg("kept")+"]")
				})
			}))
			r.accs.writeState(e, state, func(i int) string { return fmt.Sprintf("x.r%d", i) }, "(long)at")
		},
	}
}
