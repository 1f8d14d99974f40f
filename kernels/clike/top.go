package clike

import (
	"errors"
	"fmt"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/grid"
)

// topPlanner is what a Contract that keeps the first values of its rows has. A group takes
// some rows and walks a span of columns. Of each row there is a list in local memory.
// Values that come before the last of it are few: only if there is one in a step does a
// work item look at the row's values of the step, which are in local memory then, and
// puts them in their places. The lists of all spans go to scratch memory. What place in
// the row a value has is seen by another pass, from the lists of the other spans.
type topPlanner struct {
	tile   Tile
	count  int
	accs   *accs // of a value
	before string
	post   *bodyFunc
	reads  []*operand // of the pass over rows
	finish []*operand // what Fold's Post reads and writes
	moving []*operand // of these, those with strides

	rows, places int // entry points
	span, spans  word
}

const (
	// topColumns are those of a step.
	topColumns = 64
	// leastSpan is the least number of columns that a group walks, if there are more.
	leastSpan = 1024
	// topItems is the number of work items of a group that finds places.
	topItems = 64
)

func (c *contractPlanner) renderTop(s *source, k *kernels.Contract) error {
	t := c.top
	t.count = k.Fold.Top
	t.accs = newAccs(s, "FoldAccs", k.Fold.Accs)
	t.post = s.bodyFunc("fold_post", &k.Fold.Post, false)
	t.finish = c.ops.readBy(&k.Fold.Post, true)
	t.moving = c.ops.moving(t.finish)
	a, b := c.ops.readBy(&k.PreA, false), c.ops.readBy(&k.PreB, false)
	t.reads = c.ops.union(c.ops.union(a, b), c.ops.union(c.ops.readBy(&k.Post, false), c.ops.readBy(&k.Step, false)))
	t.writeBefore(s)
	if err := t.chooseTile(s, c); err != nil {
		return err
	}
	t.rows = c.writeTopRows(s)
	t.places = c.writeTopPlaces(s)
	return nil
}

// chooseTile takes as many rows as registers and local memory allow.
func (t *topPlanner) chooseTile(s *source, c *contractPlanner) error {
	group := groupFor(s.target)
	tile := Tile{N: topColumns, K: 16, ColsPerItem: 4, RowsPerItem: 4}
	most := foldBytes / (2 * c.accs.size)
	if given := s.target.Tile; given != (Tile{}) {
		most = min(most, given.RowsPerItem*given.ColsPerItem)
	}
	fits := func() bool {
		tile.M = group / tile.across() * tile.RowsPerItem
		row := t.count*t.accs.size + tile.N*t.accs.list[0].Type.Size() + tile.across()
		return tile.localBytes(c.typeA.Size(), c.typeB.Size())+tile.M*row <= s.target.LocalBytes
	}
	for tile.RowsPerItem > 1 && (tile.RowsPerItem*tile.ColsPerItem > most || !fits()) {
		tile.RowsPerItem /= 2
	}
	for !fits() {
		switch {
		case tile.K > 4:
			tile.K /= 2
		case group > tile.across():
			group /= 2
		default:
			return fmt.Errorf("fold: %d bytes of local memory for the first %d values of a row: %w",
				s.target.LocalBytes, t.count, errors.ErrUnsupported)
		}
	}
	t.tile = tile
	return nil
}

// writeBefore writes the order of kernels.Before, and what puts a value in its place
// in a list.
func (t *topPlanner) writeBefore(s *source) {
	t.before = s.unique("fold_before")
	p, name := &s.prelude, t.accs.name
	p.open("static bool %s(%s a, %s b)", t.before, name, name)
	p.line("const bool a_is_nan = a.acc0 != a.acc0, b_is_nan = b.acc0 != b.acc0;")
	p.line("const bool same = a.acc0 == b.acc0 || (a_is_nan && b_is_nan);")
	p.line("return a.acc0 < b.acc0 || (b_is_nan && !a_is_nan) || (same && a.position0 < b.position0);")
	p.close()
	p.blank()
}

