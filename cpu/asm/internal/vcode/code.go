package vcode

import (
	"fmt"

	"github.com/quern-go/quern/kernels"
)

// Val is a virtual register as an instruction sees it: Bytes wide, or 0 for a mask
// register.
type Val struct {
	ID    int // 0: none
	Bytes int
}

// As is the low part of a vector register.
func (v Val) As(bytes int) Val { return Val{v.ID, bytes} }

func (v Val) String() string { return fmt.Sprintf("v%d:%d", v.ID, v.Bytes) }

// Form is how a machine spells an instruction. It names its own; 0 is the plain one.
type Form uint8

// Instr is a machine instruction over virtual registers.
type Instr struct {
	Form Form
	Op   string
	Elem int // element size
	Imm  int // as the machine has it
	Src  []Val
	Mask Val // a mask register, or a vector that serves as one
	Tied Val // the value that Dst overwrites. It is not among Src
	Dst  Val

	Fold  bool   // Src[0] may be in memory
	Apart bool   // it stands for several: Dst shares no register with an operand
	Table string // the symbol of what it looks up
	At    int    // of what it reads in the caller's memory: an offset
}

// reads lists the values an instruction reads.
func (in *Instr) reads() []Val {
	vs := append([]Val{}, in.Src...)
	for _, v := range []Val{in.Mask, in.Tied} {
		if v.ID != 0 {
			vs = append(vs, v)
		}
	}
	return vs
}

// Code is a straight-line program over virtual registers, each assigned once.
type Code struct {
	machine  Machine
	selector Selector
	Lanes    int
	Instrs   []Instr
	vals     []valInfo // by id; id 0 is no value
	consts   map[Constant]Val
	Inputs   []Val // in registers at the start
	Outputs  []Val // in registers at the end
}

type valInfo struct {
	bytes    int // 0: a mask register
	constant *Constant
	pinned   bool // a scalar operand: in a register of its own throughout
}

// NewCode returns an empty program whose values have the given number of lanes.
func NewCode(m Machine, lanes int) *Code {
	c := &Code{machine: m, Lanes: lanes, vals: make([]valInfo, 1), consts: make(map[Constant]Val)}
	c.selector = m.Selector(c)
	return c
}

// Width is the size in bytes of a vector of elements.
func (c *Code) Width(elem int) int { return elem * c.Lanes }

// Elem is the size of a vector's elements.
func (c *Code) Elem(v Val) int { return v.Bytes / c.Lanes }

func (c *Code) newVal(bytes int) Val {
	c.vals = append(c.vals, valInfo{bytes: bytes})
	return Val{len(c.vals) - 1, bytes}
}

// Input is a value in a register at the start: a vector of elements of the
// given size, or a mask register if the size is 0.
func (c *Code) Input(elem int) Val {
	v := c.newVal(c.Width(elem))
	c.Inputs = append(c.Inputs, v)
	return v
}

// Pinned is a vector that has a register of its own, set before the code runs.
func (c *Code) Pinned(elem int) Val {
	v := c.newVal(c.Width(elem))
	c.vals[v.ID].pinned = true
	return v
}

// Splat is the constant with the given element in every lane.
func (c *Code) Splat(elem int, bits uint64) Val {
	return c.constant(Constant{bits: bits, elem: elem})
}

// Powers is the constant 1<<shift, 1<<(shift+1), ….
func (c *Code) Powers(elem, shift int) Val {
	return c.constant(Constant{elem: elem, pattern: true, shift: shift})
}

// Part is a vector of a table's elements from number first on.
func (c *Code) Part(t *kernels.Table, first int) Val {
	return c.constant(Constant{elem: t.Type.Size(), table: t, first: first})
}

func (c *Code) constant(k Constant) Val {
	if v, ok := c.consts[k]; ok {
		return v
	}
	v := c.newVal(c.Width(k.elem))
	c.vals[v.ID].constant = &k
	c.consts[k] = v
	return v
}

// Constant is the constant that the value is, or nil.
func (c *Code) Constant(v Val) *Constant { return c.vals[v.ID].constant }

// Add appends an instruction, giving it a result of the given size.
func (c *Code) Add(bytes int, in Instr) Val {
	in.Dst = c.newVal(bytes)
	c.Instrs = append(c.Instrs, in)
	return in.Dst
}

// Expand makes masks of bits: lane i's is bit shift+i of every element.
func (c *Code) Expand(bits Val, elem, shift int) Val { return c.selector.Expand(bits, elem, shift) }
