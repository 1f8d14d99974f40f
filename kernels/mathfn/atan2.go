package mathfn

import (
	"math"

	"github.com/quern-go/quern/kernels"
)

// Atan2 is the angle of the point (x, y), in [−π, π]; y is the first argument.
func Atan2(t kernels.DType) *kernels.Func { return function("atan2", t) }

// atan2 is k·π/4 ± atan(t), where t is the smaller side over the larger one, m, or,
// if that is above √2 − 1, (s − m)/(s + m) with k one more.
//
// Likely: both sides are of moderate size. Otherwise they are scaled so that
// the larger one is, and a quotient next to zero is the result itself; of two
// infinite sides, or of two zeros, the quotient is 1 and 0.
//
// Error: as atan.
func atan2(w writer) value {
	y, x := w.arg(0), w.arg(1)
	ay, ax, zero, one := w.Abs(y), w.Abs(x), w.num(0), w.num(1)
	steep := w.Less(ax, ay)
	large, small := w.Select(steep, ay, ax), w.Select(steep, ax, ay)
	least, most := w.num(w.pick(0x1p-40, 0x1p-300)), w.num(w.pick(0x1p40, 0x1p300))
	likely := w.And(w.LessEqual(least, small), w.LessEqual(large, most))
	m := w.SelectLikely(likely, large, w.scaledSide(large, large, one))
	s := w.SelectLikely(likely, small, w.scaledSide(small, large, zero))

	inner := w.Less(w.Mul(m, w.num(math.Sqrt2-1)), s)
	n := w.fastSum(w.Select(inner, w.Neg(m), zero), s)
	d := w.fastSum(m, w.Select(inner, s, zero))
	left := w.Less(w.bits(x), w.Int(w.i, 0))
	k := w.truth(inner)
	k = w.Select(steep, w.Sub(w.num(2), k), k)
	k = w.Select(left, w.Sub(w.num(4), k), k)
	turned := w.Xor(steep, left)
	n = sum{w.Select(turned, w.Neg(n.hi), n.hi), w.Select(turned, w.Neg(n.lo), n.lo)}
	r := w.arcTangent(k, n, d)

	flat := w.And(w.Equal(k, zero), w.Less(s, w.Mul(m, w.num(w.pick(0x1p-30, 0x1p-60)))))
	slow := w.Select(w.And(flat, w.Less(zero, large)), w.Div(ay, ax), r)
	nan := w.Add(x, y)
	slow = w.Select(w.And(w.Equal(x, x), w.Equal(y, y)), slow, nan)
	return w.withSign(w.SelectLikely(likely, r, slow), y)
}

// scaledSide is one side, scaled as brings the larger side to moderate size. Of
// an infinite larger side, the sides become 1 and, if finite, 0; of a larger side
// that is zero, both become otherwise.
func (w writer) scaledSide(side, large, otherwise value) value {
	inf, one := w.num(math.Inf(1)), w.num(1)
	scale := w.Select(w.Less(large, one), w.num(w.pick(0x1p80, 0x1p600)), w.num(w.pick(0x1p-80, 0x1p-600)))
	s := w.Select(w.Less(large, inf), w.Mul(side, scale), w.Select(w.Equal(side, inf), one, w.num(0)))
	return w.Select(w.Equal(large, w.num(0)), otherwise, s)
}
