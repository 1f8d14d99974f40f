package vcode

import "github.com/quern-go/quern/kernels"

// fuse selects one machine instruction for an instruction of a body and those whose
// results it takes. These were selected before and may be of no more use: see Prune.
func (c *Code) fuse(body *kernels.Body, i int, vals []Val) (Val, bool) {
	in := &body.Insts[i]
	switch in.Op {
	case kernels.OpSelect:
		return c.fuseMinMax(body, in, vals)
	case kernels.OpOr:
		return c.fuseAnd(body, in, vals, 0xf8)
	case kernels.OpXor:
		return c.fuseAnd(body, in, vals, 0x78)
	case kernels.OpEqual:
		return c.fuseTest(body, in, vals)
	case kernels.OpFMA:
		return c.fuseNeg(body, in, vals)
	}
	return Val{}, false
}

// fuseMinMax finds x < y ? x : y and x < y ? y : x of floats, which is what VMIN and
// VMAX compute, NaN and zeros included: the second operand unless the first is less
// (greater).
func (c *Code) fuseMinMax(body *kernels.Body, in *kernels.Inst, vals []Val) (Val, bool) {
	less := &body.Insts[in.Args[0]]
	if less.Op != kernels.OpLess || !in.Type.IsFloat() {
		return Val{}, false
	}
	x, y := less.Args[0], less.Args[1]
	elem := in.Type.Size()
	switch [2]kernels.Value{in.Args[1], in.Args[2]} {
	case [2]kernels.Value{x, y}:
		return c.op("VMIN"+ps(elem), elem, vals[y], vals[x]), true
	case [2]kernels.Value{y, x}:
		return c.op("VMAX"+ps(elem), elem, vals[x], vals[y]), true
	}
	return Val{}, false
}

// fuseAnd finds a | b&c and a ^ b&c, the functions of three inputs with the given table.
func (c *Code) fuseAnd(body *kernels.Body, in *kernels.Inst, vals []Val, truth int) (Val, bool) {
	if !c.isAVX512() || in.Type == kernels.Bool {
		return Val{}, false
	}
	a, and := in.Args[0], &body.Insts[in.Args[1]]
	if and.Op != kernels.OpAnd {
		a, and = in.Args[1], &body.Insts[in.Args[0]]
	}
	if and.Op != kernels.OpAnd {
		return Val{}, false
	}
	x, y := vals[and.Args[0]], vals[and.Args[1]]
	if c.isConst(y) {
		x, y = y, x
	}
	elem := in.Type.Size()
	return c.add(c.Width(elem), instr{op: "VPTERNLOG" + dq(elem), imm: truth, src: []Val{x, y}, tied: vals[a], fold: true, elem: elem}), true
}

// fuseTest finds x&bit == bit and x&mask == 0.
func (c *Code) fuseTest(body *kernels.Body, in *kernels.Inst, vals []Val) (Val, bool) {
	and, bit := &body.Insts[in.Args[0]], &body.Insts[in.Args[1]]
	if !c.isAVX512() || and.Op != kernels.OpAnd || bit.Op != kernels.OpConst || bit.Imm&(bit.Imm-1) != 0 {
		return Val{}, false
	}
	elem := and.Type.Size()
	if bit.Imm == 0 {
		return c.add(0, instr{op: "VPTESTNM" + dq(elem), imm: -1, src: []Val{vals[and.Args[1]], vals[and.Args[0]]}, fold: true, elem: elem}), true
	}
	x := and.Args[0]
	if x == in.Args[1] {
		x = and.Args[1]
	} else if and.Args[1] != in.Args[1] {
		return Val{}, false
	}
	return c.add(0, instr{op: "VPTESTM" + dq(elem), imm: -1, src: []Val{vals[in.Args[1]], vals[x]}, fold: true, elem: elem}), true
}

// fuseNeg finds x·y − z.
func (c *Code) fuseNeg(body *kernels.Body, in *kernels.Inst, vals []Val) (Val, bool) {
	neg := &body.Insts[in.Args[2]]
	if neg.Op != kernels.OpNeg {
		return Val{}, false
	}
	elem := in.Type.Size()
	return c.add(c.Width(elem), instr{form: fma, op: ps(elem), imm: -1, minus: true, elem: elem,
		src: []Val{vals[in.Args[0]], vals[in.Args[1]], vals[neg.Args[0]]}}), true
}

// unmasked is an index without the And that keeps it below 16, where the permutation
// looks at four bits anyway.
func unmasked(body *kernels.Body, index kernels.Value, vals []Val) Val {
	in := &body.Insts[index]
	if in.Op == kernels.OpAnd {
		for k, a := range in.Args[:2] {
			if mask := &body.Insts[a]; mask.Op == kernels.OpConst && mask.Imm == inRegister-1 {
				return vals[in.Args[1-k]]
			}
		}
	}
	return vals[index]
}

// Prune drops the instructions whose results nothing reads, once the outputs are set.
func (c *Code) Prune() {
	used := make([]bool, len(c.vals))
	for _, v := range c.Outputs {
		used[v.id] = true
	}
	kept := len(c.instrs)
	for i := len(c.instrs) - 1; i >= 0; i-- {
		in := c.instrs[i]
		if !used[in.dst.id] {
			continue
		}
		for _, v := range in.reads() {
			used[v.id] = true
		}
		kept--
		c.instrs[kept] = in
	}
	c.instrs = c.instrs[kept:]
}
