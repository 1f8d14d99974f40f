package bench

import (
	"context"
	"fmt"
	"math"

	"github.com/quern-go/quern/ops"
)

// Course is the side of a workload that people look at: the loop a programmer would have written, and a result
// that can be checked by eye.
type Course struct {
	Loop      func()                          // the whole work as a plain single-threaded Go loop
	Compare   func(ctx context.Context) error // all of Quern's result with all of Loop's; both have run
	Tolerance string                          // what Compare allows
	Answer    func() string                   // of the last run, after Compare
}

// CourseWorkloads lists the workloads of the parallel-computing courses that this project came from. Their jobs
// have a Course.
func CourseWorkloads(s Scale) []Workload {
	n, many := s.pick(1000, 200), s.pick(100_000_000, 1_000_000)
	return []Workload{
		MatMulSum(n), Distances(n, n, 100), Pi(many), AddInPlace(1024), AddInPlace(many), Centre(s.pick(10_000, 1000)),
	}
}

// explainer is how a run is planned.
type explainer = func(opts ...ops.Option) (*ops.Plan, error)

// courseJob is a job whose Check is the whole plain loop.
func courseJob(run func(context.Context) error, explain explainer, values func() []float64, c *Course) *Job {
	return &Job{Run: run, Explain: explain, Values: values, Course: c, Check: func(ctx context.Context) error {
		c.Loop()
		if err := run(ctx); err != nil {
			return err
		}
		return c.Compare(ctx)
	}}
}

// MatMulSum is sum(a²·b), the sum of all elements of a matrix product of float32 n×n arrays.
func MatMulSum(n int) Workload {
	size := float64(n)
	return Workload{
		Name:    "matmul_sum/" + sizeName(n),
		Summary: fmt.Sprintf("sum(a²·b), float32 %d×%d", n, n),
		DType:   "float32",
		Bytes:   8 * size * size,
		Flops:   3*size*size + 2*size,
		Formula: "bytes: a and b read once, 2·4·n²; flops: Σₖ(Σᵢaᵢₖ²)(Σⱼbₖⱼ), 3n² + 2n, where the product itself takes 2n³",
		NoPeak:  "the arrays fit in the caches",
		Setup:   func(_ context.Context, e *Env) (*Job, error) { return matMulSumJob(e, n), nil },
	}
}

func matMulSumJob(e *Env, n int) *Job {
	a, b := input[float32](e, "a", n*n), input[float32](e, "b", n*n)
	expr := ops.FromSlice(a, n, n).Square().MatMul(ops.FromSlice(b, n, n)).Sum()
	var got float32
	var loop float64
	run := func(ctx context.Context) (err error) {
		got, err = expr.Scalar(ctx, e.Options...)
		return err
	}
	// Both round to float32, in different orders: sums of n products, and n² of these.
	const tolerance = 1e-5
	return courseJob(run, expr.Explain, func() []float64 { return []float64{float64(got)} }, &Course{
		Loop:      func() { loop = loopMatMulSum(a, b, n) },
		Compare:   func(context.Context) error { return near("sum", float64(got), loop, tolerance) },
		Tolerance: fmt.Sprintf("%g relative", tolerance),
		Answer:    func() string { return fmt.Sprintf("sum = %.6g", got) },
	})
}

// Distances is the euclidean distance between all rows of an m×k and an n×k array of float64.
func Distances(m, n, k int) Workload {
	pairs := float64(m) * float64(n)
	return Workload{
		Name:    fmt.Sprintf("cdist_euclidean/%dx%dx%d", m, n, k),
		Summary: fmt.Sprintf("euclidean distances, float64 %d×%d with %d×%d", m, k, n, k),
		DType:   "float64",
		Bytes:   8 * (float64(m*k) + float64(n*k) + pairs),
		Flops:   3*float64(k)*pairs + pairs,
		Formula: "bytes: both inputs and the m·n distances once; flops: a subtraction and an fma for each of m·n·k, m·n roots",
		Limit:   FMA64,
		Setup:   func(_ context.Context, e *Env) (*Job, error) { return distancesJob(e, m, n, k), nil },
	}
}

func distancesJob(e *Env, m, n, k int) *Job {
	x, y, d := input[float64](e, "x", m*k), input[float64](e, "y", n*k), output[float64](e, "d", m*n)
	loop := output[float64](e, "d of the loop", m*n)
	expr := ops.PairwiseDistance(ops.FromSlice(x, m, k), ops.FromSlice(y, n, k), ops.Euclidean)
	// The loop rounds products that an fma does not; all terms are positive, so nothing cancels.
	const tolerance = 1e-13
	run := func(ctx context.Context) error { return expr.Into(ctx, d, e.Options...) }
	return courseJob(run, expr.Explain, func() []float64 { return takeSome(d) }, &Course{
		Loop:      func() { loopDistances(loop, x, y, m, n, k) },
		Compare:   func(context.Context) error { return allNear("d", d, loop, tolerance) },
		Tolerance: fmt.Sprintf("%g relative", tolerance),
		Answer:    func() string { return fmt.Sprintf("d[0,0] = %.6f, mean = %.6f", d[0], mean(d)) },
	})
}

