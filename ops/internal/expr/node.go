package expr

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/quern-go/quern/kernels"
)

// MaxAxes is the largest number of axes of an array.
const MaxAxes = 8

// Node is one operation of an expression. It must not be changed once built.
type Node struct {
	Op    Op
	Type  kernels.DType // of the elements
	Shape []int
	Args  [3]*Node // unused ones are nil

	Bits   uint64         // Const: the value
	Data   any            // Source: compared by identity
	Layout kernels.Layout // Source: where in Data the elements are; others: see Positions
	View   *View          // views
	Reduce *Reduction     // reductions
	Step   Step           // Contract
	Axis   int            // Take, Concat, scans
	Bound  *Bound         // Source of positions: between which they lie
	Draw   *Draw          // random numbers: nil if the element makes no other draw
	Loop   *Loop          // Iterate, State, StepNo; Sobol: over the bits of a number
	Number int            // Iterate, State: which of the Loop's states; Sobol: dimension

	Err  error        // Failed
	Memo atomic.Value // whatever the evaluator keeps for this node
}

// Draw places one of several draws that every sample of a simulation makes
// among its random words: see mathfn.Draws.
type Draw struct {
	Word   int // the first word of this draw
	Sample *Draws
}

// Draws counts the random words that a sample takes, or a step of a loop that the
// sample makes. It is complete when the simulation's closure has returned, before
// anything is evaluated.
type Draws struct {
	Words int
	Loop  *Loop // nil: the draws are made once, outside of loops
}

// Copy is a node with the same fields, but nothing kept for it.
func (n *Node) Copy() *Node {
	return &Node{
		Op: n.Op, Type: n.Type, Shape: n.Shape, Args: n.Args, Bits: n.Bits, Data: n.Data,
		Layout: n.Layout, View: n.View, Reduce: n.Reduce, Step: n.Step, Axis: n.Axis, Bound: n.Bound,
		Draw: n.Draw, Loop: n.Loop, Number: n.Number,
	}
}

// Positions is where the elements of a Source lie in its Data, or of a random
// array or Arange among those that are numbered from 0.
func (n *Node) Positions() kernels.Layout {
	if n.Layout.Strides == nil {
		return kernels.Contiguous(n.Shape...)
	}
	return n.Layout
}

// Walk calls f for every node of the expression once, arguments first.
func Walk(root *Node, f func(*Node)) {
	seen := make(map[*Node]bool)
	var visit func(n *Node)
	visit = func(n *Node) {
		if seen[n] {
			return
		}
		seen[n] = true
		for _, a := range n.Args {
			if a != nil {
				visit(a)
			}
		}
		f(n)
	}
	visit(root)
}

// Bytes is the size of the array in memory.
func (n *Node) Bytes() int { return n.Size() * n.Type.Size() }

// Size is the number of elements.
func (n *Node) Size() int {
	size := 1
	for _, d := range n.Shape {
		size *= d
	}
	return size
}

// errZero is the error of an Array that no function of ops made.
var errZero = errors.New("array: the zero Array has no value; make one with FromSlice, Zeros, …")

// Fail is a node that carries an error.
func Fail(err error) *Node { return &Node{Op: Failed, Err: err} }

// Failf is Fail of a formatted error.
func Failf(format string, args ...any) *Node { return Fail(fmt.Errorf(format, args...)) }

// failed returns the first argument that is nil or carries an error, as a node
// that does.
func failed(args ...*Node) *Node {
	for _, a := range args {
		if a == nil {
			return Fail(errZero)
		}
		if a.Op == Failed {
			return a
		}
	}
	return nil
}

// Check returns n, or a Failed node if n is nil.
func Check(n *Node) *Node {
	if n == nil {
		return Fail(errZero)
	}
	return n
}

// checkShape says whether arrays may have the shape.
func checkShape(op string, shape []int) error {
	if len(shape) > MaxAxes {
		return fmt.Errorf("%s: shape %v: %d axes, at most %d are supported", op, shape, len(shape), MaxAxes)
	}
	if _, err := kernels.Size(shape); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	return nil
}

