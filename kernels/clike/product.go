package clike

import (
	"fmt"

	"github.com/quern-go/quern/kernels"
)

// product writes the chains of one tile: k is walked in slices that all items
// put in local memory together, each element of a and b computed once a group.
type product struct {
	s    *source
	tile Tile
	c    *contractPlanner
}

// declare writes the local memory and the item's place in the tile.
func (p *product) declare() {
	e, t := &p.s.entries, p.tile
	e.line("%s %s a_slice[%d] __attribute__((aligned(16)));", p.s.dialect.local, p.s.typeName(p.c.typeA), t.K*(t.M+slicePad))
	e.line("%s %s b_slice[%d] __attribute__((aligned(16)));", p.s.dialect.local, p.s.typeName(p.c.typeB), t.K*(t.N+slicePad))
	e.line("const int across = item %% %d, down = item / %d;", t.across(), t.across())
}

// sets is how many sets of accumulators an item has.
func (p *product) sets() int { return p.tile.RowsPerItem * p.tile.ColsPerItem }

// chains writes the chains of the tile at (i0, j0) over k from k_first to k_end,
// into the array acc.
func (p *product) chains() {
	e, t := &p.s.entries, p.tile
	e.line("%s acc[%d];", p.c.accs.name, p.sets())
	e.line("#pragma unroll")
	e.open("for (int x = 0; x < %d; x++)", p.sets())
	for i, acc := range p.c.accs.list {
		e.line("acc[x].acc%d = %s;", i, p.s.literal(acc.Type, p.c.start[i]))
	}
	e.close()
	slices := []*slice{
		{p, "a", "i", t.M, "m", p.c.preA, p.c.a},
		{p, "b", "j", t.N, "n", p.c.preB, p.c.b},
	}
	for _, x := range slices {
		x.start()
	}
	e.open("for (long k0 = k_first; k0 < k_end; k0 += %d)", t.K)
	e.line("const int steps = min(k_end - k0, %dL);", t.K)
	for _, x := range slices {
		x.fill()
	}
	e.line("%s", p.s.dialect.barrier)
	p.steps()
	e.line("%s", p.s.dialect.barrier)
	e.close()
}

// steps writes the steps of a slice.
func (p *product) steps() {
	e, t := &p.s.entries, p.tile
	if p.sets() < 16 {
		e.line("#pragma unroll 4")
	}
	e.open("for (int kx = 0; kx < steps; kx++)")
	e.line("%s a[%d];", p.s.typeName(p.c.typeA), t.RowsPerItem)
	e.line("%s b[%d];", p.s.typeName(p.c.typeB), t.ColsPerItem)
	e.line("#pragma unroll")
	e.open("for (int r = 0; r < %d; r++)", t.RowsPerItem)
	e.line("a[r] = a_slice[kx * %d + %s];", t.M+slicePad, t.row("r"))
	e.close()
	e.line("#pragma unroll")
	e.open("for (int c = 0; c < %d; c++)", t.ColsPerItem)
	e.line("b[c] = b_slice[kx * %d + %s];", t.N+slicePad, t.column("c"))
	e.close()
	p.openSets()
	e.line("const %s y = %s;", p.c.step.returns, p.c.step.call(func(l leaf) string {
		if l.op == kernels.OpArg {
			return []string{"a[r]", "b[c]"}[l.slot]
		}
		if value, ok := p.c.accs.value(l, p.set()); ok {
			return value
		}
		return p.s.value(l, func(name string) string {
			return fmt.Sprintf("%s_at + (k0 + kx) * %s", name, p.s.arg(name+"_k"))
		})
	}))
	for i := range p.c.accs.list {
		e.line("%s.acc%d = y.r%d;", p.set(), i, i)
	}
	p.closeSets()
	e.close()
}

// set is the accumulators of row r and column c of the item.
func (p *product) set() string { return fmt.Sprintf("acc[r * %d + c]", p.tile.ColsPerItem) }

// openSets begins what is done for each of the item's rows r and columns c.
func (p *product) openSets() {
	e := &p.s.entries
	e.line("#pragma unroll")
	e.open("for (int r = 0; r < %d; r++)", p.tile.RowsPerItem)
	e.line("#pragma unroll")
	e.open("for (int c = 0; c < %d; c++)", p.tile.ColsPerItem)
}

func (p *product) closeSets() {
	p.s.entries.close()
	p.s.entries.close()
}
