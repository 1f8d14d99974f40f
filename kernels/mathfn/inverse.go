package mathfn

import (
	"math"

	"github.com/quern-go/quern/kernels"
)

// Asin is the inverse of the sine, in [−π/2, π/2].
func Asin(t kernels.DType) *kernels.Func { return function("asin", t) }

// Acos is the inverse of the cosine, in [0, π].
func Acos(t kernels.DType) *kernels.Func { return function("acos", t) }

// Atan is the inverse of the tangent, in [−π/2, π/2].
func Atan(t kernels.DType) *kernels.Func { return function("atan", t) }

// π/2 is math.Pi/2 + halfPiLo.
const halfPiLo = 0x1.1a62633145c07p-54

// asin is x + x³·p(x²) for |x| ≤ ½, and above π/2 − 2·asin(s), s = √((1−|x|)/2)
// in two parts (W. J. Cody, W. Waite, 1980).
//
// Error: the last sum, 0.5, and the rounding of the polynomial, a tenth of the
// result.
func asin(w writer) value {
	x := w.arg(0)
	h := w.halfAngle(x)
	c := w.split(math.Pi/2, halfPiLo)
	s := w.fastSum(c.hi, w.Mul(w.num(-2), h.s.hi))
	large := w.Add(s.hi, w.FMA(w.num(-2), h.tail, w.Add(s.lo, c.lo)))
	r := w.Select(h.outer, large, w.Add(h.s.hi, h.tail))
	return w.withSign(r, x)
}

// acos is π/2 − asin(x) for |x| ≤ ½, and above 2·asin(s) or, for negative x,
// π − 2·asin(s). The error is as that of asin.
func acos(w writer) value {
	x := w.arg(0)
	h := w.halfAngle(x)
	zero := w.num(0)
	negative := w.Less(x, zero)
	half := w.split(math.Pi/2, halfPiLo)
	turn := sum{
		w.Select(h.outer, w.Select(negative, w.Add(half.hi, half.hi), zero), half.hi),
		w.Select(h.outer, w.Select(negative, w.Add(half.lo, half.lo), zero), half.lo),
	}
	// The factor of asin(s) or asin|x|: 2, −2, 1 for −½ ≤ x < 0 and else −1.
	scale := w.Select(h.outer, w.num(2), w.num(-1))
	scale = w.Select(negative, w.Neg(scale), scale)
	s := w.fastSum(turn.hi, w.Mul(scale, h.s.hi))
	return w.Add(s.hi, w.FMA(scale, h.tail, w.Add(s.lo, turn.lo)))
}

// halfAngle is asin of |x| or, where outer holds, of √((1−|x|)/2), as s.hi + tail.
type halfAngle struct {
	outer, tail value
	s           sum
}

func (w writer) halfAngle(x value) halfAngle {
	a, half := w.Abs(x), w.num(0.5)
	outer := w.Less(half, a)
	z := w.FMA(a, w.num(-0.5), half) // exact for a ≥ ½
	root := w.Sqrt(z)
	// Half of what rounding left of z over the root; the least number spares 0/0.
	rest := w.Div(w.FMA(w.Neg(root), root, z), w.Add(w.Add(root, root), w.num(w.pick(0x1p-100, 0x1p-1000))))
	s := sum{w.Select(outer, root, a), w.Select(outer, rest, w.num(0))}
	square := w.Select(outer, z, w.Mul(a, a))
	p := w.horner(square, w.coefficients(asinF32, asinF64))
	return halfAngle{outer, w.FMA(w.Mul(s.hi, square), p, s.lo), s}
}

// atan is k·π/4 + atan(t) with t = |x|, (|x|−1)/(|x|+1) or −1/|x| in two parts, |t| ≤
// √2 − 1, and atan(t) = t + t³·p(t²).
//
// Error: the last sum, 0.5, and the rounding of the polynomial, less than a
// tenth of the result.
func atan(w writer) value {
	x := w.arg(0)
	a, one := w.Abs(x), w.num(1)
	b := w.atMost(a, w.pick(0x1p60, 0x1p120)) // where the result is π/2 already
	above, far := w.Less(w.num(math.Sqrt2-1), b), w.Less(w.num(math.Sqrt2+1), b)
	zero := w.num(0)
	n := w.fastSum(w.Select(above, w.num(-1), zero), w.Select(far, zero, b))
	d := w.fastSum(w.Select(far, b, one), w.Select(w.Xor(above, far), b, zero))
	k := w.Select(far, w.num(2), w.truth(above))
	return w.tiny(x, w.withSign(w.arcTangent(k, n, d), x))
}

// arcTangent is k·π/4 + atan(n/d), |n/d| ≤ √2 − 1, for k in 0 … 4.
func (w writer) arcTangent(k value, n, d sum) value {
	t := w.quotient(n, d)
	square := w.Mul(t.hi, t.hi)
	p := w.horner(square, w.coefficients(atanF32, atanF64))
	quarter := w.split(math.Pi/4, halfPiLo/2)
	turn := w.twoProduct(k, quarter.hi)
	s := w.fastSum(turn.hi, t.hi)
	tail := w.Add(s.lo, w.FMA(k, quarter.lo, turn.lo))
	tail = w.Add(tail, w.FMA(w.Neg(t.lo), square, t.lo))
	return w.Add(s.hi, w.FMA(w.Mul(t.hi, square), p, tail))
}
