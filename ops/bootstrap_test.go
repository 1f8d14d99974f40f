package ops_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/quern-go/quern/internal/arrayfile"
	"github.com/quern-go/quern/ops"
)

func meanOf(x []array64) array64 { return x[0].Mean(-1) }
func stdOf(x []array64) array64  { return x[0].Std(-1) }

// iris is two columns of the data set, the lengths of sepals and petals.
func iris(t testing.TB) array64 {
	t.Helper()
	f, err := arrayfile.Read(context.Background(), "../examples/data/iris.csv", arrayfile.ReadOptions{Columns: "sepal_length,petal_length"})
	if err != nil {
		t.Fatal(err)
	}
	return ops.FromSlice(f.F64, f.Shape...)
}

// TestBootstrap compares with scipy.stats.bootstrap 1.10 (20,000 resamples, random
// state 1) on the same data. Two intervals from different resamples differ by about
// a fiftieth of their width.
func TestBootstrap(t *testing.T) {
	data := iris(t)
	for _, c := range []struct {
		name           string
		stat           ops.Statistic
		method         ops.BootstrapMethod
		low, high, err float64
	}{
		{"mean", meanOf, ops.Percentile, 5.712, 5.974683333333332, 0.06713283604773955},
		{"mean", meanOf, ops.Basic, 5.711983333333335, 5.974666666666668, 0.06713283604773955},
		{"mean", meanOf, ops.BCa, 5.712, 5.974666666666667, 0.06713283604773955},
		{"median", func(x []array64) array64 { return x[0].Median(-1) }, ops.Percentile, 5.6, 6.0, 0.1018550274769543},
		{"std", stdOf, ops.Percentile, 0.7411249107493239, 0.9006190956405904, 0.0406166604255018},
		{"std", stdOf, ops.Basic, 0.7499834879296914, 0.9094776728209579, 0.0406166604255018},
		{"std", stdOf, ops.BCa, 0.7516117884674633, 0.9103824043524987, 0.0406166604255018},
		{"correlation", ops.Correlation, ops.Percentile, 0.8345678037254165, 0.9024003674867512, 0.017374562271197148},
		{"correlation", ops.Correlation, ops.Basic, 0.8411071842864074, 0.9089397480477421, 0.017374562271197148},
		{"correlation", ops.Correlation, ops.BCa, 0.8301324739294282, 0.8998617971979159, 0.017374562271197148},
	} {
		t.Run(c.name+" "+c.method.String(), func(t *testing.T) {
			got, err := ops.Bootstrap(context.Background(), data, c.stat, 20_000, 1, c.method)
			if err != nil {
				t.Fatal(err)
			}
			near := (c.high - c.low) / 40
			if math.Abs(got.Low-c.low) > near || math.Abs(got.High-c.high) > near || math.Abs(got.StdErr/c.err-1) > 0.03 {
				t.Errorf("[%v, %v] ± %v, expected [%v, %v] ± %v", got.Low, got.High, got.StdErr, c.low, c.high, c.err)
			}
			again, err := ops.Bootstrap(context.Background(), data, c.stat, 20_000, 1, c.method, ops.On("cpu:1thread"))
			if err != nil || again.Low != got.Low || again.High != got.High || again.StdErr != got.StdErr {
				t.Errorf("on one thread [%v, %v]: %v", again.Low, again.High, err)
			}
		})
	}
}

// TestBootstrapOfOneValue: where all resamples agree the interval is a point.
func TestBootstrapOfOneValue(t *testing.T) {
	for method := ops.BCa; method <= ops.Basic; method++ {
		got, err := ops.Bootstrap(context.Background(), ops.Full[float32](2.5, 30), meanOf, 100, 1, method)
		if err != nil || got.Value != 2.5 || got.Low != 2.5 || got.High != 2.5 || got.StdErr != 0 || got.Samples != 30 {
			t.Errorf("%s: %+v, %v", method, got, err)
		}
	}
}

func TestBootstrapBadInput(t *testing.T) {
	ctx := context.Background()
	data := ops.FromSlice([]float64{1, 2, 3, 4})
	for _, c := range []struct {
		name      string
		data      array64
		stat      ops.Statistic
		resamples int
		method    ops.BootstrapMethod
		opts      []ops.Option
		want      string
	}{
		{"empty", ops.Zeros[float64](0), meanOf, 10, ops.Basic, nil, "empty sample"},
		{"no axis", ops.Full(1.0), meanOf, 10, ops.Basic, nil, "shape []"},
		{"one resample", data, meanOf, 1, ops.Basic, nil, "1 resamples"},
		{"many resamples", data, meanOf, 1e15, ops.Basic, nil, "1000000000000000 resamples"},
		{"no statistic", data, nil, 10, ops.Basic, nil, "no statistic"},
		{"method", data, meanOf, 10, 9, nil, "method(9)"},
		{"one observation", data.Slice(ops.Range(0, 1)), meanOf, 10, ops.BCa, nil, "at least 2"},
		{"confidence", data, meanOf, 10, ops.Basic, []ops.Option{ops.WithConfidence(-1)}, "confidence -1"},
		{"statistic of all", data, func(x []array64) array64 { return x[0].Mean() }, 10, ops.Basic, nil, "has to reduce the last axis"},
		{"not reduced", data, func(x []array64) array64 { return x[0] }, 10, ops.Basic, nil, "has to reduce the last axis"},
		{"mistake", data, func(x []array64) array64 { return x[0].Mean(5) }, 10, ops.Basic, nil, "axis"},
		{"quantile", data, func(x []array64) array64 { return x[0].Quantile(1.5, -1) }, 10, ops.Basic, nil, "1.5, expected a fraction from 0 to 1"},
		{"nan", data.Sub(data), func(x []array64) array64 { return x[0].Mean(-1).Div(x[0].Sum(-1)) }, 10, ops.Basic, nil, "NaN or infinite for 10 of 10"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ops.Bootstrap(ctx, c.data, c.stat, c.resamples, 1, c.method, c.opts...)
			if err == nil || !strings.HasPrefix(err.Error(), "bootstrap: ") || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%+v, %v; expected an error with %q", got, err, c.want)
			}
		})
	}
}

// TestBootstrapInPieces: showing progress does not change a bit.
func TestBootstrapInPieces(t *testing.T) {
	data := ops.Arange[float32](0, 70_000, 1)
	want, err := ops.Bootstrap(context.Background(), data, stdOf, 1000, 3, ops.Percentile)
	if err != nil {
		t.Fatal(err)
	}
	last := 0.0
	got, err := ops.Bootstrap(context.Background(), data, stdOf, 1000, 3, ops.Percentile, ops.OnProgress(func(share float64) { last = share }))
	if err != nil || got.Low != want.Low || got.High != want.High || got.StdErr != want.StdErr || last != 1 {
		t.Errorf("[%v, %v], share %v, expected [%v, %v]: %v", got.Low, got.High, last, want.Low, want.High, err)
	}
}
