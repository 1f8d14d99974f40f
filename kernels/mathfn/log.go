package mathfn

import (
	"math"

	"github.com/quern-go/quern/kernels"
)

// Log is the natural logarithm.
func Log(t kernels.DType) *kernels.Func { return function("log", t) }

// log is ln x = e·ln 2 + ln(1+f) with x = 2^e·(1+f) and 1+f in [√½, √2). The
// split takes e from the bits of x less those of √½, as FreeBSD's and musl's
// libraries do. ln(1+f) = f + f²·q(f), q a minimax polynomial.
//
// Likely: x is normal, positive and finite. Otherwise a denormal is scaled up,
// and the special values are set.
//
// Error: at e = 0 the last sum rounds 0.5, q·f² adds 0.2. At e = ±1 the sum with
// ln 2 may halve: there it is exact, and the error is that of f + f²·q(f), 0.5,
// of q, 0.2, and of ln 2 as one float, 0.1 (float64: 0.4): 0.92 ULP (1.26) were
// measured.
func log(w writer) value {
	x := w.arg(0)
	likely := w.isNormalPositive(x)
	scale := math.Ldexp(1, w.mantissa+1)
	xs := w.SelectLikely(likely, x, w.Mul(x, w.num(scale)))
	e, f := w.splitExponent(xs)
	e = w.SelectLikely(likely, e, w.Sub(e, w.num(float64(w.mantissa+1))))

	q := w.horner(f, w.coefficients(logF32, logF64))
	r := w.FMA(e, w.num(math.Ln2), w.FMA(w.Mul(f, f), q, f))
	return w.SelectLikely(likely, r, w.logSpecial(x, r))
}

// isNormalPositive is whether x is finite and at least the least normal number,
// by one comparison of shifted bits.
func (w writer) isNormalPositive(x value) value {
	lowest := int64(1) << w.mantissa // bits of the least normal number
	wrap := int64(-1) << (w.width() - 1)
	top := w.Int(w.i, wrap+(2*w.bias)<<w.mantissa)
	return w.Less(w.Add(w.bits(x), w.Int(w.i, wrap-lowest)), top)
}

// splitExponent gives e and f of x = 2^e·(1+f), 1+f in [√½, √2), x normal.
func (w writer) splitExponent(x value) (e, f value) {
	root := w.num(math.Sqrt2 / 2)
	above := w.Sub(w.bits(x), w.bits(root))
	power := w.And(above, w.Int(w.i, int64(-1)<<w.mantissa))
	m := w.float(w.Sub(w.bits(x), power))
	return w.exponent(above), w.Sub(m, w.num(1))
}

// exponent is the float of above>>mantissa, a signed shift.
func (w writer) exponent(above value) value {
	if w.t == kernels.F32 {
		return w.Convert(w.t, w.Shr(above, w.mantissa))
	}
	// 64 bits: AVX2 has neither the signed shift nor the conversion. The biased
	// exponent is positive; placed in the mantissa of 2^52 it is a float.
	biased := w.Add(above, w.Int(w.i, w.bias<<w.mantissa))
	offset := math.Ldexp(1, w.mantissa)
	placed := w.Or(w.Shr(w.Bitcast(w.u, biased), w.mantissa), w.Bitcast(w.u, w.num(offset)))
	return w.Sub(w.float(placed), w.num(offset+float64(w.bias)))
}

// logSpecial is the logarithm where r is not it: 0, negative, infinite, NaN.
func (w writer) logSpecial(x, r value) value {
	inf, zero := w.num(math.Inf(1)), w.num(0)
	r = w.Select(w.Less(x, inf), r, x)
	r = w.Select(w.Less(x, zero), w.num(math.NaN()), r)
	return w.Select(w.Equal(x, zero), w.num(math.Inf(-1)), r)
}
