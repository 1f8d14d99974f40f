package clike

import (
	"fmt"

	"github.com/quern-go/quern/kernels"
)

// contractPlanner plans the launches of a Contract.
//
// A chain longer than 8192 is cut in chunks: each is computed by groups of its
// own, which leave the accumulators in scratch memory, and a pass of its own
// joins them.
type contractPlanner struct {
	layout *layout
	sig    *kernels.Signature
	start  []uint64
	axes   int // batch axes, and one for a row

	ops        *operands
	all        []*operand // with strides
	product    []*operand // what PreA, PreB and Post read, and outputs without Fold
	moving     []*operand // of these, those with strides
	finish     []*operand // what Post reads, and outputs without Fold
	finishing  []*operand // of these, those with strides
	a, b       []*operand // what PreA and PreB read, with strides
	rowStrides []word     // by operand: along m, n and k
	colStrides []word
	kStrides   []word

	typeA, typeB kernels.DType
	accs         *accs
	preA, preB   *bodyFunc
	step, post   *bodyFunc
	stepCost     float64
	postCost     float64

	large, small           Tile
	largeEntry, smallEntry int
	join                   int
	fold                   *foldPlanner
	top                    *topPlanner

	m, n, k, rowTiles, colTiles, aAlong, bAlong         word
	chunks, firstChunk, firstSlot, slots, batches, last word
	batchAxes, lengths                                  word
}

func renderContract(s *source, k *kernels.Contract, axes int) (planner, error) {
	c := &contractPlanner{layout: &s.block, sig: s.sig, start: k.Start, axes: max(axes-2, 1)}
	c.typeA, c.typeB = sliceTypes(k)
	if err := c.chooseTiles(s, k); err != nil {
		return nil, err
	}
	c.describe(s, k)
	c.accs = newAccs(s, "Accs", k.Accs)
	c.preA, c.preB = s.bodyFunc("pre_a", &k.PreA, false), s.bodyFunc("pre_b", &k.PreB, false)
	c.step, c.post = s.bodyFunc("chain_step", &k.Step, false), s.bodyFunc("post", &k.Post, false)
	c.stepCost, c.postCost = cost(&k.Step), cost(&k.Post)
	switch {
	case c.top != nil:
		return c, c.renderTop(s, k)
	case c.fold != nil:
		if err := c.renderFold(s, k); err != nil {
			return nil, err
		}
		c.large = c.small
	}
	if c.large == c.small {
		c.smallEntry = c.writeTile(s, "contract_tile", c.small)
		c.largeEntry = c.smallEntry
	} else {
		c.smallEntry = c.writeTile(s, "contract_small", c.small)
		c.largeEntry = c.writeTile(s, "contract_large", c.large)
	}
	c.join = c.writeJoin(s)
	return c, nil
}

// chooseTiles takes the target's tile, or the default and one for small products.
func (c *contractPlanner) chooseTiles(s *source, k *kernels.Contract) error {
	c.large, c.small = s.target.Tile, s.target.Tile
	if c.large == (Tile{}) {
		c.large, c.small = DefaultTile(k, s.target), chooseTile(k, s.target, smallEdge)
	}
	return c.large.check(s.target, c.typeA.Size(), c.typeB.Size())
}

