package mathfn

import (
	"math"

	"github.com/quern-go/quern/kernels"
)

// Cbrt is the cube root.
func Cbrt(t kernels.DType) *kernels.Func { return function("cbrt", t) }

// Hypot is √(x² + y²) without overflow on the way.
func Hypot(t kernels.DType) *kernels.Func { return function("hypot", t) }

// cbrt is 2^k·∛m of |x| = 8^k·m, √⅛ ≤ m ≤ √8. A polynomial z ≈ 1/∛m is refined by
// a series in e = 1 − m·z³, and c = m·z² by a step of Newton's method with the
// exact c³; there is no division.
//
// Likely: x is normal. Otherwise a denormal is scaled up; zero, infinity and
// NaN are their own roots.
//
// Error: the last sum, 0.5.
func cbrt(w writer) value {
	x := w.arg(0)
	a := w.Abs(x)
	likely := w.isNormalPositive(a)
	up := w.pick(27, 54)
	e, f := w.splitExponent(w.SelectLikely(likely, a, w.Mul(a, w.num(math.Ldexp(1, int(up))))))
	e = w.SelectLikely(likely, e, w.Sub(e, w.num(up)))
	k, low := w.round(e, w.num(1.0/3))
	_, third := w.round(w.FMA(k, w.num(-3), e), w.num(1))
	m := w.Add(f, w.num(1))
	m = w.float(w.Add(w.bits(m), w.Shl(third, w.mantissa)))

	z := w.inverseCubeRoot(m)
	square := w.Mul(z, z)
	c := w.Mul(m, square)
	cc := w.twoProduct(c, c)
	rest := w.FMA(w.Neg(cc.lo), c, w.FMA(w.Neg(cc.hi), c, m))
	c = w.FMA(w.Mul(rest, square), w.num(1.0/3), c)
	r := w.withSign(w.float(w.Add(w.bits(c), w.Shl(low, w.mantissa))), x)
	ordinary := w.And(w.Less(w.num(0), a), w.Less(a, w.num(math.Inf(1))))
	return w.SelectLikely(likely, r, w.Select(ordinary, r, x))
}

// inverseCubeRoot is 1/∛m to 2^-17 (2^-33).
func (w writer) inverseCubeRoot(m value) value {
	z := w.horner(m, w.coefficients(cbrtF32, cbrtF64))
	e := w.FMA(w.Neg(w.Mul(m, z)), w.Mul(z, z), w.num(1))
	series := []float64{1.0 / 3, 2.0 / 9}
	if w.width() == 64 {
		series = append(series, 14.0/81)
	}
	return w.FMA(w.Mul(z, e), w.horner(e, series), z)
}

// hypot is the root of the sum of both exact squares, corrected for what its
// rounding leaves.
//
// Likely: both sides are of moderate size. Otherwise they are scaled so that
// the larger one is; an infinite side prevails, even over NaN.
//
// Error: the last sum, 0.5, and what a rounded correction adds.
func hypot(w writer) value {
	x, y := w.Abs(w.arg(0)), w.Abs(w.arg(1))
	large, small := w.Max(x, y), w.Min(x, y)
	least, most := w.num(w.pick(0x1p-30, 0x1p-300)), w.num(w.pick(0x1p60, 0x1p500))
	likely := w.And(w.LessEqual(least, large), w.LessEqual(large, most))
	one := w.num(1)
	scale := w.Select(w.Less(large, least), w.num(w.pick(0x1p90, 0x1p700)), one)
	scale = w.Select(w.Less(most, large), w.num(w.pick(0x1p-90, 0x1p-700)), scale)
	scale = w.SelectLikely(likely, one, scale)
	large, small = w.Mul(large, scale), w.Mul(small, scale)

	a, b := w.twoProduct(large, large), w.twoProduct(small, small)
	s := w.fastSum(a.hi, b.hi)
	rest := w.Add(s.lo, w.Add(a.lo, b.lo))
	root := w.Sqrt(s.hi)
	rest = w.Add(w.FMA(w.Neg(root), root, s.hi), rest)
	r := w.Add(root, w.Div(rest, w.Add(root, root)))
	slow := w.Select(w.Equal(large, w.num(0)), large, w.Div(r, scale))
	inf := w.num(math.Inf(1))
	infinite := w.Or(w.Equal(x, inf), w.Equal(y, inf))
	return w.SelectLikely(likely, r, w.Select(infinite, inf, slow))
}
