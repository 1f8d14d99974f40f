package x86

import (
	"math"

	"github.com/quern-go/quern/kernels"
)

// avx2 selects AVX2 and FMA3 instructions. A Bool is a vector mask.
type avx2 struct {
	code
	upper map[Val]Val // of indices of tables: the fourth bit in the place of the sign
}

func (l avx2) Arith(op kernels.Op, t kernels.DType, x []Val) (Val, bool) {
	if v, ok := l.commonArith(op, t, x); ok {
		return v, true
	}
	elem := t.Size()
	sign := uint64(1) << (8*elem - 1)
	switch op {
	case kernels.OpNeg:
		return l.op("VXOR"+ps(elem), elem, l.Splat(elem, sign), x[0]), true
	case kernels.OpAbs:
		return l.op("VAND"+ps(elem), elem, l.Splat(elem, sign-1), x[0]), true
	case kernels.OpNot:
		return l.not(x[0], elem), true
	case kernels.OpMin:
		return l.min(elem, x[0], x[1]), true
	case kernels.OpMax:
		return l.max(elem, x[0], x[1]), true
	case kernels.OpFloor:
		return l.opImm("VROUND"+ps(elem), 9, elem, x[0]), true
	case kernels.OpRint:
		return l.opImm("VROUND"+ps(elem), 8, elem, x[0]), true
	case kernels.OpMul:
		if elem == 4 {
			return l.commutes("VPMULLD", 4, x[0], x[1]), true
		}
		return l.mul64(x[0], x[1]), true
	case kernels.OpAnd, kernels.OpOr, kernels.OpXor:
		return l.commutes(bitwise[op], elem, x[0], x[1]), true
	case kernels.OpShr:
		return l.shiftSigned64(x[0], x[1]), true
	case kernels.OpMulHi:
		if elem == 8 {
			return l.mulHi64(x[0], x[1]), true
		}
		even, odd := l.mulHi32Parts(x[0], x[1])
		return l.opReg("VPBLENDD", 0xaa, x[0].Bytes, odd, l.opReg("VPSRLQ", 32, x[0].Bytes, even)), true
	}
	return Val{}, false
}

var bitwise = map[kernels.Op]string{kernels.OpAnd: "VPAND", kernels.OpOr: "VPOR", kernels.OpXor: "VPXOR"}

func (l avx2) not(x Val, elem int) Val {
	return l.op("VPXOR", elem, l.Splat(elem, ^uint64(0)>>(64-8*elem)), x)
}

// VMIN and VMAX give their second argument if one is NaN or both are zeros. The
// OR of both orders is then −0, or NaN with some payload.
func (l avx2) min(elem int, x, y Val) Val {
	a, b := l.op("VMIN"+ps(elem), elem, y, x), l.op("VMIN"+ps(elem), elem, x, y)
	return l.op("VOR"+ps(elem), elem, a, b)
}

// The AND of both orders is +0 if both are zeros; NaN is put in afterwards.
func (l avx2) max(elem int, x, y Val) Val {
	a, b := l.op("VMAX"+ps(elem), elem, y, x), l.op("VMAX"+ps(elem), elem, x, y)
	nan := l.opImm("VCMP"+ps(elem), unordered, elem, y, x)
	return l.op("VOR"+ps(elem), elem, nan, l.op("VAND"+ps(elem), elem, a, b))
}

// mul64 is the low half: xl·yl + 2³²·(xl·yh + xh·yl).
func (l avx2) mul64(x, y Val) Val {
	swapped := l.opReg("VPSHUFD", 0xb1, y.Bytes, y)
	cross := l.op("VPMULLD", 8, swapped, x)
	sum := l.op("VPADDD", 8, cross, l.opReg("VPSRLQ", 32, cross.Bytes, cross))
	return l.op("VPADDQ", 8, l.opReg("VPSLLQ", 32, sum.Bytes, sum), l.op("VPMULUDQ", 8, y, x))
}

// shiftSigned64 shifts logically and then extends the sign from where it stands;
// counts of 64 and more become 63.
func (l avx2) shiftSigned64(x, n Val) Val {
	small := l.op("VPCMPEQQ", 8, l.Splat(8, 0), l.opReg("VPSRLQ", 6, n.Bytes, n))
	n = l.blend(8, small, n, l.Splat(8, 63))
	sign := l.op("VPSRLVQ", 8, n, l.Splat(8, 1<<63))
	u := l.op("VPSRLVQ", 8, n, x)
	return l.op("VPSUBQ", 8, sign, l.op("VPXOR", 8, sign, u))
}

