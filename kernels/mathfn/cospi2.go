package mathfn

import (
	"math"

	"github.com/quern-go/quern/kernels"
)

// CosPi2 is cos(2πu), "cospi2.f32" or "cospi2.f64", for u in [0, 1): the
// random normals' cosine. It has no unlikely case.
func CosPi2(t kernels.DType) *kernels.Func { return function("cospi2", t) }

// cosPi2 is the cosine of u turns. u less the nearest quarter turn is exact,
// f in [−1/8, 1/8], for the u that random numbers are: multiples of 2^-24
// (2^-53). sin(2πf) = 2π·f + f·p(f²), the first product within the fma.
//
// Error: the last sum 0.5, the polynomials' large terms 0.4; < 1 ULP (measured).
func cosPi2(w writer) value {
	u := w.arg(0)
	n, q := w.roundAhead(u, w.num(4), 1)
	f := w.FMA(n, w.num(-0.25), u)
	square := w.Mul(f, f)
	p := w.horner(square, w.coefficients(sinTurnsF32, sinTurnsF64))
	s := w.FMA(f, w.num(2*math.Pi), w.Mul(f, p))
	c := w.FMA(square, w.horner(square, w.coefficients(cosTurnsF32, cosTurnsF64)), w.num(1))
	return w.quadrant(q, s, c)
}
