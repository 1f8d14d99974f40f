package ptx

import (
	"github.com/quern-go/quern/kernels"
)

// contractRender renders a Contract.
//
// A pass computes tiles of one chain each: of the outputs, for chains of one
// chunk; of the chunks' results, kept in scratch memory and joined by another pass;
// or, with Fold, of a block of 4096 columns one after the other, whose Tree the
// threads keep in registers.
type contractRender struct {
	reduction
	k            *kernels.Contract
	sideA, sideB *side
	typeA, typeB dtype
	postReads    []*operand
	moves        []*operand
	stepCost     int
	postCost     int

	m, n, kLen         field // U32: lengths along i, j, k
	rowTiles, colTiles field // U32
	chunks             field // U32
	batchAxes          *axisFields
	pointCount         field // U32: batches times m
	wideOuts           field // U32: 1 if outputs may be stored in vectors
	chunkAt            field // I64 for each accumulator: where chunks' results lie

	tiles, chunkTiles []contractEntry // of several shapes, the largest first
	join              int             // the entry that joins chunks
	fold              contractEntry
}

// The groups of axes of operands' strides.
const (
	batch      = iota
	ijk        // i, j, k
	everywhere // batch axes, i, and without Fold j
)

// contractEntry is an entry point for tiles of one shape.
type contractEntry struct {
	tile   tile
	number int
}

func (m *Module) renderContract(k *kernels.Contract) error {
	r := &contractRender{k: k, stepCost: cost(&k.Step), postCost: cost(&k.Post)}
	r.reduction = reduction{Module: m, order: kernels.Tree, bytes: *newBlock(), paramTypes: k.Params, keep: everywhere}
	bodies := []*kernels.Body{&k.PreA, &k.PreB, &k.Post}
	if k.Fold != nil {
		r.accs, r.post = k.Fold.Accs, &k.Fold.Post
		bodies = append(bodies, &k.Fold.Post)
	}
	batchAxes := max(1, m.MaxAxes-3)
	r.describe(batchAxes + 2)
	b := &r.bytes
	for _, f := range []*field{&r.m, &r.n, &r.kLen, &r.rowTiles, &r.colTiles, &r.chunks, &r.pointCount, &r.wideOuts} {
		*f = b.word()
	}
	r.chunkAt = b.longs(len(k.Accs))
	r.batchAxes = newAxisFields(b, batchAxes)
	r.ops = newOperands(b, k, []int{batchAxes, 3, batchAxes + 2}, bodies...)
	r.moves = r.ops.moving()
	r.sideA, r.sideB = r.newSide("a", &k.PreA, 0), r.newSide("b", &k.PreB, 1)
	r.typeA, r.typeB = r.sideA.t, r.sideB.t
	r.postReads = r.ops.readBy(&k.Post)
	m.plan = r
	if k.Fold != nil {
		r.reads = append(r.ops.readBy(&k.Fold.Post), r.ops.outputs()...)
		return r.writeFolds()
	}
	return r.writeTiles()
}

// writeTiles writes the entries of a Contract without Fold.
func (k *contractRender) writeTiles() (err error) {
	for _, t := range k.shapes() {
		for _, chunks := range []bool{false, true} {
			e := contractEntry{tile: t}
			if e.number, err = k.writeTile(t, chunks); err != nil {
				return err
			}
			if chunks {
				k.chunkTiles = append(k.chunkTiles, e)
			} else {
				k.tiles = append(k.tiles, e)
			}
		}
	}
	k.join, err = k.writeJoin()
	return err
}

// shapes are the tiles that there are entries for: the large one, a smaller one
// for few outputs, and two for few columns or rows.
func (k *contractRender) shapes() []tile {
	large := k.largeTile()
	list := []tile{large}
	if large.rows*large.cols > 16 {
		list = append(list, k.tile(4, 4))
	}
	side := min(4, large.rows)
	return append(list, k.tile(side, 1), k.tile(1, side))
}

// place is where a thread block's tile is; all U32.
type place struct{ batch, chunk, i, j string }

