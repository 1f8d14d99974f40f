package kernels

import "math"

// FMA32 is a*b + c rounded once to float32.
//
// The product of two float32 is exact in float64, so only the addition rounds
// there. Rounding that sum again to float32 goes wrong only where the float64
// sum lies exactly halfway between two float32 although the true sum does not
// (a result below the normal range has its halves elsewhere).
func FMA32(a, b, c float32) float32 {
	p := float64(a) * float64(b)
	s := p + float64(c)
	halfway := math.Float64bits(s)&(1<<29-1) == 1<<28
	if halfway || math.Abs(s) < 0x1p-126 {
		s = roundOdd(p, float64(c), s)
	}
	return float32(s)
}

// roundOdd is p + c, of which s is the rounded value, rounded to odd instead: to
// that neighbour of an inexact sum whose last bit is set. Rounding again, to
// float32, then gives what the exact sum gives (Boldo and Melquiond, "Emulation
// of FMA and correctly rounded sums: proved algorithms using rounding to odd",
// 2008). The rounding error of s, found exactly by TwoSum, says on which side
// the sum lies.
func roundOdd(p, c, s float64) float64 {
	back := s - p
	err := (p - (s - back)) + (c - back)
	bits := math.Float64bits(s)
	if err == 0 || bits&1 == 1 {
		return s
	}
	if (err > 0) == (s > 0) {
		return math.Float64frombits(bits + 1)
	}
	return math.Float64frombits(bits - 1)
}
