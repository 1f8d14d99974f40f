package ops

import (
	"math"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/ops/internal/expr"
)

// Prod multiplies the elements along axes; without axes, all. The order is that of
// Sum. The product of nothing is 1.
func (a Array[T]) Prod(axes ...int) Array[T] { return Array[T]{expr.NewReduce(expr.Prod, a.n, axes)} }

// withAxes is a, if an operation that is made of others can have these axes of it.
func (a Array[T]) withAxes(op string, axes []int) Array[T] {
	if n := a.node(); n.Err == nil {
		if _, err := expr.NormalAxes(op, axes, n.Shape); err != nil {
			return Array[T]{expr.Fail(err)}
		}
	}
	return a
}

// Norm is the norm of order p of the vectors along axes; without axes, of all
// elements as one vector, so that Norm(2) of a matrix is its Frobenius norm:
//
//	0          how many elements are not zero
//	1          Σ|x|
//	2          √Σx²
//	+Inf, −Inf the largest and the smallest |x|
//	other p    (Σ|x|ᵖ)^(1/p)
//
// As in NumPy nothing is scaled: an x whose square, or p-th power, is beyond T's
// range makes the norm infinite, or is lost if it is below.
func (a Array[T]) Norm(p float64, axes ...int) Array[T] {
	a = a.withAxes("norm", axes)
	size := a.Abs()
	switch {
	case p == 0:
		return a.NotEqualScalar(0).Sum(axes...)
	case p == 1:
		return size.Sum(axes...)
	case p == 2:
		return a.Square().Sum(axes...).Sqrt()
	case math.IsInf(p, 1):
		return size.Max(axes...)
	case math.IsInf(p, -1):
		return size.Min(axes...)
	case math.IsNaN(p):
		return Array[T]{expr.Failf("norm: the order is NaN")}
	}
	return size.PowScalar(T(p)).Sum(axes...).PowScalar(T(1 / p))
}

// Any is 1 where an element along axes is not zero, else 0; NaN is not zero. Of
// nothing it is 0.
func (a Array[T]) Any(axes ...int) Array[T] {
	a = a.withAxes("any", axes)
	if n := a.node(); n.Err == nil && n.Size() == 0 {
		return a.Sum(axes...)
	}
	return a.NotEqualScalar(0).Max(axes...)
}

// All is 1 where no element along axes is zero, else 0; NaN is not zero. Of nothing
// it is 1.
func (a Array[T]) All(axes ...int) Array[T] {
	a = a.withAxes("all", axes)
	if n := a.node(); n.Err == nil && n.Size() == 0 {
		return a.Prod(axes...)
	}
	return a.NotEqualScalar(0).Min(axes...)
}

// CountNonZero is how many elements along axes are not zero; NaN is not zero. It is
// counted in float64, exactly up to 2⁵³.
func (a Array[T]) CountNonZero(axes ...int) IntArray {
	a = a.withAxes("count nonzero", axes)
	ones := expr.ConvertTo(a.NotEqualScalar(0).n, kernels.F64)
	return IntArray{expr.ConvertTo(expr.NewReduce(expr.Sum, ones, axes), kernels.I64)}
}

// LogSumExp is log Σ eᵃ along axes. The largest element is taken out of the sum, so
// that nothing overflows.
func (a Array[T]) LogSumExp(axes ...int) Array[T] { return Array[T]{expr.LogSumExp(a.n, axes)} }

// Softmax is eᵃ divided by its sum along axes; without axes, by the sum of all. The
// largest element is subtracted before, so that nothing overflows.
func (a Array[T]) Softmax(axes ...int) Array[T] { return Array[T]{expr.Softmax(a.n, axes)} }

// LogSoftmax is the logarithm of Softmax, exact where that rounds to zero.
func (a Array[T]) LogSoftmax(axes ...int) Array[T] { return Array[T]{expr.LogSoftmax(a.n, axes)} }
