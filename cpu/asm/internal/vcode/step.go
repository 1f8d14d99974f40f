package vcode

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// step assigns registers to one instruction.
func (a *allocator) step(in *instr) {
	clear(a.locked)
	folded := a.folds(in)
	for i, v := range in.src {
		a.locked[v.id] = a.locked[v.id] || i > 0 || !folded
	}
	if in.mask.id != 0 {
		a.locked[in.mask.id] = true
	}
	if in.tied.id != 0 {
		a.locked[in.tied.id] = true
	}
	switch in.form {
	case fma:
		a.stepFMA(in)
	case self:
		r := a.name(in.dst, a.take(in.dst))
		a.emit(in.op, r, r, r)
	case gather:
		a.stepGather(in)
	default:
		a.stepPlain(in, folded)
	}
	a.locked[in.dst.id] = false
	if len(a.uses[in.dst.id]) == 0 {
		a.release(in.dst)
	}
}

// inMemory is the value's address if it is not in a register; suffix is avo's
// for a broadcast.
func (a *allocator) inMemory(v Val, elem int) (m operand.Mem, suffix string, ok bool) {
	if a.reg[v.id] != nowhere {
		return m, "", false
	}
	if k := a.vals[v.id].constant; k != nil {
		if k.bytes(a.asm.ISA) != k.elem {
			return a.asm.address(*k), "", true
		}
		return a.asm.address(*k), "_BCST", k.elem == elem
	}
	return a.stack(v.id), "", true
}

// folds reports whether src[0] is to be a memory operand.
func (a *allocator) folds(in *instr) bool {
	if !in.fold || len(in.src) == 0 {
		return false
	}
	for _, v := range append(in.src[1:len(in.src):len(in.src)], in.tied) {
		if v.id == in.src[0].id {
			return false // it is needed in a register all the same
		}
	}
	_, _, ok := a.inMemory(in.src[0], in.elem)
	return ok
}

func (a *allocator) stepPlain(in *instr, folded bool) {
	op := in.op
	ops := make([]operand.Op, 0, 6)
	if in.imm >= 0 {
		ops = append(ops, operand.U8(uint8(in.imm)))
	}
	for i, v := range in.src {
		if i == 0 && folded {
			m, suffix, _ := a.inMemory(v, in.elem)
			op += suffix
			ops = append(ops, m)
			continue
		}
		ops = append(ops, a.need(v))
	}
	if in.mask.id != 0 {
		ops = append(ops, a.need(in.mask))
	}
	if in.zero {
		op += "_Z"
	}
	ops = append(ops, a.target(in))
	a.emit(op, ops...)
}

// target gives dst a register: that of the value it overwrites if it is the
// last use, a copy of it otherwise, or any one once the dying operands' are
// free.
func (a *allocator) target(in *instr) reg.Register {
	if in.tied.id != 0 {
		return a.over(in.tied, in)
	}
	a.releaseDying(in)
	return a.name(in.dst, a.take(in.dst))
}

// over gives dst a register that holds the value v, and frees those of the
// dying operands.
func (a *allocator) over(v Val, in *instr) reg.Register {
	old := a.need(v)
	if a.dies(v) {
		r := a.reg[v.id]
		a.reg[v.id] = nowhere
		a.releaseDying(in)
		a.file(in.dst)[r] = in.dst.id
		a.reg[in.dst.id] = r
		return a.name(in.dst, r)
	}
	a.locked[in.dst.id] = true
	r := a.name(in.dst, a.take(in.dst))
	a.emit("VMOVAPS", old, r)
	a.releaseDying(in)
	return r
}

func (a *allocator) releaseDying(in *instr) {
	for _, v := range in.reads() {
		if a.dies(v) {
			a.release(v)
		}
	}
}

// stepGather: the mask and the destination are overwritten, and no two of the
// three registers may be the same.
func (a *allocator) stepGather(in *instr) {
	index, mask := a.need(in.src[0]), a.need(in.mask)
	a.emit("LEAQ", in.table, scratchGP)
	m := operand.Mem{Base: scratchGP, Index: index, Scale: uint8(in.elem)}
	r := a.over(in.tied, in)
	if a.isAVX512() {
		a.emit(in.op, m, mask, r)
	} else {
		a.emit(in.op, mask, m, r)
	}
}

// stepFMA chooses among the three forms of x·y ± z by which operand is in
// memory and which dies. In Go's order of operands:
//
//	132 m, s, d: d = d·m ± s    213 m, s, d: d = s·d ± m    231 m, s, d: d = s·m ± d
func (a *allocator) stepFMA(in *instr) {
	x, y, z := in.src[0], in.src[1], in.src[2]
	if _, _, ok := a.inMemory(x, in.elem); ok && x.id != y.id {
		x, y = y, x
	}
	m, suffix, fromMemory := a.inMemory(y, in.elem)
	fromMemory = fromMemory && y.id != x.id && y.id != z.id
	if fromMemory {
		delete(a.locked, y.id)
		a.fmaMemory(in, x, z, m, suffix)
		return
	}
	if m, suffix, ok := a.inMemory(z, in.elem); ok && z.id != x.id && z.id != y.id {
		delete(a.locked, z.id)
		a.need(x)
		a.need(y)
		if a.dies(y) && !a.dies(x) {
			x, y = y, x
		}
		s := a.need(y)
		a.emitFMA("213", in, m, suffix, s, x)
		return
	}
	rx, ry, rz := a.need(x), a.need(y), a.need(z)
	switch {
	case a.dies(z) || !a.dies(x) && !a.dies(y):
		a.emitFMA("231", in, ry, "", rx, z)
	case a.dies(x):
		a.emitFMA("213", in, rz, "", ry, x)
	default:
		a.emitFMA("213", in, rz, "", rx, y)
	}
}

// fmaMemory is x·m ± z.
func (a *allocator) fmaMemory(in *instr, x, z Val, m operand.Mem, suffix string) {
	rx, rz := a.need(x), a.need(z)
	if a.dies(x) && !a.dies(z) {
		a.emitFMA("132", in, m, suffix, rz, x)
		return
	}
	a.emitFMA("231", in, m, suffix, rx, z)
}

func (a *allocator) emitFMA(order string, in *instr, src3 operand.Op, suffix string, src2 reg.Register, over Val) {
	d := a.over(over, in)
	name := "VFMADD"
	if in.minus {
		name = "VFMSUB"
	}
	a.emit(name+order+in.op+suffix, src3, src2, d)
}
