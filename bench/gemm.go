package bench

import (
	"context"
	"fmt"

	"github.com/quern-go/quern/ops"
)

// Gemm is the matrix product of two n×n arrays.
func Gemm[T ops.Float](n int) Workload {
	w := Workload{
		Name:    "sgemm/" + sizeName(n),
		Summary: fmt.Sprintf("matrix product, %s %d×%d", typeName[T](), n, n),
		DType:   typeName[T](),
		Bytes:   3 * elementBytes[T]() * float64(n) * float64(n),
		Flops:   2 * float64(n) * float64(n) * float64(n),
		Formula: "bytes: a and b read, c written once, 3n² elements; flops: an fma for each of n³",
		Limit:   FMA32,
		Setup:   func(_ context.Context, e *Env) (*Job, error) { return gemmJob[T](e, n), nil },
	}
	if w.DType == "float64" {
		w.Name, w.Limit = "dgemm/"+sizeName(n), FMA64
	}
	return w
}

func gemmJob[T ops.Float](e *Env, n int) *Job {
	a, b, c := input[T](e, "a", n*n), input[T](e, "b", n*n), output[T](e, "c", n*n)
	expr := ops.FromSlice(a, n, n).MatMul(ops.FromSlice(b, n, n))
	run := func(ctx context.Context) error { return expr.Into(ctx, c, e.Options...) }
	element := func(i int) float64 {
		row, column, sum := i/n, i%n, 0.0
		for k := range n {
			sum += float64(a[row*n+k]) * float64(b[k*n+column])
		}
		return sum
	}
	return &Job{Run: run, Check: func(ctx context.Context) error {
		if err := run(ctx); err != nil {
			return err
		}
		return someNear("c", c, element, sumTolerance[T](n))
	}}
}

// sumTolerance bounds the relative error of a sum of n positive terms added in any order: n roundings of half
// a unit in the last place, and as many again for the loop's own in float64 (Higham, Accuracy and Stability of
// Numerical Algorithms, section 4.2).
func sumTolerance[T ops.Float](n int) float64 {
	if typeName[T]() == "float32" {
		return float64(n) * 0x1p-24
	}
	return float64(n) * 0x1p-52
}