// writeTopRows writes the entry point that makes lists.
func (c *contractPlanner) writeTopRows(s *source) int {
	t := c.top
	p := &product{s: s, tile: t.tile, c: c}
	comment := fmt.Sprintf("Keeps the first %d values of each of %d rows, in steps of %d columns.", t.count, t.tile.M, t.tile.N)
	entry := s.begin(comment, "top_rows", t.tile.items(), t.reads, fmt.Sprintf("%s %s *scratch", s.dialect.global, t.accs.name))
	e := &s.entries
	acc := t.accs.list[0]
	e.line("%s %s list[%d];", s.dialect.local, t.accs.name, t.tile.M*t.count)
	e.line("%s %s found[%d];", s.dialect.local, s.typeName(acc.Type), t.tile.M*t.tile.N)
	e.line("%s char any[%d];", s.dialect.local, t.tile.M*t.tile.across())
	p.declare()
	s.need("divide")
	c.split(s, "group", "part", "spans", "number")
	c.split(s, "part", "batch", "row_tiles", "row_tile")
	e.line("const long i0 = row_tile * %d, first = number * %s;", t.tile.M, s.arg("span"))
	e.line("const long end = min(first + %s, %s);", s.arg("span"), s.arg("n"))
	c.begin(s, c.ops.moving(t.reads))
	missing := kernels.Missing(acc.Type)
	e.open("for (int x = item; x < %d; x += %d)", t.tile.M*t.count, t.tile.items())
	e.line("list[x].acc0 = %s;", s.literal(acc.Type, missing.Bits))
	e.line("list[x].position0 = %s;", s.literal(kernels.I64, uint64(missing.Index)))
	e.close()
	e.line("%s", s.dialect.barrier)
	e.open("for (long j0 = first; j0 < end; j0 += %d)", t.tile.N)
	c.writeJoinedChains(s, p)
	c.writeFound(s, p)
	e.line("%s", s.dialect.barrier)
	t.writeInsert(s)
	e.line("%s", s.dialect.barrier)
	e.close()
	e.open("for (int x = item; x < %d; x += %d)", t.tile.M*t.count, t.tile.items())
	e.line("const long i = i0 + x / %d;", t.count)
	e.open("if (i < %s)", s.arg("m"))
	e.line("scratch[((batch * %s + i) * %s + number) * %d + x %% %d] = list[x];", s.arg("m"), s.arg("spans"), t.count, t.count)
	e.close()
	e.close()
	s.end()
	return entry
}

// writeJoinedChains writes the chains of a tile, those of chunks after the first joined
// to the ones before, into the array whole.
func (c *contractPlanner) writeJoinedChains(s *source, p *product) {
	e := &s.entries
	e.line("%s whole[%d];", c.accs.name, p.sets())
	e.line("long k_first = 0;")
	e.open("do")
	e.line("const long k_end = min(k_first + %d, %s);", kernels.ChunkK, s.arg("k"))
	p.chains()
	e.line("#pragma unroll")
	e.open("for (int x = 0; x < %d; x++)", p.sets())
	e.open("if (k_first == 0)")
	e.line("whole[x] = acc[x];")
	e.orElse()
	e.line("whole[x] = %s(whole[x], acc[x]);", c.accs.combine)
	e.close()
	e.close()
	e.line("k_first += %d;", kernels.ChunkK)
	e.depth--
	e.line("} while (k_first < %s);", s.arg("k"))
}

// writeFound leaves Post of the tile's outputs in local memory, and each work item notes
// of each of its rows whether one of them is not surely beyond the list.
func (c *contractPlanner) writeFound(s *source, p *product) {
	t, e := c.top, &s.entries
	e.line("#pragma unroll")
	e.open("for (int r = 0; r < %d; r++)", p.tile.RowsPerItem)
	e.line("const int row = %s;", p.tile.row("r"))
	e.line("const long i = i0 + row;")
	e.line("char may = 0;")
	e.line("#pragma unroll")
	e.open("for (int c = 0; c < %d; c++)", p.tile.ColsPerItem)
	e.line("const int column = %s;", p.tile.column("c"))
	e.line("const long j = j0 + column;")
	e.open("if (i < %s && j < end)", s.arg("m"))
	e.line("const %s x = %s.r0;", s.typeName(t.accs.list[0].Type), c.postCall(s, fmt.Sprintf("whole[r * %d + c]", p.tile.ColsPerItem), "i", "j"))
	e.line("found[row * %d + column] = x;", t.tile.N)
	e.line("may |= !(x >= list[row * %d + %d].acc0);", t.count, t.count-1)
	e.close()
	e.close()
	e.line("any[row * %d + across] = may;", t.tile.across())
	e.close()
}

// writeInsert puts what belongs in the list of a row in its place there.
func (t *topPlanner) writeInsert(s *source) {
	e := &s.entries
	e.line("const int columns = min(end - j0, %dL);", t.tile.N)
	e.open("for (int row = item; row < %d; row += %d)", t.tile.M, t.tile.items())
	e.line("char may = 0;")
	e.open("for (int x = 0; x < %d; x++)", t.tile.across())
	e.line("may |= any[row * %d + x];", t.tile.across())
	e.close()
	e.open("if (may)")
	e.open("for (int column = 0; column < columns; column++)")
	e.line("%s next;", t.accs.name)
	e.line("next.acc0 = found[row * %d + column];", t.tile.N)
	e.line("next.position0 = j0 + column;")
	e.line("int place = row * %d + %d;", t.count, t.count-1)
	e.open("if (%s(next, list[place]))", t.before)
	e.open("for (; place > row * %d && %s(next, list[place - 1]); place--)", t.count, t.before)
	e.line("list[place] = list[place - 1];")
	e.close()
	e.line("list[place] = next;")
	e.close()
	e.close()
	e.close()
	e.close()
}

