package ptx

// squareThreads is how many threads of a block of map_square lie along either axis.
const squareThreads = 16

// squareBlocks is how many thread blocks along either axis are next to each other in
// order, so that a row of them is a long piece of memory.
const squareBlocks = 4

// squareFields are the numbers of map_square in the argument block, beside map_tile's.
type squareFields struct {
	mirror field // U32: 1 if blocks are taken in pairs that are each other's transposed
	turned field // U32 for each input: 1 if its neighbours lie along the other axis
}

func newSquareFields(b *block, inputs int) squareFields {
	f := squareFields{mirror: b.word(), turned: b.word()}
	for range inputs - 1 {
		b.word()
	}
	return f
}

// squares says whether the map has an entry map_square: of few operands, all in memory,
// and cheap, since a body is written width² times.
func (r *mapRender) squares() bool {
	for _, o := range r.reads {
		if o.kind == index {
			return false
		}
	}
	return r.width > 0 && r.cost <= 40 && len(r.reads) >= 1 && len(r.moves) <= 5
}

// writeSquare writes the entry for operands that lie alike along one of two axes each,
// not all along the same. A thread has a square of width×width elements: of each operand it
// reads vectors along the axis on which its neighbours lie, and turns the square
// in its registers by naming them otherwise. So all accesses are wide, and each
// line of memory is used whole by the threads of a block, without shared memory.
func (r *mapRender) writeSquare() error {
	u, err := r.start("map_square", "A map of operands whose neighbours lie along either of two axes.")
	if err != nil {
		return err
	}
	c := u.code
	e := &mapSquare{mapAny{mapRender: r, c: c, begins: c.beginAll(r.moves), gather: c.gathers(r.ops, &r.k.Body)}}
	outer, x, y := e.corner()
	end := c.label("end")
	c.jumpIf(c.compare("ge", u32, x, c.load(u32, r.tile.width)), end)
	c.jumpIf(c.compare("ge", u32, y, c.load(u32, r.tile.height)), end)
	places := e.places(outer)
	x64, y64 := c.widen(x), c.widen(y)
	steps, downs := make([]string, len(r.moves)), make([]string, len(r.moves))
	for n, p := range places {
		steps[n], downs[n] = c.load(i64, r.steps+field(8*n)), c.load(i64, r.tile.down+field(8*n))
		c.emit("mad.lo.s64", p, x64, steps[n], p)
		c.emit("mad.lo.s64", p, y64, downs[n], p)
	}
	e.store(places, downs, e.load(places, steps, downs))
	c.place(end)
	r.square = r.end(u)
	return nil
}

// mapSquare is the writer of map_square.
type mapSquare struct{ mapAny }

// corner is where a thread's square begins, and the number of the point along the other axes.
func (e *mapSquare) corner() (outer, x, y string) {
	c := e.c
	group, thread := c.group(), c.thread()
	inner := c.to(u32, "and.b32", group, integer(squareBlocks*squareBlocks-1))
	rest, blockX := c.divideBy(c.to(u32, "shr.u32", group, integer(2*log2(squareBlocks))), e.tile.across)
	outer, blockY := c.divideBy(rest, e.tile.downwards)
	blockX, blockY = e.paired(blockX, blockY)
	bits := func(v string, from, count int) string {
		return c.to(u32, "and.b32", c.to(u32, "shr.u32", v, integer(from)), integer(1<<count-1))
	}
	// A warp has 8 threads along x, so that what it writes is whole lines, and 4 along y.
	threadX := c.mad(u32, bits(thread, 5, 1), "8", bits(thread, 0, 3))
	threadY := c.mad(u32, bits(thread, 6, 2), "4", bits(thread, 3, 2))
	at := func(block, inner, thread string) string {
		number := c.mad(u32, block, integer(squareBlocks), inner)
		return c.mul(u32, c.mad(u32, number, integer(squareThreads), thread), integer(e.width))
	}
	return outer, at(blockX, bits(inner, 0, 2), threadX), at(blockY, bits(inner, 2, 2), threadY)
}

// paired are the coordinates of block number a of row b of n×n blocks, in an order in which
// a block and its mirror image follow each other: what both read (of x + xᵀ) is read from
// memory once. The blocks with x + y = b (mod n) are closed under mirroring: starting
// in their middle, c = b/2, y is c, c+1, c−1, c+2, …, and the mirror image of one is before or behind
// it. Where blocks are not to be paired, they are taken row by row.
func (e *mapSquare) paired(a, b string) (x, y string) {
	c := e.c
	n := c.load(u32, e.tile.across.n)
	middle := c.to(u32, "shr.u32", b, "1")
	odd := c.compare("ne", u32, c.to(u32, "and.b32", a, "1"), "0")
	up := c.add(u32, middle, c.to(u32, "shr.u32", c.add(u32, a, "1"), "1"))
	down := c.sub(u32, middle, c.to(u32, "shr.u32", a, "1"))
	wrap := func(v string) string { // from −n … 2n−1 to 0 … n−1, as I32
		v = c.to(i32, "selp.b32", c.add(u32, v, n), v, c.compare("lt", i32, v, "0"))
		return c.to(i32, "selp.b32", c.sub(u32, v, n), v, c.compare("ge", i32, v, n))
	}
	y = wrap(c.to(u32, "selp.b32", up, down, odd))
	x = wrap(c.sub(u32, b, y))
	mirror := c.compare("ne", u32, c.load(u32, e.turn.mirror), "0")
	return c.to(u32, "selp.b32", x, a, mirror), c.to(u32, "selp.b32", y, b, mirror)
}

// load reads the square of each input; element (i, j) is points[i][j], row i.
func (e *mapSquare) load(places, steps, downs []string) [][]*point {
	c := e.c
	loaded := make([][][]string, len(e.reads))
	turned := make([]string, len(e.reads))
	for n, o := range e.reads {
		turned[n] = c.compare("ne", u32, c.load(u32, e.turn.turned+field(4*n)), "0")
		step := c.to(i64, "selp.b64", steps[n], downs[n], turned[n])
		at := places[n]
		for k := range e.width {
			if k > 0 {
				at = c.add(i64, at, step)
			}
			v := c.regs(o.t, e.width)
			c.emit("ld.global.v"+integer(e.width)+"."+moveSuffix(o.t), vector(v), "["+at+"]")
			loaded[n] = append(loaded[n], v)
		}
	}
	points := make([][]*point, e.width)
	for i := range points {
		for j := range e.width {
			p := &point{e.reads, make([]string, len(e.reads))}
			for n, o := range e.reads {
				p.values[n] = loaded[n][i][j]
				if i != j {
					p.values[n] = c.to(o.t, "selp."+moveSuffix(o.t), loaded[n][j][i], loaded[n][i][j], turned[n])
				}
			}
			points[i] = append(points[i], p)
		}
	}
	return points
}

// store computes and stores a row after the other.
func (e *mapSquare) store(places, downs []string, points [][]*point) {
	c := e.c
	for i, row := range points {
		results := make([][]string, len(e.outs))
		for _, p := range row {
			for o, v := range c.body(&e.k.Body, &scope{leaf: p.leaf, gather: e.gather}) {
				results[o] = append(results[o], c.register(e.outs[o].t, v))
			}
		}
		for o, out := range e.outs {
			n := len(e.reads) + o
			if i > 0 {
				places[n] = c.add(i64, places[n], downs[n])
			}
			c.emit("st.global.v"+integer(e.width)+"."+moveSuffix(out.t), "["+places[n]+"]", vector(results[o]))
		}
	}
}
