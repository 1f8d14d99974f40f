package oracle

import "github.com/quern-go/quern/kernels"

// runMap evaluates the body at every point.
func (r *run) runMap(m *kernels.Map) {
	shape := r.args.Shape
	if !r.begin(m, len(shape)) {
		return
	}
	forEach(shape, func(index []int) {
		r.store(index, r.eval(&m.Body, point{index: index}))
	})
}
