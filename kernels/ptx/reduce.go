package ptx

import "github.com/quern-go/quern/kernels"

// reduction renders what reduces rows of values: of a Reduce, or of a Contract
// whose rows are folded. A point has n values, cut in blocks that are reduced by
// themselves; the blocks' results are reduced by another pass.
//
// A pass reduces `blocks` blocks of each of `points` points.
type reduction struct {
	*Module
	order kernels.Order
	accs  accumulators
	post  *kernels.Body
	ops   *operands
	reads []*operand // of post, then outs
	bytes block
	keep  int // the group of axes of the points, among the operands' strides

	points, length        field     // U32: points, values a point
	blockDivisor          axisField // U32: blocks a point, and how to divide by it
	last                  field     // U32: 1 if post follows
	lanes                 field     // U32: log2 of the threads that share a row
	first                 field     // I64: the position of the pass's first value
	allBlocks, firstBlock field     // U32: of where the pass's results go
	axes                  *axisFields
	in, out               field // I64, two for each accumulator: where partial results lie
	params                field
	paramTypes            []dtype
	again                 int // the entry point for partial results
}

// describe puts the fields into the block.
func (r *reduction) describe(axes int) {
	b := &r.bytes
	for _, f := range []*field{
		&r.points, &r.length, &r.blockDivisor.n, &r.blockDivisor.magic, &r.blockDivisor.shift,
		&r.last, &r.lanes, &r.allBlocks, &r.firstBlock,
	} {
		*f = b.word()
	}
	r.first = b.long()
	r.in, r.out = b.longs(2*len(r.accs)), b.longs(2*len(r.accs))
	r.axes = newAxisFields(b, axes)
	r.params = b.longs(max(1, len(r.paramTypes)))
}

// row is the values of a point, for the code at hand.
type row interface {
	// begin prepares for a point, whose number is U32.
	begin(point string)
	// at calls take with the values at each of some positions. All are read before
	// the first is computed.
	at(p positions, take func(j int, values []string))
	// several is the predicate that the row lies along several axes; "" if it
	// cannot.
	several() string
	// cost is of one value.
	cost() int
}

// positions are places in a row, ascending and step apart; all U32.
type positions struct {
	list []string
	step string
	// inLine promises that the row lies along one axis, which is quicker.
	inLine bool
	// end, unless it is "", is where the row ends: the code jumps to past before
	// a value that lies there or beyond.
	end, past string
}

// from are count positions from first on.
func (c *code) from(first, step string, count int, inLine bool) positions {
	p := positions{list: []string{first}, step: step, inLine: inLine}
	for len(p.list) < count {
		p.list = append(p.list, c.add(u32, p.list[len(p.list)-1], step))
	}
	return p
}

// present are the predicates that positions lie before the end; nil if all do.
func (p positions) present(c *code) []string {
	if p.end == "" {
		return nil
	}
	ps := make([]string, len(p.list))
	for j, at := range p.list {
		ps[j] = c.compare("lt", u32, at, p.end)
	}
	return ps
}

// start writes the head of an entry point.
func (r *reduction) start(name, about string, threads int) (*code, error) {
	u, err := r.begin(name, about, threads, len(r.ops.buffers)+2, &r.bytes)
	if err != nil {
		return nil, err
	}
	u.resident = 1
	u.code.loadParams(r.paramTypes, r.params)
	return u.code, nil
}

// divide are quotient and remainder of two U32.
func (c *code) divide(a, b string) (quotient, remainder string) {
	quotient = c.to(u32, "div.u32", a, b)
	return quotient, c.sub(u32, a, c.mul(u32, quotient, b))
}

// finish does with a block's result what is to be done: Post, or keep it for the
// next pass. Only threads that have a result come here.
func (r *reduction) finish(c *code, point, block string, p *partial) {
	keep, end := c.label("keep"), c.label("finished")
	c.jumpIf(c.compare("eq", u32, c.load(u32, r.last), "0"), keep)
	places := c.beginAll(r.reads)
	c.walk(point, r.axes, moving(r.reads, places, r.keep))
	outs := len(r.reads) - len(r.ops.outputs())
	q := c.read(r.reads[:outs], places)
	results := c.body(r.post, &scope{leaf: func(in *kernels.Inst) string {
		switch in.Op {
		case kernels.OpAcc:
			return p.values[in.Imm]
		case kernels.OpAccIndex:
			return p.indices[in.Imm]
		}
		return q.leaf(in)
	}})
	c.write(r.reads[outs:], places[outs:], results)
	c.jump(end)
	c.place(keep)
	number := c.mad(u32, point, c.load(u32, r.allBlocks), c.add(u32, block, c.load(u32, r.firstBlock)))
	r.each(c, len(r.ops.buffers)+1, r.out, func(i int, t dtype, at string, index bool) {
		v := p.values[i]
		if index {
			v = p.indices[i]
		}
		c.emit("st.global."+moveSuffix(t), "["+c.to(u64, "mad.wide.u32", number, integer(t.Size()), at)+"]", v)
	})
	c.place(end)
}

// each calls f for every array of partial results in a buffer.
func (r *reduction) each(c *code, buffer int, at field, f func(i int, t dtype, at string, index bool)) {
	base := c.pointer(buffer)
	for i, a := range r.accs {
		f(i, a.Type, c.add(u64, base, c.load(i64, at+field(16*i))), false)
		if a.Combine.HasIndex() {
			f(i, i64, c.add(u64, base, c.load(i64, at+field(16*i+8))), true)
		}
	}
}

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
	blocks := r.blockDivisor
	one := c.compare("eq", u32, c.load(u32, blocks.n), "1") // by which quotient does not divide
	point = c.to(u32, "selp.b32", number, c.quotient(number, blocks), one)
	return point, c.sub(u32, number, c.mul(u32, point, c.load(u32, blocks.n)))
}
