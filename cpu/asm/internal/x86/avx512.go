package x86

import (
	"math"

	"github.com/quern-go/quern/kernels"
)

// avx512 selects AVX-512 instructions (F, DQ, BW, VL).
type avx512 struct{ code }

// Immediates of comparisons: ordered and quiet for floats.
var comparisons = map[kernels.Op]struct{ float, integer int }{
	kernels.OpLess:      {0x11, 1},
	kernels.OpLessEqual: {0x12, 2},
	kernels.OpEqual:     {0x00, 0},
}

const (
	unordered      = 0x03
	greaterOrEqual = 0x1d
)

func (l avx512) Arith(op kernels.Op, t kernels.DType, x []Val) (Val, bool) {
	if v, ok := l.commonArith(op, t, x); ok {
		return v, true
	}
	elem := t.Size()
	sign := uint64(1) << (8*elem - 1)
	switch op {
	case kernels.OpNeg:
		return l.op("VPXOR"+dq(elem), elem, l.Splat(elem, sign), x[0]), true
	case kernels.OpAbs:
		return l.op("VPAND"+dq(elem), elem, l.Splat(elem, sign-1), x[0]), true
	case kernels.OpNot:
		return l.op("VPXOR"+dq(elem), elem, l.Splat(elem, sign|(sign-1)), x[0]), true
	case kernels.OpMin:
		return l.minMax(elem, 4, x[0], x[1]), true
	case kernels.OpMax:
		return l.minMax(elem, 5, x[0], x[1]), true
	case kernels.OpFloor:
		return l.opImm("VRNDSCALE"+ps(elem), 9, elem, x[0]), true
	case kernels.OpRint:
		return l.opImm("VRNDSCALE"+ps(elem), 8, elem, x[0]), true
	case kernels.OpMul:
		return l.commutes("VPMULL"+dq(elem), elem, x[0], x[1]), true
	case kernels.OpAnd, kernels.OpOr, kernels.OpXor:
		name := map[kernels.Op]string{kernels.OpAnd: "VPAND", kernels.OpOr: "VPOR", kernels.OpXor: "VPXOR"}[op]
		return l.commutes(name+dq(elem), elem, x[0], x[1]), true
	case kernels.OpShr:
		return l.op("VPSRAVQ", elem, x[1], x[0]), true
	case kernels.OpMulHi:
		if elem == 8 {
			return l.mulHi64(x[0], x[1]), true
		}
		even, odd := l.mulHi32Parts(x[0], x[1])
		even = l.opReg("VPSRLQ", 32, even.Bytes, even)
		// even OR (odd AND the high halves), as a table of three inputs.
		return l.Add(even.Bytes, instr{Op: "VPTERNLOGQ", Imm: 0xf8, Src: []Val{l.Splat(8, highHalf).As(even.Bytes), odd},
			Tied: even, Fold: true, Elem: 8}), true
	}
	return Val{}, false
}

// minMax uses VRANGE, which orders zeros but prefers a number to a quiet NaN:
// where the arguments are unordered, the result is their sum.
func (l avx512) minMax(elem, imm int, x, y Val) Val {
	r := l.opImm("VRANGE"+ps(elem), imm, elem, y, x)
	nan := l.cmp("VCMP"+ps(elem), unordered, elem, y, x)
	return l.Add(r.Bytes, instr{Op: "VADD" + ps(elem), Imm: -1, Src: []Val{y, x}, Mask: nan, Tied: r, Fold: true, Elem: elem})
}

// cmp compares src[1] with src[0] into an opmask.
func (l avx512) cmp(op string, imm, elem int, src ...Val) Val {
	return l.Add(0, instr{Op: op, Imm: imm, Src: src, Fold: true, Elem: elem})
}

func (l avx512) Compare(op kernels.Op, t kernels.DType, x, y Val) Val {
	elem := t.Size()
	switch {
	case t.IsFloat():
		return l.cmp("VCMP"+ps(elem), comparisons[op].float, elem, y, x)
	case t.IsSigned() || op == kernels.OpEqual:
		return l.cmp("VPCMP"+dq(elem), comparisons[op].integer, elem, y, x)
	}
	return l.cmp("VPCMPU"+dq(elem), comparisons[op].integer, elem, y, x)
}

func (l avx512) Choose(t kernels.DType, c, x, y Val) Val {
	if t == kernels.Bool {
		both := l.opReg("KANDW", -1, 0, x, c)
		rest := l.opReg("KANDNW", -1, 0, y, c)
		return l.opReg("KORW", -1, 0, both, rest)
	}
	elem := t.Size()
	name := "VPBLENDM" + dq(elem)
	if t.IsFloat() {
		name = "VBLENDM" + ps(elem)
	}
	return l.Add(l.Width(elem), instr{Op: name, Imm: -1, Src: []Val{x, y}, Mask: c, Fold: true, Elem: elem})
}

func (l avx512) Logic(op kernels.Op, x []Val) (Val, bool) {
	switch op {
	case kernels.OpAnd:
		return l.opReg("KANDW", -1, 0, x...), true
	case kernels.OpOr:
		return l.opReg("KORW", -1, 0, x...), true
	case kernels.OpXor:
		return l.opReg("KXORW", -1, 0, x...), true
	case kernels.OpNot:
		return l.opReg("KNOTW", -1, 0, x[0]), true
	}
	return Val{}, false
}

