package clike

import (
	"errors"
	"fmt"

	"github.com/quern-go/quern/kernels"
)

// foldPlanner is what a Contract with a Fold has besides. A group takes some
// rows and walks a block of 4096 columns in 16 steps of 256; column j belongs to
// lane j mod 256, and at the end of the block the lanes fold. For rows of at most
// 32 columns there are groups of as many lanes, and more rows.
type foldPlanner struct {
	reduction
	wide, narrow foldTile
	joined       int        // the entry point that reads joined chunks
	ops          []*operand // what the entry points read and write
}

// foldTile is the tile of one step, whose columns are the lanes.
type foldTile struct {
	Tile
	rows  int // whose lanes fold at once
	entry int
}

const (
	// foldBytes bounds the accumulators, of the product and of the fold, that a
	// work item has in registers, and laneBytes the local memory in which lanes
	// fold.
	foldBytes = 384
	laneBytes = 16 << 10
	// narrowLanes are the lanes for short rows, of which there must be enough for
	// it to matter.
	narrowLanes = 32
	narrowRows  = 1024
)

func (c *contractPlanner) renderFold(s *source, k *kernels.Contract) error {
	f := c.fold
	f.order, f.group = kernels.Tree, groupFor(s.target)
	f.accs = newAccs(s, "FoldAccs", k.Fold.Accs)
	f.post = s.bodyFunc("fold_post", &k.Fold.Post, false)
	f.finish = c.ops.readBy(&k.Fold.Post, true)
	f.moving = c.ops.moving(f.finish)
	f.ops = c.ops.union(c.product, f.finish)
	var err error
	if f.wide, err = c.foldTile(s, kernels.TreeLanes); err != nil {
		return err
	}
	if f.narrow, err = c.foldTile(s, narrowLanes); err != nil {
		return err
	}
	f.wide.entry = c.writeFold(s, "fold_rows", &f.wide)
	f.narrow.entry = c.writeFold(s, "fold_short_rows", &f.narrow)
	f.joined = f.writeEntry(s, "Folds rows of joined chunks.", "fold_joined", c.joinedValues(s), c.ops)
	f.again = f.writeEntry(s, "Folds partial results.", "fold_again", f.partials(s), c.ops)
	return nil
}

// foldTile has the given number of lanes, and as many rows as accumulators and
// local memory allow.
func (c *contractPlanner) foldTile(s *source, lanes int) (foldTile, error) {
	f := c.fold
	t := Tile{N: lanes, K: 16, ColsPerItem: max(4, lanes/f.group), RowsPerItem: 8}
	most := max(1, foldBytes/(c.accs.size+f.accs.size))
	if given := s.target.Tile; given != (Tile{}) {
		most = min(most, given.RowsPerItem*given.ColsPerItem)
	}
	for t.RowsPerItem > 1 && t.RowsPerItem*t.ColsPerItem > most {
		t.RowsPerItem /= 2
	}
	t.M = f.group / t.across() * t.RowsPerItem
	row := f.accs.size * lanes
	slices := func() int { return t.localBytes(c.typeA.Size(), c.typeB.Size()) }
	for t.K > 1 && slices()+max(row, laneBytes) > s.target.LocalBytes {
		t.K /= 2
	}
	if need := slices() + row; need > s.target.LocalBytes {
		return foldTile{}, fmt.Errorf("fold: %d bytes of local memory, of %d: %w", need, s.target.LocalBytes, errors.ErrUnsupported)
	}
	rows := 1
	for rows < t.M && 2*rows*row <= laneBytes && slices()+2*rows*row <= s.target.LocalBytes {
		rows *= 2
	}
	return foldTile{Tile: t, rows: rows}, nil
}

// writeFold writes the entry point for chains of one chunk.
func (c *contractPlanner) writeFold(s *source, name string, t *foldTile) int {
	f := c.fold
	p := &product{s: s, tile: t.Tile, c: c}
	comment := fmt.Sprintf("Folds %d rows, in steps of %d columns.", t.M, t.N)
	entry := s.begin(comment, name, t.items(), f.ops, fmt.Sprintf("%s %s *scratch", s.dialect.global, f.accs.name))
	e := &s.entries
	e.line("%s %s lanes[%d];", s.dialect.local, f.accs.name, t.rows*t.N)
	p.declare()
	s.need("divide")
	c.split(s, "group", "part", "blocks", "number")
	c.split(s, "part", "batch", "row_tiles", "row_tile")
	e.line("const long i0 = row_tile * %d, first = number * %d;", t.M, kernels.TreeBlock)
	e.line("const long end = min(first + %d, %s);", kernels.TreeBlock, s.arg("n"))
	e.line("const long k_first = 0, k_end = %s;", s.arg("k"))
	c.begin(s, c.moving)
	e.line("%s totals[%d];", f.accs.name, p.sets())
	e.line("#pragma unroll")
	e.open("for (int x = 0; x < %d; x++)", p.sets())
	e.line("totals[x] = %s();", f.accs.identity)
	e.close()
	e.open("for (long j0 = first; j0 < end; j0 += %d)", t.N)
	p.chains()
	c.writeFoldStep(s, p)
	e.close()
	c.writeFoldLanes(s, p, t)
	s.end()
	return entry
}

