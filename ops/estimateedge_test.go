package ops_test

import (
	"context"
	"errors"
	"math"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/quern-go/quern/ops"
)

// TestLargestConfidence: intervals of the largest confidence below 1 are finite,
// and a point where the standard error is 0.
func TestLargestConfidence(t *testing.T) {
	ctx := context.Background()
	most := ops.WithConfidence(math.Nextafter(1, 0))
	expect := func(name string, low, value, high float64, err error) {
		t.Helper()
		if err != nil || !(low <= value && value <= high) || math.IsInf(low, 0) || math.IsInf(high, 0) {
			t.Errorf("%s: %v in [%v, %v]: %v", name, value, low, high, err)
		}
	}
	e, err := ops.MonteCarlo(ctx, 1000, 1, (*draws64).Uniform, most)
	expect("uniform", e.Low, e.Mean, e.High, err)
	e, err = ops.MonteCarlo(ctx, 1000, 1, func(*draws64) array64 { return ops.Full(2.0) }, most)
	expect("constant", e.Low, e.Mean, e.High, err)
	e, err = ops.Integrate(ctx, func(x []array64) array64 { return x[0] }, []ops.Bounds{{0, 1}}, 1600, 1, ops.SobolPoints, most)
	expect("sobol", e.Low, e.Mean, e.High, err)
	for method := ops.BCa; method <= ops.Basic; method++ {
		b, err := ops.Bootstrap(ctx, ops.Uniform[float64](1, 30), meanOf, 100, 1, method, most)
		expect(method.String(), b.Low, b.Value, b.High, err)
	}
}

// TestBootstrapOfAnySize: the interval of data of any size is that of the data,
// scaled; powers of two scale exactly.
func TestBootstrapOfAnySize(t *testing.T) {
	ctx := context.Background()
	data := ops.Uniform[float64](1, 30)
	for method := ops.BCa; method <= ops.Basic; method++ {
		want, err := ops.Bootstrap(ctx, data, meanOf, 200, 1, method)
		if err != nil {
			t.Fatal(err)
		}
		for _, scale := range []float64{0x1p-600, 0x1p-400, 0x1p600, 0x1p900} {
			got, err := ops.Bootstrap(ctx, data.MulScalar(scale), meanOf, 200, 1, method)
			if err != nil || got.Low != want.Low*scale || got.High != want.High*scale || got.StdErr != want.StdErr*scale || got.Bias != want.Bias*scale {
				t.Errorf("%s times %v: [%v, %v] ± %v, expected [%v, %v] ± %v: %v", method, scale,
					got.Low/scale, got.High/scale, got.StdErr/scale, want.Low, want.High, want.StdErr, err)
			}
		}
	}
	_, err := ops.Bootstrap(ctx, ops.FromSlice([]float64{1, 2, math.Inf(1)}), meanOf, 100, 1, ops.Percentile)
	if err == nil || !strings.Contains(err.Error(), "infinite for ") {
		t.Errorf("of an infinite value: %v", err)
	}
}

// TestIntegrandMixesSamples: max(x, 0) is no integrand, nor is a view.
func TestIntegrandMixesSamples(t *testing.T) {
	for name, f := range map[string]func(x []array64) array64{
		"max of":   func(x []array64) array64 { return x[0].Max(0) },
		"sum of":   func(x []array64) array64 { return x[0].Square().Sub(x[0].Mean()) },
		"sort of":  func(x []array64) array64 { return x[0].Sort(-1) },
		"slice of": func(x []array64) array64 { return x[0].Slice(ops.Range(0, 1)) },
	} {
		for method := ops.PlainSamples; method <= ops.SobolPoints; method++ {
			_, err := ops.Integrate(context.Background(), f, []ops.Bounds{{0, 2}}, 1600, 1, method)
			if err == nil || !strings.Contains(err.Error(), name+" a variable") {
				t.Errorf("%s, %s: %v", name, method, err)
			}
		}
	}
	// Constants may be computed in any way, and points iterated.
	e, err := ops.Integrate(context.Background(), func(x []array64) array64 {
		two := ops.FromSlice([]float64{1, 2}).Max()
		return ops.Iterate(2, x, func(_ array64, s []array64) []array64 { return []array64{s[0].Mul(two)} })[0]
	}, []ops.Bounds{{0, 1}}, 1600, 1, ops.SobolPoints)
	if err != nil || math.Abs(e.Mean-2) > 5*e.StdErr {
		t.Errorf("iterated: %+v, %v", e, err)
	}
}

// TestIterateStops: an iteration of many steps ends with its context, on few
// elements and on many. (A GPU ends the steps that it has begun: docs/devices.md.)
func TestIterateStops(t *testing.T) {
	for _, n := range []int{1, 1 << 16} {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
		defer cancel()
		start := time.Now()
		step := func(_ array64, s []array64) []array64 {
			for range 8 {
				s[0] = s[0].Sin().Exp().Log()
			}
			return s
		}
		_, err := ops.Iterate(ops.MaxSteps, []array64{ops.Zeros[float64](n)}, step)[0].Data(ctx, ops.On("cpu"))
		if took := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || took > 30*time.Second {
			t.Errorf("%d elements: %v after %v", n, err, took)
		}
	}
}

// TestMonteCarloFuncGoexit: a closure that ends its goroutine is an error.
func TestMonteCarloFuncGoexit(t *testing.T) {
	_, err := ops.MonteCarloFunc(context.Background(), 50_000, 1, func(r *ops.Rand) float64 {
		if r.Bernoulli(1e-4) {
			runtime.Goexit()
		}
		return 1
	})
	if err == nil || !strings.Contains(err.Error(), "ended its goroutine") {
		t.Error(err)
	}
}

// TestPickInStep: a step cannot pick, and says so.
func TestPickInStep(t *testing.T) {
	data := ops.FromSlice([]float64{1, 2, 3, 4}, 2, 2)
	for i, pick := range []func(d *draws64) array64{
		func(d *draws64) array64 { return d.Pick(data.Reshape(4)) },
		func(d *draws64) array64 { return d.PickRow(data)[1] },
	} {
		_, err := ops.MonteCarlo(context.Background(), 10, 1, func(d *draws64) array64 {
			return d.Iterate(2, []array64{ops.Full(0.0)}, func(d *draws64, _ array64, s []array64) []array64 {
				return []array64{s[0].Add(pick(d))}
			})[0]
		})
		if err == nil || !strings.Contains(err.Error(), "a step of an iteration cannot pick") {
			t.Error(i, err)
		}
	}
}

// TestBoxTooLarge: a volume beyond float64 is named, not its consequences.
func TestBoxTooLarge(t *testing.T) {
	box := make([]ops.Bounds, 40)
	for i := range box {
		box[i] = ops.Bounds{Low: 0, High: 1e10}
	}
	_, err := ops.Integrate(context.Background(), func(x []array64) array64 { return x[0] }, box, 100, 1, ops.PlainSamples)
	if err == nil || !strings.Contains(err.Error(), "the volume of the box exceeds float64") {
		t.Error(err)
	}
}
