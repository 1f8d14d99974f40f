package x86

import "github.com/quern-go/quern/kernels"

func (l avx2) Fuse(body *kernels.Body, i int, vals []Val) (Val, bool) {
	if index, ok := l.permuted(body, i, vals); ok {
		return l.permute(body.Insts[i].Table, index), true
	}
	return l.fuse(body, i, vals)
}

func (l avx512) Fuse(body *kernels.Body, i int, vals []Val) (Val, bool) {
	if index, ok := l.permuted(body, i, vals); ok {
		return l.op("VPERMPS", 4, l.Part(body.Insts[i].Table, 0), index), true
	}
	return l.fuse(body, i, vals)
}

// fuse finds what both instruction sets may have one instruction for.
func (c code) fuse(body *kernels.Body, i int, vals []Val) (Val, bool) {
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
func (c code) fuseMinMax(body *kernels.Body, in *kernels.Inst, vals []Val) (Val, bool) {
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
func (c code) fuseAnd(body *kernels.Body, in *kernels.Inst, vals []Val, truth int) (Val, bool) {
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
	if c.Constant(y) != nil {
		x, y = y, x
	}
	elem := in.Type.Size()
	return c.Add(c.Width(elem), instr{Op: "VPTERNLOG" + dq(elem), Imm: truth, Src: []Val{x, y}, Tied: vals[a], Fold: true, Elem: elem}), true
}

// fuseTest finds x&bit == bit and x&mask == 0.
func (c code) fuseTest(body *kernels.Body, in *kernels.Inst, vals []Val) (Val, bool) {
	and, bit := &body.Insts[in.Args[0]], &body.Insts[in.Args[1]]
	if !c.isAVX512() || and.Op != kernels.OpAnd || bit.Op != kernels.OpConst || bit.Imm&(bit.Imm-1) != 0 {
		return Val{}, false
	}
	elem := and.Type.Size()
	if bit.Imm == 0 {
		return c.Add(0, instr{Op: "VPTESTNM" + dq(elem), Imm: -1, Src: []Val{vals[and.Args[1]], vals[and.Args[0]]}, Fold: true, Elem: elem}), true
	}
	x := and.Args[0]
	if x == in.Args[1] {
		x = and.Args[1]
	} else if and.Args[1] != in.Args[1] {
		return Val{}, false
	}
	return c.Add(0, instr{Op: "VPTESTM" + dq(elem), Imm: -1, Src: []Val{vals[in.Args[1]], vals[x]}, Fold: true, Elem: elem}), true
}

// fuseNeg finds x·y + −z.
func (c code) fuseNeg(body *kernels.Body, in *kernels.Inst, vals []Val) (Val, bool) {
	neg := &body.Insts[in.Args[2]]
	if neg.Op != kernels.OpNeg {
		return Val{}, false
	}
	elem := in.Type.Size()
	return c.Add(c.Width(elem), instr{Form: fms, Op: ps(elem), Imm: -1, Elem: elem,
		Src: []Val{vals[in.Args[0]], vals[in.Args[1]], vals[neg.Args[0]]}}), true
}

// inRegister is the most elements of a table that is permuted in registers, of 4
// bytes each: one vector of AVX-512, two of AVX2. A gather takes a cycle or more for
// each lane.
const inRegister = 16

// permuted returns the index of a lookup that is a permutation of registers: the table
// fits, and the lanes fill one. The permutation looks at four bits of it, so that an And
// that keeps it below 16 is left out.
func (c code) permuted(body *kernels.Body, i int, vals []Val) (index Val, ok bool) {
	in := &body.Insts[i]
	if in.Op != kernels.OpLookup {
		return Val{}, false
	}
	by := &body.Insts[in.Args[0]]
	if by.Type.Size() != 4 || in.Table.Type.Size() != 4 || len(in.Table.Bits) > inRegister || 4*c.Lanes != c.asm.VectorBytes() {
		return Val{}, false
	}
	if by.Op == kernels.OpAnd {
		for k, a := range by.Args[:2] {
			if mask := &body.Insts[a]; mask.Op == kernels.OpConst && mask.Imm == inRegister-1 {
				return vals[by.Args[1-k]], true
			}
		}
	}
	return vals[in.Args[0]], true
}
