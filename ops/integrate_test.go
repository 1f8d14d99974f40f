package ops_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/quern-go/quern/ops"
)

type array64 = ops.Array[float64]

// TestIntegrate compares with closed forms, within four standard errors, and wants
// every method but plain to have the smaller error that it is for.
func TestIntegrate(t *testing.T) {
	ctx := context.Background()
	gauss := func(x []array64) array64 {
		sum := x[0].Square()
		for _, v := range x[1:] {
			sum = sum.Add(v.Square())
		}
		return sum.Neg().Exp()
	}
	erf := func(n int) float64 { return math.Pow(math.Sqrt(math.Pi)*math.Erf(1), float64(n)) }
	cube := func(n int) (b []ops.Bounds) {
		for range n {
			b = append(b, ops.Bounds{Low: -1, High: 1})
		}
		return b
	}
	linear := func(x []array64) array64 { return x[0].MulScalar(3).Add(x[len(x)-1]) }
	for _, c := range []struct {
		name   string
		f      func([]array64) array64
		over   []ops.Bounds
		want   float64
		method ops.IntegrateMethod
		n      int
		most   float64 // of the standard error
	}{
		{"plain", gauss, cube(2), erf(2), ops.PlainSamples, 100_000, 1e-2},
		{"antithetic", linear, []ops.Bounds{{1, 2}, {0, 4}}, 26, ops.Antithetic, 100_000, 1e-12},
		{"stratified", gauss, cube(2), erf(2), ops.Stratified, 100_000, 1e-4},
		{"sobol", gauss, cube(2), erf(2), ops.SobolPoints, 1 << 17, 3e-5},
		{"sobol 12 variables", gauss, cube(12), erf(12), ops.SobolPoints, 1 << 18, 3},
		{"constant", func([]array64) array64 { return ops.Full(2.0) }, []ops.Bounds{{0, 3}}, 6, ops.SobolPoints, 160, 1e-12},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ops.Integrate(ctx, c.f, c.over, c.n, 7, c.method)
			if err != nil {
				t.Fatal(err)
			}
			if d := math.Abs(got.Mean - c.want); d > 4*got.StdErr+1e-10 || got.StdErr > c.most {
				t.Errorf("%v ± %v, expected %v with a standard error of at most %v", got.Mean, got.StdErr, c.want, c.most)
			}
			if got.Samples > c.n || got.Samples < c.n/2 || !(got.Low <= got.Mean && got.Mean <= got.High) || got.Confidence != 0.95 {
				t.Errorf("%+v", got)
			}
			again, err := ops.Integrate(ctx, c.f, c.over, c.n, 7, c.method, ops.On("cpu:1thread"))
			if err != nil || again != got {
				t.Errorf("on one thread %+v, expected %+v: %v", again, got, err)
			}
		})
	}
}

func TestIntegrateBadInput(t *testing.T) {
	ctx := context.Background()
	id := func(x []array64) array64 { return x[0] }
	unit := []ops.Bounds{{0, 1}}
	inf := math.Inf(1)
	for _, c := range []struct {
		name   string
		f      func([]array64) array64
		over   []ops.Bounds
		n      int
		method ops.IntegrateMethod
		opts   []ops.Option
		want   string
	}{
		{"no integrand", nil, unit, 10, 0, nil, "no integrand"},
		{"no variables", id, nil, 10, 0, nil, "0 variables"},
		{"too many variables", id, make([]ops.Bounds, 200), 10, 0, nil, "200 variables"},
		{"reversed", id, []ops.Bounds{{1, 0}}, 10, 0, nil, "from 1 to 0: bounds must ascend"},
		{"empty", id, []ops.Bounds{{1, 1}}, 10, 0, nil, "must ascend"},
		{"infinite", id, []ops.Bounds{{0, inf}}, 10, 0, nil, "must be finite"},
		{"nan bound", id, []ops.Bounds{{math.NaN(), 1}}, 10, 0, nil, "must be finite"},
		{"no samples", id, unit, 0, 0, nil, "0 samples"},
		{"too many samples", id, unit, 1e15, 0, nil, "1000000000000000 samples"},
		{"confidence", id, unit, 10, 0, []ops.Option{ops.WithConfidence(1)}, "confidence 1"},
		{"method", id, unit, 10, 9, nil, "method(9)"},
		{"one antithetic", id, unit, 1, ops.Antithetic, nil, "pairs"},
		{"few strata", id, []ops.Bounds{{0, 1}, {0, 1}, {0, 1}}, 15, ops.Stratified, nil, "2^3 cells, 15 given"},
		{"few sobol", id, unit, 15, ops.SobolPoints, nil, "15 samples"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ops.Integrate(ctx, c.f, c.over, c.n, 1, c.method, c.opts...)
			if err == nil || !strings.HasPrefix(err.Error(), "integrate: ") || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%+v, %v; expected an error with %q", got, err, c.want)
			}
		})
	}
}

// TestIntegrateNotFinite: log x is NaN on half of the range.
func TestIntegrateNotFinite(t *testing.T) {
	f := func(x []array64) array64 { return x[0].Log().Add(x[1]) }
	box := []ops.Bounds{{-1, 1}, {2, 3}}
	for method := ops.PlainSamples; method <= ops.SobolPoints; method++ {
		_, err := ops.Integrate(context.Background(), f, box, 1600, 1, method)
		var bad *ops.IntegrandError
		if !errors.As(err, &bad) {
			t.Errorf("%s: %v", method, err)
			continue
		}
		pairs := method == ops.Antithetic || method == ops.Stratified
		if bad.Pairs != pairs || bad.Bad < bad.Of/3 || bad.Bad > bad.Of || len(bad.At) != 2 || !(bad.At[0] < 0) || !(bad.At[1] >= 2 && bad.At[1] <= 3) {
			t.Errorf("%s: %+v, expected half of the samples, one of them with a negative variable 0 and a variable 1 from 2 to 3", method, bad)
		}
		if !strings.Contains(err.Error(), "such as variable 0 = -") {
			t.Errorf("%s: %v", method, err)
		}
	}
	huge := func(x []array64) array64 { return x[0].MulScalar(0).AddScalar(math.MaxFloat64) }
	_, err := ops.Integrate(context.Background(), huge, []ops.Bounds{{0, 1}}, 16, 1, ops.Antithetic)
	var bad *ops.IntegrandError
	if !errors.As(err, &bad) || bad.At != nil || strings.Contains(err.Error(), "such as") {
		t.Errorf("sums that exceed float64: %v", err)
	}
}

// TestIntegrateBoundsError says which variable.
func TestIntegrateBoundsError(t *testing.T) {
	_, err := ops.Integrate(context.Background(), func(x []array64) array64 { return x[0] }, []ops.Bounds{{0, 1}, {3, 2}}, 10, 1, ops.PlainSamples)
	var bad *ops.BoundsError
	if !errors.As(err, &bad) || bad.Variable != 1 || bad.Bounds != (ops.Bounds{Low: 3, High: 2}) || err.Error() != "integrate: variable 1 from 3 to 2: bounds must ascend" {
		t.Errorf("%v", err)
	}
}
