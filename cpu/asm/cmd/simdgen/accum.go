package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/quern-go/quern/cpu/asm/internal/vec"
	"github.com/quern-go/quern/kernels"
)

// reductions emits the accumulating kernels.
func (g *generator) reductions() {
	for _, c := range combines {
		for _, t := range elemTypes {
			a := &accumulator{generator: g, combine: c, elem: t.size}
			slot := fmt.Sprintf("[kernels.Combine%s][%s]", c.goName, t.goName)
			g.enter("t.AccumRows"+slot, a.rows(t.name))
			g.enter("t.FoldLanes"+slot, a.fold(t.name))
			g.enter("t.AccumStrided"+slot, a.strided(t.name))
		}
	}
	for _, t := range elemTypes {
		a := &accumulator{generator: g, combine: combines[0], elem: t.size, product: true}
		g.enter("t.AccumRowsMul["+t.goName+"]", a.rows(t.name))
		g.enter("t.AccumStridedMul["+t.goName+"]", a.strided(t.name))
	}
}

// signature is a kernel's parameters, after the accumulators.
func (a *accumulator) signature(rest string) string {
	if a.product {
		return "func(acc, a, b unsafe.Pointer, " + rest + " int)"
	}
	return "func(acc, src unsafe.Pointer, " + rest + " int)"
}

// element is the Go expression of what is accumulated at an index.
func (a *accumulator) element(index string) string {
	if a.product {
		return "a[" + index + "]*b[" + index + "]"
	}
	return "src[" + index + "]"
}

// kernelName is the name of a kernel that accumulates.
func (a *accumulator) kernelName(kind, elemName string) string {
	if a.product {
		return a.name(kind, a.combine.op, "mul", elemName)
	}
	return a.name(kind, a.combine.op, elemName)
}

// arguments loads the pointers to what is accumulated: other becomes the distance
// in bytes from the first factor to the second.
func (a *accumulator) arguments(src, other reg.Register) {
	if !a.product {
		a.Arg("src", src)
		return
	}
	a.Arg("a", src)
	a.Arg("b", other)
	a.Do("SUBQ", src, other)
}

// lanes is the elements in a vector.
func (a *accumulator) lanes() int { return a.VectorBytes() / a.elem }

// chunkRows is how many rows go through one group of accumulators before the
// next group, where the lanes do not fit the registers all at once: few enough
// that the rows stay in the L1 cache for the other groups.
const chunkRows = 16

// prefetchBytes is how far ahead of the rows in work memory is fetched.
const prefetchBytes = 4096

