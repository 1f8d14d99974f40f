package ptx

// Lean tiles are those whose slices are copied 16 bytes at a time and nothing else: on
// either side elements are neighbours along i (or j), as the slices of other tiles have
// them ("wide"), or along k ("deep"). A deep slice keeps what it copies as it is: rows
// of `depth` elements, of which a thread loads four steps at a time.
//
// The floor of a tile is the instructions of its Steps: a multiprocessor begins four a
// cycle, and arithmetic is all that it should begin. For a float32 product, 16 steps of
// 8×8 outputs are 1024 multiply-adds and 64 loads from shared memory of 16 bytes; the
// copies, the barrier and the loop of a lean slice are some 35 instructions more, where
// others have 100 for 8 steps.
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

// leanSlice is a side's slices in shared memory, and the thread's copies to them.
type leanSlice struct {
	*side
	deep         bool
	width, depth int
	offset       int      // in a stage, in bytes
	bases        []string // of the operand, in the current batch
	place        string   // U64, changes: where the thread's first copy of the next slice is from
	to           string   // U32, changes: where it goes
	lane         string   // U32, changes: the thread's first row (or column) in the stage to compute
}

// pitch is the elements from a row in shared memory to the next. The pad keeps the
// threads of a load from the same bank.
func (s *leanSlice) pitch() int {
	if s.deep {
		return s.depth + leanChunk
	}
	return s.width + leanChunk
}

// The rows of a deep slice are in the order 0, 4, 8, …, 1, 5, 9, …, so that threads next
// to each other load rows next to each other. Each of the four parts begins `skew`
// elements further, which keeps the threads of a copy from the same bank.
func (s *leanSlice) quarter() int { return s.width/4*s.pitch() + s.depth }

// elements is the size of a stage.
func (s *leanSlice) elements() int {
	if s.deep {
		return 4 * s.quarter()
	}
	return s.depth * s.pitch()
}

func (s *leanSlice) bytes() int { return s.elements() * s.t.Size() }

// copies is how many copies a thread makes of a slice.
func (s *leanSlice) copies() int { return s.width * s.depth / leanChunk / tileThreads }

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

// start finds the thread's copies of the slices of a tile, which begins at a position
// along i (or j) and k, and its first row (or column), of its number. Copies go to the
// first stage.
func (s *leanSlice) start(c *code, array, tile, k, number string) {
	main, deep := s.first(c)
	along, alongK := s.strides(c, s.reads[0])
	at := c.mad(i64, c.widen(c.add(u32, tile, main)), along, s.bases[0])
	s.place = c.variable(u64, c.mad(i64, c.widen(c.add(u32, k, deep)), alongK, at))

	size := s.t.Size()
	begin := c.add(u32, array, integer(s.offset))
	element, pitch := c.mad(u32, deep, integer(s.pitch()), main), leanChunk
	if s.deep {
		quarter, row := c.to(u32, "and.b32", main, "3"), c.to(u32, "shr.u32", main, "2")
		element, pitch = c.mad(u32, quarter, integer(s.quarter()), c.mad(u32, row, integer(s.pitch()), deep)), s.pitch()
	}
	s.to = c.variable(u32, c.mad(u32, element, integer(size), begin))
	s.lane = c.variable(u32, c.mad(u32, number, integer(pitch*size), begin))
}

// first is the position of the thread's first copy in a slice, along i (or j) and k.
func (s *leanSlice) first(c *code) (main, k string) {
	n := s.perRow()
	chunk := c.mul(u32, c.to(u32, "and.b32", c.thread(), integer(n-1)), integer(leanChunk))
	row := c.to(u32, "shr.u32", c.thread(), integer(log2(n)))
	if s.deep {
		return row, chunk
	}
	return chunk, row
}

// perRow is how many copies make a row in shared memory.
func (s *leanSlice) perRow() int {
	if s.deep {
		return s.depth / leanChunk
	}
	return s.width / leanChunk
}

// rowsAtOnce is how many rows (of a deep slice), or steps along k, the threads copy at
// once.
func (s *leanSlice) rowsAtOnce() int { return tileThreads / s.perRow() }

// alongK is an operand's stride along k times 2^shift.
func (s *leanSlice) alongK(c *code, shift int) string {
	if s.deep {
		return integer(s.t.Size() << shift)
	}
	_, stride := s.strides(c, s.reads[0])
	return c.to(i64, "shl.b64", stride, integer(shift))
}

