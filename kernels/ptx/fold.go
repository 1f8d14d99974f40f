package ptx

import (
	"math/bits"

	"github.com/quern-go/quern/kernels"
)

// writeFolds writes the entries of a Contract with Fold: one that folds as it
// computes, for chains of one chunk; two for longer ones, which keep the chunks
// and fold when they join them; and the reduction of partial results.
func (k *contractRender) writeFolds() (err error) {
	shape := k.foldTile()
	shapes := []tile{shape}
	if shape.rows > 1 {
		shapes = append(shapes, k.tile(1, shape.cols)) // for few rows
	}
	for _, t := range shapes {
		e := contractEntry{tile: t}
		if e.number, err = k.writeFold(t); err != nil {
			return err
		}
		k.folds = append(k.folds, e)
	}
	large := k.largeTile()
	e := contractEntry{tile: k.tile(min(4, large.rows), min(4, large.cols))}
	if e.number, err = k.writeTile(e.tile, true); err != nil {
		return err
	}
	k.chunkTiles = []contractEntry{e}
	if k.join, err = k.writeBlock("join_block", k.newJoinRow); err != nil {
		return err
	}
	k.again, err = k.writeAgain()
	return err
}

// folder writes how a thread block folds 4096 columns of its rows.
//
// The 256 lanes of the Tree are cut in `parts` runs as wide as the tile. The parts
// are done one after the other, each with its 16 rows of the Tree (columns 256
// apart) in order, while the lanes of its outputs stay in registers. Lane t takes
// lane t+128, then t+64, …: so part 0 goes with part parts/2, and so on, and if
// the parts are done in bit-reversed order, then each result goes with the one
// before, or waits (`waiting`, one for each level) for the one after it.
type folder struct {
	*tileCode
	parts   int
	lanes   []*lane      // by output
	waiting [][]*partial // by level, then output
}

func (k *contractRender) writeFold(t tile) (int, error) {
	c, err := k.start("fold_"+t.String(), "Rows folded along j, in tiles of "+t.String()+" outputs.", tileThreads)
	if err != nil {
		return 0, err
	}
	at := k.locate(c, t, integer(kernels.TreeBlock))
	f := &folder{tileCode: k.newTileCode(c, t), parts: kernels.TreeLanes / t.n()}
	f.enter(at.batch)
	f.declare()
	f.allParts(at)
	f.foldColumns()
	f.finishRows(at)
	return k.end(c.unit), nil
}

// declare makes the registers of lanes.
func (f *folder) declare() {
	c := f.c
	zero := c.variable(u32, "0")
	never := c.compare("ne", u32, zero, "0")
	for range f.t.rows * f.t.cols {
		f.lanes = append(f.lanes, f.k.accs.lane(c, zero, never))
	}
	for range bits.Len(uint(f.parts)) - 1 {
		level := make([]*partial, len(f.lanes))
		for i := range level {
			level[i] = f.k.accs.emptyLane(c)
		}
		f.waiting = append(f.waiting, level)
	}
}

// emptyLane is registers for a lane's state.
func (as accumulators) emptyLane(c *code) *partial {
	p := &partial{lanes: true}
	for _, a := range as {
		p.values = append(p.values, c.reg(a.Type))
		index := ""
		if a.Combine.HasIndex() {
			index = c.reg(u32)
		}
		p.indices = append(p.indices, index)
	}
	return p
}

// state is a lane's as a partial result, in the same registers.
func (l *lane) state() *partial { return &partial{values: l.values, indices: l.positions, lanes: true} }

// copyState copies one state to another.
func (as accumulators) copyState(c *code, to, from *partial) {
	for i, a := range as {
		c.set(a.Type, to.values[i], from.values[i])
		if a.Combine.HasIndex() {
			c.set(u32, to.indices[i], from.indices[i])
		}
	}
}

// allParts does the parts of the lanes in bit-reversed order.
func (f *folder) allParts(at place) {
	c := f.c
	turn := c.variable(u32, "0")
	top := c.label("part")
	c.place(top)
	levels := bits.Len(uint(f.parts)) - 1
	part := "0"
	for level := range levels {
		bit := c.to(u32, "and.b32", c.to(u32, "shr.u32", turn, integer(level)), "1")
		part = c.mad(u32, bit, integer(f.parts>>(level+1)), part)
	}
	first := c.mad(u32, c.register(u32, part), integer(f.t.n()), at.j)
	f.rows(at, first)
	f.pair(turn, levels)
	c.emit("add.u32", turn, turn, "1")
	c.jumpIf(c.compare("lt", u32, turn, integer(f.parts)), top)
}