func (l avx2) Compare(op kernels.Op, t kernels.DType, x, y Val) Val {
	elem := t.Size()
	switch {
	case t.IsFloat():
		return l.opImm("VCMP"+ps(elem), comparisons[op].float, elem, y, x)
	case op == kernels.OpEqual:
		return l.commutes("VPCMPEQ"+dq(elem), elem, x, y)
	}
	if !t.IsSigned() {
		sign := l.Splat(elem, 1<<(8*elem-1))
		x, y = l.op("VPXOR", elem, sign, x), l.op("VPXOR", elem, sign, y)
	}
	greater := func(x, y Val) Val { return l.op("VPCMPGT"+dq(elem), elem, y, x) }
	if op == kernels.OpLess {
		return greater(y, x)
	}
	return l.not(greater(x, y), elem)
}

// resized is a mask for elements of the given size.
func (l avx2) resized(mask Val, elem int) Val {
	switch l.Elem(mask) {
	case elem:
		return mask
	case 4:
		return l.opReg("VPMOVSXDQ", -1, l.Width(8), mask)
	}
	return l.narrow(mask)
}

// narrow keeps the low halves of 64-bit elements.
func (c code) narrow(x Val) Val {
	high := c.opReg("VEXTRACTI128", 1, 16, x)
	return c.opReg("VSHUFPS", 0x88, 16, high, x.As(16))
}

// blend is x where the mask, of the elements' size, is set, else y.
func (l avx2) blend(elem int, mask, x, y Val) Val {
	return l.opReg("VBLENDV"+ps(elem), -1, l.Width(elem), mask, x, y)
}

func (l avx2) Choose(t kernels.DType, c, x, y Val) Val {
	elem := t.Size()
	if t == kernels.Bool {
		elem = l.Elem(c)
		x, y = l.resized(x, elem), l.resized(y, elem)
	}
	return l.blend(elem, l.resized(c, elem), x, y)
}

func (l avx2) Logic(op kernels.Op, x []Val) (Val, bool) {
	elem := l.Elem(x[0])
	if op == kernels.OpNot {
		return l.not(x[0], elem), true
	}
	name, ok := bitwise[op]
	if !ok {
		return Val{}, false
	}
	return l.op(name, elem, l.resized(x[1], elem), x[0]), true
}

func (l avx2) BoolConst(value bool) Val {
	elem := 32 / l.Lanes
	if value {
		return l.Splat(elem, ^uint64(0)>>(64-8*elem))
	}
	return l.Splat(elem, 0)
}

// Expand makes masks of bits: lane i's is bit shift+i of every element.
func (c code) Expand(bits Val, elem, shift int) Val {
	powers := c.Powers(elem, shift)
	return c.op("VPCMPEQ"+dq(elem), elem, powers, c.op("VPAND", elem, powers, bits))
}

func (l avx2) Lookup(table *kernels.Table, t kernels.DType, index Val) Val {
	elem := table.Type.Size()
	width := l.Width(elem)
	op, index := l.gatherOp(table, t, index)
	return l.Add(width, instr{Form: gather, Op: op, Imm: -1, Src: []Val{index}, Elem: elem,
		Mask: l.fresh("VPCMPEQD", width), Tied: l.fresh("VPXOR", width), Table: l.asm.pool.Lookup(table)})
}

// permute looks the index's lowest three bits up in each half of the table. The
// fourth, brought to where the sign is, tells which was meant.
func (l avx2) permute(t *kernels.Table, index Val) Val {
	low := l.op("VPERMPS", 4, l.Part(t, 0), index)
	if len(t.Bits) <= 8 {
		return low
	}
	high := l.op("VPERMPS", 4, l.Part(t, 8), index)
	upper, ok := l.upper[index]
	if !ok {
		upper = l.opReg("VPSLLD", 28, index.Bytes, index)
		l.upper[index] = upper
	}
	return l.blend(4, upper, high, low)
}

func (l avx2) Convert(to, from kernels.DType, x Val) (Val, bool) {
	width := l.Width(to.Size())
	switch {
	case from == kernels.Bool:
		return l.op("VPAND", to.Size(), l.Splat(to.Size(), oneBits(to)), l.resized(x, to.Size())), true
	case from.IsInt() && to.IsInt():
		return l.resize(to, from, x), true
	}
	switch [2]kernels.DType{from, to} {
	case [2]kernels.DType{kernels.F32, kernels.F64}:
		return l.opReg("VCVTPS2PD", -1, width, x), true
	case [2]kernels.DType{kernels.F64, kernels.F32}:
		return l.opReg("VCVTPD2PSY", -1, width, x), true
	case [2]kernels.DType{kernels.I32, kernels.F32}:
		return l.opReg("VCVTDQ2PS", -1, width, x), true
	case [2]kernels.DType{kernels.I32, kernels.F64}:
		return l.opReg("VCVTDQ2PD", -1, width, x), true
	case [2]kernels.DType{kernels.U32, kernels.F32}:
		return l.u32ToF32(x), true
	case [2]kernels.DType{kernels.U32, kernels.F64}:
		return l.u32ToF64(x), true
	case [2]kernels.DType{kernels.I64, kernels.F64}:
		return l.i64ToF64(x, 1<<31), true
	case [2]kernels.DType{kernels.U64, kernels.F64}:
		return l.i64ToF64(x, 0), true
	case [2]kernels.DType{kernels.F32, kernels.I32}, [2]kernels.DType{kernels.F64, kernels.I32}:
		return l.truncateI32(from, x), true
	case [2]kernels.DType{kernels.F32, kernels.U32}:
		return l.f32ToU32(x), true
	case [2]kernels.DType{kernels.F64, kernels.U32}:
		return l.f64ToU32(x), true
	}
	return Val{}, false
}

