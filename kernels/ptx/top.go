package ptx

import (
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/grid"
)

// topRender is what a Contract that keeps the first values of its rows has: two entries.
//
// A thread block takes some rows and walks a span of columns, a tile at a time. Of each
// row there is a list in shared memory. Values that come before the last of it are few:
// only if there is one in a tile does a thread, the row's own, look at the row's values
// in the tile, which are in shared memory then, and puts them in their places. The
// lists of all spans go to scratch memory. What place in the row a value has is found in
// another pass, from the lists of the other spans.
type topRender struct {
	count        int
	t            dtype
	rows         []contractEntry // make the lists: the last for few rows
	places       int             // finds the places
	span, spans  field           // U32: columns of a span, spans of a row
	positionsAt  field           // I64: where in scratch memory the positions lie, behind the values
	values, cols string          // shared memory: the lists
	found, notes string          // a tile's values; by thread, a bit for each of its rows: one may belong in the list
}

// topTiles are the tiles that a thread block may have, the best first.
var topTiles = [][2]int{{4, 4}, {2, 4}, {1, 4}, {1, 2}}

// describe puts the fields into the block.
func (p *topRender) describe(b *block) {
	p.span, p.spans, p.positionsAt = b.word(), b.word(), b.long()
}

// topTile is the largest tile for which registers and shared memory suffice: besides
// the lists and the tile's values there are to be three stages of slices.
func (k *contractRender) topTile() tile {
	words := 2 * accWords(k.contract.Accs)
	for _, shape := range topTiles {
		t := k.tile(shape[0], shape[1])
		outputs := t.rows * t.cols
		slices := 3 * t.depth * ((t.m()+4)*k.typeA.Size() + (t.n()+4)*k.typeB.Size())
		if outputs*words <= 64 && outputs*k.stepCost <= 200 && slices+k.top.sharedBytes(t) <= sharedLimit {
			return t
		}
	}
	return k.tile(1, 1)
}

func (p *topRender) sharedBytes(t tile) int {
	return t.m()*(p.count*(p.t.Size()+4)+t.n()*p.t.Size()) + 4*tileThreads
}

// writeTop writes the entries.
func (k *contractRender) writeTop() (err error) {
	p := k.top
	shapes := []tile{k.topTile()}
	if t := shapes[0]; t.rows > 1 {
		shapes = append(shapes, k.tile(1, t.cols))
	}
	for _, t := range shapes {
		e := contractEntry{tile: t}
		if e.number, err = k.writeTopRows(t); err != nil {
			return err
		}
		p.rows = append(p.rows, e)
	}
	p.places, err = k.writeTopPlaces()
	return err
}

// writeTopRows writes the entry that makes lists.
func (k *contractRender) writeTopRows(t tile) (int, error) {
	p := k.top
	about := "The first " + integer(p.count) + " values of rows, in tiles of " + t.String() + " outputs."
	c, err := k.start("top_"+t.String(), about, tileThreads)
	if err != nil {
		return 0, err
	}
	p.values = c.unit.sharedArray("list_values", p.t, t.m()*p.count)
	p.cols = c.unit.sharedArray("list_columns", u32, t.m()*p.count)
	p.found = c.unit.sharedArray("found", p.t, t.m()*t.n())
	p.notes = c.unit.sharedArray("notes", u32, tileThreads)
	at := k.locate(c, t, c.load(u32, p.span))
	x := k.newTileCode(c, t)
	x.enter(at.batch)
	p.clear(c, t)
	first := at.j
	end := c.to(u32, "min.u32", c.add(u32, first, c.load(u32, p.span)), c.load(u32, k.n))
	at.j = c.variable(u32, first)
	top := c.label("tile")
	c.place(top)
	k.joinedRun(x, at)
	k.keepFound(x, at, end)
	c.emit("bar.sync", "0")
	p.insertFound(c, t, at.j, end)
	c.emit("add.u32", at.j, at.j, integer(t.n())) // run waits before it changes shared memory
	c.jumpIf(c.compare("lt", u32, at.j, end), top)
	c.emit("bar.sync", "0")
	k.keepLists(c, t, at, first)
	return k.end(c.unit), nil
}

