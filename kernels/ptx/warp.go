package ptx

import "github.com/quern-go/quern/kernels"

// lanesPerThread is how many of a block's 256 lanes a thread keeps where 2^lanes
// threads of a warp share a block: thread t has lanes t, t+2^lanes, ….
const lanesPerThread = 8

// warpRow is a block as some threads of a warp share it.
type warpRow struct {
	point, block   string // U32
	position, end  string // U32: of the thread's first value, and where the block ends
	threads        string // U32: how many share the block
	number, inside string // of the thread among them; the predicate that there is such a block
}

// warpRow finds what a thread has to do.
func (r *reduction) warpRow(c *code) *warpRow {
	thread, lanes := c.thread(), c.load(u32, r.lanes)
	w := &warpRow{}
	w.threads = c.to(u32, "shl.b32", "1", lanes)
	perGroup := c.to(u32, "shr.u32", integer(kernels.TreeLanes), lanes)
	number := c.mad(u32, c.group(), perGroup, c.to(u32, "shr.u32", thread, lanes))
	count := c.mul(u32, c.load(u32, r.points), c.load(u32, r.blockDivisor.n))
	w.inside = c.compare("lt", u32, number, count)
	number = c.to(u32, "selp.b32", number, "0", w.inside) // others do block 0 again, and do not keep it
	w.point, w.block = r.divideBlocks(c, number)
	w.number = c.to(u32, "and.b32", thread, c.sub(u32, w.threads, "1"))
	start := c.mul(u32, w.block, integer(kernels.TreeBlock))
	w.position = c.variable(u32, c.add(u32, start, w.number))
	length := c.to(u32, "min.u32", c.sub(u32, c.load(u32, r.length), start), integer(kernels.TreeBlock))
	w.end = c.add(u32, start, length)
	return w
}

// writeWarp writes the entry in which up to 32 threads of a warp reduce a block,
// of values that Pre makes.
func (r *reduceRender) writeWarp() (int, error) {
	c, err := r.start("tree_warp", "Tree: threads of one warp reduce a block.", kernels.TreeLanes)
	if err != nil {
		return 0, err
	}
	w := r.warpRow(c)
	s := r.newPreRow(c)
	s.begin(w.point)
	first := c.from(w.position, w.threads, lanesPerThread, true)
	first.end = w.end
	lanes := make([]*lane, lanesPerThread)
	for q, has := range first.present(c) {
		lanes[q] = r.accs.lane(c, first.list[q], has)
	}
	r.warpRows(c, s, w, lanes)
	states := make([]*partial, len(lanes))
	start := c.load(i64, r.first)
	for q, l := range lanes {
		states[q] = l.close(c, start)
	}
	r.foldWarp(c, w, states)
	return r.end(c.unit), nil
}

// warpRows takes the block's values, one row of the lanes after the other.
func (r *reduction) warpRows(c *code, s row, w *warpRow, lanes []*lane) {
	top, part, axes, next, done := c.label("rows"), c.label("part"), c.label("axes"), c.label("next"), c.label("taken")
	c.place(top)
	c.jumpIf(c.compare("ge", u32, w.position, w.end), done)
	at := c.from(w.position, w.threads, len(lanes), true)
	take := func(q int, values []string) { r.accs.take(c, lanes[q], values, at.list[q]) }
	c.jumpIf(s.several(), axes)
	c.jumpIf(c.compare("ge", u32, at.list[len(lanes)-1], w.end), part)
	s.at(at, take)
	c.jump(next)
	c.place(part)
	at.end, at.past = w.end, next
	s.at(at, take)
	c.jump(next)
	c.place(axes)
	for q, p := range at.list {
		one := positions{list: []string{p}, end: w.end, past: next}
		s.at(one, func(_ int, values []string) { take(q, values) })
	}
	c.place(next)
	c.emit("add.u32", w.position, w.position, integer(kernels.TreeLanes))
	c.jump(top)
	c.place(done)
}

// foldWarp reduces the threads' lanes in halves and finishes the block.
func (r *reduction) foldWarp(c *code, w *warpRow, states []*partial) {
	for half := len(states) / 2; half > 0; half /= 2 {
		for q := range half {
			r.accs.combine(c, states[q], states[q+half])
		}
	}
	for half := 16; half > 0; half /= 2 {
		skip := c.label("fold")
		c.jumpIf(c.compare("le", u32, w.threads, integer(half)), skip) // of all threads alike
		r.accs.combine(c, states[0], r.accs.shuffleDown(c, states[0], integer(half)))
		c.place(skip)
	}
	r.finishWarp(c, w, states[0])
}

// finishWarp finishes a block whose first thread has the result.
func (r *reduction) finishWarp(c *code, w *warpRow, p *partial) {
	done := c.label("done")
	c.jumpUnless(w.inside, done)
	c.jumpIf(c.compare("ne", u32, w.number, "0"), done)
	r.finish(c, w.point, w.block, p)
	c.place(done)
}

// writeAgain writes the entry in which threads of a warp reduce a block of
// partial results.
func (r *reduction) writeAgain() (int, error) {
	c, err := r.start("tree_again", "Tree: threads of one warp reduce a block of partial results.", kernels.TreeLanes)
	if err != nil {
		return 0, err
	}
	w := r.warpRow(c)
	s := r.newPartialRow(c)
	s.begin(w.point)
	states := make([]*partial, lanesPerThread)
	for q := range states {
		states[q] = r.accs.identity(c)
	}
	top, next, done := c.label("rows"), c.label("next"), c.label("taken")
	c.place(top)
	c.jumpIf(c.compare("ge", u32, w.position, w.end), done)
	p := w.position
	for q := range states {
		if q > 0 {
			p = c.add(u32, p, w.threads)
			c.jumpIf(c.compare("ge", u32, p, w.end), next)
		}
		r.accs.combine(c, states[q], s.at(p))
	}
	c.place(next)
	c.emit("add.u32", w.position, w.position, integer(kernels.TreeLanes))
	c.jump(top)
	c.place(done)
	r.foldWarp(c, w, states)
	return r.end(c.unit), nil
}