// NewConst is a constant array; the shape is not copied.
func NewConst(t kernels.DType, bits uint64, shape []int) *Node {
	return &Node{Op: Const, Type: t, Bits: bits, Shape: shape}
}

// Full is a constant array of a given shape, which it checks.
func Full(op string, t kernels.DType, bits uint64, shape []int) *Node {
	if err := checkShape(op, shape); err != nil {
		return Fail(err)
	}
	return NewConst(t, bits, slices.Clone(shape))
}

// Scalar is a constant without axes.
func Scalar(t kernels.DType, x float64) *Node {
	return NewConst(t, kernels.FloatBits(t, x), nil)
}

// NewSource is an array that exists. The layout lies within data.
func NewSource(t kernels.DType, data any, layout kernels.Layout) *Node {
	if layout.Len() == 0 {
		return NewConst(t, 0, layout.Shape)
	}
	return &Node{Op: Source, Type: t, Shape: layout.Shape, Data: data, Layout: layout}
}

// Random is a random array: op is Uniform or Normal.
func Random(op Op, t kernels.DType, seed uint64, draw *Draw, shape []int) *Node {
	if err := checkShape(op.String(), shape); err != nil {
		return Fail(err)
	}
	n := &Node{Op: op, Type: t, Shape: slices.Clone(shape), Draw: draw}
	if n.Size() == 0 {
		return NewConst(t, 0, n.Shape)
	}
	n.Args[0] = NewConst(kernels.U64, seed, nil)
	return n
}

// NewIntegers is an array of whole numbers from 0 to bound−1.
func NewIntegers(t kernels.DType, seed, bound uint64, draw *Draw, shape []int) *Node {
	n := Random(Integers, t, seed, draw, shape)
	if n.Op == Integers {
		n.Args[1] = NewConst(kernels.U64, bound, nil)
	}
	return n
}

// NewPick is an array of elements drawn from x, an array of one axis. Picks from
// arrays of one length with the same seed and draw take the same positions.
func NewPick(x *Node, seed uint64, draw *Draw, shape []int) *Node {
	if f := failed(x); f != nil {
		return f
	}
	if len(x.Shape) != 1 || x.Shape[0] == 0 {
		return Failf("pick: shape %v, expected one axis with at least one element", x.Shape)
	}
	n := Random(Pick, x.Type, seed, draw, shape)
	switch {
	case n.Op != Pick:
		return n
	case x.Op == Const:
		return NewConst(x.Type, x.Bits, n.Shape)
	}
	n.Args[1], n.Args[2] = NewConst(kernels.U64, uint64(x.Shape[0]), nil), x
	return n
}

// NewSobol is a coordinate of points of Sobol's sequence (float64): point and
// replicate are whole numbers, point below 2^bits, and each replicate has a random
// shift of its own.
func NewSobol(point, replicate *Node, seed uint64, dimension, bits int) *Node {
	n := Ternary(Sobol, point, replicate, NewConst(kernels.U64, seed, nil))
	if n.Op == Sobol {
		n.Number, n.Loop = dimension, &Loop{Steps: bits}
	}
	return n
}

// Below is how many different values an element of Integers has, or how many
// elements one of Pick is drawn from.
func (n *Node) Below() uint64 { return n.Args[1].Bits }

// NewArange is start + i·delta for i below count.
func NewArange(t kernels.DType, start, delta float64, count int) *Node {
	shape := []int{count}
	if err := checkShape("arange", shape); err != nil {
		return Fail(err)
	}
	if count == 0 {
		return NewConst(t, 0, shape)
	}
	n := &Node{Op: Arange, Type: t, Shape: shape}
	n.Args[0], n.Args[1] = Scalar(t, start), Scalar(t, delta)
	return n
}

// sameShape reports whether two shapes are equal.
func sameShape(a, b []int) bool { return slices.Equal(a, b) }
