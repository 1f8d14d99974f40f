package mathfn

import "math"

// The tables of sineByPieces: −sin(a) in two parts, cos(a), and the coefficients of
// cos(a)·(r − sin r)/r³, lowest degree first.
var sineTables = pieceTables("sine", sinePieces)

// sineByPieces is sin(x + ahead·π/2) in float32. With x = a + r, a the nearest
// multiple of π/8,
//
//	sin(x) = sin(a) + (cos(a)·r − less),  less = cos(a)·(r − sin r) + sin(a)·(1 − cos r)
//
// and what rounding has added to r and taken from sin(a) is in less too. The turn
// has 16 pieces and so many floats fit a register, where looking one up costs an
// instruction: five replace a choice between two polynomials and a sign.
//
// Error: the last sum 0.5 and cos(a)·r − less 0.25, unless its last place is that of the
// result, when the last sum is exact. The coefficients make up for the rounding of
// cos(a), all but 0.05. Measured: 0.80 ULP.
//
// For ±0 less is +0, as is −sin(0) in the table, so that −0 remains −0.
func (w writer) sineByPieces(x value, ahead int64) value {
	a := w.reduceToPiece(x, 4*ahead)
	piece := w.And(w.Bitcast(w.u, a.q), w.Int(w.u, 15))
	of := func(table int) value { return w.Lookup(sineTables[table], piece) }

	square := w.Mul(a.r, a.r)
	minusSin, cos := of(0), of(2)
	p := w.FMA(square, of(4), of(3))
	less := w.FMA(a.r, p, w.Mul(minusSin, w.horner(square, cosPiece)))
	less = w.FMA(square, less, w.FMA(cos, a.less, of(1)))
	return w.Sub(w.FMA(cos, a.r, w.Neg(less)), minusSin)
}

// reduceToPiece is x = q·π/8 + r − less by codyWaite's steps below 400 and payneHanek
// above. It adds ahead to q, of which the four lowest bits count.
//
// The sum that rounds to a whole number of pieces is just above 2, where a float's
// highest bits are zeros after the first one. No other float has these zeros but 0
// and the smallest, which the sum never is: so one test of bits finds 0 ≤ q < 2048.
func (w writer) reduceToPiece(x value, ahead int64) angle {
	const ulp = 0x1p-22 // of the sum: a piece
	offset := w.num(2 + float64(1024+ahead)*ulp)
	t := w.FMA(x, w.num(8/math.Pi*ulp), offset)
	q := w.bits(t)
	highest := w.And(q, w.Int(w.i, ^(1<<30|2047)))
	likely := w.Equal(highest, w.Int(w.i, 0))
	fast := w.subtractParts(x, w.Sub(t, offset), halfPiSingle, 0.25/ulp)
	slow := w.payneHanek(x, likely, 4)
	return angle{
		r:    w.SelectLikely(likely, fast.r, slow.r),
		less: w.SelectLikely(likely, fast.less, slow.less),
		q:    w.SelectLikely(likely, q, w.Add(slow.q, w.Int(w.i, ahead))),
	}
}
