package mathfn

import (
	"math"

	"github.com/quern-go/quern/kernels"
)

// Ceil is the smallest integer not below x.
func Ceil(t kernels.DType) *kernels.Func { return function("ceil", t) }

// Trunc is x without its fraction.
func Trunc(t kernels.DType) *kernels.Func { return function("trunc", t) }

// Sign is 1, 0 or −1 as x is above, equal to or below zero; NaN stays.
func Sign(t kernels.DType) *kernels.Func { return function("sign", t) }

// CopySign is x with the sign of y; that of NaN counts as positive.
func CopySign(t kernels.DType) *kernels.Func { return function("copysign", t) }

// IsNaN is 1 where x is no number, else 0.
func IsNaN(t kernels.DType) *kernels.Func { return function("isnan", t) }

// IsInf is 1 where x is infinite, else 0.
func IsInf(t kernels.DType) *kernels.Func { return function("isinf", t) }

// IsFinite is 1 where x is neither infinite nor NaN, else 0.
func IsFinite(t kernels.DType) *kernels.Func { return function("isfinite", t) }

// ceil is −⌊−x⌋, which keeps −0 and gives −0 between −1 and 0.
func ceil(w writer) value { return w.Neg(w.Floor(w.Neg(w.arg(0)))) }

// trunc is ⌊|x|⌋ with the sign of x.
func trunc(w writer) value {
	x := w.arg(0)
	return w.withSign(w.Floor(w.Abs(x)), x)
}

// sign is +0 for −0, as NumPy has it.
func sign(w writer) value {
	x, zero := w.arg(0), w.num(0)
	r := w.Select(w.Less(zero, x), w.num(1), w.Select(w.Less(x, zero), w.num(-1), x))
	return w.Add(r, zero)
}

// copySign takes the sign of NaN, on which devices differ, for positive.
func copySign(w writer) value {
	y := w.arg(1)
	return w.withSign(w.Abs(w.arg(0)), w.Select(w.Equal(y, y), y, w.num(0)))
}

func testNaN(w writer) value {
	x := w.arg(0)
	return w.truth(w.Not(w.Equal(x, x)))
}

func testInf(w writer) value { return w.truth(w.Equal(w.Abs(w.arg(0)), w.num(math.Inf(1)))) }

func testFinite(w writer) value { return w.truth(w.Less(w.Abs(w.arg(0)), w.num(math.Inf(1)))) }

// truth is 1 or 0.
func (w writer) truth(c value) value { return w.Select(c, w.num(1), w.num(0)) }

// withSign is r, of no sign or x's, with the sign of x.
func (w writer) withSign(r, x value) value {
	return w.float(w.Or(w.bits(r), w.And(w.bits(x), w.Int(w.i, int64(-1)<<(w.width()-1)))))
}
