package ops

import (
	"slices"

	"github.com/quern-go/quern/ops/internal/expr"
)

// Sum adds up the elements along axes; without axes, all. The order of the
// additions is fixed by the shape and axes alone (see package kernels), so the
// result has the same bits on every device. The sum of nothing is 0.
func (a Array[T]) Sum(axes ...int) Array[T] { return Array[T]{expr.NewReduce(expr.Sum, a.n, axes)} }

// Mean is the sum divided by the number of elements; NaN if there are none.
func (a Array[T]) Mean(axes ...int) Array[T] { return Array[T]{expr.Mean(a.n, axes)} }

// Var is the population variance, the mean of the squared distances from the
// mean, found in two passes.
func (a Array[T]) Var(axes ...int) Array[T] { return Array[T]{expr.Var(a.n, axes)} }

// Std is the square root of Var.
func (a Array[T]) Std(axes ...int) Array[T] {
	return Array[T]{expr.Unary(expr.Sqrt, expr.Var(a.n, axes))}
}

// Min is the smallest element along axes, NaN if one is NaN. It is an error if
// there are none.
func (a Array[T]) Min(axes ...int) Array[T] { return Array[T]{expr.NewReduce(expr.Min, a.n, axes)} }

// Max is the largest element along axes, NaN if one is NaN. It is an error if
// there are none.
func (a Array[T]) Max(axes ...int) Array[T] { return Array[T]{expr.NewReduce(expr.Max, a.n, axes)} }

// ArgMin is the position of the smallest element along an axis; without one, the
// position in row-major order. Of equal elements it is the first, and NaN counts
// as the smallest.
func (a Array[T]) ArgMin(axis ...int) IntArray {
	return IntArray{expr.NewReduce(expr.ArgMin, a.n, axis)}
}

// ArgMax is the position of the largest element along an axis: see ArgMin. NaN
// counts as the largest.
func (a Array[T]) ArgMax(axis ...int) IntArray {
	return IntArray{expr.NewReduce(expr.ArgMax, a.n, axis)}
}

// IntArray is a lazy array of positions.
type IntArray struct{ n *expr.Node }

// Err is the first mistake made in building the expression, or nil.
func (a IntArray) Err() error { return expr.Check(a.n).Err }

// Shape is the length of each axis.
func (a IntArray) Shape() []int { return slices.Clone(expr.Check(a.n).Shape) }
