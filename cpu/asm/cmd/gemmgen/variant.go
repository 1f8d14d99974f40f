package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
	"github.com/quern-go/quern/cpu/asm/internal/vec"
)

// A variant of a micro-kernel is where it finds its operands. Matrix products have all,
// other terms the first.
type variant uint8

const (
	// packed reads panels of A and B that were packed.
	packed variant = iota
	// inPlace reads A where it is, elements of any strides: for products so small that
	// packing is felt. All is in L2, and nothing is asked for ahead.
	inPlace
	// copying reads a whole panel of B where it is, mostly memory, and leaves it packed for
	// the tiles below: the fmas of its own tile go on meanwhile.
	copying
)

// variants are those that a term has.
func (t Term) variants() []variant {
	if t.isProduct() {
		return []variant{packed, inPlace, copying}
	}
	return []variant{packed}
}

func (v variant) String() string { return [...]string{"", "inplace_", "copying_"}[v] }

// signature is that of the Go function.
func (v variant) signature(goType string) string {
	return fmt.Sprintf([...]string{
		packed:  "func(k int, a, b *%[1]s, ldb int, c *%[1]s, ldc, cols int, cont bool)",
		inPlace: "func(k int, a *%[1]s, as, ak int, b *%[1]s, ldb int, c *%[1]s, ldc, cols int, cont bool)",
		copying: "func(k int, a, b *%[1]s, ldb int, packed, c *%[1]s, ldc int, cont bool)",
	}[v], goType)
}

// rowsOfA tells where the loop finds a[i,k]. In place there are two pointers, to rows 0
// and 1, and odd multiples of the distance of rows: with the factors 2, 4 and 8 of an
// address those reach 14 rows.
type rowsOfA struct {
	asm  *vec.Asm
	at   []reg.GPVirtual // one, or two
	odd  map[int]reg.GPVirtual
	step operand.Op // from k to k + 1
}

// packedRows are those of a packed panel.
func packedRows(asm *vec.Asm, stride int) rowsOfA {
	return rowsOfA{asm: asm, at: []reg.GPVirtual{asm.Arg("a")}, step: operand.Imm(uint64(stride * asm.Elem))}
}

// rowsInPlace are so many rows of a matrix.
func rowsInPlace(asm *vec.Asm, rows int) rowsOfA {
	r := rowsOfA{asm: asm, at: []reg.GPVirtual{asm.Arg("a")}, odd: map[int]reg.GPVirtual{1: asm.StrideArg("as")}, step: asm.StrideArg("ak")}
	if rows > 1 {
		r.at = append(r.at, asm.GP64())
		asm.LEAQ(operand.Mem{Base: r.at[0], Index: r.odd[1], Scale: 1}, r.at[1])
	}
	for _, times := range []int{3, 5} {
		if rows > 2*times {
			r.odd[times] = asm.GP64()
			asm.LEAQ(operand.Mem{Base: r.odd[1], Index: r.odd[1], Scale: uint8(times - 1)}, r.odd[times])
		}
	}
	return r
}

// element is where a[i,k] is.
func (r *rowsOfA) element(i int) operand.Mem {
	if r.odd == nil {
		return operand.Mem{Base: r.at[0], Disp: i * r.asm.Elem}
	}
	m := operand.Mem{Base: r.at[i%2]}
	odd, scale := i-i%2, 1
	if odd == 0 {
		return m
	}
	for odd%2 == 0 {
		odd, scale = odd/2, 2*scale
	}
	m.Index, m.Scale = r.odd[odd], uint8(scale)
	return m
}

// next goes on to the next k.
func (r *rowsOfA) next() {
	for _, p := range r.at {
		r.asm.ADDQ(r.step, p)
	}
}

// panelCopy is where a copying kernel leaves its panel of B.
type panelCopy struct {
	at    reg.GPVirtual
	ahead reg.GPVirtual // distance to the row of B that is asked for
}

// aheadRows is how many rows of B are asked for ahead, where the hardware does not foresee them
// because they are far apart. Memory takes 400 cycles, more when it is busy, and a row of a
// copying kernel 28. L2 has room for 32 rows that are a multiple of 32 KiB apart.
const aheadRows = 24

// startCopy sets out for a panel's copy.
func (m *micro) startCopy() {
	m.copy = panelCopy{at: m.Arg("packed"), ahead: m.GP64()}
	m.IMUL3Q(operand.Imm(aheadRows), m.ldb, m.copy.ahead)
}

// copyB leaves a row of B in the copy and asks for a later one.
func (m *micro) copyB(b reg.GPVirtual) {
	for v, r := range m.b {
		m.Store(r, operand.Mem{Base: m.copy.at, Disp: v * m.VectorBytes()})
	}
	for at := 0; at < m.vectors*m.VectorBytes(); at += line {
		m.PREFETCHT1(operand.Mem{Base: b, Index: m.copy.ahead, Scale: 1, Disp: at})
	}
	m.ADDQ(operand.Imm(uint64(m.vectors*m.VectorBytes())), m.copy.at)
}
