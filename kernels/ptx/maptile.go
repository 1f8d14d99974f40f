package ptx

// tileFields are the numbers of map_tile in the argument block.
type tileFields struct {
	log               field     // U32: log2 of the tile's width
	width, height     field     // U32: lengths of the axes that tiles cut
	across, downwards axisField // how many tiles there are along them
	down              field     // each view's stride from one row to the next
}

func newTileFields(b *block) tileFields {
	axis := func() axisField { return axisField{b.word(), b.word(), b.word()} }
	return tileFields{log: b.word(), width: b.word(), height: b.word(), across: axis(), downwards: axis()}
}

// writeTiles writes the entry for tiles of two axes: x, along which the output's
// neighbours lie, and another. Threads next to each other take neighbours along x;
// a thread takes elements of several rows, all read before the first is computed.
func (r *mapRender) writeTiles() error {
	u, err := r.start("map_tile", "A map over tiles of two axes.")
	if err != nil {
		return err
	}
	c := u.code
	e := &mapAny{mapRender: r, c: c, begins: c.beginAll(r.moves), gather: c.gathers(r.ops, &r.k.Body)}
	thread, log := c.thread(), c.load(u32, r.tile.log)
	width := c.to(u32, "shl.b32", "1", log)
	step := c.to(u32, "shr.u32", integer(mapGroup), log) // rows that the threads take at once
	rest, tileX := c.divideBy(c.group(), r.tile.across)
	outer, tileY := c.divideBy(rest, r.tile.downwards)
	x := c.mad(u32, tileX, width, c.to(u32, "and.b32", thread, c.sub(u32, width, "1")))
	y := c.mad(u32, tileY, c.mul(u32, step, integer(r.rows)), c.to(u32, "shr.u32", thread, log))
	end := c.label("end")
	c.jumpIf(c.compare("ge", u32, x, c.load(u32, r.tile.width)), end)
	e.column(outer, x, y, step, end)
	c.place(end)
	r.tiles = r.end(u)
	return nil
}

// column does a thread's elements: those at x and y, y+step, ….
func (e *mapAny) column(outer, x, y, step, end string) {
	c := e.c
	places := [][]string{e.places(outer)}
	x64, y64, step64 := c.widen(x), c.widen(y), c.widen(step)
	steps := make([]string, len(e.moves))
	for n, p := range places[0] {
		down := c.load(i64, e.tile.down+field(8*n))
		c.emit("mad.lo.s64", p, x64, c.load(i64, e.steps+field(8*n)), p)
		c.emit("mad.lo.s64", p, y64, down, p)
		steps[n] = c.mul(i64, down, step64)
	}
	height := c.load(u32, e.tile.height)
	var points []*point
	var present []string
	for j := range e.rows {
		present = append(present, c.compare("lt", u32, y, height))
		points = append(points, c.readIf(present[j], e.reads, places[j]))
		if j+1 < e.rows {
			y = c.add(u32, y, step)
			next := make([]string, len(steps))
			for n := range next {
				next[n] = c.add(i64, places[j][n], steps[n])
			}
			places = append(places, next)
		}
	}
	for j, p := range points {
		c.jumpUnless(present[j], end)
		e.finish(p, places[j], nil)
	}
}
