package ptx

import "github.com/quern-go/quern/kernels"

// writeBlock writes the entry in which a thread block reduces one Tree block:
// thread t is lane t.
func (r *reduction) writeBlock(name string, source func(c *code) row) (int, error) {
	c, err := r.start(name, "Tree: one thread block reduces a block of 4096 values.", kernels.TreeLanes)
	if err != nil {
		return 0, err
	}
	thread := c.thread()
	n := c.load(u32, r.length)
	point, block := r.divideBlocks(c, c.group())
	s := source(c)
	s.begin(point)
	start := c.mul(u32, block, integer(kernels.TreeBlock))
	first := c.add(u32, start, thread)
	l := r.accs.lane(c, first, c.compare("lt", u32, first, n))
	r.writeLane(c, s, l, first, start, n)
	state := l.close(c, c.load(i64, r.first))
	r.accs.fold(c, state, thread)
	done := c.label("done")
	c.jumpIf(c.compare("ne", u32, thread, "0"), done)
	r.finish(c, point, block, state)
	c.place(done)
	return r.end(c.unit), nil
}

// writeLane takes the values of one lane of a block: in a full one, along one axis
// or several; or in the last, which ends at n.
func (r *reduction) writeLane(c *code, s row, l *lane, first, start, n string) {
	p := c.variable(u32, first)
	atOnce := rowsAtOnce(s.cost())
	part, taken := c.label("part"), c.label("taken")
	// n − start ≥ 4096, which does not wrap.
	c.jumpIf(c.compare("lt", u32, c.sub(u32, n, start), integer(kernels.TreeBlock)), part)
	several := s.several()
	axes := c.label("axes")
	if several != "" {
		c.jumpIf(several, axes)
	}
	r.rows(c, s, l, p, atOnce, true)
	c.jump(taken)
	if several != "" {
		c.place(axes)
		r.rows(c, s, l, p, min(atOnce, 4), false)
		c.jump(taken)
	}
	c.place(part)
	r.rest(c, s, l, p, n, integer(kernels.TreeLanes), min(atOnce, 8))
	c.place(taken)
}

// rowsAtOnce is how many values to read before the first is computed, by the cost
// of one.
func rowsAtOnce(cost int) int {
	switch {
	case cost <= 16:
		return 16
	case cost <= 32:
		return 8
	case cost <= 200:
		return 4
	}
	return 1
}

// rows takes the 16 values of a lane of a full block from p on, so many at once.
func (r *reduction) rows(c *code, s row, l *lane, p string, atOnce int, inLine bool) {
	top := c.label("rows")
	left := c.variable(u32, integer(kernels.TreeRows/atOnce))
	c.place(top)
	at := c.from(p, integer(kernels.TreeLanes), atOnce, inLine)
	s.at(at, func(j int, values []string) { r.accs.take(c, l, values, at.list[j]) })
	if atOnce == kernels.TreeRows {
		return
	}
	c.emit("add.u32", p, p, integer(kernels.TreeLanes*atOnce))
	c.emit("sub.u32", left, left, "1")
	c.jumpIf(c.compare("ne", u32, left, "0"), top)
}

// rest takes values at p, p+step, … below end: along one axis so many at once, or
// along several one by one.
func (r *reduction) rest(c *code, s row, l *lane, p, end, step string, atOnce int) {
	several, done := s.several(), c.label("rested")
	write := func(count int, inLine bool) {
		top := c.label("rest")
		c.place(top)
		c.jumpIf(c.compare("ge", u32, p, end), done)
		at := c.from(p, step, count, inLine)
		at.end, at.past = end, done
		s.at(at, func(j int, values []string) { r.accs.take(c, l, values, at.list[j]) })
		c.emit("mad.lo.u32", p, c.register(u32, step), integer(count), p)
		c.jump(top)
	}
	if several != "" {
		axes := c.label("axes")
		c.jumpIf(several, axes)
		write(atOnce, true)
		c.place(axes)
		write(1, false)
	} else {
		write(atOnce, true)
	}
	c.place(done)
}

// divideBlocks are the point and the block of a number, at most points·blocks.
func (r *reduction) divideBlocks(c *code, number string) (point, block string) {
	return c.divideBy(number, r.blockDivisor)
}
