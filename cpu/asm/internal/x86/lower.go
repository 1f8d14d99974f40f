package x86

import "github.com/quern-go/quern/kernels"

// gatherOp is the gather with an index of the size the table's elements have, or of
// 32 bits.
func (c code) gatherOp(table *kernels.Table, t kernels.DType, index Val) (op string, by Val) {
	op = "VPGATHERD"
	switch {
	case t.Size() == 8 && table.Type.Size() == 8:
		op = "VPGATHERQ"
	case t.Size() == 8:
		index = c.resize(kernels.U32, t, index)
	}
	return op + dq(table.Type.Size()), index
}

// ShiftConst shifts every lane by the same count. The instructions give 0, or
// the sign, for counts beyond the width.
func (c code) ShiftConst(op kernels.Op, t kernels.DType, x Val, count uint64) Val {
	elem := t.Size()
	n := int(min(count, 255))
	switch {
	case op == kernels.OpShl:
		return c.opReg("VPSLL"+dq(elem), n, x.Bytes, x)
	case !t.IsSigned():
		return c.opReg("VPSRL"+dq(elem), n, x.Bytes, x)
	case elem == 4 || c.isAVX512():
		return c.opReg("VPSRA"+dq(elem), n, x.Bytes, x)
	}
	// AVX2 has no arithmetic shift of 64 bits: shift the sign in as zero, then
	// extend it from where it stands: (u XOR s) − s.
	n = min(n, 63)
	sign := c.Splat(8, 1<<(63-n))
	u := c.opReg("VPSRLQ", n, x.Bytes, x)
	return c.op("VPSUBQ", 8, sign, c.op("VPXOR", 8, sign, u))
}

// commonArith selects the arithmetic that both instruction sets spell alike.
func (c code) commonArith(op kernels.Op, t kernels.DType, x []Val) (Val, bool) {
	elem := t.Size()
	if t.IsFloat() {
		switch op {
		case kernels.OpAdd:
			return c.commutes("VADD"+ps(elem), elem, x[0], x[1]), true
		case kernels.OpSub:
			return c.op("VSUB"+ps(elem), elem, x[1], x[0]), true
		case kernels.OpMul:
			return c.commutes("VMUL"+ps(elem), elem, x[0], x[1]), true
		case kernels.OpDiv:
			return c.op("VDIV"+ps(elem), elem, x[1], x[0]), true
		case kernels.OpFMA:
			return c.fma(elem, x[0], x[1], x[2]), true
		case kernels.OpSqrt:
			return c.op("VSQRT"+ps(elem), elem, x[0]), true
		}
		return Val{}, false
	}
	switch op {
	case kernels.OpAdd:
		return c.commutes("VPADD"+dq(elem), elem, x[0], x[1]), true
	case kernels.OpSub:
		return c.op("VPSUB"+dq(elem), elem, x[1], x[0]), true
	case kernels.OpNeg:
		return c.op("VPSUB"+dq(elem), elem, x[0], c.Splat(elem, 0)), true
	case kernels.OpShl:
		return c.op("VPSLLV"+dq(elem), elem, x[1], x[0]), true
	case kernels.OpShr:
		if !t.IsSigned() {
			return c.op("VPSRLV"+dq(elem), elem, x[1], x[0]), true
		}
		if elem == 4 {
			return c.op("VPSRAVD", elem, x[1], x[0]), true
		}
	}
	return Val{}, false
}

// mulHi64 is the high half of the 128-bit product, from four 64-bit products of
// 32-bit halves. The sums in the middle cannot overflow 64 bits.
func (c code) mulHi64(x, y Val) Val {
	high := func(v Val) Val { return c.opReg("VPSRLQ", 32, v.Bytes, v) }
	mul := func(a, b Val) Val { return c.op("VPMULUDQ", 8, b, a) }
	add := func(a, b Val) Val { return c.op("VPADDQ", 8, b, a) }
	xh, yh := high(x), high(y)
	t := add(mul(xh, y), high(mul(x, y)))
	low := c.op(c.and(), 8, c.Splat(8, 1<<32-1), t)
	u := add(mul(x, yh), low)
	return add(add(mul(xh, yh), high(t)), high(u))
}

// mulHi32Parts is the 64-bit products of the even and of the odd lanes.
func (c code) mulHi32Parts(x, y Val) (even, odd Val) {
	high := func(v Val) Val { return c.opReg("VPSRLQ", 32, v.Bytes, v) }
	even = c.Add(x.Bytes, instr{Op: "VPMULUDQ", Imm: -1, Src: []Val{y, x}})
	return even, c.opReg("VPMULUDQ", -1, x.Bytes, high(y), high(x))
}

func (c code) and() string {
	if c.isAVX512() {
		return "VPANDQ"
	}
	return "VPAND"
}