// eachShared calls f with the numbers below count (U32), dealt to the threads.
func (c *code) eachShared(count int, f func(number string)) {
	number := c.variable(u32, c.thread())
	top, end := c.label("each"), c.label("all")
	c.place(top)
	c.jumpIf(c.compare("ge", u32, number, integer(count)), end)
	f(number)
	c.emit("add.u32", number, number, integer(tileThreads))
	c.jump(top)
	c.place(end)
}

// at is the address of an element of an array in shared memory.
func (c *code) at(t dtype, array, element string) string {
	return "[" + c.element(t, array, element) + "]"
}

// clear makes the lists empty.
func (p *topRender) clear(c *code, t tile) {
	c.eachShared(t.m()*p.count, func(number string) {
		missing := c.variable(p.t, immediate(p.t, kernels.Missing(p.t).Bits))
		c.emit("st.shared."+moveSuffix(p.t), c.at(p.t, p.values, number), missing)
		c.emit("st.shared.b32", c.at(u32, p.cols, number), c.variable(u32, noPosition))
	})
}

// joinedRun computes the chains of a tile, those of chunks after the first joined to the
// ones before.
func (k *contractRender) joinedRun(x *tileCode, at place) {
	c, accs := x.c, accumulators(k.contract.Accs)
	whole := make([][]string, len(accs))
	for n, acc := range accs {
		whole[n] = c.regs(acc.Type, x.t.rows*x.t.cols)
	}
	begin, kLen := c.variable(u32, "0"), c.load(u32, k.kLen)
	top, more, next := c.label("chunk"), c.label("join"), c.label("next")
	c.place(top)
	limit := c.to(u32, "min.u32", kLen, c.add(u32, begin, integer(kernels.ChunkK)))
	chains := x.accs
	x.run(span{at.i, at.j, begin, limit})
	c.jumpIf(c.compare("ne", u32, begin, "0"), more)
	for n, acc := range accs {
		for output, r := range whole[n] {
			c.set(acc.Type, r, chains[n][output])
		}
	}
	c.jump(next)
	c.place(more)
	for output := range x.t.rows * x.t.cols {
		accs.combine(c, outputState(whole, output), outputState(chains, output))
	}
	c.place(next)
	c.emit("add.u32", begin, begin, integer(kernels.ChunkK))
	c.jumpIf(c.compare("lt", u32, begin, kLen), top)
	x.accs = whole
}

// outputState is the accumulators of one output.
func outputState(accs [][]string, output int) *partial {
	p := &partial{}
	for _, list := range accs {
		p.values, p.indices = append(p.values, list[output]), append(p.indices, "")
	}
	return p
}

// keepFound leaves Post of the tile in shared memory, and each thread notes in which of its
// rows a value is not surely beyond the list.
func (k *contractRender) keepFound(x *tileCode, at place, end string) {
	c, p, t := x.c, k.top, x.t
	o := x.newOutputs(k.postReads, at)
	rows, cols := c.rest(at.i, x.row(), c.load(u32, k.m)), c.rest(at.j, x.col(), end)
	note, done := c.variable(u32, "0"), c.label("found")
	for r := range t.rows {
		c.jumpUnless(c.exceeds(rows, t.row(r)), done)
		row := c.add(u32, x.row(), integer(t.row(r)))
		worst := c.to(p.t, "ld.shared."+moveSuffix(p.t), c.at(p.t, p.values, c.mad(u32, row, integer(p.count), integer(p.count-1))))
		to := c.element(p.t, p.found, c.mad(u32, row, integer(t.n()), x.col()))
		places := o.row(r)
		for g := range t.cols / t.wideCols {
			at := o.group(places, g)
			for n := range t.wideCols {
				col := g*t.wideCols + n
				skip := c.label("column")
				c.jumpUnless(c.exceeds(cols, t.col(col)), skip)
				value := c.register(p.t, x.post(at[n], "", r*t.cols+col)[0])
				c.emit("st.shared."+moveSuffix(p.t), "["+to+"+"+integer(t.col(col)*p.t.Size())+"]", value)
				c.guarded(c.compare("ltu", p.t, value, worst), "or.b32", note, note, integer(1<<r))
				c.place(skip)
			}
		}
	}
	c.place(done)
	c.emit("st.shared.b32", c.at(u32, p.notes, c.thread()), note)
}

