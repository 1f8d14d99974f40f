package plain_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/mathfn"
	"github.com/quern-go/quern/kernels/mathfn/plain"
)

// TestBits compares with the Bodies, bit for bit.
func TestBits(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct {
		name   string
		f      *kernels.Func
		got    func(float64) float64
		random func() float64
		edges  []float64
	}{
		{"log", mathfn.Log(kernels.F64), plain.Log, func() float64 { return math.Float64frombits(r.Uint64()) },
			[]float64{0, math.Copysign(0, -1), 1, -1, 5e-324, 0x1p-1022, math.MaxFloat64, math.Inf(1), math.Inf(-1), math.NaN(), math.Sqrt2 / 2}},
		{"log of 1 less a uniform", mathfn.Log(kernels.F64), plain.Log, func() float64 { return 1 - r.Float64() }, []float64{0x1p-53, 1 - 0x1p-53}},
		{"cospi2", mathfn.CosPi2(kernels.F64), plain.CosPi2, r.Float64, []float64{0, 0.125, 0.25, 0.375, 0.5, 0.75, 0x1p-53, 1 - 0x1p-53}},
	} {
		t.Run(c.name, func(t *testing.T) {
			list := c.edges
			for range 20_000 {
				list = append(list, c.random())
			}
			for _, x := range list {
				want := math.Float64frombits(c.f.Eval([]uint64{math.Float64bits(x)}))
				got := c.got(x)
				if math.Float64bits(got) != math.Float64bits(want) && !(math.IsNaN(got) && math.IsNaN(want)) {
					t.Fatalf("of %v is %v, expected %v", x, got, want)
				}
			}
		})
	}
}

func BenchmarkLog(b *testing.B) {
	sum := 0.0
	for i := range b.N {
		sum += plain.Log(float64(i+1) * 0x1p-31)
	}
	_ = sum
}
