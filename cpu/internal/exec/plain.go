package exec

import (
	"unsafe"

	"github.com/quern-go/quern/kernels"
)

// plain says whether values can be accumulated from where they lie in memory,
// without a run that writes them to a register first.
type plain uint8

const (
	plainNot     plain = iota
	plainLoad          // Pre is a load of adjacent elements
	plainProduct       // Pre is the product of two such loads, or of one with itself, to be added up
)

// plainKind says what Pre is with the reaches chosen; of a product it sets the
// factors.
func (l *reduceLaunch) plainKind() plain {
	l.factors = [2]int{}
	for o, leaf := range l.pre.leaves {
		if leaf.Op != kernels.OpLoad || l.pre.reach[o] != reachDirect {
			return plainNot
		}
	}
	if l.pre.prog.PlainLoad() {
		return plainLoad
	}
	a, b, ok := l.pre.prog.PlainProduct()
	if !ok || len(l.accs) != 1 || l.accs[0].Combine != kernels.CombineAdd {
		return plainNot
	}
	l.factors = [2]int{a, b}
	return plainProduct
}

// plainAt is where the values of a plain Pre lie from number from of the current
// run on: both factors of a product, else twice the same.
func (l *reduceLaunch) plainAt(c *cursor, from int) (a, b unsafe.Pointer) {
	at := func(leaf int) unsafe.Pointer { return unsafe.Add(c.at[leaf].base, from*c.at[leaf].size) }
	return at(l.factors[0]), at(l.factors[1])
}

// plainBlock reduces one block of a plain Pre: the values at positions from to
// end of the current row.
func (l *reduceLaunch) plainBlock(c *cursor, s *reduceState, part []kernels.Partial, from, end int) {
	a, b := l.plainAt(c, from)
	if l.rowKind == plainProduct {
		s.trees[0].BlockProducts(part, a, b, end-from)
		return
	}
	s.src[0] = a
	s.trees[0].Block(part, s.src, end-from, int64(from))
}

// plainRow reduces the current row of a plain Pre.
func (l *reduceLaunch) plainRow(c *cursor, s *reduceState) {
	if l.n <= kernels.TreeBlock {
		l.plainBlock(c, s, s.partials, 0, l.n)
		return
	}
	s.trees[0].Reset()
	for from := 0; from < l.n; from += kernels.TreeBlock {
		l.plainBlock(c, s, s.partials, from, min(from+kernels.TreeBlock, l.n))
		s.trees[0].Push(s.partials)
	}
	s.trees[0].Finish(s.partials)
}

// prefetchRow asks for what follows position end of the current row, mostly the
// next row: folding leaves the memory idle meanwhile. Where rows are adjacent the hardware
// knows what comes next.
func (l *reduceLaunch) prefetchRow(c *cursor, end int) {
	if l.adjacent {
		return
	}
	a, b := l.plainAt(c, 0)
	skip := end * l.pre.nest.ops[l.factors[0]].size // no pointer there: it may be past the array
	l.crew.table.Prefetch(a, skip)
	if b != a {
		l.crew.table.Prefetch(b, skip)
	}
}
