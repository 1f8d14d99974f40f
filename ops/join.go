package ops

import (
	"slices"

	"github.com/quern-go/quern/ops/internal/expr"
)

func nodesOf[T Float](list []Array[T]) []*expr.Node {
	nodes := make([]*expr.Node, len(list))
	for i, a := range list {
		nodes[i] = a.node()
	}
	return nodes
}

// Concat joins arrays along an axis; the lengths of their other axes are equal.
// Each is computed straight into its place.
func Concat[T Float](axis int, list ...Array[T]) Array[T] {
	return Array[T]{expr.NewConcat("concat", nodesOf(list), axis)}
}

// Stack joins arrays of one shape along a new axis, at position axis of the result.
func Stack[T Float](axis int, list ...Array[T]) Array[T] {
	return Array[T]{expr.Stack(nodesOf(list), axis)}
}

// Repeat gives count copies of each element along an axis, one after another.
func (a Array[T]) Repeat(count, axis int) Array[T] {
	return a.copies("repeat", count, axis, func(outer, length, inner int) (before, after []int) {
		return []int{outer, length, 1, inner}, []int{outer, length, count, inner}
	})
}

// Tile gives count copies of the array, one after another along an axis.
func (a Array[T]) Tile(count, axis int) Array[T] {
	return a.copies("tile", count, axis, func(outer, length, inner int) (before, after []int) {
		return []int{outer, 1, length, inner}, []int{outer, count, length, inner}
	})
}

// copies stretches an axis of length 1 that shapes puts among those outside of an
// axis, itself, and those inside.
func (a Array[T]) copies(op string, count, axis int, shapes func(outer, length, inner int) (before, after []int)) Array[T] {
	n := a.node()
	if n.Err != nil {
		return a
	}
	at, err := axisOf(op, n, axis)
	switch {
	case err != nil:
		return Array[T]{expr.Fail(err)}
	case count < 0:
		return Array[T]{expr.Failf("%s: %d copies, expected none or more", op, count)}
	}
	before, after := shapes(lengthOf(n.Shape[:at]), n.Shape[at], lengthOf(n.Shape[at+1:]))
	shape := slices.Clone(n.Shape)
	shape[at] *= count
	return a.Reshape(before...).BroadcastTo(after...).Reshape(shape...)
}

// lengthOf is the length of one axis in the place of several; unlike a −1 for Reshape
// it is known where another axis has no elements.
func lengthOf(shape []int) int {
	length := 1
	for _, d := range shape {
		length *= d
	}
	return length
}

// axisOf is a position among the axes of n, counted from the first.
func axisOf(op string, n *expr.Node, axis int) (int, error) {
	list, err := expr.NormalAxes(op, []int{axis}, n.Shape)
	if err != nil {
		return 0, err
	}
	return list[0], nil
}

// Flip reverses the order of the elements along axes; without axes, along all.
func (a Array[T]) Flip(axes ...int) Array[T] {
	n := a.node()
	if n.Err != nil {
		return a
	}
	list, err := expr.NormalAxes("flip", axes, n.Shape)
	if err != nil {
		return Array[T]{expr.Fail(err)}
	}
	spans := make([]Span, len(n.Shape))
	for i := range spans {
		spans[i] = All()
		if slices.Contains(list, i) {
			spans[i] = All().By(-1)
		}
	}
	return a.Slice(spans...)
}

// Roll moves every element shift positions on along an axis; what is moved beyond
// the end comes in again at the start. Without an axis the elements move in
// row-major order.
func (a Array[T]) Roll(shift int, axis ...int) Array[T] {
	n := a.node()
	switch {
	case n.Err != nil:
		return a
	case len(axis) == 0:
		return a.Reshape(-1).Roll(shift, 0).Reshape(n.Shape...)
	case len(axis) > 1:
		return Array[T]{expr.Failf("roll: axes %v given, expected one or none", axis)}
	}
	at, err := axisOf("roll", n, axis[0])
	if err != nil {
		return Array[T]{expr.Fail(err)}
	}
	length := n.Shape[at]
	if length == 0 || shift%length == 0 {
		return a
	}
	head := length - (shift%length+length)%length
	return Concat(at, a.SliceAxis(at, From(head)), a.SliceAxis(at, To(head)))
}

// Diff is the differences of neighbours along an axis, each element less the one
// before it, order times over. The axis becomes shorter by order.
func (a Array[T]) Diff(order, axis int) Array[T] {
	n := a.node()
	if n.Err != nil {
		return a
	}
	at, err := axisOf("diff", n, axis)
	switch {
	case err != nil:
		return Array[T]{expr.Fail(err)}
	case order < 0:
		return Array[T]{expr.Failf("diff: order %d, expected 0 or more", order)}
	}
	for range min(order, n.Shape[at]) {
		a = a.SliceAxis(at, From(1)).Sub(a.SliceAxis(at, To(-1)))
	}
	return a
}
