package neon

import (
	"bytes"
	"fmt"

	"github.com/quern-go/quern/cpu/asm/internal/vcode"
)

// Pool is the constants of the file, 16 bytes each.
func (a *Asm) Pool() *vcode.Pool { return a.pool }

// constant is the memory of what is at an offset of the pool.
func (a *Asm) constant(offset int) string { return At(PoolReg, offset) }

// UsePool points PoolReg at the constants.
func (a *Asm) UsePool() { a.Line("MOVD $%s<>(SB), %s", a.pool.Symbol(), PoolReg) }

// Constant loads a constant with the same element in every lane, from PoolReg.
func (a *Asm) Constant(elem int, bits uint64, v int) {
	a.Load(16, a.constant(a.pool.Splat(elem, bits)), v)
}

// writePool prints the data sections.
func (a *Asm) writePool(b *bytes.Buffer) {
	for i, s := range a.pool.Sections() {
		if i > 0 {
			b.WriteByte('\n')
		}
		for _, e := range s.Elements {
			fmt.Fprintf(b, "DATA %s<>+%d(SB)/%d, $%#x\n", s.Symbol, e.Offset, e.Bytes, e.Bits)
		}
		fmt.Fprintf(b, "GLOBL %s<>(SB), RODATA|NOPTR, $%d\n", s.Symbol, s.Size())
	}
}
