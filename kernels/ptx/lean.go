package ptx

// Lean tiles are those whose slices are copied 16 bytes at a time and nothing else: on
// either side elements are neighbours along i (or j), as the slices of other tiles have
// them ("wide"), or along k ("deep"). A deep slice keeps what it copies as it is: rows
// of `depth` elements, of which a thread loads four steps at a time.
//
// The floor of a tile is the instructions of its Steps: a multiprocessor begins four a
// cycle, and arithmetic is all that it should begin. For a float32 product, 16 steps of
// 8×8 outputs are 1024 multiply-adds and 64 loads from shared memory of 16 bytes; the
// copies, the barrier and the loop of a lean slice are some 45 instructions more, where
// others have 115 for 8 steps. On an H200 multiply-adds are begun in no more than 76% of
// the cycles, by whichever program; here it is 64 to 68%.
//
// A warp has 8×4 threads, whose loads are 128 and 64 different bytes.

const (
	leanDepth = 16
	leanChunk = 4 // elements of a copy
)

// allowsLean says whether tiles of a shape have lean variants: where elements of four
// bytes are copied as they are, and registers hold them beside the chains.
func (k *contractRender) allowsLean(t tile) bool {
	return k.target.ampere() && !t.tensor() && t.rows >= 4 && t.cols >= 4 &&
		k.sideA.plain() && k.sideB.plain() && k.typeA.Size() == 4 && k.typeB.Size() == 4 &&
		len(k.sideA.reads) == 1 && len(k.sideB.reads) == 1 && len(k.ops.readBy(&k.contract.Step)) == 0 &&
		accWords(k.contract.Accs) == 1 && k.stepCost <= 12
}

// leanOf is the lean tile of a shape.
func (t tile) leanOf(deepA, deepB bool) tile {
	t.depth, t.lean, t.alongA, t.alongB = leanDepth, true, deepA, deepB
	return t
}

// leanCode writes what a thread block does for a lean tile. Each of two stages holds a
// slice of a and one of b.
type leanCode struct {
	*tileCode
	a, b *leanSlice
	turn string // U32, changes: from the stage to compute to the other, in bytes
}

func (k *contractRender) newLeanCode(c *code, t tile) *leanCode {
	x := &leanCode{
		tileCode: &tileCode{k: k, c: c, t: t, step: &k.contract.Step},
		a:        &leanSlice{side: k.sideA, deep: t.alongA, width: t.m(), depth: t.depth},
		b:        &leanSlice{side: k.sideB, deep: t.alongB, width: t.n(), depth: t.depth},
	}
	x.b.offset = x.a.bytes()
	for _, acc := range k.contract.Accs {
		x.accs = append(x.accs, c.regs(acc.Type, t.rows*t.cols))
	}
	return x
}

// stage is the bytes of a stage.
func (x *leanCode) stage() int { return x.a.bytes() + x.b.bytes() }

// resident is how many thread blocks a multiprocessor should hold.
func (x *leanCode) resident() int { return 2 }

// enter moves the operands to a batch.
func (x *leanCode) enter(batch string) {
	for _, s := range []*leanSlice{x.a, x.b} {
		s.bases = x.k.enter(x.c, s.reads, batch)
	}
}

// leanRow and leanCol are the thread's place among those of the tile: of the eight
// warps, in two rows of four, each has 8×4 threads.
func (x *tileCode) leanRow() string {
	c := x.c
	upper := c.to(u32, "and.b32", c.to(u32, "shr.u32", c.thread(), "4"), "8")
	return c.add(u32, upper, c.to(u32, "and.b32", c.to(u32, "shr.u32", c.thread(), "2"), "7"))
}

func (x *tileCode) leanCol() string {
	c := x.c
	left := c.to(u32, "and.b32", c.to(u32, "shr.u32", c.thread(), "3"), "12")
	return c.add(u32, left, c.to(u32, "and.b32", c.thread(), "3"))
}