// locate finds the tile of a group. Tiles are numbered so that those under way at
// the same time share rows of a and columns of b, which then stay in the cache: in
// bands of eight rows of tiles, down each column of the band.
func (k *contractRender) locate(c *code, t tile, width string) place {
	const band = 8
	rows, cols := c.load(u32, k.rowTiles), c.load(u32, k.colTiles)
	outer, inner := c.divide(c.group(), c.mul(u32, rows, cols))
	perBand := c.mul(u32, cols, integer(band))
	bandNumber, inBand := c.divide(inner, perBand)
	first := c.mul(u32, bandNumber, integer(band))
	height := c.to(u32, "min.u32", c.sub(u32, rows, first), integer(band))
	col, row := c.divide(inBand, height)
	p := place{i: c.mul(u32, c.add(u32, first, row), integer(t.m())), j: c.mul(u32, col, width)}
	p.batch, p.chunk = c.divide(outer, c.load(u32, k.chunks))
	return p
}

// enter moves operands to a batch.
func (k *contractRender) enter(c *code, list []*operand, number string) []string {
	at := c.beginAll(list)
	c.walk(number, k.batchAxes, moving(list, at, batch))
	return at
}

// writeTile writes an entry for tiles: of outputs, or of chunks' results.
func (k *contractRender) writeTile(t tile, chunks bool) (int, error) {
	name, about := "tile_"+t.String(), "Tiles of "+t.String()+" outputs."
	if chunks {
		name, about = "chunk_"+t.String(), "Chunks of chains for tiles of "+t.String()+" outputs."
	}
	c, err := k.start(name, about, tileThreads)
	if err != nil {
		return 0, err
	}
	at := k.locate(c, t, integer(t.n()))
	x := k.newTileCode(c, t)
	c.unit.resident = x.resident()
	x.a.bases = k.enter(c, x.a.reads, at.batch)
	x.b.bases = k.enter(c, x.b.reads, at.batch)
	start := c.mul(u32, at.chunk, integer(kernels.ChunkK))
	end := c.to(u32, "min.u32", c.load(u32, k.kLen), c.add(u32, start, integer(kernels.ChunkK)))
	x.run(span{at.i, at.j, start, end})
	if chunks {
		x.keepChunk(at)
	} else {
		x.finish(at)
	}
	return k.end(c.unit), nil
}

// outputs are operands' places at the thread's outputs of a tile.
type outputs struct {
	x      *tileCode
	list   []*operand
	start  []string   // at the thread's first output
	down   []string   // stride along i
	right  []string   // stride along j
	groups [][]string // by operand: from the first column to the first of each group of neighbours
}

// newOutputs finds the places of operands at a tile.
func (x *tileCode) newOutputs(list []*operand, at place) *outputs {
	c := x.c
	o := &outputs{x: x, list: list, start: x.k.enter(c, list, at.batch)}
	i, j := c.widen(c.add(u32, at.i, x.row())), c.widen(c.add(u32, at.j, x.col()))
	for n, p := range list {
		down, right := c.load(i64, p.strides[ijk].at(0)), c.load(i64, p.strides[ijk].at(1))
		c.emit("mad.lo.s64", o.start[n], i, down, o.start[n])
		c.emit("mad.lo.s64", o.start[n], j, right, o.start[n])
		o.down, o.right = append(o.down, down), append(o.right, right)
		var groups []string
		for col := 0; col < x.t.cols; col += x.t.wideCols {
			groups = append(groups, c.mul(i64, right, integer(x.t.col(col))))
		}
		o.groups = append(o.groups, groups)
	}
	return o
}

// row is the places at the first column of one of the thread's rows.
func (o *outputs) row(r int) []string {
	at := make([]string, len(o.list))
	for n := range at {
		at[n] = o.x.c.mad(i64, o.down[n], integer(o.x.t.row(r)), o.start[n])
	}
	return at
}

