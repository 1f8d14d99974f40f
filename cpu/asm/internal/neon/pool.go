package neon

import (
	"bytes"
	"fmt"
)

// constant is a vector constant: one element for every lane, or with pattern set
// 1<<shift, 1<<(shift+1), … from lane 0 on.
type constant struct {
	bits    uint64
	elem    int // element size in bytes
	pattern bool
	shift   int
}

// lane is the bits of one element.
func (c constant) lane(i int) uint64 {
	if c.pattern {
		return 1 << (c.shift + i)
	}
	return c.bits
}

// pool is the constants of a file, 16 bytes each, in one read-only data section,
// and its tables.
type pool struct {
	index  map[constant]int // offset
	order  []constant
	tables []table
}

// table is a named array of elements.
type table struct {
	name string
	elem int
	bits []uint64
}

func newPool() pool { return pool{index: make(map[constant]int)} }

const poolName = "constants_neon"

// address returns where the constant is from PoolReg, adding it if new.
func (p *pool) address(c constant) string {
	offset, ok := p.index[c]
	if !ok {
		offset = 16 * len(p.order)
		p.index[c] = offset
		p.order = append(p.order, c)
	}
	return At(PoolReg, offset)
}

// UsePool points PoolReg at the constants.
func (a *Asm) UsePool() { a.Line("MOVD $%s<>(SB), %s", poolName, PoolReg) }

// Constant loads a constant with the same element in every lane, from PoolReg.
func (a *Asm) Constant(elem int, bits uint64, v int) {
	a.Load(16, a.pool.address(constant{bits: bits, elem: elem}), v)
}

// Powers loads the constant 1<<shift, 1<<(shift+1), ….
func (a *Asm) Powers(elem, shift, v int) {
	a.Load(16, a.pool.address(constant{elem: elem, pattern: true, shift: shift}), v)
}

// table returns the symbol of a read-only array, defined at most once.
func (p *pool) table(name string, elem int, bits []uint64) string {
	for _, t := range p.tables {
		if t.name == name {
			return name + "_neon"
		}
	}
	p.tables = append(p.tables, table{name, elem, bits})
	return name + "_neon"
}

// define prints the data sections.
func (p *pool) define(b *bytes.Buffer) {
	for _, c := range p.order {
		for lane := range 16 / c.elem {
			fmt.Fprintf(b, "DATA %s<>+%d(SB)/%d, $%#x\n", poolName, p.index[c]+lane*c.elem, c.elem, c.lane(lane))
		}
	}
	if len(p.order) > 0 {
		fmt.Fprintf(b, "GLOBL %s<>(SB), RODATA|NOPTR, $%d\n", poolName, 16*len(p.order))
	}
	for _, t := range p.tables {
		b.WriteByte('\n')
		for i, bits := range t.bits {
			fmt.Fprintf(b, "DATA %s_neon<>+%d(SB)/%d, $%#x\n", t.name, i*t.elem, t.elem, bits)
		}
		fmt.Fprintf(b, "GLOBL %s_neon<>(SB), RODATA|NOPTR, $%d\n", t.name, len(t.bits)*t.elem)
	}
}