// run computes the chains of a lean tile, or of a chunk of them: while a slice is
// computed, the next is copied. What is rare comes behind the loop, and finds out anew
// where the tile is: registers are scarce.
func (x *leanCode) run(s span) {
	c, depth := x.c, integer(x.t.depth)
	x.startChains()
	array := c.to(u32, "mov.u32", c.unit.sharedArray("slices", u32, 2*x.stage()/u32.Size()))
	x.a.start(c, array, s.i, s.k, x.leanRow())
	x.b.start(c, array, s.j, s.k, x.leanCol())
	x.turn = c.variable(u32, integer(x.stage()))
	left, within := c.variable(u32, c.sub(u32, s.end, s.k)), x.within(s)
	top, end := c.label("slice"), c.label("chained")
	copied, part, few := c.label("copied"), c.label("part"), c.label("few")

	c.jumpIf(c.compare("eq", u32, left, "0"), end)
	x.copyPart(s, s.k)
	c.emit("cp.async.commit_group")
	x.turnCopies()
	c.place(top)
	c.emit("cp.async.wait_group", "0")
	c.emit("bar.sync", "0")
	c.jumpUnless(c.to(boolean, "and.pred", c.compare("ge", u32, left, integer(2*x.t.depth)), within), part)
	x.a.copy(c, nil)
	x.b.copy(c, nil)
	c.place(copied)
	c.emit("cp.async.commit_group")
	c.jumpIf(c.compare("lt", u32, left, depth), few)
	x.leanSlices()
	x.turnLanes()
	x.turnCopies()
	c.emit("sub.u32", left, left, depth)
	c.jumpIf(c.compare("ne", u32, left, "0"), top)
	c.jump(end)

	c.place(part)
	c.jumpIf(c.compare("le", u32, left, depth), copied)
	s = x.k.chunkSpan(c, x.k.locate(c, x.t, integer(x.t.n())))
	x.copyPart(s, c.add(u32, c.sub(u32, s.end, left), depth))
	c.jump(copied)
	c.place(few)
	x.leanFew(left)
	c.place(end)
	c.emit("cp.async.wait_group", "0")
}

// turnLanes has the other stage be the one that is computed, and turnCopies has copies go
// to the one that was.
func (x *leanCode) turnLanes() {
	c := x.c
	c.emit("add.u32", x.a.lane, x.a.lane, x.turn)
	c.emit("add.u32", x.b.lane, x.b.lane, x.turn)
	c.emit("neg.s32", x.turn, x.turn)
}

func (x *leanCode) turnCopies() {
	c := x.c
	c.emit("add.u32", x.a.to, x.a.to, x.turn)
	c.emit("add.u32", x.b.to, x.b.to, x.turn)
}

// within is the predicate that all of the tile's rows and columns exist.
func (x *leanCode) within(s span) string {
	c := x.c
	rows := c.compare("le", u32, c.add(u32, s.i, integer(x.t.m())), c.load(u32, x.k.m))
	cols := c.compare("le", u32, c.add(u32, s.j, integer(x.t.n())), c.load(u32, x.k.n))
	return c.to(boolean, "and.pred", rows, cols)
}

// copyPart starts copying the slices at k, of which not everything need exist.
func (x *leanCode) copyPart(s span, k string) {
	c := x.c
	x.a.copy(c, x.a.sizes(c, s.i, c.load(u32, x.k.m), k, s.end))
	x.b.copy(c, x.b.sizes(c, s.j, c.load(u32, x.k.n), k, s.end))
}

// leanSlices adds the whole slices of a stage to the chains.
func (x *leanCode) leanSlices() {
	c, depth := x.c, x.t.depth
	unrolled := x.unrolled(x.most())
	turns, top := "", c.label("steps")
	if unrolled < depth {
		turns = c.variable(u32, integer(depth/unrolled))
		c.place(top)
	}
	for k := 0; k < unrolled; k += x.atOnce() {
		x.someSteps(x.a.lane, x.b.lane, k, x.atOnce())
	}
	if unrolled < depth {
		x.a.advance(c, x.a.lane, unrolled)
		x.b.advance(c, x.b.lane, unrolled)
		c.emit("sub.u32", turns, turns, "1")
		c.jumpIf(c.compare("ne", u32, turns, "0"), top)
		x.a.advance(c, x.a.lane, -depth)
		x.b.advance(c, x.b.lane, -depth)
	}
}