// copy starts copying a slice. Sizes are the bytes of each copy; nil stands for whole
// ones.
func (s *leanSlice) copy(c *code, sizes []string) {
	at, place := s.to, s.place
	for n := range s.copies() {
		if n > 0 {
			step, rows := "", s.rowsAtOnce()
			if s.deep {
				along, _ := s.strides(c, s.reads[0])
				step, rows = c.to(i64, "shl.b64", along, integer(log2(rows))), rows/4
			} else {
				step = s.alongK(c, log2(rows))
			}
			at, place = c.add(u32, at, integer(rows*s.pitch()*s.t.Size())), c.add(i64, place, step)
		}
		operands := []string{"[" + at + "]", "[" + place + "]", integer(leanChunk * s.t.Size())}
		if sizes != nil {
			operands = append(operands, sizes[n])
		}
		c.emit("cp.async.cg.shared.global", operands...)
	}
	c.emit("add.s64", s.place, s.place, s.alongK(c, log2(s.depth)))
}

// sizes are how many bytes there are of the copies of a slice of a tile at a position
// along i (or j) and k: of those before extent and end. They are found anew for each
// slice, to save registers.
func (s *leanSlice) sizes(c *code, tile, extent, k, end string) []string {
	main, deep := s.first(c)
	outer, inner := c.rest(k, deep, end), c.rest(tile, main, extent)
	if s.deep {
		outer, inner = inner, outer
	}
	most := c.to(u32, "min.u32", c.mul(u32, inner, integer(s.t.Size())), integer(leanChunk*s.t.Size()))
	sizes := make([]string, s.copies())
	for n := range sizes {
		sizes[n] = c.to(u32, "selp.b32", most, "0", c.exceeds(outer, n*s.rowsAtOnce()))
	}
	return sizes
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

// advance goes so many steps along k.
func (s *leanSlice) advance(c *code, at string, steps int) {
	if !s.deep {
		steps *= s.pitch()
	}
	c.emit("add.u32", at, at, integer(steps*s.t.Size()))
}

// load loads the thread's first rows (or columns) of `steps` positions from k on, one
// or, of a deep slice, also two or four: by row, then position.
func (s *leanSlice) load(c *code, at string, k, steps, rows int) [][]string {
	out := make([][]string, rows)
	for r := range rows {
		if s.deep {
			out[r] = s.loadRow(c, at, k, steps, r)
		} else if r%leanChunk == 0 {
			values := c.regs(s.t, leanChunk)
			offset := (k*s.pitch() + r*tileSide) * s.t.Size()
			c.emit("ld.shared.v4."+moveSuffix(s.t), vector(values), "["+at+"+"+integer(offset)+"]")
			for n, v := range values {
				out[r+n] = []string{v}
			}
		}
	}
	return out
}

// loadRow loads one row of a deep slice.
func (s *leanSlice) loadRow(c *code, at string, k, steps, r int) []string {
	values := c.regs(s.t, steps)
	element := r%4*s.quarter() + r/4*tileSide*s.pitch() + k
	address := "[" + at + "+" + integer(element*s.t.Size()) + "]"
	if steps == 1 {
		c.emit("ld.shared."+moveSuffix(s.t), values[0], address)
	} else {
		c.emit("ld.shared.v"+integer(steps)+"."+moveSuffix(s.t), vector(values), address)
	}
	return values
}

// Registers are few beside the chains: what a Step of several instructions holds leaves
// none for four positions of a deep slice, nor do two deep slices, and the assembler finds
// places for fewer steps at a time.
const (
	leanSimple = 2100 // instructions written out, of a Step that is one
	leanOther  = 1100
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

// at is position first+i of the thread's rows (or columns): of what is loaded, or, of a
// wide slice, loaded now.
func (s *leanSlice) at(c *code, lane string, loaded [][]string, first, i, rows int) []string {
	if !s.deep {
		loaded, i = s.load(c, lane, first+i, 1, rows), 0
	}
	values := make([]string, rows)
	for r := range values {
		values[r] = loaded[r][i]
	}
	return values
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
			if !deepA && deepB && k.stepCost > 1 {
				continue // registers do not hold it
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
