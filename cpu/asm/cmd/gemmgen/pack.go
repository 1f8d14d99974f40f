package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
	"github.com/quern-go/quern/cpu/asm/internal/vec"
)

// generateTranspose emits the packing of a source whose k runs along memory:
// lanes × lanes blocks are transposed in registers.
func generateTranspose(asm *vec.Asm) {
	t, lanes := asm.GoType(), asm.Lanes()
	name := fmt.Sprintf("%spacktrans_%s", asm.Letter(), asm.ISA)
	asm.Func(name, fmt.Sprintf("func(dst *%s, ds int, src *%s, ss int, rows, k int)", t, t), []string{
		fmt.Sprintf("%s interleaves 1 ≤ rows ≤ %d rows of k ≥ 1 elements and clears the lanes that", name, lanes),
		"have no row:",
		"",
		"\tfor p := range k {",
		fmt.Sprintf("\t\tfor i := range %d {", lanes),
		"\t\t\tdst[p*ds+i] = 0",
		"\t\t\tif i < rows {",
		"\t\t\t\tdst[p*ds+i] = src[i*ss+p]",
		"\t\t\t}",
		"\t\t}",
		"\t}",
	})
	dst, ds, src, ss := asm.Arg("dst"), asm.StrideArg("ds"), asm.Arg("src"), asm.StrideArg("ss")
	rows, k := asm.Arg("rows"), asm.Arg("k")

	asm.Label("block")
	width := asm.GP64()
	asm.MOVQ(operand.U32(uint32(lanes)), width)
	asm.CMPQ(k, width)
	asm.CMOVQLT(k, width)
	regs := asm.Registers()
	in := regs[:lanes]
	loadRows(asm, in, src, ss, rows, width, regs[lanes])
	out := transpose(asm, in, regs[lanes:])
	for i, r := range out {
		if i > 0 {
			asm.CMPQ(width, operand.Imm(uint64(i)))
			asm.JLE(operand.LabelRef("stored"))
		}
		asm.Store(r, operand.Mem{Base: dst})
		asm.ADDQ(ds, dst)
	}
	asm.Label("stored")
	asm.ADDQ(operand.Imm(uint64(asm.VectorBytes())), src)
	asm.SUBQ(operand.U8(uint8(lanes)), k)
	asm.JG(operand.LabelRef("block"))
	asm.Return()
}

// loadRows loads width elements of each row and clears what is missing.
func loadRows(asm *vec.Asm, in []reg.VecPhysical, src, ss, rows, width reg.GPVirtual, spare reg.VecPhysical) {
	for _, r := range in {
		asm.Zero(r)
	}
	mask := asm.ColumnMasks(width, spare)[0]
	row := asm.GP64()
	asm.MOVQ(src, row)
	for i, r := range in {
		if i > 0 {
			asm.CMPQ(rows, operand.Imm(uint64(i)))
			asm.JLE(operand.LabelRef("loaded"))
			asm.ADDQ(ss, row)
		}
		asm.LoadMasked(operand.Mem{Base: row}, mask, r)
	}
	asm.Label("loaded")
}

// transpose emits the transposition of lanes registers of lanes elements, using
// as many others, and returns the registers that then hold the columns in order.
// First each 128-bit lane is transposed for itself, among as many rows as it has
// elements; then the 128-bit lanes are.
func transpose(asm *vec.Asm, in, free []reg.VecPhysical) []reg.VecPhysical {
	perLane := 16 / asm.Elem
	groups := len(in) / perLane
	byColumn := make([][]reg.VecPhysical, perLane) // column within a lane → one register per group
	for g := range groups {
		rows := in[g*perLane : (g+1)*perLane]
		var cols []reg.VecPhysical
		if asm.Elem == 4 {
			cols, free = transposeLanes32(asm, rows, free)
		} else {
			cols, free = transposeLanes64(asm, rows, free)
		}
		for c, r := range cols {
			byColumn[c] = append(byColumn[c], r)
		}
	}
	out := make([]reg.VecPhysical, len(in))
	for c, blocks := range byColumn {
		var cols []reg.VecPhysical
		if asm.ISA == vec.AVX512 {
			cols, free = transposeBlocks512(asm, blocks, free)
		} else {
			cols, free = transposeBlocks256(asm, blocks, free)
		}
		for lane, r := range cols {
			out[lane*perLane+c] = r
		}
	}
	return out
}

