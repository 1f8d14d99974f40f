package mathfn

import (
	"math"

	"github.com/quern-go/quern/kernels"
)

// Sin is the sine of an angle in radians.
func Sin(t kernels.DType) *kernels.Func { return function("sin", t) }

// Cos is the cosine of an angle in radians.
func Cos(t kernels.DType) *kernels.Func { return function("cos", t) }

// π/2 in three positive parts. The first has all bits of the format; the second
// has few enough that n times it is exact for |x| below the bound of the likely
// case. π/2 less the three is 8e-20 (float32) and 2e-43 (float64).
var (
	halfPiSingle = [3]float64{0x1.921fb4p+0, 0x1.444p-24, 0x1.68c234p-39}
	halfPiDouble = [3]float64{0x1.921fb54442d18p+0, 0x1.1a62633p-54, 0x1.45c06e0e68948p-86}
)

// The bounds of the likely case, with room below 2^8·π/2 and 2^20·π/2.
const (
	trigBoundSingle = 390
	trigBoundDouble = 1e6
)

// angle is x = q·π/2 + r − less, |r| ≤ π/4 (a little more by rounding), where
// less is what rounding r has added, and of q the two lowest bits count. For float32
// sines it is q·π/8 and π/16, and four bits.
type angle struct{ r, less, q value }

func sin(w writer) value { return w.sine(w.arg(0), 0) }
func cos(w writer) value { return w.sine(w.arg(0), 1) }

// sine is sin(x + ahead·π/2). In float64 it reduces x to an angle and takes ±sin or
// ±cos of r − less, as q says.
//
// Error: the last sum 0.5, the polynomials' large terms 0.4, and what sinCos leaves
// out. Measured: 1.15 ULP.
func (w writer) sine(x value, ahead int64) value {
	if w.t == kernels.F32 {
		return w.sineByPieces(x, ahead)
	}
	a := w.reduceAngle(x, ahead)
	s, c := w.sinCos(a)
	return w.quadrant(a.q, s, c)
}

// quadrant is the sine of an angle in quadrant q: s, c, −s or −c.
func (w writer) quadrant(q, s, c value) value {
	one := w.Int(w.i, 1)
	r := w.Select(w.Equal(w.And(q, one), one), c, s)
	sign := w.And(w.Shl(q, w.width()-2), w.Int(w.i, int64(-1)<<(w.width()-1)))
	return w.float(w.Xor(w.bits(r), sign))
}

// sinCos is sin(r−l) = r − (r³·p(r²) + l) and cos(r−l) = 1 + (r−l)²·q(r²), l for
// less, in float64. What they leave out of l is below 0.15 ULP in the sine, r²/2·l, and
// 0.4 in the cosine, r·l. The form of the sine, with less = +0 for small x, keeps the
// sign of −0.
func (w writer) sinCos(a angle) (s, c value) {
	square := w.Mul(a.r, a.r)
	p := w.horner(square, sinF64)
	s = w.Sub(a.r, w.FMA(w.Mul(a.r, square), p, a.less))
	q := w.horner(square, cosF64)
	return s, w.FMA(square, q, w.num(1))
}

// reduceAngle is Cody and Waite's reduction, with fma and in three parts, below
// the bound and Payne and Hanek's above. It adds ahead to q.
func (w writer) reduceAngle(x value, ahead int64) angle {
	likely := w.LessEqual(w.Abs(x), w.num(w.pick(trigBoundSingle, trigBoundDouble)))
	fast, slow := w.codyWaite(x, ahead), w.payneHanek(x, likely, 2)
	return angle{
		r:    w.SelectLikely(likely, fast.r, slow.r),
		less: w.SelectLikely(likely, fast.less, slow.less),
		q:    w.SelectLikely(likely, fast.q, w.Add(slow.q, w.Int(w.i, ahead))),
	}
}

// codyWaite is the angle of the nearest n, found with one rounding.
func (w writer) codyWaite(x value, ahead int64) angle {
	p := halfPiSingle
	if w.t == kernels.F64 {
		p = halfPiDouble
	}
	n, low := w.roundAhead(x, w.num(2/math.Pi), ahead)
	a := w.subtractParts(x, n, p, 1)
	a.q = low
	return a
}

// subtractParts subtracts n·scale times the parts p of π/2. The first difference is exact.
// The second rounds, and less recovers what it added: exactly so where the parts are
// of like size, since there both n·p[1] and the difference are exact.
func (w writer) subtractParts(x, n value, p [3]float64, scale float64) angle {
	r1 := w.FMA(n, w.num(-p[0]*scale), x)
	r := w.FMA(n, w.num(-p[1]*scale), r1)
	less := w.FMA(n, w.num(p[1]*scale), w.Sub(r, r1))
	return angle{r: r, less: w.FMA(n, w.num(p[2]*scale), less)}
}
