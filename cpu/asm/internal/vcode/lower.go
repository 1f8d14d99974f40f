package vcode

import (
	"fmt"

	"github.com/quern-go/quern/kernels"
)

// lowerer selects the instructions of one primitive; t is the type of the first
// argument.
type lowerer interface {
	arith(op kernels.Op, t kernels.DType, x []Val) (Val, bool)
	compare(op kernels.Op, t kernels.DType, x, y Val) (Val, bool)
	choose(t kernels.DType, c, x, y Val) Val
	logic(op kernels.Op, x []Val) (Val, bool)
	convert(to, from kernels.DType, x Val) (Val, bool)
	lookup(op string, t *kernels.Table, index Val) Val
	permute(t *kernels.Table, index Val) Val
	boolConst(value bool) Val
}

// Lower appends the body's instructions and returns its results. arg gives the
// value of each argument.
func (c *Code) Lower(body *kernels.Body, arg func(i int) Val) ([]Val, error) {
	var l lowerer = avx2{c}
	if c.isAVX512() {
		l = avx512{c}
	}
	vals := make([]Val, len(body.Insts))
	for i := range body.Insts {
		in := &body.Insts[i]
		args := make([]Val, in.NumArgs())
		for k := range args {
			args[k] = vals[in.Args[k]]
		}
		var argType kernels.DType
		if len(args) > 0 {
			argType = body.Insts[in.Args[0]].Type
		}
		if in.Op == kernels.OpLookup && c.permutes(in.Table, argType) {
			args[0] = unmasked(body, in.Args[0], vals)
		}
		v, ok := c.fuse(body, i, vals)
		if !ok {
			v, ok = c.lowerInst(l, body, in, argType, args, arg)
		}
		if !ok {
			return nil, fmt.Errorf("lower %%%d = %s (from %s): no %s code for it", i, in.String(), argType, c.asm.ISA)
		}
		vals[i] = v
	}
	out := make([]Val, len(body.Results))
	for i, r := range body.Results {
		out[i] = vals[r]
	}
	return out, nil
}

func (c *Code) lowerInst(l lowerer, body *kernels.Body, in *kernels.Inst, t kernels.DType, x []Val, arg func(int) Val) (Val, bool) {
	switch in.Op {
	case kernels.OpArg:
		return arg(int(in.Imm)), true
	case kernels.OpConst:
		if in.Type == kernels.Bool {
			return l.boolConst(in.Imm != 0), true
		}
		return c.Splat(in.Type.Size(), in.Imm), true
	case kernels.OpBitcast:
		return x[0], true
	case kernels.OpLookup:
		if c.permutes(in.Table, t) {
			return l.permute(in.Table, x[0]), true
		}
		return c.lowerLookup(l, in.Table, t, x[0]), true
	case kernels.OpSelect:
		return l.choose(in.Type, x[0], x[1], x[2]), true
	case kernels.OpConvert:
		if in.Type == t {
			return x[0], true
		}
		return l.convert(in.Type, t, x[0])
	case kernels.OpShl, kernels.OpShr:
		if n := &body.Insts[in.Args[1]]; n.Op == kernels.OpConst {
			return c.shiftConst(in.Op, t, x[0], n.Imm)
		}
	}
	switch {
	case t == kernels.Bool:
		return l.logic(in.Op, x)
	case in.Op.IsComparison():
		return l.compare(in.Op, t, x[0], x[1])
	}
	return l.arith(in.Op, t, x)
}

// inRegister is the most elements of a table that is permuted in registers, of 4
// bytes each: one vector of AVX-512, two of AVX2. A gather takes a cycle or more for
// each lane.
const inRegister = 16

// permutes reports whether a lookup is a permutation of registers: the table fits, and
// the lanes fill one.
func (c *Code) permutes(table *kernels.Table, index kernels.DType) bool {
	return index.Size() == 4 && table.Type.Size() == 4 && len(table.Bits) <= inRegister && 4*c.lanes == c.asm.VectorBytes()
}

// lowerLookup gathers with an index of the size the table's elements have, or of
// 32 bits.
func (c *Code) lowerLookup(l lowerer, table *kernels.Table, t kernels.DType, index Val) Val {
	op := "VPGATHERD"
	switch {
	case t.Size() == 8 && table.Type.Size() == 8:
		op = "VPGATHERQ"
	case t.Size() == 8:
		index = c.resize(kernels.U32, t, index)
	}
	return l.lookup(op+dq(table.Type.Size()), table, index)
}

// shiftConst shifts every lane by the same count. The instructions give 0, or
// the sign, for counts beyond the width.
func (c *Code) shiftConst(op kernels.Op, t kernels.DType, x Val, count uint64) (Val, bool) {
	elem := t.Size()
	n := int(min(count, 255))
	switch {
	case op == kernels.OpShl:
		return c.opReg("VPSLL"+dq(elem), n, x.Bytes, x), true
	case !t.IsSigned():
		return c.opReg("VPSRL"+dq(elem), n, x.Bytes, x), true
	case elem == 4 || c.isAVX512():
		return c.opReg("VPSRA"+dq(elem), n, x.Bytes, x), true
	}
	// AVX2 has no arithmetic shift of 64 bits: shift the sign in as zero, then
	// extend it from where it stands: (u XOR s) − s.
	n = min(n, 63)
	sign := c.Splat(8, 1<<(63-n))
	u := c.opReg("VPSRLQ", n, x.Bytes, x)
	return c.op("VPSUBQ", 8, sign, c.op("VPXOR", 8, sign, u)), true
}

// commonArith selects the arithmetic that both instruction sets spell alike.
func (c *Code) commonArith(op kernels.Op, t kernels.DType, x []Val) (Val, bool) {
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
func (c *Code) mulHi64(x, y Val) Val {
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
func (c *Code) mulHi32Parts(x, y Val) (even, odd Val) {
	high := func(v Val) Val { return c.opReg("VPSRLQ", 32, v.Bytes, v) }
	even = c.add(x.Bytes, instr{op: "VPMULUDQ", imm: -1, src: []Val{y, x}})
	return even, c.opReg("VPMULUDQ", -1, x.Bytes, high(y), high(x))
}

func (c *Code) and() string {
	if c.isAVX512() {
		return "VPANDQ"
	}
	return "VPAND"
}
