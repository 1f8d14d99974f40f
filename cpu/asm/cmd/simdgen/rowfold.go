package main

import (
	"fmt"
	"math/bits"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/quern-go/quern/cpu/asm/internal/vec"
)

// foldVectors is the vectors that the longest rows of FoldRows have.
const foldVectors = 4

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
		fmt.Sprintf("%s computes, for 2 ≤ n ≤ %d and rows a multiple of %d, with stores past the caches if dst is aligned and past is set,", name, foldVectors*f.lanes(), f.lanes()),
		"for r := range rows {", "\trow := append([]T(nil), src[r*n:r*n+n]...)",
		fmt.Sprintf("\tfor half := %d; half > 0; half /= 2 {", foldVectors*f.lanes()/2), "\t\tfor j := 0; j < half && j+half < n; j++ {",
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
		f.loop(fmt.Sprint(slot), func(depth int) {
			f.loadSlots(operand.Mem{Base: f.src}, f.Vector(depth), f.Vector(depth+1), reg.R11)
		})
		f.Label(next)
	}
	f.setLongMasks()
	f.loop("long", f.loadLong)
	return name
}

// assign plans the registers: AVX-512 has 0 to 15 for values, 16 to 23 for permutations; AVX2
// has 0 to 6 for values.
func (f *rowFold) assign() {
	f.t, f.u = f.Vector(15), f.Vector(14)
	if f.ISA == vec.AVX512 {
		f.t, f.identity = f.Vector(30), f.Vector(29)
		f.mask = []reg.Register{reg.K2, reg.K3, reg.K4}
		f.setIdentity(f.identity)
		for half := 1; half < f.lanes(); half *= 2 {
			low, high := f.picks(half)
			f.Do("VMOVUPS", f.Table(fmt.Sprintf("low_%d_%d", 8*f.elem, half), f.elem, low), f.lowerOf(half))
			f.Do("VMOVUPS", f.Table(fmt.Sprintf("high_%d_%d", 8*f.elem, half), f.elem, high), f.upperOf(half))
		}
		return
	}
	f.mask = []reg.Register{f.Vector(8), f.Vector(9), f.Vector(10)}
	f.pad = []reg.VecPhysical{f.Vector(11), f.Vector(12), f.Vector(13)}
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

// loop folds a vector of rows after the other; leaf loads the next into a register and those
// after it.
func (f *rowFold) loop(label string, leaf func(depth int)) {
	f.Do("IMUL3Q", imm(uint64(f.perVector())), f.rowLen, f.step)
	f.Label("loop" + label)
	f.Do("CMPQ", f.rows, imm(uint64(f.lanes())))
	f.Jump("JLT", "done"+label)
	order := f.tree(f.slot, 0, 0, leaf)
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
func (f *rowFold) tree(vectors, first, depth int, leaf func(depth int)) (rows []int) {
	if vectors == 1 {
		leaf(depth)
		f.Do("ADDQ", f.step, f.src)
		for lane := range f.lanes() {
			rows = append(rows, first*f.perVector()+lane/f.slot)
		}
		return rows
	}
	a := f.tree(vectors/2, first, depth, leaf)
	b := f.tree(vectors/2, first+vectors/2, depth+1, leaf)
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

// setLongMasks prepares for rows of up to foldVectors vectors.
func (f *rowFold) setLongMasks() {
	f.slot = f.lanes()
	if f.ISA != vec.AVX512 {
		for v := 1; v < foldVectors; v++ {
			f.setTailMask(v)
		}
		return
	}
	f.Do("MOVQ", operand.U32(64), count2)
	f.Do("SUBQ", f.n, count2)
	f.Do("MOVQ", operand.I32(-1), tmp)
	f.Do("SHRQ", reg.CL, tmp)
	for _, mask := range f.mask {
		f.Do("SHRQ", imm(uint64(f.lanes())), tmp)
		f.Do("KMOVW", tmp.As32(), mask)
	}
}

// loadLong combines the vectors of one row, in halves.
func (f *rowFold) loadLong(depth int) {
	f.Do("VMOVUPS", operand.Mem{Base: f.src}, f.Vector(depth))
	for v := 1; v < foldVectors; v++ {
		m, r := operand.Mem{Base: f.src, Disp: v * f.VectorBytes()}, f.Vector(depth+v)
		if f.ISA == vec.AVX512 {
			f.Do("VMOVAPS", f.identity, r)
			f.Do("VMOVU"+floatSuffix(f.elem), m, f.mask[v-1], r)
			continue
		}
		f.Do("VMASKMOV"+floatSuffix(f.elem), m, f.mask[v-1], r)
		f.Do("VORPS", f.pad[v-1], r, r)
	}
	for half := foldVectors / 2; half > 0; half /= 2 {
		for v := range half {
			f.apply(f.Vector(depth+v+half), f.Vector(depth+v))
		}
	}
}