// rows emits AccumRows. The lanes are cut in groups of as many vectors as there
// are registers for; if there is more than one group, the rows are cut in chunks.
func (a *accumulator) rows(elemName string) string {
	name := a.kernelName("accumrows", elemName)
	a.Func(name, a.signature("rows"), goLoop(name+" computes",
		"for r := range rows {", "\tfor j := range 256 {", "\t\tacc[j] = "+a.formulaOf("acc[j]", a.element("256*r+j")), "\t}", "}")...)
	registers := a.VectorBytes() / 2
	vectors := kernels.TreeLanes / a.lanes()
	group := min(vectors, registers)
	if !a.single() || a.product {
		group = min(vectors, registers/2)
	}
	a.t, a.u = a.Vector(registers-1), a.Vector(registers-2)
	load := a.Vector(registers - 3)
	acc, src, rows, row, left, chunk, other := reg.RDI, reg.RSI, reg.RBX, reg.RDX, reg.RCX, reg.R8, reg.R9
	a.Arg("acc", acc)
	a.arguments(src, other)
	a.Arg("rows", rows)

	a.Label("chunk")
	a.Do("TESTQ", rows, rows)
	a.Jump("JLE", "done")
	a.Do("MOVQ", rows, chunk)
	if group < vectors {
		a.Do("MOVQ", operand.U32(chunkRows), left)
		a.Do("CMPQ", rows, left)
		a.Do("CMOVQGT", left, chunk)
	}
	for first := 0; first < vectors; first += group {
		at := first * a.VectorBytes()
		a.Do("MOVQ", src, row)
		a.Do("MOVQ", chunk, left)
		for i := range group {
			a.Do("VMOVUPS", operand.Mem{Base: acc, Disp: at + i*a.VectorBytes()}, a.Vector(i))
		}
		label := fmt.Sprintf("rows%d", first)
		a.Label(label)
		for i := range group {
			m := operand.Mem{Base: row, Disp: at + i*a.VectorBytes()}
			factor := m
			factor.Index, factor.Scale = other, 1
			a.take(m, factor, load, a.Vector(i))
		}
		if first == 0 && group < vectors { // the hardware does not see through the groups
			for line := 0; line < kernels.TreeLanes*a.elem; line += 64 {
				a.Do("PREFETCHT0", operand.Mem{Base: row, Disp: line + prefetchBytes})
			}
		}
		a.Do("ADDQ", imm(uint64(kernels.TreeLanes*a.elem)), row)
		a.Do("DECQ", left)
		a.Jump("JNE", label)
		for i := range group {
			a.Do("VMOVUPS", a.Vector(i), operand.Mem{Base: acc, Disp: at + i*a.VectorBytes()})
		}
	}
	a.Do("MOVQ", row, src)
	a.Do("SUBQ", chunk, rows)
	a.Jump("JMP", "chunk")
	a.Label("done")
	a.Ret()
	return name
}

// formulaOf is the combination in Go.
func (c combine) formulaOf(acc, x string) string {
	switch c.op {
	case "add":
		return acc + " + " + x
	case "mul":
		return acc + " * " + x
	}
	return fmt.Sprintf("%s(%s, %s)", c.op, acc, x)
}

// fold emits FoldLanes: halves of vectors while there are several, then halves
// of the one that is left.
func (a *accumulator) fold(elemName string) string {
	name := a.name("foldlanes", a.combine.op, elemName)
	a.Func(name, "func(acc unsafe.Pointer)", goLoop(name+" computes",
		"for half := 128; half > 0; half /= 2 {", "\tfor j := range half {", "\t\tacc[j] = "+a.formulaOf("acc[j]", "acc[j+half]"), "\t}", "}")...)
	a.t, a.u = a.Vector(15), a.Vector(14)
	base := reg.RDI
	a.Arg("acc", base)
	a.foldVectors(base, 0, 1, 0)
	a.foldVector()
	a.Do(map[int]string{4: "VMOVSS", 8: "VMOVSD"}[a.elem], a.Vector(0).AsX(), operand.Mem{Base: base})
	a.Ret()
	return name
}

// foldVector folds the lanes of register 0 to one.
func (a *accumulator) foldVector() {
	r, x := a.Vector(0), a.Vector(1)
	if a.ISA == vec.AVX512 {
		a.Do("VEXTRACTF64X4", operand.U8(1), r, x.AsY())
		a.apply(x.AsY(), r.AsY())
	}
	a.Do("VEXTRACTF128", operand.U8(1), r.AsY(), x.AsX())
	a.apply(x.AsX(), r.AsX())
	a.Do("VPERMILPD", operand.U8(1), r.AsX(), x.AsX()) // the upper 8 bytes
	a.apply(x.AsX(), r.AsX())
	if a.elem == 4 {
		a.Do("VMOVSHDUP", r.AsX(), x.AsX()) // the second element
		a.apply(x.AsX(), r.AsX())
	}
}

// foldVectors leaves in register depth what the lanes of vector v have become
// when they are folded to the given number of vectors.
func (a *accumulator) foldVectors(base reg.Register, v, vectors, depth int) {
	r := a.Vector(depth)
	if vectors == kernels.TreeLanes/a.lanes() {
		a.Do("VMOVUPS", operand.Mem{Base: base, Disp: v * a.VectorBytes()}, r)
		return
	}
	a.foldVectors(base, v, 2*vectors, depth)
	a.foldVectors(base, v+vectors, 2*vectors, depth+1)
	a.apply(a.Vector(depth+1), r)
}