// describe lays out the argument block.
func (c *contractPlanner) describe(s *source, k *kernels.Contract) {
	l := &s.block
	l.number("first_group")
	c.m, c.n, c.k = l.number("m"), l.number("n"), l.number("k")
	c.rowTiles, c.colTiles = l.number("row_tiles"), l.number("column_tiles")
	c.aAlong, c.bAlong = l.number("a_along_k"), l.number("b_along_k") // how work items share a slice's elements
	c.batches = l.number("batches")
	c.chunks, c.firstChunk = l.number("chunks"), l.number("first_chunk")
	c.firstSlot, c.slots = l.number("first_slot"), l.number("slots") // of scratch memory; 0: no scratch memory
	c.last = l.number("last")                                        // joins the last chunks
	bodies := bodiesOf(k)
	switch {
	case k.Fold == nil:
		c.batchAxes = l.number("kept")
	case k.Fold.Top > 0:
		c.batchAxes = l.number("kept")
		c.top = &topPlanner{span: l.number("span"), spans: l.number("spans")}
	default:
		c.fold = &foldPlanner{}
		c.fold.describe(l)
		c.batchAxes = c.fold.kept
	}
	c.lengths = l.numbers("shape", c.axes)
	c.ops = newOperands(s, c.axes, bodies...)
	c.all = c.ops.moving(c.ops.all())
	for _, p := range c.all {
		c.rowStrides = append(c.rowStrides, l.number(p.name+"_i"))
		c.colStrides = append(c.colStrides, l.number(p.name+"_j"))
		c.kStrides = append(c.kStrides, l.number(p.name+"_k"))
	}
	l.scalars(s.dialect, s.sig.Params)
	outs := k.Fold == nil
	c.finish = c.ops.readBy(&k.Post, outs)
	c.finishing = c.ops.moving(c.finish)
	a, b := c.ops.readBy(&k.PreA, false), c.ops.readBy(&k.PreB, false)
	c.product = c.ops.union(c.ops.union(a, b), c.ops.union(c.finish, c.ops.readBy(&k.Step, false)))
	c.moving = c.ops.moving(c.product)
	c.a, c.b = c.ops.moving(a), c.ops.moving(b)
}

// scratchPointer declares the scratch memory of accumulators.
func (c *contractPlanner) scratchPointer(s *source) string {
	return fmt.Sprintf("%s %s *scratch", s.dialect.global, c.accs.name)
}

// writeTile writes the entry point for a tile.
func (c *contractPlanner) writeTile(s *source, name string, t Tile) int {
	p := &product{s: s, tile: t, c: c}
	comment := fmt.Sprintf("Tiles of %d×%d, %d×%d of each work item, in slices of %d along k.", t.M, t.N, t.RowsPerItem, t.ColsPerItem, t.K)
	entry := s.begin(comment, name, t.items(), c.product, c.scratchPointer(s))
	e := &s.entries
	p.declare()
	s.need("divide")
	c.split(s, "group", "row_tile", "column_tiles", "column_tile")
	c.split(s, "row_tile", "part", "row_tiles", "row_number")
	c.split(s, "part", "batch", "chunks", "chunk")
	e.line("const long i0 = row_number * %d, j0 = column_tile * %d;", t.M, t.N)
	e.line("const long k_first = (%s + chunk) * %d;", s.arg("first_chunk"), kernels.ChunkK)
	e.line("const long k_end = min(k_first + %d, %s);", kernels.ChunkK, s.arg("k"))
	c.begin(s, c.moving)
	p.chains()
	if c.fold != nil {
		c.writeKeep(s, p)
	} else {
		e.open("if (%s > 0)", s.arg("slots"))
		c.writeKeep(s, p)
		e.orElse()
		c.writeStore(s, p)
		e.close()
	}
	s.end()
	return entry
}

// split writes number = quotient·count + rest.
func (c *contractPlanner) split(s *source, number, quotient, count, rest string) {
	s.entries.line("const ulong %s = divide(%s, %s);", quotient, number, s.arg(count))
	s.entries.line("const ulong %s = %s - %s * %s;", rest, number, quotient, s.arg(count))
}

// begin declares where operands begin in the batch.
func (c *contractPlanner) begin(s *source, ops []*operand) {
	s.offsets(ops, "_at")
	s.entries.open("")
	s.walk("batch", "0", s.arg("kept"), ops, "_at")
	s.entries.close()
}

