package mathfn

import "github.com/quern-go/quern/kernels"

// Erf is the error function, 2/√π·∫₀ˣ exp(−t²) dt.
func Erf(t kernels.DType) *kernels.Func { return function("erf", t) }

// Erfc is 1 − erf(x).
func Erfc(t kernels.DType) *kernels.Func { return function("erfc", t) }

// erf is x + x·p(x²) for |x| ≤ 1, and above 1 − e^q(|x|), q a minimax
// polynomial for ln(erfc) that is accurate where erfc counts. No case is
// unlikely: from 4 (6) on it is 1.
//
// Error: the last sum, 0.5, and that of the smaller term, a fifth of the
// result.
func erf(w writer) value {
	x := w.arg(0)
	a, one := w.Abs(x), w.num(1)
	small := w.FMA(w.horner(w.Mul(a, a), w.coefficients(erfF32, erfF64)), a, a)
	q := w.horner(w.atMost(a, w.pick(4, 6)), w.coefficients(logErfcF32, logErfcF64))
	_, low, p := w.expReduced(q, kernels.NoValue)
	large := w.Sub(one, w.scaleNormal(p, low))
	return w.withSign(w.Select(w.Less(w.num(1), a), large, small), x)
}

// The bounds of erfc's likely case, where e^−x² is far from denormal.
const (
	erfcBoundSingle = 8
	erfcBoundDouble = 25
)

// erfc is 1 − 9/8·x − x·p(x²) for |x| ≤ 0.6, and above e^−x²·h(v)/(1 + |x|/4), v = 1/(1 +
// |x|/4) − ½ in [−0.38, 0.37], or for negative x 2 less that. The square, the
// exponential, the quotient and the first two steps of the polynomial h are in
// two parts (the idea of v is that of M. M. Shepherd, J. G. Laframboise,
// "Chebyshev approximation of (1+2x)exp(x²)erfc x", Math. Comp. 36, 1981).
//
// Likely: the result is normal. Otherwise it is scaled in two steps.
//
// Error: the last sum, 0.5, and the rounding of h behind its first two terms. A
// denormal result is rounded twice.
func erfc(w writer) value {
	x := w.arg(0)
	a, one := w.Abs(x), w.num(1)
	likely := w.LessEqual(a, w.num(w.pick(erfcBoundSingle, erfcBoundDouble)))
	b := w.SelectLikely(likely, a, w.atMost(a, w.pick(10.1, 27.3)))

	square := w.twoProduct(b, b)
	arg := w.expArgument(w.Neg(square.hi))
	arg.r = w.twoSum(arg.r.hi, w.Sub(arg.r.lo, square.lo))
	t := w.product(w.expSum(arg.r), w.scaledErfc(b))

	n := w.horner(w.Mul(x, x), w.coefficients(erfHalfF32, erfHalfF64))
	most := w.twoProduct(x, w.num(-1.125))
	s := w.fastSum(one, most.hi)
	center := w.Add(s.hi, w.FMA(w.Neg(x), n, w.Add(s.lo, most.lo)))

	negative := w.Less(x, w.num(0))
	finish := func(outer value) value {
		outer = w.Select(negative, w.Sub(w.num(2), outer), outer)
		return w.Select(w.Less(w.num(0.6), a), outer, center)
	}
	fast, slow := finish(w.scaleNormal(w.Add(t.hi, t.lo), arg.low)), finish(w.scaleTwice(w.Add(t.hi, t.lo), arg.n))
	return w.SelectLikely(likely, fast, slow)
}

// erfc's h(0) = 2·e^16·erfc(4).
const (
	erfcCenter   = 0x1.18932bf08e154p-2
	erfcCenterLo = 0x1.0981aa12747cep-56
)

// scaledErfc is e^a²·erfc(a) for a ≥ ½: erfc takes it from 0.6 on.
func (w writer) scaledErfc(a value) sum {
	d := w.twoSum(w.num(1), w.Mul(a, w.num(0.25)))
	u := w.quotient(sum{w.num(1), w.num(0)}, d)
	v := w.fastSum(w.num(-0.5), u.hi)
	v.lo = w.Add(v.lo, u.lo)

	cs := w.coefficients(scaledErfcF32, scaledErfcF64)
	q := w.twoSum(w.num(cs[0]), w.Mul(v.hi, w.horner(v.hi, cs[1:])))
	inner := w.twoProduct(v.hi, q.hi)
	slope := []float64{cs[0], 2 * cs[1], 3 * cs[2], 4 * cs[3], 5 * cs[4], 6 * cs[5]}
	inner.lo = w.FMA(v.hi, q.lo, w.FMA(v.lo, w.horner(v.hi, slope), inner.lo))
	h := w.plusSum(w.split(erfcCenter, erfcCenterLo), inner)
	return w.product(h, u)
}

// plusSum is a + b.
func (w writer) plusSum(a, b sum) sum {
	s := w.twoSum(a.hi, b.hi)
	return sum{s.hi, w.Add(s.lo, w.Add(a.lo, b.lo))}
}
