package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/quern-go/quern/cpu/asm/internal/vec"
)

// searches emits FirstBelow.
func (g *generator) searches() {
	for _, t := range elemTypes {
		inf := map[int]uint64{4: 0x7f800000, 8: 0x7ff0000000000000}[t.size]
		b := &below{&position{accumulator: &accumulator{generator: g, elem: t.size}, worst: inf}}
		g.enter("t.FirstBelow["+t.goName+"]", b.emit(t.name))
	}
}

// below is a kernel that passes four vectors a step while no element is below the
// bound, which is in every lane of vector 0, and then looks at one after another.
type below struct{ *position }

// lessOrdered is the comparison that no NaN passes.
const lessOrdered = 17

func (b *below) emit(elemName string) string {
	name := b.name("firstbelow", elemName)
	b.Func(name, "func(src, bound unsafe.Pointer, n int) int", goLoop(name+" computes",
		"for i := range n {", "\tif src[i] < bound[0] {", "\t\treturn i", "\t}", "}", "return n")...)
	b.Arg("src", argSrc)
	b.Arg("bound", tmp)
	b.Arg("n", argCount)
	b.Do(map[int]string{4: "VBROADCASTSS", 8: "VBROADCASTSD"}[b.elem], operand.Mem{Base: tmp}, b.Vector(0))
	b.splat(b.worst, b.Vector(argWorst))
	b.Do("MOVQ", argSrc, argAt)
	b.Do("MOVQ", argCount, argLeft)
	b.steps()
	b.lookAtEach()
	return name
}

// steps passes what is not below.
func (b *below) steps() {
	step := argVectors * b.lanes()
	b.Label("step")
	b.Do("CMPQ", argLeft, imm(uint64(step)))
	b.Jump("JLT", "each")
	masks := []reg.Register{reg.K1, reg.K2, reg.K3, reg.K4}
	for i := range argVectors {
		m := operand.Mem{Base: argAt, Disp: i * b.VectorBytes()}
		if b.ISA == vec.AVX512 {
			b.compare(m, masks[i])
			continue
		}
		b.Do("VMOVUPS", m, b.Vector(argLoad+i))
		b.compare(b.Vector(argLoad+i), b.Vector(argLoad+i))
	}
	if b.ISA == vec.AVX512 {
		b.Do("KORW", reg.K1, reg.K2, reg.K2)
		b.Do("KORW", reg.K3, reg.K4, reg.K4)
		b.Do("KORTESTW", reg.K2, reg.K4)
	} else {
		x := b.Vector(argLoad)
		b.Do("VORPS", b.Vector(argLoad+1), x, x)
		b.Do("VORPS", b.Vector(argLoad+3), b.Vector(argLoad+2), b.Vector(argLoad+2))
		b.Do("VORPS", b.Vector(argLoad+2), x, x)
		b.Do("VMOVMSK"+floatSuffix(b.elem), x, tmp.As32())
		b.Do("TESTL", tmp.As32(), tmp.As32())
	}
	b.Jump("JNE", "each")
	b.Do("ADDQ", imm(uint64(step*b.elem)), argAt)
	b.Do("SUBQ", imm(uint64(step)), argLeft)
	b.Jump("JMP", "step")
}

// compare sets the mask of the elements of x, a register or for AVX-512 memory, that
// are below the bound.
func (b *below) compare(x operand.Op, mask reg.Register) {
	if m, ok := x.(operand.Mem); ok {
		const greaterOrdered = 30 // the bound is greater than what is in memory
		b.Do("VCMP"+floatSuffix(b.elem), operand.U8(greaterOrdered), m, b.Vector(0), mask)
		return
	}
	b.Do("VCMP"+floatSuffix(b.elem), operand.U8(lessOrdered), b.Vector(0), x, mask)
}

// lookAtEach returns the first element below, of those from argAt on.
func (b *below) lookAtEach() {
	x := b.Vector(argLoad)
	b.Label("each")
	b.Do("CMPQ", argLeft, imm(uint64(b.lanes())))
	b.Jump("JLT", "tail")
	b.Do("VMOVUPS", operand.Mem{Base: argAt}, x)
	b.Label("compare")
	if b.ISA == vec.AVX512 {
		b.compare(x, reg.K1)
		b.Do("KMOVW", reg.K1, tmp.As32())
	} else {
		b.compare(x, x)
		b.Do("VMOVMSK"+floatSuffix(b.elem), x, tmp.As32())
	}
	b.Do("TESTL", tmp.As32(), tmp.As32())
	b.Jump("JNE", "found")
	b.Do("ADDQ", imm(uint64(b.VectorBytes())), argAt)
	b.Do("SUBQ", imm(uint64(b.lanes())), argLeft)
	b.Jump("JMP", "each")
	b.Label("tail")
	b.Do("TESTQ", argLeft, argLeft)
	b.Jump("JLE", "none")
	b.loadTail()
	b.Jump("JMP", "compare")

	b.Label("found")
	b.Do("BSFL", tmp.As32(), tmp.As32())
	b.Do("SUBQ", argSrc, argAt)
	b.Do("SHRQ", operand.U8(map[int]uint8{4: 2, 8: 3}[b.elem]), argAt)
	b.Do("ADDQ", argAt, tmp)
	b.Result(tmp)
	b.Ret()
	b.Label("none")
	b.Result(argCount)
	b.Ret()
}
