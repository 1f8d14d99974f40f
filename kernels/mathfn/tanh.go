package mathfn

import (
	"math"

	"github.com/quern-go/quern/kernels"
)

// Tanh is the hyperbolic tangent.
func Tanh(t kernels.DType) *kernels.Func { return function("tanh", t) }

// tanhSplit is where the polynomial ends.
const (
	tanhSplitSingle = 0.96
	tanhSplitDouble = 0.6
)

// tanh is, for a = |x|, the odd polynomial a + a³·p(a²) below tanhSplit and
// 1 − 2/(e^2a + 1) above, with the sign of x. From 9.1 (19.1) on it rounds to 1,
// so a need not grow further, and no case is unlikely.
//
// e^2a + 1 = 2^n·(e^r − 1) + (2^n + 1) rounds once, 2^n + 1 being exact wherever
// its last bits count. Error: worst at the split, where below it the polynomial's
// large terms make 0.4, above it that rounding 0.3, the quotient 0.13, and both
// the last sum 0.5: 0.94 ULP (float64: 1.24) were measured.
func tanh(w writer) value {
	x := w.arg(0)
	a, most := w.Abs(x), w.num(w.pick(9.1, 19.1))
	square := w.Mul(a, a)
	p := w.horner(square, w.coefficients(tanhF32, tanhF64))
	small := w.FMA(w.Mul(a, square), p, a)

	large := w.Sub(w.num(1), w.Div(w.num(2), w.expTwicePlusOne(w.Select(w.Less(most, a), most, a))))
	split := w.num(w.pick(tanhSplitSingle, tanhSplitDouble))
	r := w.Select(w.Less(a, split), small, large)
	sign := w.And(w.bits(x), w.Int(w.i, int64(-1)<<(w.width()-1)))
	return w.float(w.Or(w.bits(r), sign))
}

// expTwicePlusOne is e^2a + 1. It takes exp's polynomial in r/2, which only
// moves the exponents of its coefficients.
func (w writer) expTwicePlusOne(a value) value {
	n, low := w.round(a, w.num(2*math.Log2E))
	r := w.FMA(n, w.num(-math.Ln2/2), a)
	r = w.FMA(n, w.num(-w.pick(ln2LoSingle, ln2LoDouble)/2), r)
	cs := []float64{2}
	for k, c := range w.coefficients(expF32, expF64) {
		cs = append(cs, math.Ldexp(c, k+2))
	}
	less1 := w.Mul(r, w.horner(r, cs))
	scale := w.powerOfTwo(low)
	return w.FMA(scale, less1, w.Add(scale, w.num(1)))
}
