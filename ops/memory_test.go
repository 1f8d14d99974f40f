package ops

import (
	"testing"

	"github.com/quern-go/quern/device"
)

// TestPeakMemory: an evaluation into a slice takes at most 64 MiB beside inputs
// and output, which are the program's memory on the CPU device, and leaves
// nothing behind.
func TestPeakMemory(t *testing.T) {
	const n = 1500 // an n×n array is 18 MB, so that five of them would be too much
	x := FromSlice(make([]float64, n*n), n, n)
	shifted := x.Sub(x.Max(1).ExpandDims(1)).Exp()
	points := x.Slice(All(), To(20))
	for _, c := range []struct {
		name string
		a    Array[float64]
	}{
		{"centred", x.Add(x.T()).Sub(x.Mean(0))},
		{"softmax", shifted.Div(shifted.Sum(1).ExpandDims(1))},
		{"standardised", x.Sub(x.Mean(0)).Div(x.Std(0)).Exp().Sin().Add(x.T().Cos())},
		{"sum of product", x.Exp().MatMul(x.T().Sin()).Sum(1)},
		{"distances", PairwiseDistance(points, points, Euclidean)},
		{"normalised distances", PairwiseDistance(points, points, CityBlock).Div(PairwiseDistance(points, points, CityBlock).Max())},
		{"nearest", PairwiseDistance(points, points, Euclidean).Min(0)},
		{"random", Normal[float64](1, n, n).Sub(Normal[float64](1, n, n).Mean(0))},
	} {
		t.Run(c.name, func(t *testing.T) {
			engine, err := NewEngine(cpuSelector)
			if err != nil {
				t.Fatal(err)
			}
			defer engine.Close()
			if err := c.a.Into(ctx, make([]float64, c.a.Size()), WithEngine(engine)); err != nil {
				t.Fatal(err)
			}
			stats := engine.units[0].dev.(device.MemoryReporter).Memory()
			if stats.Peak > 64<<20 || stats.InUse != 0 {
				t.Errorf("peak %d bytes, %d left in use; expected at most %d and none", stats.Peak, stats.InUse, 64<<20)
			}
		})
	}
}