// comes is whether a value comes before one of a list that was there first, or that there
// is not.
func (p *topRender) comes(c *code, value, listed, column string) string {
	number := c.compare("eq", p.t, value, value)
	before := c.to(boolean, "or.pred", number, c.compare("eq", u32, column, noPosition))
	before = c.to(boolean, "and.pred", before, c.compare("nan", p.t, listed, listed))
	return c.to(boolean, "or.pred", before, c.compare("lt", p.t, value, listed))
}

// insertFound puts what belongs in the list of a row in its place there. Thread 16r+i
// does row number r of the threads in row i.
func (p *topRender) insertFound(c *code, t tile, j, end string) {
	thread, done := c.thread(), c.label("inserted")
	c.jumpIf(c.compare("ge", u32, thread, integer(t.m())), done)
	r, i := c.to(u32, "shr.u32", thread, "4"), c.to(u32, "and.b32", thread, "15")
	note := c.variable(u32, "0")
	from := c.element(u32, p.notes, c.mul(u32, i, integer(tileSide)))
	for quarter := range tileSide / 4 {
		words := c.regs(u32, 4)
		c.emit("ld.shared.v4.b32", vector(words), "["+from+"+"+integer(16*quarter)+"]")
		for _, w := range words {
			c.emit("or.b32", note, note, w)
		}
	}
	bit := c.to(u32, "and.b32", c.to(u32, "shr.u32", note, r), "1")
	c.jumpIf(c.compare("eq", u32, bit, "0"), done)
	group, within := c.divide(r, integer(t.wideRows)) // as tile.row has it
	row := c.mad(u32, group, integer(t.wideRows*tileSide), c.mad(u32, i, integer(t.wideRows), within))
	p.insertRow(c, t, row, j, end)
	c.place(done)
}

// insertRow is insertFound of a row.
func (p *topRender) insertRow(c *code, t tile, row, j, end string) {
	from := c.variable(u32, c.element(p.t, p.found, c.mul(u32, row, integer(t.n()))))
	first := c.mul(u32, row, integer(p.count))
	values, columns := c.element(p.t, p.values, first), c.element(u32, p.cols, first)
	limit := c.to(u32, "min.u32", end, c.add(u32, j, integer(t.n())))
	column := c.variable(u32, j)
	top, next := c.label("column"), c.label("next")
	c.place(top)
	value := c.to(p.t, "ld.shared."+moveSuffix(p.t), "["+from+"]")
	p.insert(c, values, columns, value, column, next)
	c.place(next)
	c.emit("add.u32", from, from, integer(p.t.Size()))
	c.emit("add.u32", column, column, "1")
	c.jumpIf(c.compare("lt", u32, column, limit), top)
}

// insert puts a value in a list, or goes to next if it does not belong there.
func (p *topRender) insert(c *code, values, columns, value, column, next string) {
	size := p.t.Size()
	place := c.variable(u32, c.add(u32, values, integer((p.count-1)*size)))
	number := c.variable(u32, c.add(u32, columns, integer((p.count-1)*4)))
	load := func(back int) (listed, at string) {
		listed = c.to(p.t, "ld.shared."+moveSuffix(p.t), "["+place+"+"+integer(-back*size)+"]")
		return listed, c.to(u32, "ld.shared.b32", "["+number+"+"+integer(-back*4)+"]")
	}
	listed, at := load(0)
	c.jumpUnless(p.comes(c, value, listed, at), next)
	top, put := c.label("shift"), c.label("put")
	c.place(top)
	c.jumpIf(c.compare("eq", u32, place, values), put)
	listed, at = load(1)
	c.jumpUnless(p.comes(c, value, listed, at), put)
	c.emit("st.shared."+moveSuffix(p.t), "["+place+"]", listed)
	c.emit("st.shared.b32", "["+number+"]", at)
	c.emit("sub.u32", place, place, integer(size))
	c.emit("sub.u32", number, number, "4")
	c.jump(top)
	c.place(put)
	c.emit("st.shared."+moveSuffix(p.t), "["+place+"]", value)
	c.emit("st.shared.b32", "["+number+"]", column)
}

