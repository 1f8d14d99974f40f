package gemm

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// exactFMA32 rounds the exact x·y + z once, by math/big.
func exactFMA32(x, y, z float32) float32 {
	if s := float64(x)*float64(y) + float64(z); math.IsNaN(s) || math.IsInf(s, 0) || s == 0 {
		return float32(s) // exact: neither can come from finite operands by rounding
	}
	product := new(big.Float).SetPrec(2000).Mul(big.NewFloat(float64(x)), big.NewFloat(float64(y)))
	sum := product.Add(product, big.NewFloat(float64(z)))
	f, _ := sum.Float32()
	return f
}

func TestFMA32(t *testing.T) {
	tie := float32(1 + 0x1p-12) // its square ends in a half of float32's last place
	tiny := float32(math.SmallestNonzeroFloat32)
	cases := map[string][3]float32{
		"just above a tie":    {tie, tie, tiny},
		"just below a tie":    {tie, tie, -tiny},
		"a tie":               {tie, tie, 0},
		"denormal":            {0x1p-100, 0x1p-48, 3 * tiny},
		"denormal tie above":  {0x1p-75 * (1 + 0x1p-23), 0x1p-75, tiny},
		"underflow":           {0x1p-100, 0x1p-100, 0},
		"underflow, negative": {-0x1p-100, 0x1p-100, tiny},
		"cancellation":        {tie, tie, -1},
		"overflow":            {math.MaxFloat32, 2, -math.MaxFloat32},
		"to infinity":         {math.MaxFloat32, math.MaxFloat32, 1},
		"minus zero":          {0, -1, float32(math.Copysign(0, -1))},
		"zero sum":            {1, 1, -1},
		"infinity":            {float32(math.Inf(1)), 1, 1},
		"invalid":             {float32(math.Inf(1)), 0, 1},
		"NaN":                 {float32(math.NaN()), 0, 1},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got, want := fma32(c[0], c[1], c[2]), exactFMA32(c[0], c[1], c[2]); !sameBits(got, want) {
				t.Errorf("fma32(%g, %g, %g) = %g, want %g", c[0], c[1], c[2], got, want)
			}
		})
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 100000 {
		x, y := math.Float32frombits(r.Uint32()), math.Float32frombits(r.Uint32())
		p := float64(x) * float64(y)
		z := float32(math.Ldexp(p, r.IntN(80)-40)) // near enough to interfere
		if r.IntN(4) == 0 {
			z = math.Float32frombits(math.Float32bits(float32(p)) ^ r.Uint32()&0xff)
		}
		if got, want := fma32(x, y, z), exactFMA32(x, y, z); !sameBits(got, want) {
			t.Fatalf("fma32(%g, %g, %g) = %g, want %g", x, y, z, got, want)
		}
	}
}
