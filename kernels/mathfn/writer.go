package mathfn

import (
	"math"

	"github.com/quern-go/quern/kernels"
)

type value = kernels.Value

// format describes one of the two element types. The integers of a function
// have the width of its floats, so that a vector has one number of lanes.
type format struct {
	t, i, u  kernels.DType // float, signed and unsigned integer
	mantissa int           // stored mantissa bits
	bias     int64         // of the exponent
}

var (
	single = format{kernels.F32, kernels.I32, kernels.U32, 23, 127}
	double = format{kernels.F64, kernels.I64, kernels.U64, 52, 1023}
)

// width is the number of bits of an element.
func (f format) width() int { return f.t.Size() * 8 }

// magic is 1.5·2^mantissa. Adding it to x, |x| < 2^(mantissa−2), rounds x to an
// integer (ties to even) that then stands in the low bits of the sum: the way
// to make integers of floats that every vector unit has, and the reverse.
func (f format) magic() float64 { return math.Ldexp(1.5, f.mantissa) }

// writer writes the Body of one function for one format.
type writer struct {
	*kernels.Builder
	format
}

// arg is argument number i of the function.
func (w writer) arg(i int) value { return w.Arg(i, w.t) }

// num is the constant nearest to x in the function's format.
func (w writer) num(x float64) value { return w.Float(w.t, x) }

// pick is single's or double's choice of a parameter.
func (w writer) pick(single, double float64) float64 {
	if w.t == kernels.F32 {
		return single
	}
	return double
}

// coefficients is single's or double's choice of a polynomial.
func (w writer) coefficients(single, double []float64) []float64 {
	if w.t == kernels.F32 {
		return single
	}
	return double
}

// bits is x as a signed integer, float the reverse.
func (w writer) bits(x value) value  { return w.Bitcast(w.i, x) }
func (w writer) float(x value) value { return w.Bitcast(w.t, x) }

// horner is Σ cs[k]·x^k.
func (w writer) horner(x value, cs []float64) value {
	p := w.num(cs[len(cs)-1])
	for k := len(cs) - 2; k >= 0; k-- {
		p = w.FMA(p, x, w.num(cs[k]))
	}
	return p
}

// round is scale·x rounded to an integer: as a float, and standing in the low
// bits of an integer (see magic).
func (w writer) round(x, scale value) (n, low value) { return w.roundAhead(x, scale, 0) }

// roundAhead is round with ahead added to low, which costs nothing.
func (w writer) roundAhead(x, scale value, ahead int64) (n, low value) {
	magic := w.num(w.magic() + float64(ahead))
	t := w.FMA(x, scale, magic)
	return w.Sub(t, magic), w.bits(t)
}
