package devicetest

import (
	"slices"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/oracle"
)

// guard is the number of elements kept free on each side of an operand; odd, so
// that operands are not aligned.
const guard = 67

// guardBits fills outputs before a launch: a finite number that no case makes.
func guardBits(t kernels.DType) uint64 { return 0xa5a5a5a5a5a5a5a5 & sizeMask(t) }

// arrangement is how an operand's elements lie in memory.
type arrangement int

const (
	rowMajor  arrangement = iota
	colMajor              // the first axis is innermost
	reversed              // row-major, every stride negative
	spaced                // row-major with two unused elements after each
	rotated               // the last axis is outermost
	stretched             // inputs only: stride 0 along every second axis
	constant              // inputs only: stride 0 along every axis
	numArrangements
)

var arrangementNames = [numArrangements]string{
	"rowMajor", "colMajor", "reversed", "spaced", "rotated", "stretched", "constant",
}

func (a arrangement) String() string { return arrangementNames[a] }

// arrange gives the strides for a shape, the offset that keeps a guard band, and
// the length of the array. Axes in drop have stride 0.
func arrange(shape []int, how arrangement, drop ...int) (strides []int, offset, length int) {
	strides = make([]int, len(shape))
	order := make([]int, len(shape)) // innermost first
	for i := range order {
		order[i] = len(shape) - 1 - i
	}
	step := 1
	switch how {
	case colMajor:
		slices.Reverse(order)
	case rotated:
		if len(order) > 1 {
			order = append(order[1:], order[0])
		}
	case spaced:
		step = 3
	}
	offset, length = guard, 2*guard
	span := 0
	for _, axis := range order {
		n := max(shape[axis], 1)
		switch {
		case slices.Contains(drop, axis), how == stretched && axis%2 == 0, how == constant:
			continue
		case how == reversed:
			strides[axis] = -step
			offset += (n - 1) * step
		default:
			strides[axis] = step
		}
		span += (n - 1) * step
		step *= n
	}
	return strides, offset, length + span + 1
}

// input is an operand of values over a shape; axes in drop have stride 0.
func (d *data) input(t kernels.DType, src source, shape []int, how arrangement, drop ...int) oracle.Operand {
	strides, offset, length := arrange(shape, how, drop...)
	return oracle.Operand{Array: d.array(t, length, src), Offset: offset, Strides: strides}
}

// output is an operand of guard values over a shape.
func output(t kernels.DType, shape []int, how arrangement) oracle.Operand {
	strides, offset, length := arrange(shape, how)
	a := oracle.NewArray(t, length)
	for i := range length {
		a.Set(i, guardBits(t))
	}
	return oracle.Operand{Array: a, Offset: offset, Strides: strides}
}

// outputs are operands for each of a kernel's results.
func outputs(k kernels.Kernel, shape []int, how arrangement) []oracle.Operand {
	var ops []oracle.Operand
	for _, t := range k.Outs() {
		ops = append(ops, output(t, shape, how))
	}
	return ops
}

// flat is a contiguous operand over an existing array.
func flat(a oracle.Array) oracle.Operand { return oracle.Operand{Array: a, Strides: []int{1}} }