func mean(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

// Pi estimates π by throwing points at a quarter circle. The courses add up ten runs of 10⁷ because NumPy
// keeps all points in memory; here none is ever stored, so one run of 10⁸ is the same work.
func Pi(samples int) Workload {
	return Workload{
		Name:    "pi/" + sizeName(samples),
		Summary: fmt.Sprintf("π from %s random points", sizeName(samples)),
		DType:   "float64",
		Items:   float64(samples),
		Unit:    "samples",
		Formula: "samples: points drawn; nothing is read or written",
		NoPeak:  "bounded by the arithmetic, for which no peak is measured",
		Setup:   func(_ context.Context, e *Env) (*Job, error) { return piJob(e, samples), nil },
	}
}

func piJob(e *Env, samples int) *Job {
	const seed = 42
	var pi ops.Estimate
	var loop float64
	run := func(ctx context.Context) (err error) {
		pi, err = ops.MonteCarloPi(ctx, samples, seed, e.Options...)
		return err
	}
	return courseJob(run, nil, nil, &Course{ // the loop's random numbers are others, so chance decides how near they are
		Loop:      func() { loop = loopPi(samples, seed) },
		Compare:   func(context.Context) error { return checkPi(pi, loop, samples) },
		Tolerance: "5 standard errors",
		Answer:    func() string { return fmt.Sprintf("π ≈ %.6f ± %.1g", pi.Mean, pi.StdErr) },
	})
}

// checkPi compares an estimate and its standard error with the loop's estimate and with what is known: a
// point is inside with probability π/4.
func checkPi(pi ops.Estimate, loop float64, samples int) error {
	stderr := math.Sqrt(math.Pi * (4 - math.Pi) / float64(samples))
	switch {
	case !(math.Abs(pi.Mean-math.Pi) <= 5*stderr):
		return fmt.Errorf("the estimate of π is %v, more than 5 standard errors of %.2g off", pi.Mean, stderr)
	case !(math.Abs(pi.Mean-loop) <= 5*math.Sqrt2*stderr):
		return fmt.Errorf("the estimate of π is %v and the plain Go loop's is %v: more than 5 standard errors of %.2g apart",
			pi.Mean, loop, math.Sqrt2*stderr)
	case !(math.Abs(pi.StdErr-stderr) <= 0.05*stderr):
		return fmt.Errorf("the standard error of the estimate of π is %v, expected about %v", pi.StdErr, stderr)
	}
	return nil
}

// AddInPlace is y += x of n float32: the lazy sum is made once and evaluated into its own operand again and again.
func AddInPlace(n int) Workload {
	w := Workload{
		Name:    "add_in_place/" + sizeName(n),
		Summary: fmt.Sprintf("y += x, %s float32", sizeName(n)),
		DType:   "float32",
		Bytes:   12 * float64(n),
		Flops:   float64(n),
		Formula: "bytes: x and y read, y written, 3·4·n; flops: n",
		Limit:   Streaming,
		Setup:   func(_ context.Context, e *Env) (*Job, error) { return addInPlaceJob(e, n), nil },
	}
	if n <= 1<<16 {
		w.Limit, w.NoPeak = Unlimited, "the cost of an evaluation"
	}
	return w
}

func addInPlaceJob(e *Env, n int) *Job {
	x, y := output[float32](e, "ones to eights", n), output[float32](e, "c", n)
	for i := range x {
		x[i] = float32(1 + i%8)
	}
	reset := func(y []float32) {
		for i := range y {
			y[i] = float32(i % 16)
		}
	}
	reset(y)
	expr := ops.FromSlice(y).Add(ops.FromSlice(x))
	run := func(ctx context.Context) error { return expr.Into(ctx, y, e.Options...) }
	loop := output[float32](e, "y of the loop", n)
	return courseJob(run, expr.Explain, nil, &Course{
		Loop: func() { loopAdd(loop, x) },
		Compare: func(ctx context.Context) error { // the same number of additions to each: one
			reset(y)
			reset(loop)
			loopAdd(loop, x)
			if err := run(ctx); err != nil {
				return err
			}
			return sameBits("y", y, loop)
		},
		Tolerance: "0: every bit",
		Answer:    func() string { return fmt.Sprintf("y[0] = %g, y[−1] = %g", y[0], y[n-1]) },
	})
}

// Centre is x + xᵀ − mean(x, axis 0) of a float64 n×n array.
func Centre(n int) Workload {
	size := float64(n) * float64(n)
	return Workload{
		Name:    "x_plus_xT_minus_mean/" + sizeName(n),
		Summary: fmt.Sprintf("x + xᵀ − mean(x, axis 0), float64 %d×%d", n, n),
		DType:   "float64",
		Bytes:   24 * size,
		Flops:   3 * size,
		Formula: "bytes: x read for the means and again for the sum, the result written, 3·8·n²; flops: 3n²",
		Limit:   Streaming,
		Setup:   func(_ context.Context, e *Env) (*Job, error) { return centreJob(e, n), nil },
	}
}

func centreJob(e *Env, n int) *Job {
	x, out := input[float64](e, "x", n*n), output[float64](e, "out", n*n)
	a := ops.FromSlice(x, n, n)
	expr := a.Add(a.T()).Sub(a.Mean(0))
	loop := output[float64](e, "out of the loop", n*n)
	// Means of n numbers in [0, 1), added in different orders.
	const tolerance = 1e-12
	run := func(ctx context.Context) error { return expr.Into(ctx, out, e.Options...) }
	return courseJob(run, expr.Explain, func() []float64 { return takeSome(out) }, &Course{
		Loop:      func() { loopCentre(loop, x, n) },
		Compare:   func(context.Context) error { return allClose("out", out, loop, tolerance) },
		Tolerance: fmt.Sprintf("%g absolute", tolerance),
		Answer:    func() string { return fmt.Sprintf("out[%d,%d] = %.9f", n/2, n/2, out[n/2*n+n/2]) },
	})
}
