package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/quern-go/quern/cpu/asm/internal/vcode"
	"github.com/quern-go/quern/cpu/asm/internal/vec"
	"github.com/quern-go/quern/kernels"
)

// loadStep loads a whole step into the program's input registers.
func (l *loop) loadStep(p *vcode.Program) {
	i := 0
	l.eachInput(func(in input) {
		r, t := l.Register(p.Inputs[i]), l.args[in.arg]
		i++
		m := l.vectorAt(argRegs[in.arg], t, in.copy)
		switch {
		case t != kernels.Bool:
			l.Do("VMOVUPS", m, r)
		case l.ISA == vec.AVX512:
			l.Do(map[int]string{16: "KMOVW", 8: "KMOVB"}[l.lanes], m, r)
		default:
			l.Do(map[int]string{32: "MOVL", 16: "MOVWLZX"}[l.size], m, bitsReg.As32())
			l.spreadBits(r)
		}
	})
}

// spreadBits copies the step's bits to every element of a vector.
func (l *loop) spreadBits(r reg.Register) {
	x := r.(reg.VecPhysical).AsX()
	l.Do("VMOVQ", bitsReg, x)
	l.Do(map[int]string{4: "VPBROADCASTD", 8: "VPBROADCASTQ"}[l.maskElem], x, r)
}

// loadPartial loads what is left, less than a step, and clears the rest.
func (l *loop) loadPartial(p *vcode.Program) {
	for arg, t := range l.args {
		if t == kernels.Bool {
			l.loadBits(argRegs[arg])
		}
	}
	i, last := 0, -1
	if l.ISA == vec.AVX512 {
		l.maskOfCount()
	} else {
		l.offsetOfTail()
	}
	l.eachInput(func(in input) {
		r, t := l.Register(p.Inputs[i]), l.args[in.arg]
		i++
		m := l.vectorAt(argRegs[in.arg], t, in.copy)
		if l.ISA == vec.AVX512 {
			if in.copy != last {
				l.nextMask(in.copy)
				last = in.copy
			}
			l.loadMasked(m, t, r)
			return
		}
		if t == kernels.Bool {
			l.spreadBits(r)
			return
		}
		l.Do("VMOVUPS", l.tailMask(t.Size(), in.copy), r)
		l.Do("VMASKMOV"+floatSuffix(t.Size()), m, r, r)
	})
}

// maskOfCount sets the count lowest bits of tmp, for nextMask.
func (l *loop) maskOfCount() {
	l.Do("MOVQ", countReg, count2)
	l.Do("MOVQ", operand.U32(1), tmp)
	l.Do("SHLQ", reg.CL, tmp)
	l.Do("DECQ", tmp)
}

// nextMask puts copy n's part of tmp in K7, and for Bool arguments its part of
// bitsReg in place. Copies must come in order.
func (l *loop) nextMask(n int) {
	if n > 0 {
		l.Do("SHRQ", imm(uint64(l.lanes)), tmp)
		l.Do("SHRQ", imm(uint64(l.lanes)), bitsReg)
	}
	l.Do("KMOVQ", tmp, reg.K7)
}

func (l *loop) loadMasked(m operand.Mem, t kernels.DType, r reg.Register) {
	switch {
	case t == kernels.Bool:
		l.Do("KMOVQ", bitsReg, r)
	case t.Size() == 4:
		l.Do("VMOVUPS_Z", m, reg.K7, r)
	default:
		l.Do("VMOVUPD_Z", m, reg.K7, r)
	}
}

// loadBits reads the (count+7)/8 bytes of a partial Bool block into bitsReg.
func (l *loop) loadBits(base reg.GPPhysical) {
	l.Do("LEAQ", operand.Mem{Base: countReg, Disp: 7}, tmp)
	l.Do("SHRQ", imm(3), tmp)
	l.Do("XORL", bitsReg.As32(), bitsReg.As32())
	l.labels++
	label := fmt.Sprintf("bits%d", l.labels)
	l.Label(label)
	l.Do("SHLQ", imm(8), bitsReg)
	l.Do("MOVBQZX", operand.Mem{Base: base, Index: tmp, Scale: 1, Disp: -1}, tmp2)
	l.Do("ORQ", tmp2, bitsReg)
	l.Do("DECQ", tmp)
	l.Jump("JNE", label)
}

// tailLength is the length of the runs of ones and zeros that make the masks of
// partial vectors on AVX2; at least a step.
const tailLength = 32

func (l *loop) offsetOfTail() {
	l.Do("MOVQ", operand.U32(tailLength), tmp)
	l.Do("SUBQ", countReg, tmp)
	l.tail = 0
}

