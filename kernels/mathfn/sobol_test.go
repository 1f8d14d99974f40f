package mathfn_test

import (
	"math"
	"testing"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/mathfn"
)

// TestSobol compares with scipy.stats.qmc.Sobol(scramble=False), which takes its
// points in Gray code's order, and gives the lower end of an interval of which Sobol
// gives the middle.
func TestSobol(t *testing.T) {
	for _, c := range []struct {
		dimension, point int
		want             float64
	}{
		{0, 0, 0}, {0, 1, 0.5}, {0, 4, 0.375}, {1, 3, 0.75}, {2, 4, 0.625}, {3, 4, 0.875}, {4, 2, 0.75}, {4, 7, 0.125},
		{1, 777, 0.93652344}, {10, 777, 0.74511719}, {40, 777, 0.72167969}, {63, 777, 0.42675781},
		{1, 1000, 4.15236096e+08 / (1 << 32)}, {40, 1000, 3.92167424e+09 / (1 << 32)},
		{63, 1000, 1.91679693e+09 / (1 << 32)}, {127, 1000, 2.33622733e+09 / (1 << 32)},
	} {
		b := kernels.NewBuilder()
		gray := uint64(c.point ^ c.point>>1)
		x, err := mathfn.Sobol(b, c.dimension, 10, b.Load(0, kernels.U64), b.Int(kernels.U32, 0))
		if err != nil {
			t.Fatal(err)
		}
		body, err := b.Build(b.Sub(x, b.Float(kernels.F64, 0x1p-33)))
		if err != nil {
			t.Fatal(err)
		}
		got := body.Eval(func(*kernels.Inst) uint64 { return gray }, nil)[0]
		if d := math.Float64frombits(got) - c.want; d > 1e-8 || d < -1e-8 {
			t.Errorf("dimension %d, point %d: %v, expected %v", c.dimension, c.point, math.Float64frombits(got), c.want)
		}
	}
}
