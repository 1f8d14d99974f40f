package grid

import "github.com/quern-go/quern/kernels"

// Args are a launch's arguments without memory: see device.Args.
type Args struct {
	Shape     []int
	Reduced   int
	Ins, Outs []Operand
	Indices   []kernels.Layout
	Params    []uint64
}

// Operand is where an operand's elements are, counted in elements.
type Operand struct {
	Offset  int
	Strides []int
}

// The bounds on the axes of launches for which kernels are rendered.
const (
	FewAxes = 4
	MaxAxes = 12 // eight of an array, and those of a contraction
)

// AxesFor is the bound on the number of axes with which to render a kernel for
// launches of the given number: few bounds, so that a kernel is rendered and
// compiled once or twice in all.
func AxesFor(axes int) int {
	if axes <= FewAxes {
		return FewAxes
	}
	return MaxAxes
}
