package main

import (
	"fmt"
	"math/bits"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/quern-go/quern/cpu/asm/internal/vec"
)

// rowVectors is the vectors that the longest rows of FoldRows have: as there are registers.
func (g *generator) rowVectors() int {
	if g.ISA == vec.AVX512 {
		return 8
	}
	return 4
}

// rowFold emits FoldRows: as many rows as a vector has lanes at a time, whose results are
// one vector. Two vectors become one by taking the lower halves of all their slots and the
// upper ones, two permutations, and combining them, until a slot is one lane. Rows longer
// than a vector are combined to one first.
//
// What it takes, beside memory: of rows of n values in slots of s lanes a step has s loads,
// s−1 combinations and 2(s−1) permutations, of which Zen 4 does one of 512 bits a cycle. A
// vector read takes 2 cycles at most; memory takes nine.
type rowFold struct {
	narrow
	dst, src, rows, step, past reg.GPPhysical
}

// emit emits the kernel and returns its name.
func (f *rowFold) emit(elemName string) string {
	name := f.name("foldrows", f.op, elemName)
	f.Func(name, "func(dst, src unsafe.Pointer, n, rows int, past bool)", goLoop(
		fmt.Sprintf("%s computes, for 2 ≤ n ≤ %d and rows a multiple of %d, with stores past the caches if dst is aligned and past is set,", name, f.rowVectors()*f.lanes(), f.lanes()),
		"for r := range rows {", "\trow := append([]T(nil), src[r*n:r*n+n]...)",
		fmt.Sprintf("\tfor half := %d; half > 0; half /= 2 {", f.rowVectors()*f.lanes()/2), "\t\tfor j := 0; j < half && j+half < n; j++ {",
		"\t\t\trow[j] = "+f.formulaOf("row[j]", "row[j+half]"), "\t\t}", "\t}", "\tdst[r] = row[0]", "}")...)
	f.dst, f.src, f.n, f.rows, f.past, f.rowLen, f.step = reg.RDI, reg.RSI, reg.RBX, reg.RDX, reg.R8, reg.R9, reg.R10
	f.Arg("dst", f.dst)
	f.Arg("src", f.src)
	f.Arg("n", f.n)
	f.Arg("rows", f.rows)
	f.Flag("past", f.past)
	f.Do("MOVQ", f.n, f.rowLen)
	f.Do("SHLQ", f.shift(), f.rowLen)
	f.assign()
	for _, slot := range f.slots() {
		f.slot = slot
		next := fmt.Sprintf("above%d", slot)
		f.Do("CMPQ", f.n, imm(uint64(slot)))
		f.Jump("JGT", next)
		f.setMask()
		f.loop(fmt.Sprint(slot), 1, func(depth int) {
			f.loadSlots(operand.Mem{Base: f.src}, f.Vector(depth), f.Vector(depth+1), reg.R11)
		})
		f.Label(next)
	}
	f.slot = f.lanes()
	for vectors := 2; vectors <= f.rowVectors(); vectors *= 2 {
		if vectors < f.rowVectors() {
			f.Do("CMPQ", f.n, imm(uint64(vectors*f.lanes())))
			f.Jump("JGT", fmt.Sprintf("vectors%d", 2*vectors))
		}
		f.setLongMasks(vectors)
		f.loop(fmt.Sprintf("long%d", vectors), vectors, func(depth int) { f.loadLong(vectors, depth) })
		f.Label(fmt.Sprintf("vectors%d", 2*vectors))
	}
	return name
}

// assign plans the registers: AVX-512 has 0 to 15 for values, 16 to 23 for permutations; AVX2
// has 0 to 6 for values.
func (f *rowFold) assign() {
	f.t, f.u = f.Vector(15), f.Vector(14)
	if f.ISA == vec.AVX512 {
		f.t, f.identity = f.Vector(30), f.Vector(29)
		f.mask = []reg.Register{reg.K2, reg.K3, reg.K4, reg.K5}
		f.setIdentity(f.identity)
		for half := 1; half < f.lanes(); half *= 2 {
			low, high := f.picks(half)
			f.Do("VMOVUPS", f.Table(fmt.Sprintf("low_%d_%d", 8*f.elem, half), f.elem, low), f.lowerOf(half))
			f.Do("VMOVUPS", f.Table(fmt.Sprintf("high_%d_%d", 8*f.elem, half), f.elem, high), f.upperOf(half))
		}
		return
	}
	f.mask = []reg.Register{f.Vector(8), f.Vector(9)}
	f.pad = []reg.VecPhysical{f.Vector(11), f.Vector(12)}
}

// lowerOf and upperOf are the registers that say where the halves of slots are.
func (f *rowFold) lowerOf(half int) reg.VecPhysical {
	return f.Vector(16 + 2*bits.TrailingZeros(uint(half)))
}

func (f *rowFold) upperOf(half int) reg.VecPhysical {
	return f.Vector(17 + 2*bits.TrailingZeros(uint(half)))
}

// picks are the lanes of two vectors, one after the other, that are the lower halves of
// slots twice as wide, and those that are the upper ones: in the order of the rows with
// AVX-512, as AVX2's instructions have them with AVX2.
func (f *rowFold) picks(half int) (low, high []uint64) {
	part := f.lanes() // of each vector that goes in one piece
	if f.ISA == vec.AVX2 && half*f.elem < 16 {
		part = 16 / f.elem
	}
	for at := 0; at < f.lanes(); at += part {
		for v := range 2 {
			for slot := at; slot < at+part; slot += 2 * half {
				for i := range half {
					low = append(low, uint64(v*f.lanes()+slot+i))
					high = append(high, uint64(v*f.lanes()+slot+half+i))
				}
			}
		}
	}
	return low, high
}

