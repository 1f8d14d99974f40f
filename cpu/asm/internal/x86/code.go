package x86

import (
	"github.com/quern-go/quern/cpu/asm/internal/vcode"
	"github.com/quern-go/quern/cpu/asm/internal/vec"
)

// Val and instr are of the virtual code. The immediate of an instruction is −1 where
// it has none; its Op is without avo's suffixes, and for fma and fms PS or PD. Operands are in
// Go's order: the immediate, Src, Mask, Dst.
type (
	Val   = vcode.Val
	instr = vcode.Instr
)

// What an instruction does with its operands beyond reading Src and writing Dst.
const (
	plain   vcode.Form = iota
	zeroing            // lanes that are not in Mask become 0
	self               // Dst in every place: x XOR x, x == x
	fma                // Src[0]·Src[1] + Src[2], one of which Dst overwrites
	fms                // Src[0]·Src[1] − Src[2], likewise
	gather             // Src[0] indexes Table; Mask is overwritten too
	// Pointed reads, before Src, one element for all lanes: At bytes from PointedBy on.
	Pointed
	// OddLanes is under the mask K7, which the caller has set to the odd lanes of 32 bits;
	// the others are Tied's.
	OddLanes
)

// code selects the instructions that AVX2 and AVX-512 share.
type code struct {
	*vcode.Code
	asm *Asm
}

// Selector is that of the file's instruction set.
func (a *Asm) Selector(c *vcode.Code) vcode.Selector {
	if a.ISA == vec.AVX512 {
		return avx512{code{c, a}}
	}
	return avx2{code{c, a}, map[Val]Val{}}
}

// op appends dst = op(src…) on vectors of elements; src[0] may be in memory.
func (c code) op(op string, elem int, src ...Val) Val { return c.opImm(op, -1, elem, src...) }

// opImm is op with an immediate operand.
func (c code) opImm(op string, imm, elem int, src ...Val) Val {
	return c.Add(c.Width(elem), instr{Op: op, Imm: imm, Src: src, Fold: true, Elem: elem})
}

// opReg is op without memory operands, with a result of the given size.
func (c code) opReg(op string, imm, bytes int, src ...Val) Val {
	return c.Add(bytes, instr{Op: op, Imm: imm, Src: src})
}

// commutes is op on x and y in the order that lets a constant be in memory.
func (c code) commutes(op string, elem int, x, y Val) Val {
	if c.Constant(x) != nil {
		x, y = y, x
	}
	return c.op(op, elem, y, x)
}

// fma is x·y + z, rounded once.
func (c code) fma(elem int, x, y, z Val) Val {
	return c.Add(c.Width(elem), instr{Form: fma, Op: ps(elem), Imm: -1, Src: []Val{x, y, z}, Elem: elem})
}

// fresh is a value made of nothing: all zeros by XOR, all ones by comparison.
func (c code) fresh(op string, bytes int) Val {
	return c.Add(bytes, instr{Form: self, Op: op, Imm: -1})
}

func (c code) isAVX512() bool { return c.asm.ISA == vec.AVX512 }

// ps is the suffix of floating-point instructions.
func ps(elem int) string {
	if elem == 4 {
		return "PS"
	}
	return "PD"
}

// dq is the suffix of integer instructions.
func dq(elem int) string {
	if elem == 4 {
		return "D"
	}
	return "Q"
}
