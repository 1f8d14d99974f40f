package expr

import (
	"math"
	"slices"

	"github.com/quern-go/quern/kernels"
)

// Reduction says which axes are combined, in ascending order, and how.
type Reduction struct {
	Axes  []int
	Order kernels.Order
	Cross bool // Moments: sums of all products, not only of squares
}

// NewReduce combines the elements along axes (none means all).
func NewReduce(op Op, x *Node, axes []int) *Node {
	if f := failed(x); f != nil {
		return f
	}
	list, err := NormalAxes(op.String(), axes, x.Shape)
	if err != nil {
		return Fail(err)
	}
	if op == ArgMin || op == ArgMax {
		if len(axes) > 1 {
			return Failf("%s: axes %v given, expected one axis or none", op, axes)
		}
		if len(axes) == 0 && len(x.Shape) != 1 {
			return NewReduce(op, ReshapeTo(x, []int{-1}), []int{0}) // positions count in x's order
		}
	}
	return reduce(op, x, list)
}

// reduce is NewReduce along a normal list of axes.
func reduce(op Op, x *Node, axes []int) *Node {
	count := 1
	for _, a := range axes {
		count *= x.Shape[a]
	}
	kept := without(x.Shape, axes)
	if count == 0 || x.Size() == 0 {
		return reduceNothing(op, x, kept, count)
	}
	if count == 1 {
		if op == ArgMin || op == ArgMax {
			return NewConst(kernels.I64, 0, kept)
		}
		return ReshapeTo(x, kept)
	}
	if x.Op == Permute {
		return reducePermuted(x, axes, func(base *Node, axes []int) *Node { return reduce(op, base, axes) })
	}
	n := &Node{Op: op, Type: x.Type, Shape: kept, Reduce: &Reduction{Axes: axes, Order: orderOf(x.Shape, axes)}}
	n.Args[0] = x
	if op == ArgMin || op == ArgMax {
		n.Type = kernels.I64
	}
	return n
}

// NewMoments is, for m arrays x of one shape, the float64 sums of each x along the
// last axis, and then those of the products xᵢ·xⱼ: of all with i ≤ j, (0, 0), (0, 1),
// … (1, 1), …, or without cross only of the squares. The sums are the last axis of
// the result, and always in Tree order.
func NewMoments(cross bool, x ...*Node) *Node {
	list := List(x...)
	if list.Op == Failed {
		return list
	}
	last := len(list.Shape) - 1
	kept := list.Shape[:last]
	n := &Node{Op: Moments, Type: kernels.F64, Shape: append(slices.Clone(kept), len(x)+len(ProductsOf(cross, len(x))))}
	n.Reduce = &Reduction{Axes: []int{last}, Order: kernels.Tree, Cross: cross}
	n.Args[0] = list
	return n
}

// ProductsOf lists the products of m values that a Moments node sums.
func ProductsOf(cross bool, m int) (list [][2]int) {
	for i := range m {
		list = append(list, [2]int{i, i})
		for j := i + 1; j < m && cross; j++ {
			list = append(list, [2]int{i, j})
		}
	}
	return list
}

// orderOf is Tree if the last axis longer than 1 is reduced.
func orderOf(shape, axes []int) kernels.Order {
	for i := len(shape) - 1; i >= 0; i-- {
		if shape[i] != 1 {
			if !slices.Contains(axes, i) {
				return kernels.Strided
			}
			break
		}
	}
	return kernels.Tree
}

// reduceNothing is a reduction of which the argument has no elements.
func reduceNothing(op Op, x *Node, kept []int, count int) *Node {
	for _, d := range kept {
		if d == 0 {
			t := x.Type
			if op == ArgMin || op == ArgMax {
				t = kernels.I64
			}
			return NewConst(t, 0, kept)
		}
	}
	switch op {
	case Sum:
		return NewConst(x.Type, 0, kept)
	case Prod:
		return NewConst(x.Type, kernels.FloatBits(x.Type, 1), kept)
	}
	return Failf("%s: no elements to choose from: shape %v, %d reduced", op, x.Shape, count)
}

// reducePermuted folds a transpose into the axes of a reduction: f reduces the
// argument of the transpose, and what remains is transposed.
func reducePermuted(x *Node, axes []int, f func(base *Node, axes []int) *Node) *Node {
	base, perm := x.Args[0], x.View.Perm
	inner := make([]int, len(axes))
	for i, a := range axes {
		inner[i] = perm[a]
	}
	slices.Sort(inner)
	rank := make([]int, len(perm)) // position of each base axis among the kept ones
	for i, next := 0, 0; i < len(perm); i++ {
		if !slices.Contains(inner, i) {
			rank[i] = next
			next++
		}
	}
	var after []int
	for i, p := range perm {
		if !slices.Contains(axes, i) {
			after = append(after, rank[p])
		}
	}
	n := f(base, inner)
	if n.Op == Failed {
		return n
	}
	return permute(n, after)
}

// Mean is the sum divided by the number of elements.
func Mean(x *Node, axes []int) *Node {
	if f := failed(x); f != nil {
		return f
	}
	list, err := NormalAxes("mean", axes, x.Shape)
	if err != nil {
		return Fail(err)
	}
	return mean(x, list)
}

func mean(x *Node, axes []int) *Node {
	return Binary(Div, reduce(Sum, x, axes), Scalar(x.Type, float64(countOf(x.Shape, axes))))
}

func countOf(shape, axes []int) int {
	n := 1
	for _, a := range axes {
		n *= shape[a]
	}
	return n
}

// Var is the mean of the squared distances from the mean, found in two passes
// as NumPy does.
func Var(x *Node, axes []int) *Node {
	if f := failed(x); f != nil {
		return f
	}
	list, err := NormalAxes("var", axes, x.Shape)
	if err != nil {
		return Fail(err)
	}
	return variance(x, list)
}

func variance(x *Node, axes []int) *Node {
	if x.Size() == 0 {
		return NewConst(x.Type, kernels.FloatBits(x.Type, math.NaN()), without(x.Shape, axes))
	}
	if x.Op == Permute {
		return reducePermuted(x, axes, variance)
	}
	keep := slices.Clone(x.Shape)
	for _, a := range axes {
		keep[a] = 1
	}
	centred := Binary(Sub, x, ReshapeTo(mean(x, axes), keep))
	return mean(Unary(Square, centred), axes)
}

// without drops the axes from a shape; axes is sorted.
func without(shape, axes []int) []int {
	out := []int{}
	for i, d := range shape {
		if !slices.Contains(axes, i) {
			out = append(out, d)
		}
	}
	return out
}