// writeFoldStep adds Post of the tile's outputs to the lanes' totals.
func (c *contractPlanner) writeFoldStep(s *source, p *product) {
	f, e, t := c.fold, &s.entries, p.tile
	p.openSets()
	e.line("const long i = min(i0 + %s, %s - 1), j = j0 + %s;", t.row("r"), s.arg("m"), t.column("c"))
	e.open("if (j < end)")
	e.line("const %s x = %s;", c.post.returns, c.postCall(s, p.set(), "i", "j"))
	f.accs.writeState(e, "next", func(i int) string { return fmt.Sprintf("x.r%d", i) }, "j")
	e.line("totals[r * %d + c] = %s(totals[r * %d + c], next);", t.ColsPerItem, f.accs.combine, t.ColsPerItem)
	e.close()
	p.closeSets()
}

// writeFoldLanes folds the lanes of the group's rows, some rows at a time.
func (c *contractPlanner) writeFoldLanes(s *source, p *product, t *foldTile) {
	f, e := c.fold, &s.entries
	e.open("for (int row = 0; row < %d; row += %d)", t.M, t.rows)
	p.openSets()
	e.line("const int x = %s - row;", t.row("r"))
	e.open("if (x >= 0 && x < %d)", t.rows)
	e.line("lanes[x * %d + %s] = totals[r * %d + c];", t.N, t.column("c"), t.ColsPerItem)
	e.close()
	p.closeSets()
	e.line("%s", s.dialect.barrier)
	e.open("for (int width = %d; width > 0; width /= 2)", t.N/2)
	e.open("for (int x = item; x < %d * width; x += %d)", t.rows, t.items())
	e.line("const int lane = x / width * %d + x %% width;", t.N)
	e.line("lanes[lane] = %s(lanes[lane], lanes[lane + width]);", f.accs.combine)
	e.close()
	e.line("%s", s.dialect.barrier)
	e.close()
	e.open("for (int x = item; x < %d && i0 + row + x < %s; x += %d)", t.rows, s.arg("m"), t.items())
	e.line("const ulong point = batch * %s + i0 + row + x;", s.arg("m"))
	e.line("const %s total = lanes[x * %d];", f.accs.name, t.N)
	e.open("if (%s > 1)", s.arg("blocks"))
	e.line("scratch[point * %s + number] = total;", s.arg("blocks"))
	e.orElse()
	e.line("const long i = i0 + row + x;")
	c.writeFoldOutputs(s)
	e.close()
	e.close()
	e.line("%s", s.dialect.barrier)
	e.close()
}

// writeFoldOutputs applies Fold's Post to the total of row i and stores the
// results.
func (c *contractPlanner) writeFoldOutputs(s *source) {
	f, e := c.fold, &s.entries
	s.offsets(f.moving, "_out")
	e.open("")
	s.walk("batch", "0", s.arg("kept"), f.moving, "_out")
	e.close()
	place := func(name string) string { return fmt.Sprintf("%s_out + i * %s", name, s.arg(name+"_i")) }
	e.line("const %s y = %s;", f.post.returns, f.post.call(func(l leaf) string {
		if value, ok := f.accs.value(l, "total"); ok {
			return value
		}
		return s.value(l, place)
	}))
	for _, p := range f.finish {
		if p.kind == output {
			e.line("%s[%s] = y.r%d;", p.name, place(p.name), p.number)
		}
	}
}

// joinedValues are Post of accumulators that lie in scratch memory.
func (c *contractPlanner) joinedValues(s *source) *values {
	return &values{
		ops:     c.finish,
		pointer: fmt.Sprintf("%s const %s *joined", s.dialect.global, c.accs.name),
		start: func(e *text) {
			s.offsets(c.finishing, "_at")
			e.open("")
			s.walk("point", "0", s.arg("kept"), c.finishing, "_at")
			e.close()
		},
		each: func(e *text, state string) {
			e.line("const long j = at;")
			e.line("const %s acc = joined[point * %s + j];", c.accs.name, s.arg("length"))
			e.line("const %s x = %s;", c.post.returns, c.post.call(func(l leaf) string {
				if value, ok := c.accs.value(l, "acc"); ok {
					return value
				}
				return s.value(l, func(name string) string { return fmt.Sprintf("%s_at + j * %s", name, s.arg(name+"_j")) })
			}))
			c.fold.accs.writeState(e, state, func(i int) string { return fmt.Sprintf("x.r%d", i) }, "j")
		},
		cost: c.postCost,
	}
}
