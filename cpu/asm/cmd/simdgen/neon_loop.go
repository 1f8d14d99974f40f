package main

import (
	"fmt"
	"strings"

	"github.com/quern-go/quern/cpu/asm/internal/neon"
	"github.com/quern-go/quern/cpu/asm/internal/vcode"
	"github.com/quern-go/quern/kernels"
)

// General registers of an elementwise kernel, besides those of package neon.
var neonArgs = []string{"R1", "R2", "R3"}

const (
	neonDst   = "R0"
	neonCount = "R4" // elements left
	neonRest  = "R5" // elements of the last step that count, once it is reached
	neonKept  = "R6" // dst of the last step
)

// neonLoop emits an elementwise kernel:
//
//	for there is a step left {
//		load a step of vectors
//		compute; if the guard fails, compute the unlikely way
//		store the step
//	}
//	for what is left: copy it to the stack, do a step there, copy the results back
//
// The frame holds a step of each argument and of the result, then what is spilled.
type neonLoop struct {
	*neonGenerator
	step // its size is a multiple of 8 where there are Bools
}

// frameStep is the bytes that the frame has for a step of an argument.
const frameStep = 64

func (g *neonGenerator) loop(k *kernel) error {
	l := &neonLoop{g, newStep(k, g.Asm, 16)}
	l.collect = neon.Collect
	l.pairs = false // not timed there
	if err := l.compile(); err != nil {
		return err
	}
	l.emit()
	g.enterKernel(k)
	return nil
}

func (l *neonLoop) emit() {
	names := []string{"a", "b", "c"}[:len(l.args)]
	name := l.neonGenerator.name(l.kernel.name)
	l.Func(name, fmt.Sprintf("dst, %s unsafe.Pointer, n int", strings.Join(names, ", ")), "", l.frame(),
		goLoop(name+" computes", "for i := range n {", "\tdst[i] = "+l.formula, "}")...)
	l.Line("ADD $16, RSP, %s", neon.FrameReg)
	l.Arg("dst", neonDst)
	for i, name := range names {
		l.Arg(name, neonArgs[i])
	}
	l.Arg("n", neonCount)
	l.Line("MOVD ZR, %s", neonRest)
	l.UsePool()
	l.EmitHome(l.home, func(_, r int) {
		elem := l.args[l.scalar].Size()
		l.Splat(neonArgs[l.scalar], neon.Arr{Elem: elem, Bytes: elem * l.lanes}, r)
	})

	l.Label("loop")
	l.Line("CMP $%d, %s", l.size, neonCount)
	l.Line("BLT partial")
	l.Label("step")
	l.loadStep(l.program)
	l.Emit(l.program, l.spillArea())
	if l.slow != nil {
		l.jumpUnlessAll(l.program.Outputs[1], "unlikely")
		l.Label("store")
	}
	l.storeStep()
	l.advance()
	l.Line("SUB $%d, %s", l.size, neonCount)
	l.Line("B loop")
	if l.slow != nil {
		l.emitUnlikely()
	}
	l.emitPartial()
}

// emitUnlikely computes a step anew with the full body.
func (l *neonLoop) emitUnlikely() {
	l.Label("unlikely")
	l.loadStep(l.slow)
	l.Emit(l.slow, l.spillArea())
	if from, to := l.slow.Outputs[0].Reg, l.program.Outputs[0].Reg; from != to {
		l.Move(from, to)
	}
	l.Line("B store")
}

// jumpUnlessAll jumps if a mask is not set in every lane.
func (l *neonLoop) jumpUnlessAll(mask vcode.Place, label string) {
	r := mask.Reg
	if mask.Bytes == 16 {
		l.V("uminp", neon.B16, neon.Scratch, r, r)
		r = neon.Scratch
	}
	l.Line("FMOVD F%d, R10", r)
	l.Line("CMN $1, R10")
	l.Line("BNE %s", label)
}

func (l *neonLoop) frame() int {
	slots := l.program.Slots
	if l.slow != nil {
		slots = max(slots, l.slow.Slots)
	}
	return l.spillArea() + 16*slots + 16
}

// spillArea is where the spill slots are in the frame; the areas of the result and
// of each argument come first.
func (l *neonLoop) spillArea() int { return frameStep * (1 + len(l.args)) }

