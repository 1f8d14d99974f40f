package kernels

import "math"

// FMA32 is a*b + c rounded once to float32.
//
// The product of two float32 is exact in float64, so only the addition rounds
// there. Rounding that sum again to float32 goes wrong only where the float64
// sum lies exactly halfway between two float32 although the true sum does not;
// then the rounding error of the addition (found exactly by TwoSum) says on
// which side the true sum lies, and the last bit of the float64 sum is moved
// to that side first (Boldo and Melquiond, "Emulation of FMA and correctly
// rounded sums: proved algorithms using rounding to odd", 2008).
func FMA32(a, b, c float32) float32 {
	p := float64(a) * float64(b)
	cd := float64(c)
	s := p + cd
	bits := math.Float64bits(s)
	if bits&1 == 0 && bits&0x7ff0000000000000 != 0x7ff0000000000000 {
		bb := s - p
		err := (p - (s - bb)) + (cd - bb)
		if err != 0 {
			// Round to odd: the neighbour of s on the side of the error has an
			// odd last bit, and rounds to float32 as the exact sum does.
			if (err > 0) == (s > 0) {
				bits++
			} else {
				bits--
			}
			s = math.Float64frombits(bits)
		}
	}
	return float32(s)
}
