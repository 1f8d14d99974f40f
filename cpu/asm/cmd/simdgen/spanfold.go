package main

import (
	"fmt"
	"math/bits"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/quern-go/quern/cpu/asm/internal/vec"
	"github.com/quern-go/quern/kernels"
)

// spanFold emits FoldSpans: spans of 64 rows are independent of each other, and a vector of
// sums has a slot for each of as many spans as it holds rows. As many vectors, one of each
// span, are transposed, a slot being an element, so that each has the same row of all spans.
//
// What it takes, beside memory: r rows to a vector take log₂ r permutations for each vector
// read, of which Zen 4 does one of 512 bits a cycle, and one combination. That is 3 cycles for
// rows of two float32; memory takes nine. The spans are read side by side, in an order that the
// hardware does not see through: what comes next is asked for in its order. That works for
// 4 KiB at a time and not for 8: 27 to 33 GB/s from memory instead of 11.
type spanFold struct {
	narrow
	dst, spans, stride, step, left, ahead reg.GPPhysical
}

// spanAhead is the bytes between the end of the spans in work and what is asked for when
// their first rows are read.
const spanAhead = 4096

// spanStep is the spans of which FoldSpans takes a multiple.
const spanStep = 16

func (f *spanFold) emit(elemName string) string {
	name := f.name("foldspans", f.op, elemName)
	f.Func(name, "func(dst, src unsafe.Pointer, n, spans int)", goLoop(
		fmt.Sprintf("%s computes, for 2 ≤ n ≤ %d, spans a multiple of %d and slot the least power of two that is not below n,", name, f.lanes(), spanStep),
		"for s := range spans {", "\tfor j := range n {", "\t\tacc := identity",
		fmt.Sprintf("\t\tfor r := range %d {", kernels.StridedSpan), fmt.Sprintf("\t\t\tacc = %s", f.formulaOf("acc", fmt.Sprintf("src[(s*%d+r)*n+j]", kernels.StridedSpan))),
		"\t\t}", "\t\tdst[s*slot+j] = acc", "\t}", "}", "// dst[s*slot+j] for n ≤ j < slot is overwritten.")...)
	f.dst, f.n, f.stride, f.rowLen, f.spans, f.left, f.step = reg.RDI, reg.RBX, reg.RDX, reg.R12, reg.R13, reg.R15, reg.RCX
	f.ahead = f.n // which is not needed any more by then
	src := reg.RSI
	f.Arg("dst", f.dst)
	f.Arg("src", src)
	f.Arg("n", f.n)
	f.Arg("spans", f.spans)
	f.t, f.u = f.Vector(15), f.Vector(14)
	f.mask = []reg.Register{f.Vector(8)}
	if f.ISA == vec.AVX512 {
		f.t, f.mask = f.Vector(30), []reg.Register{reg.K2}
	}
	f.Do("MOVQ", f.n, f.rowLen)
	f.Do("SHLQ", f.shift(), f.rowLen)
	f.Do("MOVQ", f.rowLen, f.stride)
	f.Do("SHLQ", operand.U8(uint8(bits.TrailingZeros(kernels.StridedSpan))), f.stride)
	for _, slot := range f.slots() {
		f.slot = slot
		if slot < f.lanes() {
			f.Do("CMPQ", f.n, imm(uint64(slot)))
			f.Jump("JGT", fmt.Sprintf("above%d", slot))
		}
		f.setMask()
		f.loop(src)
		f.Label(fmt.Sprintf("above%d", slot))
	}
	return name
}

