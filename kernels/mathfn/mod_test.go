package mathfn

import (
	"math"
	"testing"

	"github.com/quern-go/quern/kernels"
)

// TestRemainders: fmod is exact for quotients of every size, and mod follows from
// it as NumPy defines it.
func TestRemainders(t *testing.T) {
	n := uint64(20000)
	if *long {
		n *= 1000
	}
	for _, typ := range []kernels.DType{kernels.F32, kernels.F64} {
		modulo, remainder := Mod(typ), Fmod(typ)
		m, r := newBatch(&modulo.Body, 2), newBatch(&remainder.Body, 2)
		for first := uint64(0); first < n; first += lanes {
			for lane := range uint64(lanes) {
				i := first + lane
				x, y := randomBits(typ, 11, 0, i/2), randomBits(typ, 11, 1, i/2)
				if i%8 < 2 { // a quotient of moderate size, next to a whole number
					x = kernels.FloatBits(typ, toFloat(typ, y)*float64(i%97)) + i%3 - 1
				}
				for _, b := range []*batch{m, r} {
					b.setArg(typ, 0, int(lane), x)
					b.setArg(typ, 1, int(lane), y)
				}
			}
			m.run()
			r.run()
			for lane := range lanes {
				x, y := argBits(r, remainder, 0, lane), argBits(r, remainder, 1, lane)
				want := math.Mod(toFloat(typ, x), toFloat(typ, y))
				checkRemainder(t, "fmod", typ, x, y, r.get(remainder.Body.Results[0], lane), want)
				b := toFloat(typ, y)
				if want == 0 {
					want = math.Copysign(0, b)
				} else if math.Signbit(want) != math.Signbit(b) {
					want = toFloat(typ, kernels.FloatBits(typ, want+b))
				}
				checkRemainder(t, "mod", typ, x, y, m.get(modulo.Body.Results[0], lane), want)
			}
			if t.Failed() {
				return
			}
		}
	}
}

func (m *batch) setArg(t kernels.DType, k, lane int, bits uint64) {
	if t.Size() == 4 {
		m.arg(k).u32[lane] = uint32(bits)
	} else {
		m.arg(k).u64[lane] = bits
	}
}

func checkRemainder(t *testing.T, name string, typ kernels.DType, x, y, got uint64, want float64) {
	t.Helper()
	bits := kernels.FloatBits(typ, want)
	if got != bits && !(isNaN(typ, got) && math.IsNaN(want)) {
		t.Errorf("%s(%v, %v) = %v, expected %v", name, toFloat(typ, x), toFloat(typ, y), toFloat(typ, got), want)
	}
}