// transposeLanes32 transposes 4 rows of 4 float32 within every 128-bit lane.
func transposeLanes32(asm *vec.Asm, r, free []reg.VecPhysical) (cols, rest []reg.VecPhysical) {
	t := free[:4]
	asm.VUNPCKLPS(r[1], r[0], t[0]) // r00 r10 r01 r11
	asm.VUNPCKHPS(r[1], r[0], t[1]) // r02 r12 r03 r13
	asm.VUNPCKLPS(r[3], r[2], t[2])
	asm.VUNPCKHPS(r[3], r[2], t[3])
	asm.VUNPCKLPD(t[2], t[0], r[0])
	asm.VUNPCKHPD(t[2], t[0], r[1])
	asm.VUNPCKLPD(t[3], t[1], r[2])
	asm.VUNPCKHPD(t[3], t[1], r[3])
	return r, free
}

// transposeLanes64 transposes 2 rows of 2 float64 within every 128-bit lane.
func transposeLanes64(asm *vec.Asm, r, free []reg.VecPhysical) (cols, rest []reg.VecPhysical) {
	asm.VUNPCKLPD(r[1], r[0], free[0])
	asm.VUNPCKHPD(r[1], r[0], r[1])
	return []reg.VecPhysical{free[0], r[1]}, append(free[1:len(free):len(free)], r[0])
}

// transposeBlocks512 transposes 4 registers of 4 128-bit blocks.
func transposeBlocks512(asm *vec.Asm, r, free []reg.VecPhysical) (cols, rest []reg.VecPhysical) {
	const low, high, even, odd = 0x44, 0xee, 0x88, 0xdd // blocks 01|01, 23|23, 02|02, 13|13
	t := free[:2]
	asm.VSHUFF32X4(operand.U8(low), r[1], r[0], t[0])
	asm.VSHUFF32X4(operand.U8(high), r[1], r[0], r[1])
	asm.VSHUFF32X4(operand.U8(low), r[3], r[2], t[1])
	asm.VSHUFF32X4(operand.U8(high), r[3], r[2], r[3])
	asm.VSHUFF32X4(operand.U8(even), t[1], t[0], r[0])
	asm.VSHUFF32X4(operand.U8(odd), t[1], t[0], r[2])
	asm.VSHUFF32X4(operand.U8(even), r[3], r[1], t[0])
	asm.VSHUFF32X4(operand.U8(odd), r[3], r[1], t[1])
	rest = append([]reg.VecPhysical{r[1], r[3]}, free[2:]...)
	return []reg.VecPhysical{r[0], r[2], t[0], t[1]}, rest
}

// transposeBlocks256 transposes 2 registers of 2 128-bit blocks.
func transposeBlocks256(asm *vec.Asm, r, free []reg.VecPhysical) (cols, rest []reg.VecPhysical) {
	const low, high = 0x20, 0x31
	asm.VPERM2F128(operand.U8(low), r[1], r[0], free[0])
	asm.VPERM2F128(operand.U8(high), r[1], r[0], r[1])
	return []reg.VecPhysical{free[0], r[1]}, append(free[1:len(free):len(free)], r[0])
}

// generateCopy emits the packing of a source whose columns run along memory, into
// panel rows of the given number of vectors.
func generateCopy(asm *vec.Asm, vectors int) {
	t, width := asm.GoType(), vectors*asm.Lanes()
	name := fmt.Sprintf("%spackcopy%d_%s", asm.Letter(), width, asm.ISA)
	asm.Func(name, fmt.Sprintf("func(dst *%s, ds int, src *%s, ss int, cols, k int)", t, t), []string{
		fmt.Sprintf("%s copies k ≥ 1 rows of 1 ≤ cols ≤ %d elements and clears the rest:", name, width),
		"",
		"\tfor p := range k {",
		fmt.Sprintf("\t\tfor j := range %d {", width),
		"\t\t\tdst[p*ds+j] = 0",
		"\t\t\tif j < cols {",
		"\t\t\t\tdst[p*ds+j] = src[p*ss+j]",
		"\t\t\t}",
		"\t\t}",
		"\t}",
	})
	dst, ds, src, ss := asm.Arg("dst"), asm.StrideArg("ds"), asm.Arg("src"), asm.StrideArg("ss")
	masks := asm.ColumnMasks(asm.Arg("cols"), asm.Registers()[vectors:2*vectors]...)
	k, ahead := asm.Arg("k"), asm.GP64()
	asm.IMUL3Q(operand.Imm(aheadRows), ss, ahead)
	asm.Label("row")
	for v, r := range asm.Registers()[:vectors] {
		at := v * asm.VectorBytes()
		if at%line == 0 { // rows are far apart, which the hardware does not foresee
			asm.PREFETCHT1(operand.Mem{Base: src, Index: ahead, Scale: 1, Disp: at})
		}
		asm.LoadMasked(operand.Mem{Base: src, Disp: at}, masks[v], r)
		asm.Store(r, operand.Mem{Base: dst, Disp: at})
	}
	asm.ADDQ(ss, src)
	asm.ADDQ(ds, dst)
	asm.DECQ(k)
	asm.JNZ(operand.LabelRef("row"))
	asm.Return()
}
