package mathfn

import (
	"math"

	"github.com/quern-go/quern/kernels"
)

// NormalQuantile is the x for which a standard normal variable is below x with
// probability p: "ndtri.f32" or "ndtri.f64".
func NormalQuantile(t kernels.DType) *kernels.Func { return function("ndtri", t) }

// √(2π) in two parts.
const (
	rootTwoPi   = 0x1.40d931ff62706p+1
	rootTwoPiLo = -0x1.a6a0d6f814637p-53
)

// ndtri is, for q = p − ½, the odd polynomial q·(√(2π) + q²·c(q²)) where |q| ≤ ⅜, and
// in the tails, of t = min(p, 1−p) and with s = √(−2·ln t), x = s − d(v), v = (s−5)/(s+4)
// (float64: (s−4)/(s+4) and, from 7 on, (s−15)/(s+8)). The logarithm, the root and, for p near ¼, q are in two
// parts. d is a minimax polynomial.
//
// Error: the last sum, 0.5, and the rounding of c and d, up to two thirds of the
// result where |q| is near ⅜: 1.09 ULP (0.95) were measured. Another part for each
// would cost a third more.
//
// Likely: t is normal. Otherwise a denormal is scaled up, and the special values
// are set: −∞ and ∞ for 0 and 1, NaN outside.
func ndtri(w writer) value {
	p, half, zero := w.arg(0), w.num(0.5), w.num(0)
	left := w.Less(p, half)
	t := w.Select(left, p, w.Sub(w.num(1), p))
	likely := w.isNormalPositive(t)
	q := w.fastSum(w.num(-0.5), p)
	center := w.centralQuantile(q)

	scale := math.Ldexp(1, w.mantissa+1)
	e, f := w.splitExponent(w.SelectLikely(likely, t, w.Mul(t, w.num(scale))))
	e = w.SelectLikely(likely, e, w.Sub(e, w.num(float64(w.mantissa+1))))
	x := w.tailQuantile(e, f)
	x = w.Select(left, w.Neg(x), x)
	r := w.Select(w.LessEqual(w.Abs(q.hi), w.num(0.375)), center, x)

	end := w.Select(left, w.num(math.Inf(-1)), w.num(math.Inf(1)))
	end = w.Select(w.Equal(t, zero), end, w.num(math.NaN()))
	return w.SelectLikely(likely, r, w.Select(w.Less(zero, t), r, end))
}

// centralQuantile is the quantile of ½ + q, |q| ≤ ⅜.
func (w writer) centralQuantile(q sum) value {
	c := w.split(rootTwoPi, rootTwoPiLo)
	square := w.Mul(q.hi, q.hi)
	curve := w.FMA(square, w.horner(square, w.coefficients(quantileF32, quantileF64)), c.lo)
	large := w.twoProduct(q.hi, c.hi)
	small := w.FMA(q.hi, curve, w.FMA(q.lo, c.hi, large.lo))
	return w.Add(large.hi, small)
}

// tailQuantile is minus the quantile of 2^e·(1+f), at most ⅛.
func (w writer) tailQuantile(e, f value) value {
	s := w.fastSum(w.Mul(e, w.num(w.pick(ln2ShortSingle, ln2ShortDouble))), f)
	curve := w.horner(f, w.coefficients(logF32, logF64))
	ln := w.fastSum(s.hi, w.FMA(w.Mul(f, f), curve, w.FMA(e, w.num(w.pick(ln2RestSingle, ln2RestDouble)), s.lo)))
	minus2 := w.num(-2)
	square := sum{w.Mul(minus2, ln.hi), w.Mul(minus2, ln.lo)}
	root := w.Sqrt(square.hi)
	rest := w.Div(w.Add(w.FMA(w.Neg(root), root, square.hi), square.lo), w.Add(root, root))

	d := w.tailCorrection(root)
	x := w.fastSum(root, w.Neg(d.hi))
	y := w.fastSum(x.hi, w.Neg(d.lo))
	return w.Add(y.hi, w.FMA(rest, d.slope, w.Add(x.lo, y.lo)))
}

// correction is d(v) as a constant and the rest, and about how much faster than s
// the quantile s − d grows.
type correction struct{ hi, lo, slope value }

func (w writer) tailCorrection(s value) correction {
	if w.width() == 32 {
		v := w.Div(w.Sub(s, w.num(5)), w.Add(s, w.num(4)))
		return correction{w.num(tailF32[0]), w.Mul(v, w.horner(v, tailF32[1:])), w.FMA(v, w.num(-0.3), w.num(1.09))}
	}
	far := w.Less(w.num(7), s)
	v := w.Div(w.Sub(s, w.Select(far, w.num(15), w.num(4))), w.Add(s, w.Select(far, w.num(8), w.num(4))))
	return correction{
		w.Select(far, w.num(farTailF64[0]), w.num(tailF64[0])),
		w.Mul(v, w.Select(far, w.horner(v, farTailF64[1:]), w.horner(v, tailF64[1:]))),
		w.Select(far, w.num(1), w.FMA(v, w.num(-0.4), w.num(1.1))),
	}
}
