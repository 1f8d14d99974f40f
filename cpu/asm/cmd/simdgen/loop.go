package main

import (
	"fmt"
	"strings"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/quern-go/quern/cpu/asm/internal/vcode"
	"github.com/quern-go/quern/cpu/asm/internal/vec"
	"github.com/quern-go/quern/kernels"
)

// General registers of an elementwise kernel. K7 is the mask of a partial
// vector; R10 and R11 belong to package x86.
var (
	dstReg   = reg.RDI
	argRegs  = []reg.GPPhysical{reg.RSI, reg.RDX, reg.R12}
	countReg = reg.RBX
	tmp      = reg.RAX
	count2   = reg.RCX // of shifts
	bitsReg  = reg.R8
	tmp2     = reg.R9
)

// loop emits an elementwise kernel:
//
//	for there are elements left {
//		load a step of vectors, or its part that is left
//		compute; if the guard fails, compute the unlikely way
//		store the step, or its part
//	}
//
// What is for a partial step or an unlikely case stands after the loop.
type loop struct {
	*generator
	step
	labels int
	tail   int // element size of the mask table that tmp2 points to
}

func (g *generator) loop(k *kernel) error {
	l := &loop{generator: g, step: newStep(k, g.Asm, g.VectorBytes())}
	if g.ISA == vec.AVX512 {
		l.maskElem = 0
	}
	if err := l.compile(); err != nil {
		return err
	}
	l.emit()
	g.enterKernel(k)
	return nil
}

func (l *loop) emit() {
	names := []string{"a", "b", "c"}[:len(l.args)]
	sentence := l.generator.name(l.kernel.name) + " computes"
	if l.past {
		sentence += ", past the caches,"
	}
	l.Func(l.generator.name(l.kernel.name), fmt.Sprintf("func(dst, %s unsafe.Pointer, n int)", strings.Join(names, ", ")),
		goLoop(sentence, "for i := range n {", "\tdst[i] = "+l.formula, "}")...)
	programs := []*vcode.Program{l.program}
	if l.slow != nil {
		programs = append(programs, l.slow)
	}
	l.EmitFrame(programs...)
	l.Arg("dst", dstReg)
	for i, name := range names {
		l.Arg(name, argRegs[i])
	}
	l.Arg("n", countReg)
	l.EmitHome(l.home, func(_ int, r reg.Register) {
		op := map[int]string{4: "VBROADCASTSS", 8: "VBROADCASTSD"}[l.args[l.scalar].Size()]
		l.Do(op, operand.Mem{Base: argRegs[l.scalar]}, r)
	})

	l.Label("loop")
	l.compareCount()
	l.Jump("JLT", "partial")
	l.loadStep(l.program)
	l.Label("compute")
	l.Emit(l.program)
	if l.slow != nil {
		for n := range l.copies {
			l.jumpUnlessAll(l.Register(l.program.Outputs[2*n+1]), "unlikely")
		}
	}
	l.emitStore(l.program, "partialstore")

	l.Label("partial")
	l.Do("TESTQ", countReg, countReg)
	l.Jump("JLE", "done")
	l.loadPartial(l.program)
	l.Jump("JMP", "compute")
	if l.slow != nil {
		l.emitUnlikely()
	}
	l.Label("partialstore")
	l.storePartial(l.program)
	l.Label("done")
	l.Ret()
}

// emitStore ends a step: it stores the program's results and goes on, or to where what
// is left of them is stored.
func (l *loop) emitStore(p *vcode.Program, partial string) {
	l.compareCount()
	l.Jump("JLT", partial)
	l.storeStep(p)
	l.advance()
	l.Do("SUBQ", imm(uint64(l.size)), countReg)
	l.Jump("JMP", "loop")
}

func (l *loop) compareCount() { l.Do("CMPQ", countReg, imm(uint64(l.size))) }

// emitUnlikely computes a step anew with the full body.
func (l *loop) emitUnlikely() {
	l.Label("unlikely")
	l.compareCount()
	l.Jump("JLT", "unlikelypartial")
	l.loadStep(l.slow)
	l.Label("unlikelycompute")
	l.Emit(l.slow)
	l.emitStore(l.slow, "unlikelystore")
	l.Label("unlikelypartial")
	l.loadPartial(l.slow)
	l.Jump("JMP", "unlikelycompute")
	l.Label("unlikelystore")
	l.storePartial(l.slow)
	l.Ret()
}

// jumpUnlessAll jumps if a mask is not set in every lane.
func (l *loop) jumpUnlessAll(mask reg.Register, label string) {
	switch {
	case l.ISA == vec.AVX512 && l.lanes == 16:
		l.Do("KORTESTW", mask, mask)
		l.Jump("JCC", label)
	case l.ISA == vec.AVX512:
		l.Do("KORTESTB", mask, mask)
		l.Jump("JCC", label)
	default:
		l.Do(l.moveMask(mask), mask, tmp.As32())
		l.Do("CMPL", tmp.As32(), imm(1<<l.lanes-1))
		l.Jump("JNE", label)
	}
}

// moveMask takes the sign bits of a vector mask's elements.
func (l *loop) moveMask(mask reg.Register) string {
	if int(mask.Size())/l.lanes == 4 {
		return "VMOVMSKPS"
	}
	return "VMOVMSKPD"
}

func (l *loop) advance() {
	for arg, t := range l.args {
		if arg != l.scalar {
			l.Do("ADDQ", imm(uint64(l.bytes(t))), argRegs[arg])
		}
	}
	l.Do("ADDQ", imm(uint64(l.bytes(l.result))), dstReg)
}

// vectorAt is the memory of one copy of an argument (or the result) at base.
func (l *loop) vectorAt(base reg.Register, t kernels.DType, n int) operand.Mem {
	return operand.Mem{Base: base, Disp: n * l.bytes(t) / l.copies}
}

// imm is an immediate operand in a size that instructions take.
func imm(x uint64) operand.Op {
	if x < 128 {
		return operand.U8(uint8(x))
	}
	return operand.U32(uint32(x))
}