// tailMask is the mask of copy n, with tailLength − count in tmp; tmp2 holds the
// table's address from its first use on.
func (l *loop) tailMask(elem, n int) operand.Mem {
	if l.tail != elem {
		l.tail = elem
		l.Do("LEAQ", l.tailTable(elem), tmp2)
	}
	return operand.Mem{Base: tmp2, Index: tmp, Scale: uint8(elem), Disp: n * l.lanes * elem}
}

// tailTable is the address of tailLength elements of ones and as many of zeros.
func (g *generator) tailTable(elem int) operand.Mem {
	bits := make([]uint64, 2*tailLength)
	for i := range tailLength {
		bits[i] = ^uint64(0)
	}
	return g.Table(map[int]string{4: "tail32", 8: "tail64"}[elem], elem, bits)
}

// storeStep stores a whole step of the program's results.
func (l *loop) storeStep(p *vcode.Program) {
	if l.result == kernels.Bool && l.ISA == vec.AVX2 {
		l.collectBits(p)
		l.Do(map[int]string{32: "MOVL", 16: "MOVW"}[l.size], l.bitsAs(l.size), operand.Mem{Base: dstReg})
		return
	}
	for n := range l.copies {
		m := l.vectorAt(dstReg, l.result, n)
		op := "VMOVUPS"
		if l.past {
			op = "VMOVNTPS"
		}
		if l.result == kernels.Bool {
			op = map[int]string{16: "KMOVW", 8: "KMOVB"}[l.lanes]
		}
		l.Do(op, l.output(p, n), m)
	}
}

func (l *loop) bitsAs(bits int) reg.Register {
	if bits == 16 {
		return bitsReg.As16()
	}
	return bitsReg.As32()
}

// output is the register of copy n's result.
func (l *loop) output(p *vcode.Program, n int) reg.Register {
	return l.Register(p.Outputs[n*len(p.Outputs)/l.copies])
}

// collectBits gathers the Bool results of all copies in bitsReg.
func (l *loop) collectBits(p *vcode.Program) {
	for n := range l.copies {
		r := tmp.As32()
		if n == 0 {
			r = bitsReg.As32()
		}
		switch {
		case l.ISA == vec.AVX2:
			l.Do(l.moveMask(l.output(p, n)), l.output(p, n), r)
		case l.lanes == 16:
			l.Do("KMOVW", l.output(p, n), r)
		default:
			l.Do("KMOVB", l.output(p, n), r)
		}
		if n > 0 {
			l.Do("SHLQ", imm(uint64(n*l.lanes)), tmp)
			l.Do("ORQ", tmp, bitsReg)
		}
	}
}

// storePartial stores the count results that are left.
func (l *loop) storePartial(p *vcode.Program) {
	if l.result == kernels.Bool {
		l.storeBits(p)
		return
	}
	if l.ISA == vec.AVX512 {
		l.maskOfCount()
	} else {
		l.offsetOfTail()
	}
	for n := range l.copies {
		m, r := l.vectorAt(dstReg, l.result, n), l.output(p, n)
		switch {
		case l.ISA == vec.AVX512:
			l.nextMask(n)
			l.Do("VMOVU"+floatSuffix(l.result.Size()), r, reg.K7, m)
		default:
			mask := l.spare(p, r)
			l.Do("VMOVUPS", l.tailMask(l.result.Size(), n), mask)
			l.Do("VMASKMOV"+floatSuffix(l.result.Size()), r, mask, m)
		}
	}
}

// spare is a vector register that holds no result, as wide as like.
func (l *loop) spare(p *vcode.Program, like reg.Register) reg.Register {
	used := map[int]bool{}
	for _, out := range p.Outputs {
		used[out.Reg] = true
	}
	for r := range l.VectorBytes() / 2 {
		if v := l.Vector(r); !used[r] {
			if like.Size() == 16 {
				return v.AsX()
			}
			return v
		}
	}
	l.Fail("kernel %s: no register left for the mask of a partial store", l.kernel.name)
	return like
}

// storeBits stores count Bool results, the bits above them zero.
func (l *loop) storeBits(p *vcode.Program) {
	l.collectBits(p)
	l.maskOfCount()
	l.Do("ANDQ", tmp, bitsReg)
	l.Label("storebits")
	l.Do("MOVB", bitsReg.As8(), operand.Mem{Base: dstReg})
	l.Do("SHRQ", imm(8), bitsReg)
	l.Do("INCQ", dstReg)
	l.Do("SUBQ", imm(8), countReg)
	l.Jump("JG", "storebits")
}

func floatSuffix(elem int) string {
	if elem == 4 {
		return "PS"
	}
	return "PD"
}