// loop folds a vector of rows after the other; leaf loads what so many vectors hold at most into
// a register and those after it.
func (f *rowFold) loop(label string, vectors int, leaf func(depth int)) {
	f.Do("IMUL3Q", imm(uint64(f.perVector())), f.rowLen, f.step)
	f.Label("loop" + label)
	f.Do("CMPQ", f.rows, imm(uint64(f.lanes())))
	f.Jump("JLT", "done"+label)
	order := f.tree(f.slot, 0, 0, vectors*f.VectorBytes(), leaf)
	f.sort(order)
	f.storePast(f.Vector(0), operand.Mem{Base: f.dst}, f.past, label)
	f.Do("ADDQ", imm(uint64(f.VectorBytes())), f.dst)
	f.Do("SUBQ", imm(uint64(f.lanes())), f.rows)
	f.Jump("JMP", "loop"+label)
	f.Label("done" + label)
	f.Ret()
}

// tree leaves in register depth what so many vectors of rows, from number first on, come to,
// and returns the row of each lane.
func (f *rowFold) tree(vectors, first, depth, bytes int, leaf func(depth int)) (rows []int) {
	if vectors == 1 {
		for line := 0; line < bytes && f.ISA == vec.AVX2; line += 64 { // the hardware does not follow its masked loads
			f.Do("PREFETCHT0", operand.Mem{Base: f.src, Disp: prefetchBytes + line})
		}
		leaf(depth)
		f.Do("ADDQ", f.step, f.src)
		for lane := range f.lanes() {
			rows = append(rows, first*f.perVector()+lane/f.slot)
		}
		return rows
	}
	a := f.tree(vectors/2, first, depth, bytes, leaf)
	b := f.tree(vectors/2, first+vectors/2, depth+1, bytes, leaf)
	half := f.slot / vectors
	f.merge(half, f.Vector(depth), f.Vector(depth+1), f.Vector(depth+2))
	both := append(a, b...)
	low, _ := f.picks(half)
	for _, lane := range low {
		rows = append(rows, both[lane])
	}
	return rows
}

// merge combines the halves of the slots of a and b in a.
func (f *rowFold) merge(half int, a, b, t reg.VecPhysical) {
	switch bytes := half * f.elem; {
	case f.ISA == vec.AVX512:
		f.Do("VMOVAPS", a, t)
		f.Do("VPERMT2"+floatSuffix(f.elem), b, f.upperOf(half), t)
		f.Do("VPERMT2"+floatSuffix(f.elem), b, f.lowerOf(half), a)
	case bytes == 16:
		f.Do("VPERM2F128", operand.U8(0x31), b, a, t)
		f.Do("VPERM2F128", operand.U8(0x20), b, a, a)
	case bytes == 8:
		f.Do("VUNPCKHPD", b, a, t)
		f.Do("VUNPCKLPD", b, a, a)
	default:
		f.Do("VSHUFPS", operand.U8(0xdd), b, a, t)
		f.Do("VSHUFPS", operand.U8(0x88), b, a, a)
	}
	f.apply(t, a)
}

// sort brings the results in register 0 in the order of their rows.
func (f *rowFold) sort(rows []int) {
	lanes := make([]uint64, len(rows))
	sorted, packed := true, uint8(0)
	for lane, row := range rows {
		lanes[row] = uint64(lane)
		packed |= uint8(lane << (2 * row))
		sorted = sorted && lane == row
	}
	switch r := f.Vector(0); {
	case sorted:
	case f.elem == 8:
		f.Do("VPERMPD", operand.U8(packed), r, r)
	default:
		f.Do("VMOVUPS", f.Table(fmt.Sprintf("sort%d", f.slot), f.elem, lanes), f.Vector(1))
		f.Do("VPERMPS", r, f.Vector(1), r)
	}
}

// setLongMasks prepares for rows of so many vectors or less, but more than half of them.
func (f *rowFold) setLongMasks(vectors int) {
	whole := vectors / 2
	if f.ISA != vec.AVX512 {
		for i := range whole {
			f.setTailMask(i, whole+i)
		}
		return
	}
	f.Do("MOVQ", operand.U32(uint32(64+whole*f.lanes())), count2)
	f.Do("SUBQ", f.n, count2)
	f.Do("MOVQ", operand.I32(-1), tmp)
	f.Do("SHRQ", reg.CL, tmp)
	for i, mask := range f.mask[:whole] {
		if i > 0 {
			f.Do("SHRQ", imm(uint64(f.lanes())), tmp)
		}
		f.Do("KMOVW", tmp.As32(), mask)
	}
}

// loadLong combines so many vectors of one row, in halves.
func (f *rowFold) loadLong(vectors, depth int) {
	for v := range vectors {
		f.loadVector(v, v-vectors/2, f.Vector(depth+v))
	}
	for half := vectors / 2; half > 0; half /= 2 {
		for v := range half {
			f.apply(f.Vector(depth+v+half), f.Vector(depth+v))
		}
	}
}

// loadVector loads vector v of a row: what mask i leaves of it, if that is not negative.
func (f *rowFold) loadVector(v, i int, r reg.VecPhysical) {
	m := operand.Mem{Base: f.src, Disp: v * f.VectorBytes()}
	switch {
	case i < 0:
		f.Do("VMOVUPS", m, r)
	case f.ISA == vec.AVX512:
		f.Do("VMOVAPS", f.identity, r)
		f.Do("VMOVU"+floatSuffix(f.elem), m, f.mask[i], r)
	default:
		f.Do("VMASKMOV"+floatSuffix(f.elem), m, f.mask[i], r)
		f.Do("VORPS", f.pad[i], r, r)
	}
}
