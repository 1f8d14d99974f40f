package mathfn

import "github.com/quern-go/quern/kernels"

// Sinh is the hyperbolic sine.
func Sinh(t kernels.DType) *kernels.Func { return function("sinh", t) }

// Cosh is the hyperbolic cosine.
func Cosh(t kernels.DType) *kernels.Func { return function("cosh", t) }

// sinh and cosh take |x| = n·ln 2 + r and the addition theorems
//
//	sinh|x| = less·cosh r + more·sinh r,   less = (2^n − 2^−n)/2
//	cosh x = more·cosh r + less·sinh r,    more = (2^n + 2^−n)/2
//
// with cosh r = 1 + r²·c(r²) and sinh r = r + r³·s(r²). The large terms are added
// without error. All is at half the size, so that 2^n does not overflow before
// the result does; no case is unlikely.
//
// Error: the last sum, 0.5, and the rounding of the terms behind the exact sum,
// less than a fifth of the result.
func sinh(w writer) value {
	x := w.arg(0)
	h := w.hyperbola(x)
	r := w.hyperbolic(h, h.less, h.more)
	return w.tiny(x, w.withSign(r, x))
}

func cosh(w writer) value {
	h := w.hyperbola(w.arg(0))
	return w.hyperbolic(h, h.more, h.less)
}

// hyperbola is |x| by its r, with sinh r less r.hi, cosh r less 1, and the two
// scales at half their size.
type hyperbola struct {
	r, sinh, cosh value
	less, more    sum
}

func (w writer) hyperbola(x value) hyperbola {
	a := w.expArgument(w.atMost(w.Abs(x), w.pick(89.5, 710.5)))
	scale := w.Int(w.i, w.bias-2)
	up := w.float(w.Shl(w.Add(a.low, scale), w.mantissa))
	down := w.float(w.Shl(w.Sub(scale, a.low), w.mantissa))
	down = w.Select(w.Less(up, w.num(w.pick(0x1p30, 0x1p60))), down, w.num(0))
	r := a.r.hi
	square := w.Mul(r, r)
	s := w.horner(square, w.coefficients(sinhF32, sinhF64))
	c := w.horner(square, w.coefficients(coshF32, coshF64))
	return hyperbola{
		r:    r,
		sinh: w.FMA(w.Mul(r, square), s, a.r.lo),
		cosh: w.FMA(square, c, w.Mul(r, a.r.lo)),
		less: w.fastSum(up, w.Neg(down)), more: w.fastSum(up, down),
	}
}

// hyperbolic is 2·(a·(1 + cosh) + b·(r + sinh)), a ≥ b·r or a = 0.
func (w writer) hyperbolic(h hyperbola, a, b sum) value {
	p := w.twoProduct(b.hi, h.r)
	s := w.fastSum(a.hi, p.hi)
	tail := w.FMA(b.lo, h.r, w.Add(a.lo, w.Add(s.lo, p.lo)))
	tail = w.FMA(a.hi, h.cosh, w.FMA(b.hi, h.sinh, tail))
	r := w.Add(s.hi, tail)
	return w.Add(r, r)
}
