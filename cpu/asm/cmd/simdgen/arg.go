package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/quern-go/quern/cpu/asm/internal/vec"
)

// positions emits ArgMin and ArgMax.
func (g *generator) positions() {
	for _, t := range elemTypes {
		inf := map[int]uint64{4: 0x7f800000, 8: 0x7ff0000000000000}[t.size]
		sign := uint64(1) << (8*t.size - 1)
		for _, p := range []*position{
			{op: "min", worst: inf, table: "t.ArgMin"},
			{op: "max", worst: inf | sign, table: "t.ArgMax"},
		} {
			p.accumulator = &accumulator{generator: g, elem: t.size}
			g.enter(fmt.Sprintf("%s[%s]", p.table, t.goName), p.emit(t.name))
		}
	}
}

// position is a kernel in two passes: the first finds the extreme value and
// whether there is a NaN, the second the first element that is it. In between
// the numbers are plain, so VMIN and VMAX serve, and −0 equals +0 as it should.
type position struct {
	*accumulator
	op    string
	worst uint64 // bits that never win
	table string
}

// General and vector registers of a position kernel.
var (
	argSrc   = reg.RSI
	argCount = reg.RBX
	argAt    = reg.RDX // position in the array
	argLeft  = reg.R8
	argIndex = reg.R9 // of the element at argAt
)

// Vectors 0 to 3 hold extremes; NaN is collected in 4 (AVX2) or K1.
const (
	argVectors = 4
	argNaN     = 4
	argLoad    = 8
	argMask    = 12
	argWorst   = 13
)

func (p *position) emit(elemName string) string {
	name := p.name("arg"+p.op, elemName)
	sign := map[string]string{"min": "<", "max": ">"}[p.op]
	p.Func(name, "func(src unsafe.Pointer, n int) int", goLoop(name+" computes", "best := 0", "for i := range n {",
		"\tif isNaN(src[i]) {", "\t\treturn i", "\t}", "\tif src[i] "+sign+" src[best] {", "\t\tbest = i", "\t}", "}", "return best")...)
	p.Arg("src", argSrc)
	p.Arg("n", argCount)
	p.splat(p.worst, p.Vector(argWorst))
	for i := range argVectors {
		p.Do("VMOVAPS", p.Vector(argWorst), p.Vector(i))
	}
	p.clearNaN()
	p.extremes()
	p.foldExtremes()
	p.search("number", 0) // equal to vector 0
	p.Label("hasnan")
	p.search("nan", 3) // unordered with itself
	return name
}

func (p *position) splat(bits uint64, r reg.VecPhysical) {
	op := map[int]string{4: "VBROADCASTSS", 8: "VBROADCASTSD"}[p.elem]
	if p.ISA == vec.AVX2 {
		op = "VMOVUPS"
	}
	p.Do(op, p.Splat(p.elem, bits), r)
}

func (p *position) clearNaN() {
	if p.ISA == vec.AVX512 {
		p.Do("KXORW", reg.K1, reg.K1, reg.K1)
	} else {
		p.Do("VXORPS", p.Vector(argNaN), p.Vector(argNaN), p.Vector(argNaN))
	}
}

// extremes is the first pass.
func (p *position) extremes() {
	step := argVectors * p.lanes()
	p.Do("MOVQ", argSrc, argAt)
	p.Do("MOVQ", argCount, argLeft)
	p.Label("step")
	p.Do("CMPQ", argLeft, imm(uint64(step)))
	p.Jump("JLT", "tail")
	for i := range argVectors {
		p.Do("VMOVUPS", operand.Mem{Base: argAt, Disp: i * p.VectorBytes()}, p.Vector(argLoad+i))
		p.meet(argLoad+i, i)
	}
	p.Do("ADDQ", imm(uint64(step*p.elem)), argAt)
	p.Do("SUBQ", imm(uint64(step)), argLeft)
	p.Jump("JMP", "step")
	p.Label("tail")
	p.Do("TESTQ", argLeft, argLeft)
	p.Jump("JLE", "fold")
	p.loadTail()
	p.meet(argLoad, 0)
	p.Do("ADDQ", imm(uint64(p.VectorBytes())), argAt)
	p.Do("SUBQ", imm(uint64(p.lanes())), argLeft)
	p.Jump("JMP", "tail")
	p.Label("fold")
}

// meet takes vector x into extreme i.
func (p *position) meet(x, i int) {
	s := floatSuffix(p.elem)
	v, acc := p.Vector(x), p.Vector(i)
	if p.ISA == vec.AVX512 {
		p.Do("VCMP"+s, operand.U8(3), v, v, reg.K2)
		p.Do("KORW", reg.K2, reg.K1, reg.K1)
	} else {
		t := p.Vector(argNaN + 1)
		p.Do("VCMP"+s, operand.U8(3), v, v, t)
		p.Do("VORPS", t, p.Vector(argNaN), p.Vector(argNaN))
	}
	p.Do(p.instruction(), v, acc, acc)
}

