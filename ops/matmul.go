package ops

import "github.com/quern-go/quern/ops/internal/expr"

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
