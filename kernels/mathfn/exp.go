package mathfn

import (
	"math"

	"github.com/quern-go/quern/kernels"
)

// ln2Lo is ln 2 − ln2, rounded: what the nearest float of the format leaves.
const (
	ln2LoSingle = -1.904654299957767878541823431924500012e-9
	ln2LoDouble = 2.319046813846299615494854463875478650e-17
)

// Exp is e^x: "exp.f32" or "exp.f64".
func Exp(t kernels.DType) *kernels.Func { return function("exp", t) }

// Up to this |x| e^x is normal, and so are the steps that lead there.
const (
	expBoundSingle = 87
	expBoundDouble = 708
)

// exp is e^x = 2^n·e^r with n = rint(x/ln 2) and r = x − n·ln 2, |r| ≤ ln2/2
// (W. J. Cody, W. Waite, "Software manual for the elementary functions", 1980;
// with fma the first product loses nothing, so ln 2 needs only two parts).
// e^r = 1 + r + r²·q(r) is a minimax polynomial.
//
// Likely: the result is normal, and 2^n is an addition to the exponent bits.
// Otherwise x is clamped to where the result is 0 or infinite already, and 2^n
// is applied as two factors, of which only the second one rounds.
//
// Error: rounding r 0.2, the polynomial 0.2, the last sum 0.5: 0.90 ULP were
// measured. A denormal result is rounded twice, the first time by less than half
// of its last place.
func exp(w writer) value {
	x := w.arg(0)
	likely := w.LessEqual(w.Abs(x), w.num(w.pick(expBoundSingle, expBoundDouble)))
	n, low, p := w.expReduced(w.SelectLikely(likely, x, w.clampExp(x)), kernels.NoValue)
	return w.SelectLikely(likely, w.scaleNormal(p, low), w.scaleTwice(p, n))
}

// clampExp limits x to where e^x is 0 or infinite; NaN stays.
func (w writer) clampExp(x value) value {
	return w.Max(w.Min(x, w.num(w.pick(89, 710))), w.num(w.pick(-104, -746)))
}

// expReduced is p = e^(x+xLo)/2^n in [√½, √2], n also as round's low. xLo, less
// than the rounding error of x, may be NoValue.
func (w writer) expReduced(x, xLo value) (n, low, p value) {
	n, low = w.round(x, w.num(math.Log2E))
	r := w.FMA(n, w.num(-math.Ln2), x)
	rest := w.num(-w.pick(ln2LoSingle, ln2LoDouble))
	if xLo == kernels.NoValue {
		r = w.FMA(n, rest, r)
	} else {
		r = w.Add(r, w.FMA(n, rest, xLo))
	}
	one := w.num(1)
	q := w.horner(r, w.coefficients(expF32, expF64))
	return n, low, w.FMA(w.FMA(q, r, one), r, one)
}

// scaleNormal is p·2^n where that is normal.
func (w writer) scaleNormal(p, low value) value {
	return w.float(w.Add(w.bits(p), w.Shl(low, w.mantissa)))
}

// scaleTwice is p·2^n for every n that clampExp leaves.
func (w writer) scaleTwice(p, n value) value {
	half, halfLow := w.round(n, w.num(0.5))
	_, restLow := w.round(w.Sub(n, half), w.num(1))
	return w.Mul(w.Mul(p, w.powerOfTwo(halfLow)), w.powerOfTwo(restLow))
}

// powerOfTwo is 2^n, normal, of round's low.
func (w writer) powerOfTwo(low value) value {
	return w.float(w.Shl(w.Add(low, w.Int(w.i, w.bias)), w.mantissa))
}
