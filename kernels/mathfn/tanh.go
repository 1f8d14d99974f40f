package mathfn

import (
	"fmt"
	"math"

	"github.com/quern-go/quern/kernels"
)

// Tanh is the hyperbolic tangent.
func Tanh(t kernels.DType) *kernels.Func { return function("tanh", t) }

// tanh is that of a = |x|, with the sign of x. No case is unlikely.
func tanh(w writer) value {
	x := w.arg(0)
	of := w.tanhByPieces
	if w.t == kernels.F64 {
		of = w.tanhByExp
	}
	sign := w.And(w.bits(x), w.Int(w.i, int64(-1)<<(w.width()-1)))
	return w.float(w.Or(w.bits(of(w.Abs(x))), sign))
}

// The tables of tanhByPieces: center, tanh of it, and the coefficients, lowest degree first.
var tanhTables = pieceTables("tanh", tanhPieces)

// pieceTables makes tables of rows of float32.
func pieceTables(name string, rows [][]float64) []*kernels.Table {
	var tables []*kernels.Table
	for k, row := range rows {
		t := &kernels.Table{Name: fmt.Sprintf("%s %d.f32", name, k), Type: kernels.F32}
		for _, c := range row {
			t.Bits = append(t.Bits, kernels.FloatBits(kernels.F32, c))
		}
		tables = append(tables, t)
	}
	return tables
}

// tanhByPieces is, in a piece of the axis around c, the polynomial tanh(c) + z·p(z)
// with z = a − c. The pieces are quarters of the octaves of 1 + a, so that a few of
// its bits are the number of a's. c is chosen so that tanh(c) is a float all but
// exactly. In the piece from 0 on, where c is 0, a + a·p(a) keeps small results
// accurate; in the others z < tanh(c). From 9 on the result is 1.
//
// Sixteen floats fit a register, where looking one up costs an instruction; the eight
// here take the place of a second polynomial, an exponential and a division.
//
// Error: the last sum 0.5, z·p rounds 0.2, the polynomial 0.1: 0.78 ULP were measured.
func (w writer) tanhByPieces(a value) value {
	most := w.num(9)
	a = w.Select(w.Less(most, a), most, a)
	quarter := w.Shr(w.Bitcast(w.u, w.Add(a, w.num(1))), w.mantissa-2)
	piece := w.And(quarter, w.Int(w.u, 15))
	of := func(table int) value { return w.Lookup(tanhTables[table], piece) }

	z := w.Sub(a, of(0))
	last := len(tanhTables) - 1
	p := of(last)
	for k := last - 1; k >= 2; k-- {
		p = w.FMA(p, z, of(k))
	}
	at := of(1)
	return w.FMA(z, p, w.Select(w.Less(at, z), z, at))
}

// tanhSplit is where tanhByExp's polynomial ends.
const tanhSplit = 0.6

// tanhByExp is the odd polynomial a + a³·p(a²) below tanhSplit and 1 − 2/(e^2a + 1)
// above. From 19.1 on it rounds to 1, so a need not grow further.
//
// e^2a + 1 = 2^n·(e^r − 1) + (2^n + 1) rounds once, 2^n + 1 being exact wherever
// its last bits count. Error: worst at the split, where below it the polynomial's
// large terms make 0.4, above it that rounding 0.3, the quotient 0.13, and both
// the last sum 0.5: 1.24 ULP were measured.
func (w writer) tanhByExp(a value) value {
	most := w.num(19.1)
	square := w.Mul(a, a)
	p := w.horner(square, tanhF64)
	small := w.FMA(w.Mul(a, square), p, a)
	large := w.Sub(w.num(1), w.Div(w.num(2), w.expTwicePlusOne(w.Select(w.Less(most, a), most, a))))
	return w.Select(w.Less(a, w.num(tanhSplit)), small, large)
}

// expTwicePlusOne is e^2a + 1. It takes exp's polynomial in r/2, which only
// moves the exponents of its coefficients.
func (w writer) expTwicePlusOne(a value) value {
	n, low := w.round(a, w.num(2*math.Log2E))
	r := w.FMA(n, w.num(-math.Ln2/2), a)
	r = w.FMA(n, w.num(-ln2LoDouble/2), r)
	cs := []float64{2}
	for k, c := range expF64 {
		cs = append(cs, math.Ldexp(c, k+2))
	}
	less1 := w.Mul(r, w.horner(r, cs))
	scale := w.powerOfTwo(low)
	return w.FMA(scale, less1, w.Add(scale, w.num(1)))
}
