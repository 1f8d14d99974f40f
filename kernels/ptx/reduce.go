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
	number := r.partialNumber(c, point, c.add(u32, block, c.load(u32, r.firstBlock)), r.allBlocks)
	r.each(c, len(r.ops.buffers)+1, r.out, func(i int, t dtype, at string, index bool) {
		v := p.values[i]
		if index {
			v = p.indices[i]
		}
		c.emit("st.global."+moveSuffix(t), "["+c.to(u64, "mad.wide.u32", number, integer(t.Size()), at)+"]", v)
	})
	c.place(end)
}

// partialNumber is the number of a partial result among those of all points, of which each
// has so many. Those that neighbouring threads take are neighbours: in Tree order they are of one point,
// in Strided order of neighbouring points.
func (r *reduction) partialNumber(c *code, point, position string, each field) string {
	if r.order == kernels.Strided {
		return c.mad(u32, position, c.load(u32, r.points), point)
	}
	return c.mad(u32, point, c.load(u32, each), position)
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
