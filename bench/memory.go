package bench

import (
	"context"
	"fmt"

	"github.com/quern-go/quern/ops"
)

// triadScalar is the s of scale, s·a, and triad, b + s·a, as in STREAM.
const triadScalar = 3

// stream is a kernel of STREAM (McCalpin) and BabelStream over float32 arrays a and b of length n, writing c.
type stream struct {
	name, formula string
	arrays        float64 // read and written
	flops         float64 // for an element
	expr          func(a, b ops.Array[float32]) ops.Array[float32]
	element       func(a, b float32) float64
}

// Streams lists copy, scale, add and triad over n float32. Copy has no kernel: it is how an array that holds
// data already is read.
func Streams(n int) []Workload {
	type array = ops.Array[float32]
	kernels := []stream{
		{"copy", "c = a", 2, 0,
			func(a, _ array) array { return a },
			func(a, _ float32) float64 { return float64(a) }},
		{"scale", "c = 3·a", 2, 1,
			func(a, _ array) array { return a.MulScalar(triadScalar) },
			func(a, _ float32) float64 { return triadScalar * float64(a) }},
		{"add", "c = a + b", 3, 1,
			func(a, b array) array { return a.Add(b) },
			func(a, b float32) float64 { return float64(a + b) }},
	}
	var out []Workload
	for _, k := range kernels {
		out = append(out, k.workload(n))
	}
	return append(out, Triad(n))
}

// Triad is STREAM's triad over n float32, with one rounding.
func Triad(n int) Workload {
	type array = ops.Array[float32]
	return stream{"triad", "c = b + 3·a", 3, 2,
		func(a, b array) array { return ops.FMA(a, ops.Full(float32(triadScalar)), b) },
		func(a, b float32) float64 { return float64(b) + triadScalar*float64(a) },
	}.workload(n)
}

func (k stream) workload(n int) Workload {
	return Workload{
		Name:    k.name + "/" + sizeName(n),
		Summary: fmt.Sprintf("%s, %s float32", k.formula, sizeName(n)),
		DType:   "float32",
		Bytes:   k.arrays * 4 * float64(n),
		Flops:   k.flops * float64(n),
		Formula: fmt.Sprintf("bytes: %g arrays of 4·n; flops: %g·n", k.arrays, k.flops),
		Limit:   Streaming,
		Setup:   func(_ context.Context, e *Env) (*Job, error) { return k.job(e, n), nil },
	}
}

func (k stream) job(e *Env, n int) *Job {
	a, b, c := input[float32](e, "a", n), input[float32](e, "b", n), output[float32](e, "c", n)
	expr := k.expr(ops.FromSlice(a), ops.FromSlice(b))
	run := func(ctx context.Context) error { return expr.Into(ctx, c, e.Options...) }
	return &Job{Run: run, Check: func(ctx context.Context) error {
		if err := run(ctx); err != nil {
			return err
		}
		for i, got := range c { // each is one rounding of the exact value
			if want := k.element(a[i], b[i]); float32(want) != got {
				return fmt.Errorf("c[%d] is %v, the plain Go loop says %v", i, got, float32(want))
			}
		}
		return nil
	}}
}

// Dot is the sum of the products of two arrays of n float32.
func Dot(n int) Workload {
	return Workload{
		Name:    "dot/" + sizeName(n),
		Summary: fmt.Sprintf("sum(a·b), %s float32", sizeName(n)),
		DType:   "float32",
		Bytes:   8 * float64(n),
		Flops:   2 * float64(n),
		Formula: "bytes: a and b read, 2·4·n; flops: 2n",
		Limit:   Reading,
		Setup: func(_ context.Context, e *Env) (*Job, error) {
			a, b := input[float32](e, "a", n), input[float32](e, "b", n)
			expr := ops.FromSlice(a).Mul(ops.FromSlice(b)).Sum()
			return reductionJob(e, expr, 1, func(int) float64 {
				sum := 0.0
				for i, x := range a {
					sum += float64(x) * float64(b[i])
				}
				return sum
			}), nil
		},
	}
}

// Sum is the sum of all elements of n float32.
func Sum(n int) Workload {
	w := sumWorkload("sum/"+sizeName(n), fmt.Sprintf("sum(x), %s float32", sizeName(n)), n)
	w.Setup = func(_ context.Context, e *Env) (*Job, error) {
		x := input[float32](e, "a", n)
		return reductionJob(e, ops.FromSlice(x).Sum(), 1, func(int) float64 { return strided(x, 0, 1, n) }), nil
	}
	return w
}

// SumAxis is the sum along one axis of an n×n float32 array.
func SumAxis(n, axis int) Workload {
	w := sumWorkload(fmt.Sprintf("sum_axis%d/%s", axis, sizeName(n)),
		fmt.Sprintf("sum(x, axis %d), float32 %d×%d", axis, n, n), n*n)
	w.Setup = func(_ context.Context, e *Env) (*Job, error) {
		x := input[float32](e, "a", n*n)
		return reductionJob(e, ops.FromSlice(x, n, n).Sum(axis), n, func(i int) float64 {
			if axis == 0 {
				return strided(x, i, n, n)
			}
			return strided(x, i*n, 1, n)
		}), nil
	}
	return w
}

func sumWorkload(name, summary string, elements int) Workload {
	return Workload{
		Name:    name,
		Summary: summary,
		DType:   "float32",
		Bytes:   4 * float64(elements),
		Flops:   float64(elements),
		Formula: "bytes: x read, 4 to an element; flops: an addition for each element",
		Limit:   Reading,
	}
}

// reductionJob evaluates to n float32 whose elements the plain loop want computes. Sums in blocks are
// far nearer than this to the sum in float64, and without one block of 4096 the sum of 10⁸ is further away.
func reductionJob(e *Env, expr ops.Array[float32], n int, want func(i int) float64) *Job {
	const tolerance = 1e-5
	out := make([]float32, n)
	run := func(ctx context.Context) error { return expr.Into(ctx, out, e.Options...) }
	return &Job{Run: run, Check: func(ctx context.Context) error {
		if err := run(ctx); err != nil {
			return err
		}
		return someNear("sum", out, want, tolerance)
	}}
}

// strided adds n elements from a first one on, in float64.
func strided(x []float32, first, stride, n int) float64 {
	sum := 0.0
	for i := range n {
		sum += float64(x[first+i*stride])
	}
	return sum
}
