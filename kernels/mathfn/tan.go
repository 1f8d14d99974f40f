package mathfn

import "github.com/quern-go/quern/kernels"

// Tan is the tangent of an angle in radians.
func Tan(t kernels.DType) *kernels.Func { return function("tan", t) }

// tan reduces x as sin does. Of the rest r − l it is
//
//	tan(r − l) = r + (r³·p(r²) − l·(1 + tan² r))
//
// or, in odd quadrants, −1 over that. Both are taken from an exact sum of its two
// terms: the quotient by one correction of the rounded reciprocal.
//
// Error: the last rounding, 0.5, and that of r³·p, which is a fifth of the tangent.
func tan(w writer) value {
	a := w.reduceAngle(w.arg(0), 0)
	square := w.twoProduct(a.r, a.r)
	p := w.horner(square.hi, w.coefficients(tanF32, tanF64))
	slope := w.FMA(p, w.num(2), w.num(-1.0/3)) // of r²·p(r²), nearly
	u := w.FMA(square.hi, p, w.Mul(square.lo, slope))
	near := w.FMA(a.r, u, a.r)
	less := w.FMA(w.Mul(a.less, near), near, a.less)
	t := w.fastSum(a.r, w.FMA(a.r, u, w.Neg(less)))

	inverse := w.Div(w.num(-1), t.hi)
	rest := w.FMA(inverse, t.lo, w.FMA(inverse, t.hi, w.num(1)))
	one := w.Int(w.i, 1)
	odd := w.Equal(w.And(a.q, one), one)
	return w.Select(odd, w.FMA(inverse, rest, inverse), t.hi)
}