// writeTopPlaces writes the entry point that finds the place of each value of the lists:
// how many of other spans come before it is seen by halving. Values that are missing
// are equal: those of later spans come after.
func (c *contractPlanner) writeTopPlaces(s *source) int {
	t := c.top
	entry := s.begin("Finds the places of values in their rows.", "top_places", topItems, t.finish,
		fmt.Sprintf("%s const %s *scratch", s.dialect.global, t.accs.name))
	e := &s.entries
	e.line("const ulong at = group * %d + item;", topItems)
	e.open("if (at >= (ulong)%s * %s * %s * %d)", s.arg("batches"), s.arg("m"), s.arg("spans"), t.count)
	e.line("return;")
	e.close()
	s.need("divide")
	e.line("const ulong list = divide(at, %d);", t.count)
	c.split(s, "list", "point", "spans", "number")
	c.split(s, "point", "batch", "m", "row")
	e.line("const %s total = scratch[at];", t.accs.name)
	e.line("long place = at - list * %d;", t.count)
	e.open("for (long other = 0; other < %s; other++)", s.arg("spans"))
	e.open("if (other != number)")
	e.line("%s const %s *values = scratch + (point * %s + other) * %d;", s.dialect.global, t.accs.name, s.arg("spans"), t.count)
	e.line("int low = 0, high = %d;", t.count)
	e.open("while (low < high)")
	e.line("const int middle = (low + high) / 2;")
	e.line("const bool earlier = other < number ? !%s(total, values[middle]) : %s(values[middle], total);", t.before, t.before)
	e.line("low = earlier ? middle + 1 : low;")
	e.line("high = earlier ? high : middle;")
	e.close()
	e.line("place += low;")
	e.close()
	e.close()
	e.open("if (place < %d)", t.count)
	e.line("const long i = row;")
	c.writeTopOutputs(s)
	e.close()
	s.end()
	return entry
}

// writeTopOutputs applies Fold's Post to a value of row i and stores the results.
func (c *contractPlanner) writeTopOutputs(s *source) {
	t, e := c.top, &s.entries
	c.begin(s, t.moving)
	at := func(name string) string { return fmt.Sprintf("%s_at + i * %s", name, s.arg(name+"_i")) }
	e.line("const %s y = %s;", t.post.returns, t.post.call(func(l leaf) string {
		if value, ok := t.accs.value(l, "total"); ok {
			return value
		}
		return s.value(l, at)
	}))
	for _, p := range t.finish {
		if p.kind == output {
			e.line("%s[%s + place * %s] = y.r%d;", p.name, at(p.name), s.arg(p.name+"_j"), p.number)
		}
	}
}

// topped plans a product that keeps the first values of its rows: rows are taken in bands,
// as scratch memory allows.
func (l *contractLaunch) topped() {
	t := l.top
	tiles := ceilDiv(l.m, t.tile.M) * l.batches
	span := max(leastSpan, ceilDiv(l.n, max(1, busyGroups/tiles)))
	span = ceilDiv(span, t.tile.N) * t.tile.N
	spans := ceilDiv(l.n, span)
	row := l.batches * spans * t.count * t.accs.size // bytes of scratch memory
	band := min(l.m, max(t.tile.M, chunkScratch/row))
	for i0 := 0; i0 < l.m; i0 += band {
		m := min(band, l.m-i0)
		l.into.ReuseScratch()
		scratch := l.into.TakeScratch(m * row)
		p := l.topPass(t.rows, t.reads, i0, m, span, spans, scratch)
		rowTiles := ceilDiv(m, t.tile.M)
		block(p.Block).set(l.rowTiles, rowTiles)
		p.Groups = rowTiles * l.batches * spans
		p.Work = float64(t.tile.M) * float64(min(span, l.n)) * (float64(l.k)*(l.stepCost+1) + l.postCost)
		p = l.topPass(t.places, t.finish, i0, m, span, spans, scratch)
		p.Groups = ceilDiv(l.batches*m*spans*t.count, topItems)
		p.Work = topItems * float64(8*spans)
	}
}

// topPass appends a pass over rows i0 … i0+m-1.
func (l *contractLaunch) topPass(entry int, ops []*operand, i0, m, span, spans int, scratch grid.BufferRef) *grid.Pass {
	p := l.into.Add(entry, l.layout.size)
	p.Buffers = append(buffers(p.Buffers, ops), scratch)
	b := l.fill(p, i0, m)
	b.set(l.top.span, span)
	b.set(l.top.spans, spans)
	return p
}
