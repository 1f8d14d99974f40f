package ops

import (
	"bytes"
	"math"
	"testing"

	"github.com/quern-go/quern/device"
)

// TestPasses: medians, quantiles and histograms of values that are computed panel by panel have
// the bits of those in one piece, within a workspace of a few panels.
func TestPasses(t *testing.T) {
	t.Run("float32", testPasses[float32])
	t.Run("float64", testPasses[float64])
}

func testPasses[T Float](t *testing.T) {
	const n = 100_003
	x := Normal[T](3, n)
	edges := FromSlice([]T{-2, -0.5, -0.5, 0.25, 3})
	counts, _ := x.Histogram(7)
	narrow, _ := x.HistogramBetween(5, -1, 2)
	for _, c := range []struct {
		name  string
		value Array[T]
	}{
		{"normal", x.Median()},
		{"first and last", Stack(0, x.Quantile(0), x.Quantile(1))},
		{"between two", x.Quantile(0.123)},
		{"positive", Uniform[T](4, n).Quantile(0.9)},
		{"few values", x.MulScalar(2).Rint().Quantile(0.51)},
		{"one value", x.MulScalar(0).Abs().AddScalar(7).Median()},
		{"zeros of both signs", x.MulScalar(0).Median()},
		{"infinite", x.DivScalar(0).Quantile(0.25)},
		{"NaN", Where(Arange[T](0, n, 1).EqualScalar(70_000), Full(T(math.NaN())), x).Median()},
		{"of a product", x.Slice(To(300)).Reshape(300, 1).MatMul(x.Slice(To(300)).Reshape(1, 300)).Quantile(0.75)},
		{"of long rows", Normal[T](5, 2, n).Quantile(0.4, 1)},
		{"within an expression", x.Sub(x.Median()).Abs().Median()},
		{"histogram", Floats[T](counts)},
		{"histogram of a range", Floats[T](narrow)},
		{"histogram between edges", Floats[T](x.HistogramEdges(edges))},
	} {
		t.Run(c.name, func(t *testing.T) {
			want, err := c.value.Data(ctx, On("cpu"), Workspace(1<<30))
			if err != nil {
				t.Fatal(err)
			}
			engine, err := NewEngine(cpuSelector)
			if err != nil {
				t.Fatal(err)
			}
			defer engine.Close()
			const workspace = 160 << 10
			got, err := c.value.Data(ctx, WithEngine(engine), Workspace(workspace), Strict())
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(bytesOf(got), bytesOf(want)) {
				t.Errorf("%v, in one piece %v", got, want)
			}
			s := engine.units[0].dev.(device.MemoryReporter).Memory()
			if s.Peak > workspace || s.InUse != 0 || engine.Stats().InPanels == 0 {
				t.Errorf("peak %d bytes, %d left in use, %d in panels", s.Peak, s.InUse, engine.Stats().InPanels)
			}
		})
	}
}
