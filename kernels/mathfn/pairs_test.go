package mathfn

import (
	"fmt"
	"math"
	"testing"

	"github.com/quern-go/quern/kernels"
)

// TestPairsSingle holds the float32 functions of two sides of a triangle against
// float64, at any bits and at sides of like size.
func TestPairsSingle(t *testing.T) {
	n := uint64(300000)
	if *long {
		n *= 300
	}
	for _, c := range []struct {
		name  string
		truth func(x, y float64) float64
	}{{"atan2", math.Atan2}, {"hypot", math.Hypot}} {
		t.Run(c.name, func(t *testing.T) {
			f, _ := Lookup(c.name, kernels.F32)
			m := newBatch(&f.Body, 2)
			x, y := m.arg(0).f32, m.arg(1).f32
			var worst worstCase
			for first := uint64(0); first < n; first += lanes {
				for i := range uint64(lanes) {
					x[i] = math.Float32frombits(uint32(randomBits(kernels.F32, 21, 0, first+i)))
					y[i] = math.Float32frombits(uint32(randomBits(kernels.F32, 21, 1, first+i)))
					if i%3 == 1 { // of like size
						y[i] = x[i] * float32(float64(kernels.PhiloxWord(first+i, 2, 21, 0, 0))*0x1p-31)
					}
				}
				m.run()
				for i, got := range m.result(0).f32 {
					want := c.truth(float64(x[i]), float64(y[i]))
					if math.IsInf(float64(x[i]), 0) || math.IsInf(float64(y[i]), 0) {
						continue // a special value
					}
					if e := error32(got, want); e > worst.ulp {
						worst = worstCase{e, fmt.Sprintf("(%g, %g): %g, expected %g", x[i], y[i], got, want)}
					}
				}
			}
			t.Logf("largest error %.4f ULP at %s", worst.ulp, worst.at)
			if worst.ulp > 1 {
				t.Errorf("%.4f ULP at %s, expected at most 1", worst.ulp, worst.at)
			}
		})
	}
}
