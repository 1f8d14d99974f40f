package vcode

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"

	"github.com/quern-go/quern/cpu/asm/internal/vec"
	"github.com/quern-go/quern/kernels"
)

// Val is a virtual register as an instruction sees it: Bytes wide (64, 32, 16),
// or 0 for an opmask register.
type Val struct {
	id    int
	Bytes int
}

// As is the low part of a vector register.
func (v Val) As(bytes int) Val { return Val{v.id, bytes} }

// form is what an instruction does with its operands beyond reading src and
// writing dst.
type form uint8

const (
	plain  form = iota
	self        // dst in every place: x XOR x, x == x
	fma         // src[0]·src[1] ± src[2], one of which dst overwrites
	gather      // src[0] indexes table; mask is overwritten too
)

// instr is a machine instruction over virtual registers. Its operands are in
// Go's order: the immediate, src, mask, dst.
type instr struct {
	form form
	op   string // without avo's suffixes; for fma PS or PD
	imm  int    // −1: none
	src  []Val
	mask Val // opmask (AVX-512) or vector mask (gather on AVX2); id 0: none
	zero bool
	tied Val // the value that dst overwrites; id 0: none
	dst  Val

	minus bool // of fma: − src[2]
	fold  bool // src[0] may be memory
	elem  int  // element size, for a broadcast from memory
	table operand.Mem
}

// Code is a straight-line program over virtual registers, each assigned once.
type Code struct {
	asm     *Asm
	lanes   int
	instrs  []instr
	vals    []valInfo // by id; id 0 is no value
	consts  map[constant]Val
	upper   map[Val]Val // of indices of tables (AVX2): the fourth bit in the place of the sign
	Inputs  []Val       // in registers at the start
	Outputs []Val       // in registers at the end
}

type valInfo struct {
	mask     bool // an opmask register
	constant *constant
	pinned   bool // a scalar operand: in a register of its own throughout
}

// NewCode returns an empty program whose values have the given number of lanes.
func NewCode(a *Asm, lanes int) *Code {
	return &Code{asm: a, lanes: lanes, vals: make([]valInfo, 1), consts: make(map[constant]Val), upper: make(map[Val]Val)}
}

// Width is the size in bytes of a vector of elements.
func (c *Code) Width(elem int) int { return max(16, elem*c.lanes) }

func (c *Code) newVal(bytes int) Val {
	c.vals = append(c.vals, valInfo{mask: bytes == 0})
	return Val{len(c.vals) - 1, bytes}
}

// Input is a value in a register at the start: a vector of elements of the
// given size, or an opmask if the size is 0.
func (c *Code) Input(elem int) Val {
	bytes := 0
	if elem > 0 {
		bytes = c.Width(elem)
	}
	v := c.newVal(bytes)
	c.Inputs = append(c.Inputs, v)
	return v
}

// Pinned is a vector that has a register of its own, set before the code runs.
func (c *Code) Pinned(elem int) Val {
	v := c.newVal(c.Width(elem))
	c.vals[v.id].pinned = true
	return v
}

// Splat is the constant with the given element in every lane.
func (c *Code) Splat(elem int, bits uint64) Val {
	return c.constant(constant{bits: bits, elem: elem})
}

// powers is the constant 1<<shift, 1<<(shift+1), ….
func (c *Code) powers(elem, shift int) Val {
	return c.constant(constant{elem: elem, pattern: true, shift: shift})
}

// part is a vector of a table's elements from number first on.
func (c *Code) part(t *kernels.Table, first int) Val {
	return c.constant(constant{elem: t.Type.Size(), table: t, first: first})
}

func (c *Code) constant(k constant) Val {
	if v, ok := c.consts[k]; ok {
		return v
	}
	v := c.newVal(c.Width(k.elem))
	c.vals[v.id].constant = &k
	c.consts[k] = v
	return v
}

func (c *Code) isConst(v Val) bool { return c.vals[v.id].constant != nil }

// add appends an instruction, giving it a result of the given size.
func (c *Code) add(bytes int, in instr) Val {
	in.dst = c.newVal(bytes)
	c.instrs = append(c.instrs, in)
	return in.dst
}

// op appends dst = op(src…) on vectors of elements; src[0] may be in memory.
func (c *Code) op(op string, elem int, src ...Val) Val {
	return c.add(c.Width(elem), instr{op: op, imm: -1, src: src, fold: true, elem: elem})
}

// opImm is op with an immediate operand.
func (c *Code) opImm(op string, imm, elem int, src ...Val) Val {
	return c.add(c.Width(elem), instr{op: op, imm: imm, src: src, fold: true, elem: elem})
}

// opReg is op without memory operands, with a result of the given size.
func (c *Code) opReg(op string, imm, bytes int, src ...Val) Val {
	return c.add(bytes, instr{op: op, imm: imm, src: src})
}

// commutes is op on x and y in the order that lets a constant be in memory.
func (c *Code) commutes(op string, elem int, x, y Val) Val {
	if c.isConst(x) {
		x, y = y, x
	}
	return c.op(op, elem, y, x)
}

// fma is x·y + z, rounded once.
func (c *Code) fma(elem int, x, y, z Val) Val {
	return c.add(c.Width(elem), instr{form: fma, op: ps(elem), imm: -1, src: []Val{x, y, z}, elem: elem})
}

// fresh is a value made of nothing: all zeros by XOR, all ones by comparison.
func (c *Code) fresh(op string, bytes int) Val {
	return c.add(bytes, instr{form: self, op: op, imm: -1})
}

func (c *Code) isAVX512() bool { return c.asm.ISA == vec.AVX512 }

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

func (v Val) String() string { return fmt.Sprintf("v%d:%d", v.id, v.Bytes) }