func (l *neonLoop) loadStep(p *vcode.Program) {
	at := 0
	l.eachInput(func(in input) {
		r, base := p.Inputs[at].Reg, neonArgs[in.arg]
		at++
		if t := l.args[in.arg]; t != kernels.Bool {
			l.Load(l.lanes*t.Size(), neon.At(base, in.copy*l.lanes*t.Size()), r)
			return
		}
		l.Line("%s (%s), R10", map[int]string{8: "MOVBU", 16: "MOVHU"}[l.size], base)
		l.Line("VDUP R10, V%d.%s", r, map[int]string{4: "S4", 8: "D2"}[l.maskElem])
	})
}

func (l *neonLoop) storeStep() {
	if l.result == kernels.Bool {
		l.Line("FMOVD F%d, R10", l.program.Outputs[0].Reg)
		l.Line("%s R10, (%s)", map[int]string{8: "MOVB", 16: "MOVH"}[l.size], neonDst)
		return
	}
	for n := range l.copies {
		size := l.lanes * l.result.Size()
		l.Store(size, l.program.Outputs[n].Reg, neon.At(neonDst, n*size))
	}
}

func (l *neonLoop) advance() {
	for arg, t := range l.args {
		if arg != l.scalar {
			l.Line("ADD $%d, %s", l.bytes(t), neonArgs[arg])
		}
	}
	l.Line("ADD $%d, %s", l.bytes(l.result), neonDst)
}

// emitPartial ends the kernel. What is left of the arguments is copied to the
// frame, whose other elements are 0, and the step repeated there.
func (l *neonLoop) emitPartial() {
	l.Label("partial")
	l.Line("CBZ %s, done", neonCount)
	l.Line("MOVD %s, %s", neonCount, neonRest)
	l.Line("MOVD %s, %s", neonDst, neonKept)
	l.Line("MOVD %s, %s", neon.FrameReg, neonDst)
	for arg, t := range l.args {
		if arg == l.scalar {
			continue
		}
		area := frameStep * (1 + arg)
		for at := 0; at < l.bytes(t); at += 16 {
			l.Line("STP (ZR, ZR), %d(%s)", area+at, neon.FrameReg)
		}
		l.Line("ADD $%d, %s, R10", area, neon.FrameReg)
		l.copyElements(fmt.Sprintf("in%d", arg), t, neonArgs[arg], "R10")
		l.Line("ADD $%d, %s, %s", area, neon.FrameReg, neonArgs[arg])
	}
	l.Line("MOVD $%d, %s", l.size, neonCount)
	l.Line("B step")
	l.Label("done")
	l.Line("CBZ %s, return", neonRest)
	if l.result == kernels.Bool {
		l.storeBits()
	} else {
		l.copyElements("out", l.result, neon.FrameReg, neonKept)
	}
	l.Label("return")
	l.Ret()
}

// copyElements copies R5 elements and leaves behind where both pointers end.
func (l *neonLoop) copyElements(label string, t kernels.DType, from, to string) {
	count, size, op := neonRest, t.Size(), map[int]string{1: "MOVBU", 4: "MOVWU", 8: "MOVD"}[t.Size()]
	l.Line("MOVD %s, R11", count)
	if t == kernels.Bool { // bytes
		l.Line("ADD $7, R11")
		l.Line("LSR $3, R11")
	}
	l.Label(label)
	l.Line("%s.P %d(%s), R12", op, size, from)
	l.Line("%s.P R12, %d(%s)", strings.TrimSuffix(op, "U"), size, to)
	l.Line("SUBS $1, R11")
	l.Line("BNE %s", label)
}

// storeBits stores the bits of the last step, those that do not count as zero.
func (l *neonLoop) storeBits() {
	l.Line("MOVHU (%s), R10", neon.FrameReg)
	l.Line("MOVD $1, R11")
	l.Line("LSL %s, R11", neonRest)
	l.Line("SUB $1, R11")
	l.Line("AND R11, R10")
	l.Line("MOVB R10, (%s)", neonKept)
	if l.size > 8 {
		l.Line("CMP $8, %s", neonRest)
		l.Line("BLE return")
		l.Line("LSR $8, R10")
		l.Line("MOVB R10, 1(%s)", neonKept)
	}
}
