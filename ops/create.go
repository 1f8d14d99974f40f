package ops

import (
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/ops/internal/expr"
)

// Linspace is count values from start to stop, both included, equally far apart:
// element i is start + i·δ with δ = (stop−start)/(count−1), all in T, and the last is
// stop itself: NumPy's bits in float64. With one value it is start.
func Linspace[T Float](start, stop T, count int) Array[T] {
	if count < 0 {
		return Array[T]{expr.Failf("linspace: %d values, expected none or more", count)}
	}
	if count < 2 {
		return Full(start, count)
	}
	delta := (stop - start) / T(count-1)
	return stepped(Full(start), Full(delta), Full(stop), count)
}

// stepped is start, start + δ, start + 2δ, …, with another last element. The product is
// rounded, so that steps from −1 to 1 meet 0 where a step is a little more than 0.2.
func stepped[T Float](start, delta, last Array[T], count int) Array[T] {
	steps := Array[T]{expr.NewArange(typeOf[T](), 0, 1, count)}
	return Array[T]{expr.ReplaceLast(steps.Mul(delta).Add(start).n, last.n)}
}

// Eye is a matrix with ones on a diagonal, offset columns to the right of the main
// one, and zeros elsewhere.
func Eye[T Float](rows, columns, offset int) Array[T] {
	if z := Zeros[T](rows, columns); z.Err() != nil {
		return Array[T]{expr.Failf("eye: %w", z.Err())}
	}
	return Array[T]{expr.Diagonal(expr.Equal, typeOf[T](), rows, columns, offset)}
}

// Diag of a vector is the square matrix with its elements on a diagonal, offset
// columns to the right of the main one; of a matrix, it is the vector of the
// elements there.
func Diag[T Float](a Array[T], offset int) Array[T] {
	n := a.node()
	if n.Err == nil && len(n.Shape) == 1 {
		return Array[T]{expr.OnDiagonal(n, offset)}
	}
	return Array[T]{expr.DiagonalOf("diag", n, offset)}
}

// Trace is the sum of the main diagonal of a matrix.
func (a Array[T]) Trace() Array[T] { return Array[T]{expr.DiagonalOf("trace", a.n, 0)}.Sum() }

// Tril keeps the elements of the last two axes on and below a diagonal, offset
// columns to the right of the main one, and puts zeros above it.
func (a Array[T]) Tril(offset int) Array[T] {
	return Array[T]{expr.Triangle("tril", expr.LessEqual, a.n, offset)}
}

// Triu keeps the elements of the last two axes on and above a diagonal, offset
// columns to the right of the main one, and puts zeros below it.
func (a Array[T]) Triu(offset int) Array[T] {
	return Array[T]{expr.Triangle("triu", expr.GreaterEqual, a.n, offset)}
}

// FromInts is the array of the slice's positions, in row-major order; without a
// shape it has one axis. The slice is read now and, where an int has 64 bits, not
// copied: it must not change while the array is in use.
func FromInts(data []int, shape ...int) IntArray {
	if len(shape) == 0 {
		shape = []int{len(data)}
	}
	size, err := kernels.Size(shape)
	switch {
	case err != nil:
		return IntArray{expr.Failf("from ints: %w", err)}
	case len(shape) > expr.MaxAxes:
		return IntArray{expr.Failf("from ints: shape %v: %d axes, at most %d are supported", shape, len(shape), expr.MaxAxes)}
	case size != len(data):
		return IntArray{expr.Failf("from ints: shape %v has %d elements, the slice has %d", shape, size, len(data))}
	}
	var bound expr.Bound
	for i, x := range data {
		if wide := int64(x); i == 0 {
			bound = expr.Bound{Lo: wide, Hi: wide}
		} else {
			bound = expr.Bound{Lo: min(bound.Lo, wide), Hi: max(bound.Hi, wide)}
		}
	}
	host := newHostData(kernels.I64, bytesOf(asInt64s(data)))
	return IntArray{expr.NewPositions(host, kernels.Contiguous(append([]int{}, shape...)...), bound)}
}