// group is the places at the outputs of a group of neighbouring columns: by
// column, then operand.
func (o *outputs) group(row []string, g int) [][]string {
	c := o.x.c
	places := make([][]string, o.x.t.wideCols)
	for n := range o.list {
		p := c.add(i64, row[n], o.groups[n][g])
		for col := range places {
			if col > 0 {
				p = c.add(i64, p, o.right[n])
			}
			places[col] = append(places[col], p)
		}
	}
	return places
}

// presentCols are the predicates that the thread's columns of a tile exist.
func (x *tileCode) presentCols(j string) []string {
	c := x.c
	first, n := c.add(u32, j, x.col()), c.load(u32, x.k.n)
	ps := make([]string, x.t.cols)
	for col := range ps {
		ps[col] = c.compare("lt", u32, c.add(u32, first, integer(x.t.col(col))), n)
	}
	return ps
}

// finish does Post for the outputs of a tile and stores the results.
func (x *tileCode) finish(at place) {
	c, k := x.c, x.k
	outs := k.ops.outputs()
	o := x.newOutputs(append(append([]*operand{}, k.postReads...), outs...), at)
	cols := x.presentCols(at.j)
	first, m := c.add(u32, at.i, x.row()), c.load(u32, k.m)
	wide := c.compare("ne", u32, c.load(u32, k.wideOuts), "0")
	for r := range x.t.rows {
		skip := c.label("row")
		c.jumpUnless(c.compare("lt", u32, c.add(u32, first, integer(x.t.row(r))), m), skip)
		row := o.row(r)
		for g := range x.t.cols / x.t.wideCols {
			x.finishGroup(o, row, r, g, cols, wide)
		}
		c.place(skip)
	}
}

// finishGroup does Post for neighbouring columns, and stores their results together
// where that may be.
func (x *tileCode) finishGroup(o *outputs, row []string, r, g int, cols []string, wide string) {
	c, k := x.c, x.k
	count := x.t.wideCols
	places := o.group(row, g)
	first := g * count
	reads, outs := len(k.postReads), len(o.list)-len(k.postReads)
	results := make([][]string, outs) // by output, then column
	for n := range count {
		values := x.post(places[n][:reads], cols[first+n], r*x.t.cols+first+n)
		for i, v := range values {
			results[i] = append(results[i], c.register(o.list[reads+i].t, v))
		}
	}
	together := c.to(boolean, "and.pred", wide, cols[first+count-1])
	single, done := c.label("single"), c.label("stored")
	c.jumpUnless(together, single)
	for i := range outs {
		c.storeVector(o.list[reads+i].t, places[0][reads+i], results[i])
	}
	c.jump(done)
	c.place(single)
	for n := range count {
		for i := range outs {
			t := o.list[reads+i].t
			c.guarded(cols[first+n], "st.global."+moveSuffix(t), "["+places[n][reads+i]+"]", results[i][n])
		}
	}
	c.place(done)
}

// storeVector stores neighbours, at most 16 bytes at once.
func (c *code) storeVector(t dtype, at string, values []string) {
	n := min(len(values), 16/t.Size())
	for first := 0; first < len(values); first += n {
		op := "st.global."
		value := values[first]
		if n > 1 {
			op += "v" + integer(n) + "."
			value = vector(values[first : first+n])
		}
		c.emit(op+moveSuffix(t), "["+at+"+"+integer(first*t.Size())+"]", value)
	}
}

// post is Post's results for an output. Where it reads inputs, it does so only if
// the output exists.
func (x *tileCode) post(places []string, exists string, output int) []string {
	p := x.c.readIf(exists, x.k.postReads, places)
	return x.c.body(&x.k.k.Post, x.postScope(p, output))
}

func (x *tileCode) postScope(p *point, output int) *scope {
	return &scope{leaf: func(in *kernels.Inst) string {
		if in.Op == kernels.OpAcc {
			return x.accs[in.Imm][output]
		}
		return p.leaf(in)
	}}
}

