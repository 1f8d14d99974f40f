package x86

import (
	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/operand"

	"github.com/quern-go/quern/cpu/asm/internal/vcode"
	"github.com/quern-go/quern/cpu/asm/internal/vec"
)

// Pool is the constants of the file.
func (a *Asm) Pool() *vcode.Pool { return a.pool }

// constantBytes is the size of the constant in memory.
func (a *Asm) constantBytes(k vcode.Constant) int {
	if a.ISA == vec.AVX512 && k.IsSplat() {
		return k.Elem()
	}
	return a.VectorBytes()
}

// constant is the address of what is at an offset of the pool.
func (a *Asm) constant(offset int) operand.Mem {
	return operand.NewDataAddr(operand.NewStaticSymbol(a.pool.Symbol()), offset)
}

// Splat is the address of a constant with the same element in every lane. On
// AVX-512 it is one element, to be broadcast.
func (a *Asm) Splat(elem int, bits uint64) operand.Mem { return a.constant(a.pool.Splat(elem, bits)) }

// Table is the address of a read-only array of elements, defined at most once.
func (a *Asm) Table(name string, elem int, bits []uint64) operand.Mem {
	return operand.NewDataAddr(operand.NewStaticSymbol(a.pool.Table(name, elem, bits)), 0)
}

// definePool prints the data sections.
func (a *Asm) definePool() {
	for _, s := range a.pool.Sections() {
		a.ctx.StaticGlobal(s.Symbol)
		a.ctx.DataAttributes(attr.RODATA | attr.NOPTR)
		for _, e := range s.Elements {
			a.ctx.AddDatum(e.Offset, word(e.Bytes, e.Bits))
		}
	}
}

func word(elem int, bits uint64) operand.Constant {
	if elem == 4 {
		return operand.U32(uint32(bits))
	}
	return operand.U64(bits)
}