// strided emits AccumStrided: passes of 8 rows over acc while there are that
// many, then of 4, 2 and 1.
func (a *accumulator) strided(elemName string) string {
	name := a.kernelName("accumstrided", elemName)
	a.Func(name, a.signature("n, rows, stride"), goLoop(name+" computes",
		"for r := range rows {", "\tfor j := range n {", "\t\tacc[j] = "+a.formulaOf("acc[j]", a.element("r*stride+j")), "\t}", "}")...)
	s := &stridedLoop{accumulator: a, acc: reg.RDI, src: reg.RSI, n: reg.RBX, rows: reg.RDX, stride: reg.R8, stride3: reg.R9,
		at: reg.R10, row: reg.R11, row4: reg.R12, left: reg.R13, other: reg.R15}
	a.t, a.u = a.Vector(15), a.Vector(14)
	a.Arg("acc", s.acc)
	a.arguments(s.src, s.other)
	a.Arg("n", s.n)
	a.Arg("rows", s.rows)
	a.Arg("stride", s.stride)
	a.Do("SHLQ", operand.U8(map[int]uint8{4: 2, 8: 3}[a.elem]), s.stride)
	a.Do("LEAQ", operand.Mem{Base: s.stride, Index: s.stride, Scale: 2}, s.stride3)
	passes := []int{8, 4, 2, 1}
	if a.product {
		passes = passes[1:] // the registers of rows 4 to 7 are those of the second factor
	}
	for _, rows := range passes {
		s.pass(rows)
	}
	a.Label("done")
	a.Ret()
	return name
}

type stridedLoop struct {
	*accumulator
	acc, src, n, rows, stride, stride3 reg.GPPhysical
	at, row, row4, left                reg.GPPhysical // position in acc and in rows 0 and 4 of the pass; elements left
	other                              reg.GPPhysical // distance to the second factor; then row4 is its row 0
}

// rowMem is vector v of row r at the current position.
func (s *stridedLoop) rowMem(r, v int) operand.Mem {
	m := operand.Mem{Base: s.row, Disp: v * s.VectorBytes()}
	if r >= 4 {
		m.Base = s.row4
	}
	return s.toRow(m, r)
}

// factorMem is the same of the second factor.
func (s *stridedLoop) factorMem(r, v int) operand.Mem {
	return s.toRow(operand.Mem{Base: s.row4, Disp: v * s.VectorBytes()}, r)
}

// toRow moves an operand from row 0, or row 4, to row r.
func (s *stridedLoop) toRow(m operand.Mem, r int) operand.Mem {
	switch r % 4 {
	case 1:
		m.Index, m.Scale = s.stride, 1
	case 2:
		m.Index, m.Scale = s.stride, 2
	case 3:
		m.Index, m.Scale = s.stride3, 1
	}
	return m
}

// stridedVectors is the vectors of acc that a step works on: independent chains.
const stridedVectors = 2

