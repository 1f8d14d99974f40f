package vcode

import (
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/operand"

	"github.com/quern-go/quern/cpu/asm/internal/vec"
	"github.com/quern-go/quern/kernels"
)

// constant is a vector constant: one element for every lane; with pattern set
// the elements of a pattern, 1<<shift, 1<<(shift+1), … from lane 0 on; or a part
// of a table.
type constant struct {
	bits    uint64
	elem    int // element size in bytes
	pattern bool
	shift   int
	table   *kernels.Table // whose elements from number first on these are, then zeros; nil: none
	first   int
}

// isSplat reports whether all elements are the same.
func (c constant) isSplat() bool { return !c.pattern && c.table == nil }

// lane is an element of the constant.
func (c constant) lane(i int) uint64 {
	switch {
	case c.pattern:
		return 1 << (c.shift + i)
	case c.table == nil:
		return c.bits
	case c.first+i < len(c.table.Bits):
		return c.table.Bits[c.first+i]
	}
	return 0
}

// pool is the constants of a file, in one read-only data section. AVX-512
// broadcasts an element as it loads it; for AVX2 there are 32 bytes of copies.
type pool struct {
	index  map[constant]int // offset
	order  []constant
	size   int
	tables []table
}

// table is a named array of elements.
type table struct {
	name string
	elem int
	bits []uint64
}

func poolName(isa vec.ISA) string { return "constants_" + string(isa) }

// bytes is the size of the constant in memory.
func (c constant) bytes(isa vec.ISA) int {
	if isa == vec.AVX512 && c.isSplat() {
		return c.elem
	}
	return vec.Target{ISA: isa}.VectorBytes()
}

// address returns where the constant is, adding it if new.
func (a *Asm) address(c constant) operand.Mem {
	offset, ok := a.pool.index[c]
	if !ok {
		size := c.bytes(a.ISA)
		offset = (a.pool.size + size - 1) / size * size
		a.pool.index[c] = offset
		a.pool.order = append(a.pool.order, c)
		a.pool.size = offset + size
	}
	return operand.NewDataAddr(operand.NewStaticSymbol(poolName(a.ISA)), offset)
}

// Splat is the address of a constant with the same element in every lane. On
// AVX-512 it is one element, to be broadcast.
func (a *Asm) Splat(elem int, bits uint64) operand.Mem {
	return a.address(constant{bits: bits, elem: elem})
}

// Table is the address of a read-only array of elements, defined at most once.
func (a *Asm) Table(name string, elem int, bits []uint64) operand.Mem {
	name = fmt.Sprintf("%s_%s", name, a.ISA)
	known := false
	for _, t := range a.pool.tables {
		known = known || t.name == name
	}
	if !known {
		a.pool.tables = append(a.pool.tables, table{name, elem, bits})
	}
	return operand.NewDataAddr(operand.NewStaticSymbol(name), 0)
}

// define prints the data sections.
func (p *pool) define(a *Asm) {
	if p.size > 0 {
		a.ctx.StaticGlobal(poolName(a.ISA))
		a.ctx.DataAttributes(attr.RODATA | attr.NOPTR)
	}
	for _, c := range p.order {
		for lane := range c.bytes(a.ISA) / c.elem {
			a.ctx.AddDatum(p.index[c]+lane*c.elem, word(c.elem, c.lane(lane)))
		}
	}
	for _, t := range p.tables {
		a.ctx.StaticGlobal(t.name)
		a.ctx.DataAttributes(attr.RODATA | attr.NOPTR)
		for i, bits := range t.bits {
			a.ctx.AddDatum(i*t.elem, word(t.elem, bits))
		}
	}
}

func word(elem int, bits uint64) operand.Constant {
	if elem == 4 {
		return operand.U32(uint32(bits))
	}
	return operand.U64(bits)
}