// scratch are where the lists' values and columns lie in scratch memory.
func (k *contractRender) scratch(c *code) (values, columns string) {
	values = c.pointer(len(k.ops.buffers))
	return values, c.add(u64, values, c.load(i64, k.top.positionsAt))
}

// keepLists stores the lists of the span that begins at a column: point by point, of
// each the spans.
func (k *contractRender) keepLists(c *code, t tile, at place, first string) {
	p := k.top
	values, columns := k.scratch(c)
	m, spans := c.load(u32, k.m), c.load(u32, p.spans)
	number := c.to(u32, "div.u32", first, c.load(u32, p.span))
	c.eachShared(t.m()*p.count, func(element string) {
		row, place := c.divide(element, integer(p.count))
		i, skip := c.add(u32, at.i, row), c.label("row")
		c.jumpIf(c.compare("ge", u32, i, m), skip)
		list := c.mad(u32, c.mad(u32, at.batch, m, i), spans, number)
		to := c.mad(u32, list, integer(p.count), place)
		value := c.to(p.t, "ld.shared."+moveSuffix(p.t), c.at(p.t, p.values, element))
		c.emit("st.global."+moveSuffix(p.t), "["+c.to(u64, "mad.wide.u32", to, integer(p.t.Size()), values)+"]", value)
		column := c.to(u32, "ld.shared.b32", c.at(u32, p.cols, element))
		c.emit("st.global.b32", "["+c.to(u64, "mad.wide.u32", to, "4", columns)+"]", column)
		c.place(skip)
	})
}

// writeTopPlaces writes the entry that finds the place of each value of the lists: how
// many of each other span come before it is seen by halving.
func (k *contractRender) writeTopPlaces() (int, error) {
	p := k.top
	c, err := k.start("top_places", "Finds the places of values in their rows.", mapGroup)
	if err != nil {
		return 0, err
	}
	end := c.label("end")
	number := c.mad(u32, c.group(), integer(mapGroup), c.thread())
	spans := c.load(u32, p.spans)
	lists := c.mul(u32, c.load(u32, k.pointCount), spans)
	c.jumpIf(c.compare("ge", u32, number, c.mul(u32, lists, integer(p.count))), end)
	list, own := c.divide(number, integer(p.count))
	point, span := c.divide(list, spans)
	value, column := k.listed(c, number)
	place, other := c.variable(u32, own), c.variable(u32, "0")
	top, next, done := c.label("span"), c.label("next"), c.label("placed")
	c.place(top)
	c.jumpIf(c.compare("ge", u32, other, spans), done)
	c.jumpIf(c.compare("eq", u32, other, span), next)
	from := c.mul(u32, c.mad(u32, point, spans, other), integer(p.count))
	c.emit("add.u32", place, place, k.countBefore(c, from, value, column, c.compare("lt", u32, other, span)))
	c.place(next)
	c.emit("add.u32", other, other, "1")
	c.jump(top)
	c.place(done)
	c.jumpIf(c.compare("ge", u32, place, integer(p.count)), end)
	k.finishTop(c, point, place, value, column)
	c.place(end)
	return k.end(c.unit), nil
}

// listed loads a value of the lists in scratch memory and its column.
func (k *contractRender) listed(c *code, number string) (value, column string) {
	t := k.top.t
	values, columns := k.scratch(c)
	value = c.to(t, "ld.global."+moveSuffix(t), "["+c.to(u64, "mad.wide.u32", number, integer(t.Size()), values)+"]")
	return value, c.to(u32, "ld.global.b32", "["+c.to(u64, "mad.wide.u32", number, "4", columns)+"]")
}

// countBefore is how many of a list, whose first number is given, come before a value;
// those of earlier spans do unless the value comes before them.
func (k *contractRender) countBefore(c *code, from, value, column, earlier string) string {
	p := k.top
	low, high := c.variable(u32, "0"), c.variable(u32, integer(p.count))
	top, done := c.label("halve"), c.label("counted")
	c.place(top)
	c.jumpIf(c.compare("ge", u32, low, high), done)
	middle := c.to(u32, "shr.u32", c.add(u32, low, high), "1")
	listed, at := k.listed(c, c.add(u32, from, middle))
	after := c.to(boolean, "not.pred", p.comes(c, value, listed, at))
	before := c.choose(boolean, earlier, after, p.comes(c, listed, value, column))
	c.guarded(before, "add.u32", low, middle, "1")
	c.guarded("!"+before, "mov.b32", high, middle)
	c.jump(top)
	c.place(done)
	return low
}

