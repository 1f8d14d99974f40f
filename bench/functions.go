package bench

import (
	"context"
	"fmt"
	"math"

	"github.com/quern-go/quern/ops"
)

// function is a mathematical function and the interval its arguments are drawn from.
type function struct {
	name     string
	from, to float64
	expr     func(ops.Array[float32]) ops.Array[float32]
}

// Functions lists exp, log, sin and tanh of n float32.
func Functions(n int) []Workload {
	type array = ops.Array[float32]
	functions := []function{
		{"exp", -10, 10, array.Exp},
		{"log", 1e-3, 1e3, array.Log},
		{"sin", -10, 10, array.Sin},
		{"tanh", -5, 5, array.Tanh},
	}
	out := make([]Workload, len(functions))
	for i, f := range functions {
		out[i] = f.workload(n)
	}
	return out
}

func (f function) workload(n int) Workload {
	w := Workload{
		Name:    f.name + "/" + sizeName(n),
		Summary: fmt.Sprintf("%s(x), %s float32 from %g to %g", f.name, sizeName(n), f.from, f.to),
		Bytes:   8 * float64(n),
		Items:   float64(n),
		Unit:    "values",
		Formula: "bytes: x read, the result written, 2·4·n; values: n",
		Limit:   Streaming,
	}
	if n < streamingElements {
		w.Limit, w.NoPeak = Unlimited, "the arrays fit in the caches"
	}
	return evaluation[float32]{
		Workload: w,
		operands: []operand{{name: "x of " + f.name, shape: []int{n}, from: f.from, to: f.to}},
		expr:     func(in []ops.Array[float32]) result[float32] { return f.expr(in[0]) },
	}.workload()
}

// Random lists the generation of n uniform and n normal float32.
func Random(n int) []Workload {
	return []Workload{
		randomWorkload("uniform", n, ops.Uniform[float32](42, n), 0.5, 1.0/12, 0, 1),
		randomWorkload("normal", n, ops.Normal[float32](42, n), 0, 1, -9, 9),
	}
}

// randomWorkload stores an array of random numbers of known mean, variance and range.
func randomWorkload(name string, n int, expr ops.Array[float32], mean, variance, least, most float64) Workload {
	return Workload{
		Name:    name + "/" + sizeName(n),
		Summary: fmt.Sprintf("%s %s float32 random numbers", sizeName(n), name),
		DType:   "float32",
		Bytes:   4 * float64(n),
		Items:   float64(n),
		Unit:    "values",
		Formula: "bytes: the result written, 4·n; values: n",
		NoPeak:  "bounded by the arithmetic, for which no peak is measured",
		Setup: func(_ context.Context, e *Env) (*Job, error) {
			out := output[float32](e, "c", n)
			run := func(ctx context.Context) error { return expr.Into(ctx, out, e.Options...) }
			return &Job{Run: run, Explain: expr.Explain, Check: func(ctx context.Context) error {
				if err := run(ctx); err != nil {
					return err
				}
				return checkMoments(out, mean, variance, least, most)
			}}, nil
		},
	}
}

// checkMoments compares mean and variance with the distribution's, to 6 standard errors. For the variance the
// standard error is that of a normal distribution, larger than a uniform one's.
func checkMoments(x []float32, mean, variance, least, most float64) error {
	n := float64(len(x))
	sum, squares := 0.0, 0.0
	for i, v := range x {
		d := float64(v) - mean
		if !(float64(v) >= least && float64(v) <= most) {
			return fmt.Errorf("random number %d is %v, outside [%g, %g]", i, v, least, most)
		}
		sum += d
		squares += d * d
	}
	if off := sum / n; math.Abs(off) > 6*math.Sqrt(variance/n) {
		return fmt.Errorf("the mean of %d random numbers is %g off, expected %g ± %.2g", len(x), off, mean, math.Sqrt(variance/n))
	}
	if off := squares/n - variance; math.Abs(off) > 6*variance*math.Sqrt(2/n) {
		return fmt.Errorf("the variance of %d random numbers is %g off, expected %g ± %.2g", len(x), off, variance, variance*math.Sqrt(2/n))
	}
	return nil
}