// keepChunk stores the chains of one chunk in scratch memory: point by point, with
// all columns of each.
func (x *tileCode) keepChunk(at place) {
	c, k := x.c, x.k
	cols := x.presentCols(at.j)
	m, n := c.load(u32, k.m), c.load(u32, k.n)
	first := c.add(u32, at.i, x.row())
	chunkStart := c.mad(u32, at.chunk, c.load(u32, k.pointCount), c.mad(u32, at.batch, m, first))
	j := c.widen(c.add(u32, at.j, x.col()))
	arrays := k.chunkArrays(c)
	for r := range x.t.rows {
		skip := c.label("row")
		c.jumpUnless(c.compare("lt", u32, c.add(u32, first, integer(x.t.row(r))), m), skip)
		point := c.add(u32, chunkStart, integer(x.t.row(r)))
		element := c.add(u64, c.to(u64, "mul.wide.u32", point, n), j)
		for i, acc := range k.k.Accs {
			p := c.mad(u64, element, integer(acc.Type.Size()), arrays[i])
			for col := range x.t.cols {
				address := "[" + p + "+" + integer(x.t.col(col)*acc.Type.Size()) + "]"
				c.guarded(cols[col], "st.global."+moveSuffix(acc.Type), address, x.accs[i][r*x.t.cols+col])
			}
		}
		c.place(skip)
	}
}

// chunkArrays are where the chunks' results lie: in the buffer of a pass's partial
// results for those who write, of the results read for others; the plan names the
// same buffer for both.
func (k *contractRender) chunkArrays(c *code) []string {
	base := c.pointer(len(k.ops.buffers))
	arrays := make([]string, len(k.k.Accs))
	for i := range arrays {
		arrays[i] = c.add(u64, base, c.load(i64, k.chunkAt+field(8*i)))
	}
	return arrays
}

// joined is the accumulators' values at a point and column (U32), of all chunks.
func (k *contractRender) joined(c *code, arrays []string, point, j string) *partial {
	n, points := c.load(u32, k.n), c.load(u32, k.pointCount)
	element := c.variable(u64, c.add(u64, c.to(u64, "mul.wide.u32", point, n), c.widen(j)))
	next := c.to(u64, "mul.wide.u32", points, n)
	load := func() *partial {
		p := &partial{}
		for i, acc := range k.k.Accs {
			at := c.mad(u64, element, integer(acc.Type.Size()), arrays[i])
			p.values = append(p.values, c.to(acc.Type, "ld.global."+moveSuffix(acc.Type), "["+at+"]"))
			p.indices = append(p.indices, "")
		}
		return p
	}
	total := load()
	left := c.variable(u32, c.load(u32, k.chunks))
	top, done := c.label("chunk"), c.label("joined")
	c.place(top)
	c.emit("sub.u32", left, left, "1")
	c.jumpIf(c.compare("eq", u32, left, "0"), done)
	c.emit("add.u64", element, element, next)
	accumulators(k.k.Accs).combine(c, total, load())
	c.jump(top)
	c.place(done)
	return total
}

// writeJoin writes the entry that joins chunks and does Post.
func (k *contractRender) writeJoin() (int, error) {
	c, err := k.start("join", "Joins the chunks of chains.", mapGroup)
	if err != nil {
		return 0, err
	}
	end := c.label("end")
	number := c.mad(u32, c.group(), integer(mapGroup), c.thread())
	n := c.load(u32, k.n)
	c.jumpIf(c.compare("ge", u32, number, c.mul(u32, c.load(u32, k.pointCount), n)), end)
	point, j := c.divide(number, n)
	p := k.joined(c, k.chunkArrays(c), point, j)
	outs := k.ops.outputs()
	list := append(append([]*operand{}, k.postReads...), outs...)
	places := c.beginAll(list)
	c.walk(number, k.axes, moving(list, places, everywhere))
	reads := len(k.postReads)
	c.write(outs, places[reads:], k.postOf(c, p, c.read(k.postReads, places[:reads])))
	c.place(end)
	return k.end(c.unit), nil
}

// postOf is Post's results for joined accumulators.
func (k *contractRender) postOf(c *code, p *partial, q *point) []string {
	return c.body(&k.k.Post, &scope{leaf: func(in *kernels.Inst) string {
		if in.Op == kernels.OpAcc {
			return p.values[in.Imm]
		}
		return q.leaf(in)
	}})
}
