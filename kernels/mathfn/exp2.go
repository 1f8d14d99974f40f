package mathfn

import (
	"math"

	"github.com/quern-go/quern/kernels"
)

// Exp2 is 2^x.
func Exp2(t kernels.DType) *kernels.Func { return function("exp2", t) }

// exp2 is 2^x = 2^n·2^r with n = rint(x), so that r = x − n, |r| ≤ ½, is exact.
// 2^r = 1 + r·q(r) is a minimax polynomial; whole x give exact powers.
//
// Likely: the result is normal. Otherwise as exp.
//
// Error: rounding q, 0.25, and the last sum, 0.5.
func exp2(w writer) value {
	x := w.arg(0)
	likely := w.LessEqual(w.Abs(x), w.num(w.pick(126, 1022)))
	clamped := w.Max(w.Min(x, w.num(w.pick(129, 1025))), w.num(w.pick(-151, -1076)))
	x = w.SelectLikely(likely, x, clamped)
	n, low := w.round(x, w.num(1))
	r := w.Sub(x, n)
	p := w.FMA(w.horner(r, w.coefficients(exp2F32, exp2F64)), r, w.num(1))
	return w.SelectLikely(likely, w.scaleNormal(p, low), w.scaleTwice(p, n))
}

// Expm1 is e^x − 1.
func Expm1(t kernels.DType) *kernels.Func { return function("expm1", t) }

// expm1 is 2^n·(e^r − 1) + (2^n − 1), where the large terms, 2^n·r and 2^n − 1,
// are added without error. It is computed at half the size, so that 2^n does
// not overflow before the result does. No case is unlikely: below −18 (−38) the
// result is −1, so x need not go on.
//
// Error: the last sum, 0.5, and the rounding of r²·q(r) and of what the exact
// sum left over.
func expm1(w writer) value {
	x := w.arg(0)
	a := w.expArgument(w.limit(x, w.pick(-18, -38), w.pick(89, 710)))
	half := w.powerOfTwo(w.Add(a.low, w.Int(w.i, -1)))
	less := w.twoSum(half, w.num(-0.5))
	s := w.fastSum(less.hi, w.Mul(half, a.r.hi))
	q := w.horner(a.r.hi, w.coefficients(expm1F32, expm1F64))
	tail := w.FMA(w.Mul(a.r.hi, a.r.hi), q, w.FMA(a.r.lo, a.r.hi, a.r.lo))
	r := w.Add(s.hi, w.FMA(half, tail, w.Add(s.lo, less.lo)))
	return w.tiny(x, w.Add(r, r))
}

// limit keeps x between two bounds; NaN stays.
func (w writer) limit(x value, least, most float64) value {
	return w.atLeast(w.atMost(x, most), least)
}

func (w writer) atMost(x value, most float64) value {
	m := w.num(most)
	return w.Select(w.Less(m, x), m, x)
}

func (w writer) atLeast(x value, least float64) value {
	m := w.num(least)
	return w.Select(w.Less(x, m), m, x)
}

// tiny is x itself where x is so small that f(x) = x + O(x²) rounds to it, denormal
// and signed zeros included, and else r.
func (w writer) tiny(x, r value) value {
	return w.Select(w.Less(w.Abs(x), w.num(w.pick(0x1p-30, 0x1p-60))), x, r)
}

// exponential is x = n·ln 2 + r with |r| ≤ ln2/2; n also as round's low.
type exponential struct {
	n, low value
	r      sum
}

// expArgument is expReduced's reduction with r in two parts. The first
// difference is exact.
func (w writer) expArgument(x value) exponential {
	n, low := w.round(x, w.num(math.Log2E))
	first := w.FMA(n, w.num(-math.Ln2), x)
	rest := w.num(-w.pick(ln2LoSingle, ln2LoDouble))
	r := w.FMA(n, rest, first)
	return exponential{n, low, sum{r, w.FMA(n, rest, w.Sub(first, r))}}
}