func (p *position) instruction() string {
	return map[string]string{"min": "VMIN", "max": "VMAX"}[p.op] + floatSuffix(p.elem)
}

// loadTail loads up to a vector of what is left, the rest being the worst value.
func (p *position) loadTail() {
	s := floatSuffix(p.elem)
	r := p.Vector(argLoad)
	mask := p.vectorMask(argLeft, p.Vector(argMask))
	m := operand.Mem{Base: argAt}
	if p.ISA == vec.AVX512 {
		p.Do("VMOVAPS", p.Vector(argWorst), r)
		p.Do("VMOVU"+s, m, mask, r)
		return
	}
	p.Do("VMASKMOV"+s, m, mask, r)
	p.Do("VBLENDV"+s, mask, r, p.Vector(argWorst), r)
}

// foldExtremes leaves the extreme value in every lane of vector 0, and goes to
// the search for NaN if there is one.
func (p *position) foldExtremes() {
	op := p.instruction()
	r, x := p.Vector(0), p.Vector(1)
	p.Do(op, p.Vector(1), r, r)
	p.Do(op, p.Vector(3), p.Vector(2), p.Vector(2))
	p.Do(op, p.Vector(2), r, r)
	if p.ISA == vec.AVX512 {
		p.Do("KORTESTW", reg.K1, reg.K1)
		p.Jump("JNE", "hasnan")
		p.Do("VEXTRACTF64X4", operand.U8(1), r, x.AsY())
		p.Do(op, x.AsY(), r.AsY(), r.AsY())
	} else {
		p.Do("VMOVMSK"+floatSuffix(p.elem), p.Vector(argNaN), tmp.As32())
		p.Do("TESTL", tmp.As32(), tmp.As32())
		p.Jump("JNE", "hasnan")
	}
	p.Do("VEXTRACTF128", operand.U8(1), r.AsY(), x.AsX())
	p.Do(op, x.AsX(), r.AsX(), r.AsX())
	p.Do("VPERMILPD", operand.U8(1), r.AsX(), x.AsX())
	p.Do(op, x.AsX(), r.AsX(), r.AsX())
	if p.elem == 4 {
		p.Do("VMOVSHDUP", r.AsX(), x.AsX())
		p.Do(op, x.AsX(), r.AsX(), r.AsX())
		p.Do("VBROADCASTSS", r.AsX(), r)
	} else {
		p.Do("VBROADCASTSD", r.AsX(), r)
	}
}

// search returns the first element for which the comparison with vector 0, or
// with itself if it is for NaN, holds. There is one, before any of the elements
// that fill up the last vector.
func (p *position) search(label string, comparison uint8) {
	s := floatSuffix(p.elem)
	x := p.Vector(argLoad)
	with := p.Vector(0)
	if label == "nan" {
		with = x
	}
	p.Do("MOVQ", argSrc, argAt)
	p.Do("MOVQ", argCount, argLeft)
	p.Do("XORL", argIndex.As32(), argIndex.As32())
	p.Label(label)
	p.Do("CMPQ", argLeft, imm(uint64(p.lanes())))
	p.Jump("JLT", label+"tail")
	p.Do("VMOVUPS", operand.Mem{Base: argAt}, x)
	p.Label(label + "compare")
	if p.ISA == vec.AVX512 {
		p.Do("VCMP"+s, operand.U8(comparison), with, x, reg.K2)
		p.Do("KMOVW", reg.K2, tmp.As32())
	} else {
		p.Do("VCMP"+s, operand.U8(comparison), with, x, p.Vector(argLoad+1))
		p.Do("VMOVMSK"+s, p.Vector(argLoad+1), tmp.As32())
	}
	p.Do("TESTL", tmp.As32(), tmp.As32())
	p.Jump("JNE", label+"found")
	p.Do("ADDQ", imm(uint64(p.VectorBytes())), argAt)
	p.Do("ADDQ", imm(uint64(p.lanes())), argIndex)
	p.Do("SUBQ", imm(uint64(p.lanes())), argLeft)
	p.Jump("JMP", label)
	p.Label(label + "tail")
	p.loadTail()
	p.Jump("JMP", label+"compare")
	p.Label(label + "found")
	p.Do("BSFL", tmp.As32(), tmp.As32())
	p.Do("ADDQ", tmp, argIndex)
	p.Result(argIndex)
	p.Ret()
}
