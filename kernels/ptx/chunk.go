package ptx

import "github.com/quern-go/quern/kernels"

// keepChunk stores the chains of one chunk in scratch memory: point by point, with
// all columns of each.
func (x *tileCode) keepChunk(at place) {
	c, k := x.c, x.k
	m, n := c.load(u32, k.m), c.load(u32, k.n)
	rows, cols := c.rest(at.i, x.row(), m), c.rest(at.j, x.col(), n)
	point := c.mad(u32, at.batch, m, c.add(u32, at.i, x.row()))
	point = c.mad(u32, at.chunk, c.load(u32, k.pointCount), point)
	j := c.widen(c.add(u32, at.j, x.col()))
	arrays, done := k.chunkArrays(c), c.label("kept")
	for r := range x.t.rows {
		c.jumpUnless(c.exceeds(rows, x.t.row(r)), done)
		element := c.add(u64, c.to(u64, "mul.wide.u32", c.add(u32, point, integer(x.t.row(r))), n), j)
		for i, acc := range k.contract.Accs {
			p := c.mad(u64, element, integer(acc.Type.Size()), arrays[i])
			for col := range x.t.cols {
				address := "[" + p + "+" + integer(x.t.col(col)*acc.Type.Size()) + "]"
				c.guarded(c.exceeds(cols, x.t.col(col)), "st.global."+moveSuffix(acc.Type), address, x.accs[i][r*x.t.cols+col])
			}
		}
	}
	c.place(done)
}

// chunkArrays are where the chunks' results lie: in the buffer of a pass's partial
// results for those who write, of the results read for others; the plan names the
// same buffer for both.
func (k *contractRender) chunkArrays(c *code) []string {
	base := c.pointer(len(k.ops.buffers))
	arrays := make([]string, len(k.contract.Accs))
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
		for i, acc := range k.contract.Accs {
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
	accumulators(k.contract.Accs).combine(c, total, load())
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
	return c.body(&k.contract.Post, &scope{leaf: func(in *kernels.Inst) string {
		if in.Op == kernels.OpAcc {
			return p.values[in.Imm]
		}
		return q.leaf(in)
	}})
}
