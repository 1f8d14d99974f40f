package mathfn

import (
	"fmt"
	"testing"

	"github.com/quern-go/quern/kernels"
)

// TestQuantileSingle holds ndtri's float32 against its float64, which
// TestDoubleReference holds against the true values.
func TestQuantileSingle(t *testing.T) {
	step := uint64(4099)
	if *long {
		step = 1
	}
	f32, f64 := NormalQuantile(kernels.F32), NormalQuantile(kernels.F64)
	m, truth := newBatch(&f32.Body, 1), newBatch(&f64.Body, 1)
	var worst worstCase
	for first := uint64(0); first < 0x3f800000; first += lanes * step { // up to 1
		p := m.arg(0)
		for i := range uint64(lanes) {
			p.u32[i] = uint32(first + i*step)
			truth.arg(0).f64[i] = float64(p.f32[i])
		}
		m.run()
		truth.run()
		for i := range lanes {
			got, want := m.result(0).f32[i], truth.result(0).f64[i]
			if e := error32(got, want); e > worst.ulp {
				worst = worstCase{e, fmt.Sprintf("%g: %g, expected %g", p.f32[i], got, want)}
			}
		}
	}
	t.Logf("largest error %.4f ULP at %s", worst.ulp, worst.at)
	if worst.ulp > 1.25 {
		t.Errorf("%.4f ULP at %s, expected at most 1.25", worst.ulp, worst.at)
	}
}