// u32ToF32 converts halves, exactly, and rounds once: high·2¹⁶ + low.
func (l avx2) u32ToF32(x Val) Val {
	high := l.opReg("VCVTDQ2PS", -1, x.Bytes, l.opReg("VPSRLD", 16, x.Bytes, x))
	low := l.opReg("VCVTDQ2PS", -1, x.Bytes, l.op("VPAND", 4, l.Splat(4, 1<<16-1), x))
	return l.fma(4, high, l.Splat(4, kernels.FloatBits(kernels.F32, 1<<16)), low)
}

func (l avx2) f64(x float64) Val { return l.Splat(8, math.Float64bits(x)) }

// u32ToF64 places the integer in the mantissa of 2⁵².
func (l avx2) u32ToF64(x Val) Val {
	magic := l.f64(1 << 52)
	placed := l.op("VPOR", 8, magic, l.opReg("VPMOVZXDQ", -1, 32, x))
	return l.op("VSUBPD", 8, magic, placed)
}

// i64ToF64 places the high half, plus bias to make it positive, in the mantissa
// of 2⁸⁴ and the low half in that of 2⁵². Taking both powers and the bias from
// the first is exact; the sum of the two rounds once.
func (l avx2) i64ToF64(x Val, bias uint64) Val {
	power := l.Splat(8, math.Float64bits(1<<84)^bias)
	high := l.op("VPXOR", 8, power, l.opReg("VPSRLQ", 32, x.Bytes, x))
	low := l.opImm("VPBLENDD", 0xaa, 8, l.f64(1<<52), x)
	offset := l.f64(1<<84 + 1<<52 + float64(bias)*(1<<32))
	return l.op("VADDPD", 8, low, l.op("VSUBPD", 8, offset, high))
}

// truncateI32 corrects the result 0x80000000 where x is too large or NaN.
func (l avx2) truncateI32(from kernels.DType, x Val) Val {
	elem := from.Size()
	op := map[int]string{4: "VCVTTPS2DQ", 8: "VCVTTPD2DQY"}[elem]
	above := l.opImm("VCMP"+ps(elem), greaterOrEqual, elem, l.Splat(elem, kernels.FloatBits(from, 1<<31)), x)
	number := l.opImm("VCMP"+ps(elem), 0x07, elem, x, x) // ordered
	r := l.opReg(op, -1, l.Width(4), x)
	r = l.op("VPXOR", 4, l.resized(above, 4), r) // all bits flipped: 0x7fffffff
	return l.op("VPAND", 4, l.resized(number, 4), r)
}

// f32ToU32 converts x − 2³¹ where x is at least that.
func (l avx2) f32ToU32(x Val) Val {
	x = l.op("VMAXPS", 4, l.Splat(4, 0), x) // 0 if NaN
	limit := l.Splat(4, kernels.FloatBits(kernels.F32, 1<<31))
	large := l.opImm("VCMPPS", greaterOrEqual, 4, limit, x)
	r := l.opReg("VCVTTPS2DQ", -1, x.Bytes, l.op("VSUBPS", 4, l.op("VANDPS", 4, limit, large), x))
	r = l.op("VPXOR", 4, l.opReg("VPSLLD", 31, x.Bytes, large), r)
	above := l.opImm("VCMPPS", greaterOrEqual, 4, l.Splat(4, kernels.FloatBits(kernels.F32, 1<<32)), x)
	return l.op("VPOR", 4, above, r)
}

// f64ToU32 places the clamped and truncated number in the mantissa of 2⁵².
func (l avx2) f64ToU32(x Val) Val {
	x = l.op("VMAXPD", 8, l.Splat(8, 0), x) // 0 if NaN
	x = l.op("VMINPD", 8, l.f64(math.MaxUint32), x)
	x = l.opImm("VROUNDPD", 11, 8, x) // towards zero
	return l.narrow(l.op("VADDPD", 8, l.f64(1<<52), x))
}