func (s *stridedLoop) pass(rows int) {
	label := func(name string) string { return fmt.Sprintf("%s%d", name, rows) }
	step := stridedVectors * s.lanes()
	s.Label(label("pass"))
	s.Do("CMPQ", s.rows, imm(uint64(rows)))
	s.Jump("JLT", label("end"))
	s.Do("MOVQ", s.acc, s.at)
	s.Do("MOVQ", s.src, s.row)
	if s.product {
		s.Do("LEAQ", operand.Mem{Base: s.src, Index: s.other, Scale: 1}, s.row4)
	} else {
		s.Do("LEAQ", operand.Mem{Base: s.src, Index: s.stride, Scale: 4}, s.row4)
	}
	s.Do("MOVQ", s.n, s.left)

	s.Label(label("step"))
	s.Do("CMPQ", s.left, imm(uint64(step)))
	s.Jump("JLT", label("tail"))
	for v := range stridedVectors {
		s.Do("VMOVUPS", operand.Mem{Base: s.at, Disp: v * s.VectorBytes()}, s.Vector(v))
	}
	for r := range rows {
		for v := range stridedVectors {
			s.take(s.rowMem(r, v), s.factorMem(r, v), s.Vector(8+v), s.Vector(v))
		}
	}
	for v := range stridedVectors {
		s.Do("VMOVUPS", s.Vector(v), operand.Mem{Base: s.at, Disp: v * s.VectorBytes()})
	}
	s.advance(step)
	s.Do("SUBQ", imm(uint64(step)), s.left)
	s.Jump("JMP", label("step"))

	s.Label(label("tail"))
	s.Do("TESTQ", s.left, s.left)
	s.Jump("JLE", label("next"))
	mask := s.vectorMask(s.left, s.Vector(13))
	s.loadMasked(operand.Mem{Base: s.at}, mask, s.Vector(0))
	for r := range rows {
		s.loadMasked(s.rowMem(r, 0), mask, s.Vector(8))
		if s.product {
			s.loadMasked(s.factorMem(r, 0), mask, s.Vector(9))
			s.Do("VMUL"+floatSuffix(s.elem), s.Vector(9), s.Vector(8), s.Vector(8))
		}
		s.apply(s.Vector(8), s.Vector(0))
	}
	s.storeMasked(s.Vector(0), mask, operand.Mem{Base: s.at})
	s.advance(s.lanes())
	s.Do("SUBQ", imm(uint64(s.lanes())), s.left)
	s.Jump("JMP", label("tail"))

	s.Label(label("next"))
	s.Do("SUBQ", imm(uint64(rows)), s.rows)
	s.Do("IMUL3Q", operand.U8(uint8(rows)), s.stride, tmp)
	s.Do("ADDQ", tmp, s.src)
	s.Jump("JMP", label("pass"))
	s.Label(label("end"))
}

func (s *stridedLoop) advance(elements int) {
	for _, r := range []reg.Register{s.at, s.row, s.row4} {
		s.Do("ADDQ", imm(uint64(elements*s.elem)), r)
	}
}

// vectorMask selects the first min(n, lanes) elements of a vector, n > 0: in K7,
// or in the register given. It uses RAX and RCX.
func (a *accumulator) vectorMask(n reg.GPPhysical, r reg.VecPhysical) reg.Register {
	a.Do("MOVQ", operand.U32(uint32(a.lanes())), count2)
	a.Do("CMPQ", n, count2)
	a.Do("CMOVQLT", n, count2)
	if a.ISA == vec.AVX512 {
		a.Do("MOVQ", operand.U32(1), tmp)
		a.Do("SHLQ", reg.CL, tmp)
		a.Do("DECQ", tmp)
		a.Do("KMOVW", tmp.As32(), reg.K7)
		return reg.K7
	}
	a.Do("NEGQ", count2)
	a.Do("LEAQ", a.tailTable(a.elem), tmp)
	a.Do("VMOVUPS", operand.Mem{Base: tmp, Index: count2, Scale: uint8(a.elem), Disp: tailLength * a.elem}, r)
	return r
}

func (a *accumulator) loadMasked(m operand.Mem, mask, r reg.Register) {
	if a.ISA == vec.AVX512 {
		a.Do("VMOVU"+floatSuffix(a.elem)+"_Z", m, mask, r)
		return
	}
	a.Do("VMASKMOV"+floatSuffix(a.elem), m, mask, r)
}

func (a *accumulator) storeMasked(r, mask reg.Register, m operand.Mem) {
	if a.ISA == vec.AVX512 {
		a.Do("VMOVU"+floatSuffix(a.elem), r, mask, m)
		return
	}
	a.Do("VMASKMOV"+floatSuffix(a.elem), r, mask, m)
}
