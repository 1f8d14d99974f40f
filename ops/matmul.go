package ops

import (
	"slices"

	"github.com/quern-go/quern/ops/internal/expr"
)

// MatMul is the matrix product with NumPy's rules: (…, m, k) by (…, k, n) is
// (…, m, n), leading axes broadcast, and an array with one axis is a row on the
// left and a column on the right.
//
// Each element of a product of matrices is a chain of fused multiply-adds over
// ascending k (over chunks of 8192, whose results are added in order); a product
// with a vector is a sum of products in the order of Sum.
func (a Array[T]) MatMul(b Array[T]) Array[T] { return Array[T]{expr.MatMul(a.n, b.n)} }

// MatMulSum is the sum of all elements of the matrix product, which is not
// computed: Σᵢⱼ (ab)ᵢⱼ = Σₖ (Σᵢ aᵢₖ)·(Σⱼ bₖⱼ). (With Exact it is, and summed.)
func MatMulSum[T Float](a, b Array[T]) Array[T] { return a.MatMul(b).Sum() }

// Dot is NumPy's dot: MatMul for arrays of one or two axes; otherwise the sum of
// products over the last axis of a and the one before the last of b, for every
// combination of the others. Of a number and an array it is the product.
func (a Array[T]) Dot(b Array[T]) Array[T] {
	return a.products(b, "dot", func(b Array[T]) int { return max(b.NDim()-2, 0) })
}

// Inner is NumPy's inner product: the sum of products over the last axes of a and b,
// for every combination of the others.
func (a Array[T]) Inner(b Array[T]) Array[T] {
	return a.products(b, "inner", func(b Array[T]) int { return b.NDim() - 1 })
}

// products sums over the last axis of a and one axis of b.
func (a Array[T]) products(b Array[T], op string, axis func(b Array[T]) int) Array[T] {
	x, y := a.node(), b.node()
	if x.Err != nil || y.Err != nil || len(x.Shape) == 0 || len(y.Shape) == 0 {
		return a.Mul(b)
	}
	last, at := len(x.Shape)-1, axis(b)
	if x.Shape[last] != y.Shape[at] {
		return Array[T]{expr.Failf("%s: shapes %v and %v: lengths %d and %d of the summed axes differ", op, x.Shape, y.Shape, x.Shape[last], y.Shape[at])}
	}
	others := slices.Delete(slices.Clone(y.Shape), at, at+1)
	var order []int // of b: the summed axis first
	for i := range y.Shape {
		if i != at {
			order = append(order, i)
		}
	}
	b = b.Transpose(append([]int{at}, order...)...)
	if last > 0 {
		a = a.Reshape(lengthOf(x.Shape[:last]), x.Shape[last])
	}
	if len(others) > 1 {
		b = b.Reshape(y.Shape[at], lengthOf(others))
	}
	return a.MatMul(b).Reshape(slices.Concat(x.Shape[:last], others)...)
}

// Outer is the products of every element of a with every element of b: a matrix with
// a row for each element of a, in row-major order.
func (a Array[T]) Outer(b Array[T]) Array[T] { return a.Reshape(-1, 1).Mul(b.Reshape(1, -1)) }