// finishTop stores Fold's Post of a value at its place.
func (k *contractRender) finishTop(c *code, point, place, value, column string) {
	places := c.beginAll(k.reads)
	c.walk(point, k.axes, moving(k.reads, places, everywhere))
	outs := len(k.reads) - len(k.ops.outputs())
	for i, o := range k.reads[outs:] {
		c.emit("mad.lo.s64", places[outs+i], c.widen(place), c.load(i64, o.strides[ijk].at(1)), places[outs+i])
	}
	real := c.compare("ne", u32, column, noPosition)
	index := c.to(i64, "selp.b64", c.widen(column), noIndex, real)
	q := c.read(k.reads[:outs], places)
	results := c.body(k.post, &scope{leaf: func(in *kernels.Inst) string {
		switch in.Op {
		case kernels.OpAcc:
			return value
		case kernels.OpAccIndex:
			return index
		}
		return q.leaf(in)
	}})
	c.write(k.reads[outs:], places[outs:], results)
}

// leastSpan is the least number of columns of a span, if there are more.
const leastSpan = 1024

// planTop appends the passes of a launch: for some batches, and of these some rows, as
// scratch memory allows.
func (k *contractRender) planTop(x *contraction, into *grid.Plan) error {
	p, t := k.top, k.topEntry(x).tile
	groups := ceil(x.m, t.m()) * x.batches.size()
	span := max(leastSpan, ceil(x.n, max(1, k.limits.fewTiles/groups)))
	span = ceil(span, t.n()) * t.n()
	perRow := ceil(x.n, span) * p.count * (p.t.Size() + 4)
	return x.batches.split(max(1, k.limits.chunkBytes/(perRow*x.m)), func(part *space) error {
		rows := min(x.m, max(1, k.limits.chunkBytes/(perRow*part.size())))
		scratch := into.TakeScratch(perRow * part.size() * rows)
		for i := 0; i < x.m; i += rows {
			slab := *x
			slab.m = min(rows, x.m-i)
			slab.batches = part.atRow(x.along, i)
			k.planTopRows(&slab, span, scratch, into)
		}
		return nil
	})
}

// topEntry is the tile for a launch: the large one unless that leaves multiprocessors
// idle.
func (k *contractRender) topEntry(x *contraction) contractEntry {
	e := k.top.rows[0]
	if ceil(x.m, e.tile.m())*ceil(x.n, leastSpan)*x.batches.size() < k.limits.fewTiles {
		e = k.top.rows[len(k.top.rows)-1]
	}
	return e
}

func (k *contractRender) planTopRows(x *contraction, span int, scratch grid.BufferRef, into *grid.Plan) {
	p, e := k.top, k.topEntry(x)
	spans := ceil(x.n, span)
	lists := x.batches.size() * x.m * spans
	set := func(q *grid.Pass) {
		put32(q.Block, p.span, uint32(span))
		put32(q.Block, p.spans, uint32(spans))
		put64(q.Block, p.positionsAt, int64(lists*p.count*p.t.Size()))
		q.Buffers = append(append(q.Buffers, k.ops.buffers...), scratch, unused)
	}
	q := k.tilePass(x, e.tile, e.number, into)
	set(q)
	put32(q.Block, k.colTiles, uint32(spans))
	put32(q.Block, k.chunks, 1)
	q.Groups = ceil(x.m, e.tile.m()) * spans * x.batches.size()
	q.Work = float64(e.tile.m()) * float64(min(x.n, span)) * float64(x.k*(k.stepCost+1)+k.postCost)
	q = k.pass(x, p.places, into)
	set(q)
	k.fillPoints(q, x.args, k.everywhere(x))
	q.Groups = ceil(lists*p.count, mapGroup)
	q.Work = float64(mapGroup * 16 * spans)
}
