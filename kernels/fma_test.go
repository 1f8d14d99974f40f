package kernels

import (
	"math"
	"math/big"
	"testing"
)

// exactFMA is a·b + c by exact arithmetic and one rounding. A zero result with
// nonzero terms is +0, as in round to nearest.
func exactFMA(a, b, c float32) float32 {
	p := new(big.Float).SetPrec(64).Mul(big.NewFloat(float64(a)), big.NewFloat(float64(b)))
	sum := new(big.Float).SetPrec(1200).Add(p, big.NewFloat(float64(c)))
	r, _ := sum.Float32()
	return r
}

func isFinite32(x float32) bool { return !math.IsInf(float64(x), 0) && x == x }

func checkFMA(t *testing.T, a, b, c float32) {
	t.Helper()
	if a*b == 0 && c == 0 {
		return // signs of zero: TestFMA32Special
	}
	if got, want := FMA32(a, b, c), exactFMA(a, b, c); got != want {
		t.Fatalf("FMA32(%x, %x, %x) = %x, expected %x", a, b, c, got, want)
	}
}

func TestFMA32Random(t *testing.T) {
	for i := range uint64(200_000) {
		word := func(k int) uint32 { return PhiloxWord(i, 0, 1, 0, k) }
		a, b, c := math.Float32frombits(word(0)), math.Float32frombits(word(1)), math.Float32frombits(word(2))
		if i%2 == 1 && isFinite32(a) && isFinite32(b) { // c of the product's size, to cancel or just overlap
			scale := math.Ldexp(1, int(word(3)%80)-40)
			c = float32(float64(a) * float64(b) * scale)
		}
		if isFinite32(a) && isFinite32(b) && isFinite32(c) {
			checkFMA(t, a, b, c)
		}
	}
}

// TestFMA32Halfway aims at sums that lie next to the midpoint of two float32 by
// less than a float64 can tell, for normal and denormal results.
func TestFMA32Halfway(t *testing.T) {
	for i := range uint64(100_000) {
		word := func(k int) uint32 { return PhiloxWord(i, 0, 2, 0, k) }
		c := math.Float32frombits(word(0)&0x007fffff | (word(1)%200+28)<<23) // positive normal
		_, e := math.Frexp(float64(c))
		half := math.Ldexp(1, max(e-25, -150)) // half a unit in the last place
		// a·b = ±half·(1 ± tiny): factors 2^k·(1 + u) and 2^m·(1 ± u') with product next to half.
		u := math.Ldexp(1, -int(word(2)%24))
		a := float32(half * math.Ldexp(1, 20) * (1 + u))
		b := float32(math.Ldexp(1, -20) * (1 - u))
		if word(3)&1 == 0 {
			a = -a
		}
		checkFMA(t, a, b, c)
		checkFMA(t, a, b, -c)
	}
	// The classic: 2^-25·(1+2^-23)·(1−2^-23) is below half a unit of 1 by 2^-71.
	checkFMA(t, 0x1p-12*(1+0x1p-23), 0x1p-12*(1-0x1p-23), 1+0x1p-23)
	checkFMA(t, 0x1p-75*(1+0x1p-23), 0x1p-75*(1-0x1p-23), 0)
	for _, c := range []float32{0x1p-149, 0x1p-127, 0x1p-127 + 0x1p-149, -0x1p-127, -0x1p-127 - 0x1p-149} { // denormal
		checkFMA(t, 0x1p-75*(1+0x1p-23), 0x1p-75*(1-0x1p-23), c)
		checkFMA(t, 0x1p-75*(1+0x1p-23), 0x1p-75*(1+0x1p-23), c)
	}
	checkFMA(t, math.MaxFloat32, 2, -math.MaxFloat32)
	checkFMA(t, math.MaxFloat32, 1, 0x1p103)
}

func TestFMA32Special(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	minus0 := float32(math.Copysign(0, -1))
	for _, c := range []struct{ a, b, c, want float32 }{
		{0, 1, 0, 0}, {minus0, 1, minus0, minus0}, {minus0, 1, 0, 0}, {1, 1, -1, 0}, {-1, 1, 1, 0},
		{inf, 1, 1, inf}, {inf, -1, 1, -inf}, {inf, 0, 1, nan}, {inf, 1, -inf, nan}, {1, 1, -inf, -inf},
		{nan, 1, 1, nan}, {1, nan, 1, nan}, {1, 1, nan, nan}, {math.MaxFloat32, 2, 0, inf},
		{1e-30, 1e-30, minus0, 0}, {-1e-30, 1e-30, 0, minus0},
	} {
		got := FMA32(c.a, c.b, c.c)
		if math.Float32bits(got) != math.Float32bits(c.want) && !(got != got && c.want != c.want) {
			t.Errorf("FMA32(%v, %v, %v) = %v, expected %v", c.a, c.b, c.c, got, c.want)
		}
	}
}
