package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// columnFold emits FoldColumns: the columns of a few rows, whose results are stored when
// they are complete, past the caches if need be. Of two rows that is a third of what passes
// through memory.
type columnFold struct{ accumulator }

// columnVectors is the vectors of a row that a step takes.
const columnVectors = 8

func (f *columnFold) emit(elemName string) string {
	name := f.name("foldcolumns", f.op, elemName)
	f.Func(name, "func(dst, src unsafe.Pointer, n, rows, stride int, past bool)", goLoop(
		name+" computes, for rows > 0, with stores past the caches if dst is aligned and past is set,",
		"for j := range n {", "\tdst[j] = src[j]", "\tfor r := 1; r < rows; r++ {", "\t\tdst[j] = "+f.formulaOf("dst[j]", "src[r*stride+j]"), "\t}", "}")...)
	dst, src, n, rows, stride, past := reg.RDI, reg.RSI, reg.RBX, reg.RDX, reg.R8, reg.R9
	row, left := reg.R11, reg.R12
	f.Arg("dst", dst)
	f.Arg("src", src)
	f.Arg("n", n)
	f.Arg("rows", rows)
	f.Arg("stride", stride)
	f.Flag("past", past)
	f.Do("SHLQ", f.shift(), stride)
	f.t, f.u = f.Vector(15), f.Vector(14)
	load := f.Vector(13)
	step := columnVectors * f.lanes()

	f.Label("step")
	f.Do("CMPQ", n, imm(uint64(step)))
	f.Jump("JLT", "tail")
	for v := range columnVectors {
		f.Do("VMOVUPS", operand.Mem{Base: src, Disp: v * f.VectorBytes()}, f.Vector(v))
	}
	f.eachRow("steprow", src, row, rows, stride, left, func(at operand.Mem) {
		for v := range columnVectors {
			at.Disp = v * f.VectorBytes()
			f.applyMem(at, load, f.Vector(v))
		}
	})
	f.Do("TESTQ", past, past)
	f.Jump("JNE", "past")
	for _, op := range []string{"VMOVUPS", "VMOVNTPS"} {
		for v := range columnVectors {
			f.Do(op, f.Vector(v), operand.Mem{Base: dst, Disp: v * f.VectorBytes()})
		}
		if op == "VMOVUPS" {
			f.Jump("JMP", "next")
			f.Label("past")
		}
	}
	f.Label("next")
	f.Do("ADDQ", imm(uint64(step*f.elem)), src)
	f.Do("ADDQ", imm(uint64(step*f.elem)), dst)
	f.Do("SUBQ", imm(uint64(step)), n)
	f.Jump("JMP", "step")

	f.Label("tail")
	f.Do("TESTQ", n, n)
	f.Jump("JLE", "done")
	mask := f.vectorMask(n, f.Vector(12))
	f.loadMasked(operand.Mem{Base: src}, mask, f.Vector(0))
	f.eachRow("tailrow", src, row, rows, stride, left, func(at operand.Mem) {
		f.loadMasked(at, mask, load)
		f.apply(load, f.Vector(0))
	})
	f.storeMasked(f.Vector(0), mask, operand.Mem{Base: dst})
	f.Do("ADDQ", imm(uint64(f.VectorBytes())), src)
	f.Do("ADDQ", imm(uint64(f.VectorBytes())), dst)
	f.Do("SUBQ", imm(uint64(f.lanes())), n)
	f.Jump("JMP", "tail")
	f.Label("done")
	f.Ret()
	return name
}

// eachRow runs the body for the rows after the first.
func (f *columnFold) eachRow(label string, src, row, rows, stride, left reg.GPPhysical, body func(at operand.Mem)) {
	f.Do("MOVQ", src, row)
	f.Do("MOVQ", rows, left)
	f.Label(label)
	f.Do("DECQ", left)
	f.Jump("JLE", label+"end")
	f.Do("ADDQ", stride, row)
	body(operand.Mem{Base: row})
	f.Jump("JMP", label)
	f.Label(label + "end")
}