// leanFew adds the positions that are left, fewer than a slice has, to the chains. They
// are the last.
func (x *leanCode) leanFew(left string) {
	c, top := x.c, x.c.label("step")
	a, b := x.a.lane, x.b.lane
	c.place(top)
	x.someSteps(a, b, 0, 1)
	x.a.advance(c, a, 1)
	x.b.advance(c, b, 1)
	c.emit("sub.u32", left, left, "1")
	c.jumpIf(c.compare("ne", u32, left, "0"), top)
}

// Registers are few beside the chains: what a Step of several instructions holds leaves
// none for four positions of a deep slice, nor do two deep slices, and the assembler finds
// places for fewer steps at a time.
const (
	leanSimple = 2100 // instructions written out, of a Step that is one
	leanOther  = 600
)

func (x *leanCode) most() int {
	if x.k.stepCost == 1 {
		return leanSimple
	}
	return leanOther
}

// atOnce is how many positions of a deep slice are loaded at once.
func (x *leanCode) atOnce() int {
	if x.k.stepCost > 1 || x.t.alongA && x.t.alongB {
		return leanChunk / 2
	}
	return leanChunk
}

// someSteps does n steps from k on: of deep slices, all are loaded at once.
func (x *leanCode) someSteps(a, b string, k, n int) {
	var as, bs [][]string
	if x.t.alongA {
		as = x.a.load(x.c, a, k, n, x.t.rows)
	}
	if x.t.alongB {
		bs = x.b.load(x.c, b, k, n, x.t.cols)
	}
	for i := range n {
		x.leanSteps(x.a.at(x.c, a, as, k, i, x.t.rows), x.b.at(x.c, b, bs, k, i, x.t.cols))
	}
}

// leanSteps does Step at one position for all of the thread's outputs.
func (x *leanCode) leanSteps(as, bs []string) {
	for r := range x.t.rows {
		for col := range x.t.cols {
			x.stepOutput(as[r], bs[col], nil, r*x.t.cols+col)
		}
	}
}

// writeLean writes the lean entries for tiles of a shape: each for outputs, and for
// chunks' results.
func (k *contractRender) writeLean(t tile) (*[2][2]contractEntry, error) {
	var list [2][2]contractEntry
	for a, deepA := range []bool{false, true} {
		for b, deepB := range []bool{false, true} {
			if k.stepCost > 1 && !(deepA && deepB) {
				continue // registers do not hold it; rows of both are what distances are of
			}
			e := contractEntry{tile: t.leanOf(deepA, deepB)}
			var err error
			if e.number, err = k.writeLeanTile(e.tile); err != nil {
				return nil, err
			}
			list[a][b] = e
		}
	}
	return &list, nil
}

func (k *contractRender) writeLeanTile(t tile) (int, error) {
	name := t.String()
	c, err := k.start("tile_"+name, "Tiles of "+name+" outputs, or chunks of chains for them.", tileThreads)
	if err != nil {
		return 0, err
	}
	x := k.runTile(c, t, true)
	at := k.locate(c, t, integer(t.n()))
	outputs, done := c.label("finish"), c.label("done")
	c.jumpIf(c.compare("eq", u32, c.load(u32, k.chunks), "1"), outputs)
	x.keepChunk(at)
	c.jump(done)
	c.place(outputs)
	x.finish(at)
	c.place(done)
	return k.end(c.unit), nil
}

// leanEntry is the entry of a lean tile for a launch, if there is one.
func (k *contractRender) leanEntry(e contractEntry, x *contraction) (contractEntry, bool) {
	deepA, deepB := k.isWide(k.sideA, x, true), k.isWide(k.sideB, x, true)
	if e.lean == nil || !deepA && !k.isWide(k.sideA, x, false) || !deepB && !k.isWide(k.sideB, x, false) {
		return e, false
	}
	l := e.lean[truth(deepA)][truth(deepB)]
	return l, l.tile.lean
}