func (l avx512) BoolConst(value bool) Val {
	if value {
		return l.fresh("KXNORW", 0)
	}
	return l.fresh("KXORW", 0)
}

func (l avx512) Lookup(table *kernels.Table, t kernels.DType, index Val) Val {
	elem := table.Type.Size()
	op, index := l.gatherOp(table, t, index)
	return l.Add(l.Width(elem), instr{Form: gather, Op: op, Imm: -1, Src: []Val{index}, Elem: elem,
		Mask: l.fresh("KXNORW", 0), Tied: l.fresh("VPXORD", l.Width(elem)), Table: l.asm.pool.Lookup(table)})
}

// The conversions that are one instruction.
var convert512 = map[[2]kernels.DType]string{
	{kernels.I32, kernels.F32}: "VCVTDQ2PS", {kernels.U32, kernels.F32}: "VCVTUDQ2PS",
	{kernels.I64, kernels.F32}: "VCVTQQ2PS", {kernels.U64, kernels.F32}: "VCVTUQQ2PS",
	{kernels.I32, kernels.F64}: "VCVTDQ2PD", {kernels.U32, kernels.F64}: "VCVTUDQ2PD",
	{kernels.I64, kernels.F64}: "VCVTQQ2PD", {kernels.U64, kernels.F64}: "VCVTUQQ2PD",
	{kernels.F32, kernels.F64}: "VCVTPS2PD", {kernels.F64, kernels.F32}: "VCVTPD2PS",
	{kernels.F32, kernels.I32}: "VCVTTPS2DQ", {kernels.F32, kernels.U32}: "VCVTTPS2UDQ",
	{kernels.F32, kernels.I64}: "VCVTTPS2QQ", {kernels.F32, kernels.U64}: "VCVTTPS2UQQ",
	{kernels.F64, kernels.I32}: "VCVTTPD2DQ", {kernels.F64, kernels.U32}: "VCVTTPD2UDQ",
	{kernels.F64, kernels.I64}: "VCVTTPD2QQ", {kernels.F64, kernels.U64}: "VCVTTPD2UQQ",
}

func (l avx512) Convert(to, from kernels.DType, x Val) (Val, bool) {
	width := l.Width(to.Size())
	switch {
	case from == kernels.Bool:
		one := l.Splat(to.Size(), oneBits(to))
		return l.Add(width, instr{Op: "VPBLENDM" + dq(to.Size()), Imm: -1, Mask: x, Form: zeroing,
			Src: []Val{one, one}, Fold: true, Elem: to.Size()}), true
	case from.IsInt() && to.IsInt():
		return l.resize(to, from, x), true
	case from.IsFloat() && to.IsInt():
		return l.truncate(to, from, x), true
	}
	return l.opReg(convert512[[2]kernels.DType{from, to}], -1, width, x), true
}

// resize extends or cuts integers.
func (c code) resize(to, from kernels.DType, x Val) Val {
	width := c.Width(to.Size())
	switch {
	case to.Size() == from.Size():
		return x
	case to.Size() == 8 && from.IsSigned():
		return c.opReg("VPMOVSXDQ", -1, width, x)
	case to.Size() == 8:
		return c.opReg("VPMOVZXDQ", -1, width, x)
	case c.isAVX512():
		return c.opReg("VPMOVQD", -1, width, x)
	}
	return c.narrow(x)
}

// truncate saturates what the instructions turn into "indefinite": all ones for
// unsigned results, which is right above the range and wrong below it and for
// NaN, and the least integer for signed ones, which is right below the range.
func (l avx512) truncate(to, from kernels.DType, x Val) Val {
	elem := from.Size()
	op := convert512[[2]kernels.DType{from, to}]
	width := l.Width(to.Size())
	if !to.IsSigned() {
		// VMAX gives its second argument, 0, if the first is NaN.
		return l.opReg(op, -1, width, l.op("VMAX"+ps(elem), elem, l.Splat(elem, 0), x))
	}
	bits := 8 * to.Size()
	limit := l.Splat(elem, kernels.FloatBits(from, math.Ldexp(1, bits-1)))
	above := l.cmp("VCMP"+ps(elem), greaterOrEqual, elem, limit, x)
	number := l.cmp("VCMP"+ps(elem), 0x07, elem, x, x) // ordered
	r := l.opReg(op, -1, width, x)
	most := l.Splat(to.Size(), 1<<(bits-1)-1)
	r = l.Add(width, instr{Op: "VPBLENDM" + dq(to.Size()), Imm: -1, Src: []Val{most, r}, Mask: above, Fold: true, Elem: to.Size()})
	return l.Add(width, instr{Op: "VPBLENDM" + dq(to.Size()), Imm: -1, Src: []Val{r, r}, Mask: number, Form: zeroing})
}

// highHalf selects the upper half of a 64-bit element.
const highHalf = 0xffffffff00000000

func oneBits(t kernels.DType) uint64 {
	if t.IsFloat() {
		return kernels.FloatBits(t, 1)
	}
	return 1
}