// pair combines a part's lanes with those that wait for it, or lets them wait.
func (f *folder) pair(turn string, levels int) {
	c, as := f.c, f.k.accs
	done := c.label("paired")
	for level := range levels {
		wait := c.label("wait")
		bit := c.to(u32, "and.b32", turn, integer(1<<level))
		c.jumpIf(c.compare("eq", u32, bit, "0"), wait)
		for i, l := range f.lanes {
			as.combine(c, f.waiting[level][i], l.state())
			as.copyState(c, l.state(), f.waiting[level][i])
		}
		if level+1 < levels {
			next := c.label("next")
			c.jump(next)
			c.place(wait)
			f.letWait(level)
			c.jump(done)
			c.place(next)
			continue
		}
		c.jump(done)
		c.place(wait)
		f.letWait(level)
	}
	c.place(done)
}

func (f *folder) letWait(level int) {
	for i, l := range f.lanes {
		f.k.accs.copyState(f.c, f.waiting[level][i], l.state())
	}
}

// rows takes the part's columns, from first (U32) on, 256 apart.
func (f *folder) rows(at place, first string) {
	c, k := f.c, f.k
	n, own := c.load(u32, k.n), c.add(u32, first, f.col())
	for i, l := range f.lanes {
		column := c.add(u32, own, integer(f.t.col(i%f.t.cols)))
		k.accs.resetLane(c, l, column, c.compare("lt", u32, column, n))
	}
	j, left := c.variable(u32, first), c.variable(u32, integer(kernels.TreeRows))
	top, end := c.label("tile"), c.label("lanes")
	c.place(top)
	c.jumpIf(c.compare("ge", u32, j, n), end)
	f.run(span{at.i, j, "0", c.load(u32, k.kLen)})
	f.takeTile(place{batch: at.batch, i: at.i, j: j})
	c.emit("add.u32", j, j, integer(kernels.TreeLanes))
	c.emit("sub.u32", left, left, "1")
	c.jumpIf(c.compare("ne", u32, left, "0"), top)
	c.place(end)
}

// resetLane empties a lane: see lane.
func (as accumulators) resetLane(c *code, l *lane, first, has string) {
	for i, a := range as {
		c.set(a.Type, l.values[i], immediate(a.Type, a.Combine.Identity(a.Type)))
		if a.Combine.HasIndex() {
			c.emit("selp.b32", l.positions[i], first, noPosition, has)
		}
	}
}

// takeTile adds Post of a tile's chains to the lanes.
func (f *folder) takeTile(at place) {
	c, k := f.c, f.k
	o := f.newOutputs(k.postReads, at)
	rows, cols := c.rest(at.i, f.row(), c.load(u32, k.m)), c.rest(at.j, f.col(), c.load(u32, k.n))
	column := c.add(u32, at.j, f.col())
	for r := range f.t.rows {
		row := o.row(r)
		for g := range f.t.cols / f.t.wideCols {
			places := o.group(row, g)
			for n := range f.t.wideCols {
				col := g*f.t.wideCols + n
				skip := c.label("column")
				c.jumpUnless(c.exceeds(cols, f.t.col(col)), skip)
				exists := ""
				if len(k.postReads) > 0 {
					exists = c.exceeds(rows, f.t.row(r))
				}
				output := r*f.t.cols + col
				values := f.post(places[n], exists, output)
				k.accs.take(c, f.lanes[output], values, c.add(u32, column, integer(f.t.col(col))))
				c.place(skip)
			}
		}
	}
}

// foldColumns folds the lanes of each row: first those of one thread that are far
// apart, then those of different threads, then neighbours of one thread. The
// threads of column 0 have the result in their first output.
func (f *folder) foldColumns() {
	c, as := f.c, f.k.accs
	groups, wide := f.t.cols/f.t.wideCols, f.t.wideCols
	for r := range f.t.rows {
		row := f.lanes[r*f.t.cols : (r+1)*f.t.cols]
		for half := groups / 2; half > 0; half /= 2 {
			for i := range half * wide {
				as.combine(c, row[i].state(), row[i+half*wide].state())
			}
		}
		for half := tileSide / 2; half > 0; half /= 2 {
			for i := range wide {
				as.combine(c, row[i].state(), as.shuffleDown(c, row[i].state(), integer(half)))
			}
		}
		for half := wide / 2; half > 0; half /= 2 {
			for i := range half {
				as.combine(c, row[i].state(), row[i+half].state())
			}
		}
	}
}

// finishRows finishes the rows' results, in the threads of column 0.
func (f *folder) finishRows(at place) {
	c, k := f.c, f.k
	end := c.label("end")
	c.jumpIf(c.compare("ne", u32, f.col(), "0"), end)
	m := c.load(u32, k.m)
	first := c.add(u32, at.i, f.row())
	block := c.to(u32, "div.u32", at.j, integer(kernels.TreeBlock))
	for r := range f.t.rows {
		i := c.add(u32, first, integer(f.t.row(r)))
		c.jumpIf(c.compare("ge", u32, i, m), end)
		state := f.lanes[r*f.t.cols].close(c, c.variable(i64, "0"))
		k.reduction.finish(c, c.mad(u32, at.batch, m, i), block, state)
	}
	c.place(end)
}
