package mathfn

import (
	"math"

	"github.com/quern-go/quern/kernels"
)

// Fmod is the exact remainder of x/y that has the sign of x.
func Fmod(t kernels.DType) *kernels.Func { return function("fmod", t) }

// Mod is the remainder of x/y that has the sign of y, as Python and NumPy define
// it: fmod's, plus y if the signs differ.
func Mod(t kernels.DType) *kernels.Func { return function("mod", t) }

func fmod(w writer) value { return w.fmod(w.arg(0), w.arg(1)) }

// mod rounds where it adds y, as NumPy does. A remainder of 0 has the sign of y.
func mod(w writer) value {
	x, y := w.arg(0), w.arg(1)
	r, zero := w.fmod(x, y), w.num(0)
	differ := w.Less(w.Xor(w.bits(r), w.bits(y)), w.Int(w.i, 0))
	moved := w.Select(differ, w.Add(r, y), r)
	return w.Select(w.Equal(r, zero), w.withSign(w.Abs(r), y), moved)
}

// fmod is |x| − q·|y|, q the truncated quotient, with the sign of x. While q is
// exact the fma is too: the rounded quotient may be one too large, and then y is
// added.
//
// Likely: the quotient is below 2^22 (2^51). Otherwise see farRemainder.
func (w writer) fmod(x, y value) value {
	a, b, zero := w.Abs(x), w.Abs(y), w.num(0)
	q := w.Div(a, b)
	likely := w.Less(q, w.num(w.pick(0x1p22, 0x1p51)))
	r := w.FMA(w.Neg(w.Floor(q)), b, a)
	r = w.Select(w.Less(r, zero), w.Add(r, b), r)
	r = w.Select(w.Less(a, b), a, r) // b may be infinite

	valid := w.And(w.Less(a, w.num(math.Inf(1))), w.Less(zero, b))
	slow := w.Select(valid, w.farRemainder(a, b), w.num(math.NaN()))
	return w.withSign(w.SelectLikely(likely, r, slow), x)
}

// farRemainder is the remainder of positive a and b, a above 2^21·b (2^50·b), in
// arithmetic modulo m of whole numbers up to m/2 in size, m the mantissa of b:
// with a = n·2^i and b = m·2^j it is (n·2^(i−j) mod m)·2^j. The power of two is taken
// by squaring, from its upper bits down.
//
// All products are exact in two parts, and all remainders of whole numbers below
// 2^24 (2^53): see square.
func (w writer) farRemainder(a, b value) value {
	n, i := w.wholeMantissa(a)
	m, j := w.wholeMantissa(b)
	d := w.Sub(i, j)
	steps := 4
	if w.width() == 64 {
		steps = 6
	}
	ring := modulus{m, w.Div(w.num(1), m)}
	power := w.float(w.Shl(w.Add(w.Shr(w.Bitcast(w.u, d), steps), w.Int(w.u, w.bias)), w.mantissa))
	for k := steps - 1; k >= 0; k-- {
		power = w.times(ring, power, power)
		bit := w.Int(w.i, int64(1)<<k)
		odd := w.Equal(w.And(d, bit), bit)
		power = w.Select(odd, w.nearestRest(ring, w.Add(power, power)), power)
	}
	r := w.times(ring, power, w.nearestRest(ring, n))
	r = w.Select(w.Less(r, w.num(0)), w.Add(r, m), r)
	// 2^j in two factors, of which neither product rounds.
	half := w.Shr(w.Bitcast(w.u, w.Add(j, w.Int(w.i, 4*w.bias))), 1)
	low := w.powerOfTwo(w.Bitcast(w.i, w.Sub(half, w.Int(w.u, 2*w.bias))))
	rest := w.powerOfTwo(w.Bitcast(w.i, w.Sub(w.Bitcast(w.u, w.Add(j, w.Int(w.i, 2*w.bias))), half)))
	return w.Mul(w.Mul(r, low), rest)
}

// wholeMantissa is x = n·2^e with n whole, 2^23 ≤ n < 2^24 (2^52 ≤ n < 2^53).
func (w writer) wholeMantissa(x value) (n, e value) {
	up := int64(w.mantissa + 1)
	denormal := w.Less(x, w.num(math.Ldexp(1, int(1-w.bias))))
	x = w.Select(denormal, w.Mul(x, w.num(math.Ldexp(1, int(up)))), x)
	b := w.bits(x)
	field := w.Int(w.i, int64(1)<<w.mantissa-1)
	one := w.Int(w.i, (w.bias+int64(w.mantissa))<<w.mantissa) // of 2^mantissa
	n = w.float(w.Or(w.And(b, field), one))
	shift := w.Select(denormal, w.Int(w.i, w.bias+int64(w.mantissa)+up), w.Int(w.i, w.bias+int64(w.mantissa)))
	return n, w.Sub(w.Bitcast(w.i, w.Shr(w.Bitcast(w.u, b), w.mantissa)), shift)
}

// modulus is m and 1/m.
type modulus struct{ m, inverse value }

// nearestRest is x less the multiple of m next to x/m.
func (w writer) nearestRest(ring modulus, x value) value {
	return w.FMA(w.Neg(w.Rint(w.Mul(x, ring.inverse))), ring.m, x)
}

// times is x·y modulo m, for whole x and y not above (m+1)/2 in size. With p bits in
// the format, the high part of the product is below 2^(2p−2) and its quotient by m
// below 2^(p−2), so that the latter's rounding is at most 1/8 and the rest of the
// former, at most ⅝·m, a float. With the low part, below 2^(p−3), it stays one.
func (w writer) times(ring modulus, x, y value) value {
	p := w.twoProduct(x, y)
	rest := w.FMA(w.Neg(w.Rint(w.Div(p.hi, ring.m))), ring.m, p.hi)
	return w.nearestRest(ring, w.Add(rest, p.lo))
}
