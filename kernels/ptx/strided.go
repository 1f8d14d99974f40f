package ptx

import "github.com/quern-go/quern/kernels"

// stridedGroup is the threads of a block that reduces Strided rows: fewer than for
// a map, since a thread has much to do and rows may be few.
const stridedGroup = 128

// stridedRow is a block of 64 values, which one thread reduces; neighbouring
// threads have neighbouring points.
type stridedRow struct{ point, block, position, end string }

// stridedRow finds a thread's block, or jumps to done.
func (r *reduction) stridedRow(c *code, done string) *stridedRow {
	points := c.load(u32, r.points)
	number := c.mad(u32, c.group(), integer(stridedGroup), c.thread())
	c.jumpIf(c.compare("ge", u32, number, c.mul(u32, points, c.load(u32, r.blockDivisor.n))), done)
	s := &stridedRow{}
	s.block, s.point = c.divide(number, points)
	start := c.mul(u32, s.block, integer(kernels.StridedSpan))
	s.position = c.variable(u32, start)
	length := c.to(u32, "min.u32", c.sub(u32, c.load(u32, r.length), start), integer(kernels.StridedSpan))
	s.end = c.add(u32, start, length)
	return s
}

// writeStrided writes the entry in which a thread reduces a block of values that
// Pre makes.
func (r *reduceRender) writeStrided() (int, error) {
	c, err := r.start("strided", "Strided: one thread reduces a block of 64 values.", stridedGroup)
	if err != nil {
		return 0, err
	}
	done := c.label("done")
	w := r.stridedRow(c, done)
	s := r.newPreRow(c)
	s.begin(w.point)
	l := r.accs.lane(c, w.position, c.compare("lt", u32, w.position, w.end))

	atOnce := rowsAtOnce(s.cost())
	top, rest := c.label("values"), c.label("rest")
	c.jumpIf(s.several(), rest)
	c.place(top)
	c.jumpIf(c.compare("gt", u32, c.add(u32, w.position, integer(atOnce)), w.end), rest)
	at := c.from(w.position, "1", atOnce, true)
	s.at(at, func(j int, values []string) { r.accs.take(c, l, values, at.list[j]) })
	c.emit("add.u32", w.position, w.position, integer(atOnce))
	c.jump(top)
	c.place(rest)
	r.rest(c, s, l, w.position, w.end, "1", min(atOnce, 8))
	r.finish(c, w.point, w.block, l.close(c, c.load(i64, r.first)))
	c.place(done)
	return r.end(c.unit), nil
}

// writeStridedAgain writes the entry in which a thread reduces a block of partial
// results.
func (r *reduction) writeStridedAgain() (int, error) {
	c, err := r.start("strided_again", "Strided: one thread reduces a block of 64 partial results.", stridedGroup)
	if err != nil {
		return 0, err
	}
	const atOnce = 8 // so that the block does not take 64 times the memory's latency
	done, top, rest, taken := c.label("done"), c.label("values"), c.label("rest"), c.label("taken")
	w := r.stridedRow(c, done)
	s := r.newPartialRow(c)
	s.begin(w.point)
	state := r.accs.identity(c)
	c.place(top)
	c.jumpIf(c.compare("gt", u32, c.add(u32, w.position, integer(atOnce)), w.end), rest)
	read := make([]*partial, atOnce)
	for j := range read {
		read[j] = s.at(c.add(u32, w.position, integer(j)))
	}
	for _, p := range read {
		r.accs.combine(c, state, p)
	}
	c.emit("add.u32", w.position, w.position, integer(atOnce))
	c.jump(top)
	c.place(rest)
	c.jumpIf(c.compare("ge", u32, w.position, w.end), taken)
	r.accs.combine(c, state, s.at(w.position))
	c.emit("add.u32", w.position, w.position, "1")
	c.jump(rest)
	c.place(taken)
	r.finish(c, w.point, w.block, state)
	c.place(done)
	return r.end(c.unit), nil
}