// writeKeep leaves the tile's accumulators in scratch memory.
func (c *contractPlanner) writeKeep(s *source, p *product) {
	e := &s.entries
	e.line("scratch += ((%s + chunk) * %s + batch) * %s * %s;", s.arg("first_slot"), s.arg("batches"), s.arg("m"), s.arg("n"))
	p.openSets()
	e.line("const long i = i0 + %s, j = j0 + %s;", p.tile.row("r"), p.tile.column("c"))
	e.open("if (i < %s && j < %s)", s.arg("m"), s.arg("n"))
	e.line("scratch[i * %s + j] = %s;", s.arg("n"), p.set())
	e.close()
	p.closeSets()
}

// writeStore finishes the tile's outputs. A Post that computes much is not
// repeated for each: the accumulators then go where they can be numbered.
func (c *contractPlanner) writeStore(s *source, p *product) {
	e := &s.entries
	set := p.set()
	if c.postCost > light {
		e.line("%s done[%d];", c.accs.name, p.sets())
		p.openSets()
		e.line("done[r * %d + c] = %s;", p.tile.ColsPerItem, set)
		p.closeSets()
		set = "done[x]"
		e.line("#pragma unroll 1")
		e.open("for (int x = 0; x < %d; x++)", p.sets())
		e.line("const int r = x / %d, c = x %% %d;", p.tile.ColsPerItem, p.tile.ColsPerItem)
	} else {
		p.openSets()
	}
	e.line("const long i = i0 + %s, j = j0 + %s;", p.tile.row("r"), p.tile.column("c"))
	e.open("if (i < %s && j < %s)", s.arg("m"), s.arg("n"))
	c.writeOutputs(s, set)
	e.close()
	if c.postCost > light {
		e.close()
	} else {
		p.closeSets()
	}
}

// writeOutputs applies Post to a state and stores the results at (i, j).
func (c *contractPlanner) writeOutputs(s *source, state string) {
	s.entries.line("const %s y = %s;", c.post.returns, c.postCall(s, state, "i", "j"))
	for _, p := range c.finish {
		if p.kind == output {
			s.entries.line("%s[%s] = y.r%d;", p.name, c.place(s, p.name, "i", "j"), p.number)
		}
	}
}

// postCall is a call of Post for a state at (i, j).
func (c *contractPlanner) postCall(s *source, state, i, j string) string {
	return c.post.call(func(l leaf) string {
		if value, ok := c.accs.value(l, state); ok {
			return value
		}
		return s.value(l, func(name string) string { return c.place(s, name, i, j) })
	})
}

func (c *contractPlanner) place(s *source, name, i, j string) string {
	return fmt.Sprintf("%s_at + %s * %s + %s * %s", name, i, s.arg(name+"_i"), j, s.arg(name+"_j"))
}

// joinItems is the number of work items of a group that joins chunks.
const joinItems = 64

// writeJoin writes the entry point that joins the chunks of each output, in
// order, and finishes it or keeps it in the first slot.
func (c *contractPlanner) writeJoin(s *source) int {
	entry := s.begin("Joins chunks of k.", "contract_join", joinItems, c.finish, c.scratchPointer(s))
	e := &s.entries
	e.line("const ulong number = group * %d + item;", joinItems)
	e.line("const ulong outputs = %s * %s * %s;", s.arg("batches"), s.arg("m"), s.arg("n"))
	e.open("if (number >= outputs)")
	e.line("return;")
	e.close()
	e.line("%s total = scratch[number];", c.accs.name)
	e.open("for (long slot = 1; slot < %s; slot++)", s.arg("slots"))
	e.line("total = %s(total, scratch[slot * outputs + number]);", c.accs.combine)
	e.close()
	if c.fold != nil {
		e.line("scratch[number] = total;")
		s.end()
		return entry
	}
	e.open("if (!%s)", s.arg("last"))
	e.line("scratch[number] = total;")
	e.line("return;")
	e.close()
	s.need("divide")
	c.split(s, "number", "row", "n", "j_number")
	c.split(s, "row", "batch", "m", "i_number")
	e.line("const long i = i_number, j = j_number;")
	c.begin(s, c.finishing)
	c.writeOutputs(s, "total")
	s.end()
	return entry
}
