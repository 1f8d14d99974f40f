package mathfn

import (
	"math"

	"github.com/quern-go/quern/kernels"
)

// Log2 is the logarithm to base 2, exact for powers of two.
func Log2(t kernels.DType) *kernels.Func { return function("log2", t) }

// Log10 is the logarithm to base 10.
func Log10(t kernels.DType) *kernels.Func { return function("log10", t) }

// The constants of the bases: 1/ln b as a sum, and log_b 2 with the first part
// short, so that its product with an exponent is exact.
const (
	log2ELo      = 0x1.777d0ffda0d24p-56
	log10ELo     = 0x1.95355baaafad3p-57
	log10Short32 = 0x1.344p-2
	log10Rest32  = 0x1.3509f8p-18
	log10Short64 = 0x1.34413509f78p-2
	log10Rest64  = 0x1.fef311f12b358p-46
)

// log2 and log10 are e·log_b 2 + (f + f²·q(f))/ln b, with log's reduction and
// polynomial. The large terms, e·log_b 2 and f/ln b, are added without error.
//
// Error: the last sum, 0.5, and the rounding of f²·q, at most a fifth of the
// result.
func log2(w writer) value {
	return w.logarithm(sum{w.num(1), w.num(0)}, w.split(math.Log2E, log2ELo))
}

func log10(w writer) value {
	of2 := sum{w.num(w.pick(log10Short32, log10Short64)), w.num(w.pick(log10Rest32, log10Rest64))}
	return w.logarithm(of2, w.split(math.Log10E, log10ELo))
}

// logarithm is the logarithm of the argument to a base b, given log_b 2, the
// first part short, and log_b e.
func (w writer) logarithm(of2, ofE sum) value {
	x := w.arg(0)
	likely := w.isNormalPositive(x)
	scale := math.Ldexp(1, w.mantissa+1)
	e, f := w.splitExponent(w.SelectLikely(likely, x, w.Mul(x, w.num(scale))))
	e = w.SelectLikely(likely, e, w.Sub(e, w.num(float64(w.mantissa+1))))

	p := w.twoProduct(f, ofE.hi)
	s := w.fastSum(w.Mul(e, of2.hi), p.hi)
	tail := w.Add(s.lo, w.FMA(f, ofE.lo, w.FMA(e, of2.lo, p.lo)))
	square, q := w.twoProduct(f, f), w.horner(f, w.coefficients(logF32, logF64))
	curve := w.FMA(square.hi, q, w.Mul(square.lo, q))
	r := w.Add(s.hi, w.FMA(curve, ofE.hi, tail))
	return w.SelectLikely(likely, r, w.logSpecial(x, r))
}

// Log1p is ln(1 + x).
func Log1p(t kernels.DType) *kernels.Func { return function("log1p", t) }

// log1p is ln(2^e·(1+f)) with e that of 1 + x as it rounds, and f the exact
// x·2^−e − (1 − 2^−e) in two parts, of which the second one counts for
// ln(1 + f.hi + f.lo) − ln(1 + f.hi) ≈ f.lo·(1 − f.hi).
//
// Likely: 1 + x is positive and finite. Otherwise the special values are set.
//
// Error: the last sum, 0.5, and the rounding of f²·q, a fifth of the result.
func log1p(w writer) value {
	x := w.arg(0)
	y := w.Add(w.num(1), x)
	likely := w.isNormalPositive(y)
	r := w.log1pSum(x, y, w.num(0))
	r1 := w.withSign(w.Add(r.hi, r.lo), x)
	return w.SelectLikely(likely, r1, w.logSpecial(y, r1))
}

// log1pSum is ln(1 + x + xLo) for y = 1 + x rounded, as a sum whose parts may
// overlap: xLo is below the rounding error of x.
func (w writer) log1pSum(x, y, xLo value) sum {
	above := w.Sub(w.bits(y), w.bits(w.num(math.Sqrt2/2)))
	power := w.And(above, w.Int(w.i, int64(-1)<<w.mantissa))
	scale := w.float(w.Sub(w.bits(w.num(1)), power)) // 2^−e
	scale = w.Select(w.Less(y, w.num(w.pick(0x1p100, 0x1p1000))), scale, w.num(0))
	f := w.twoSum(w.float(w.Sub(w.bits(x), power)), w.Sub(scale, w.num(1)))
	f.lo = w.FMA(xLo, scale, f.lo)

	e := w.exponent(above)
	s := w.fastSum(w.Mul(e, w.num(w.pick(ln2ShortSingle, ln2ShortDouble))), f.hi)
	tail := w.FMA(e, w.num(w.pick(ln2RestSingle, ln2RestDouble)), s.lo)
	tail = w.Add(tail, w.Sub(f.lo, w.Mul(f.lo, f.hi)))
	q := w.horner(f.hi, w.coefficients(logF32, logF64))
	return sum{s.hi, w.FMA(w.Mul(f.hi, f.hi), q, tail)}
}