// loop folds one vector of spans after the other, or two where a vector has but one span and
// a chain of combinations would be waited for.
func (f *spanFold) loop(src reg.GPPhysical) {
	rows := f.perVector()
	sums := max(1, 2/rows)
	spans := sums * rows
	label := fmt.Sprint(f.slot)
	at := f.strideTable(src, f.stride, spans)
	f.Do("IMUL3Q", imm(uint64(rows)), f.rowLen, f.step)
	f.setPicks()
	f.Label("loop" + label)
	f.Do("CMPQ", f.spans, imm(uint64(spans)))
	f.Jump("JLT", "done"+label)
	f.setSums(sums)
	f.Do("MOVQ", operand.U32(uint32(kernels.StridedSpan/rows)), f.left)
	f.Do("IMUL3Q", imm(uint64(spans)), f.stride, f.ahead)
	f.Do("ADDQ", src, f.ahead)
	f.Label("rows" + label)
	for line := 0; line < spans*f.VectorBytes(); line += 64 {
		f.Do("PREFETCHT0", operand.Mem{Base: f.ahead, Disp: spanAhead + line})
	}
	f.Do("ADDQ", imm(uint64(spans*f.VectorBytes())), f.ahead)
	for s := range sums {
		for i := range rows {
			f.loadSlots(at(s*rows+i), f.Vector(i), f.Vector(4), reg.R11)
		}
		f.transpose()
		for i := range rows {
			f.apply(f.Vector(i), f.sum(s))
		}
	}
	bases := []reg.GPPhysical{src, reg.R8, reg.R9, reg.R10}[:(spans+3)/4]
	for _, b := range bases {
		f.Do("ADDQ", f.step, b)
	}
	f.Do("DECQ", f.left)
	f.Jump("JNE", "rows"+label)
	for s := range sums {
		f.Do("VMOVUPS", f.sum(s), operand.Mem{Base: f.dst, Disp: s * f.VectorBytes()})
	}
	f.Do("ADDQ", imm(uint64(sums*f.VectorBytes())), f.dst)
	f.Do("IMUL3Q", imm(uint64(spans-1)), f.stride, reg.R11)
	for _, b := range bases {
		f.Do("ADDQ", reg.R11, b)
	}
	f.Do("SUBQ", imm(uint64(spans)), f.spans)
	f.Jump("JMP", "loop"+label)
	f.Label("done" + label)
	f.Ret()
}

// sum is the register of the sums of some spans, 9 to 12. The values are in 0 to 7.
func (f *spanFold) sum(i int) reg.VecPhysical { return f.Vector(9 + i) }

// setSums begins with the identity.
func (f *spanFold) setSums(sums int) {
	f.Do("VMOVUPS", f.identityTable(), f.sum(0))
	for s := 1; s < sums; s++ {
		f.Do("VMOVAPS", f.sum(0), f.sum(s))
	}
}

// identityTable is a vector of identities in memory.
func (f *spanFold) identityTable() operand.Mem {
	t := kernels.F64
	if f.elem == 4 {
		t = kernels.F32
	}
	lanes := make([]uint64, f.lanes())
	for i := range lanes {
		lanes[i] = f.combineOf().Identity(t)
	}
	return f.Table(fmt.Sprintf("identity_%s_%d", f.op, 8*f.elem), f.elem, lanes)
}

// words is the size of a slot in words of 8 bytes.
func (f *spanFold) words() int { return f.slot * f.elem / 8 }

// setPicks loads AVX-512's permutations: for each distance, in slots, those that leave
// in two vectors what exchanges the upper slots of the first and the lower of the second.
func (f *spanFold) setPicks() {
	if f.ISA != vec.AVX512 {
		return
	}
	for distance := 1; distance < f.perVector(); distance *= 2 {
		first, second := f.picks(distance)
		name := fmt.Sprintf("exchange_%d", distance*f.words())
		f.Do("VMOVUPS", f.Table(name+"_first", 8, first), f.pick(distance, 0))
		f.Do("VMOVUPS", f.Table(name+"_second", 8, second), f.pick(distance, 1))
	}
}

func (f *spanFold) pick(distance, which int) reg.VecPhysical {
	return f.Vector(16 + 2*bits.TrailingZeros(uint(distance)) + which)
}

// picks are the words, of two vectors, that the results have.
func (f *spanFold) picks(distance int) (first, second []uint64) {
	const words = 8
	for i := range words {
		if slot := i / f.words(); slot&distance == 0 {
			first = append(first, uint64(i))
			second = append(second, uint64(i+distance*f.words()))
		} else {
			first = append(first, uint64(words+i-distance*f.words()))
			second = append(second, uint64(words+i))
		}
	}
	return first, second
}

// transpose transposes the slots of registers 0, 1, ….
func (f *spanFold) transpose() {
	for distance := 1; distance < f.perVector(); distance *= 2 {
		for i := range f.perVector() {
			if i&distance == 0 {
				f.exchange(distance, f.Vector(i), f.Vector(i+distance))
			}
		}
	}
}

// exchange swaps the upper slots, at a distance, of a with the lower of b, through register 13.
func (f *spanFold) exchange(distance int, a, b reg.VecPhysical) {
	t := f.Vector(13)
	switch {
	case f.ISA == vec.AVX512:
		f.Do("VMOVAPS", a, t)
		f.Do("VPERMT2PD", b, f.pick(distance, 0), a)
		f.Do("VPERMT2PD", b, f.pick(distance, 1), t)
	case distance*f.words() == 1:
		f.Do("VUNPCKHPD", b, a, t)
		f.Do("VUNPCKLPD", b, a, a)
	default:
		f.Do("VPERM2F128", operand.U8(0x31), b, a, t)
		f.Do("VPERM2F128", operand.U8(0x20), b, a, a)
	}
	f.Do("VMOVAPS", t, b)
}
