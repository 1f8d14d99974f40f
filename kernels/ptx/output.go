package ptx

import "github.com/quern-go/quern/kernels"

// outputs are operands' places at the thread's outputs of a tile.
type outputs struct {
	x      *tileCode
	list   []*operand
	start  []string   // at the thread's first output
	down   []string   // stride along i
	right  []string   // stride along j
	groups [][]string // by operand: from the first column to the first of each group of neighbours
}

// newOutputs finds the places of operands at a tile.
func (x *tileCode) newOutputs(list []*operand, at place) *outputs {
	c := x.c
	o := &outputs{x: x, list: list, start: x.k.enter(c, list, at.batch)}
	i, j := c.widen(c.add(u32, at.i, x.row())), c.widen(c.add(u32, at.j, x.col()))
	for n, p := range list {
		down, right := c.load(i64, p.strides[ijk].at(0)), c.load(i64, p.strides[ijk].at(1))
		c.emit("mad.lo.s64", o.start[n], i, down, o.start[n])
		c.emit("mad.lo.s64", o.start[n], j, right, o.start[n])
		o.down, o.right = append(o.down, down), append(o.right, right)
		var groups []string
		for col := 0; col < x.t.cols; col += x.t.wideCols {
			groups = append(groups, c.mul(i64, right, integer(x.t.col(col))))
		}
		o.groups = append(o.groups, groups)
	}
	return o
}

// row is the places at the first column of one of the thread's rows.
func (o *outputs) row(r int) []string {
	at := make([]string, len(o.list))
	for n := range at {
		at[n] = o.x.c.mad(i64, o.down[n], integer(o.x.t.row(r)), o.start[n])
	}
	return at
}

// group is the places at the outputs of a group of neighbouring columns: by
// column, then operand.
func (o *outputs) group(row []string, g int) [][]string {
	c := o.x.c
	places := make([][]string, o.x.t.wideCols)
	for n := range o.list {
		p := c.add(i64, row[n], o.groups[n][g])
		for col := range places {
			if col > 0 {
				p = c.add(i64, p, o.right[n])
			}
			places[col] = append(places[col], p)
		}
	}
	return places
}

// rest is how many rows (or columns) there are from the thread's first one in a tile
// on, which begins at a position; all U32. Row r exists if rest exceeds tile.row(r).
func (c *code) rest(tile, first, extent string) string {
	first = c.add(u32, tile, first)
	return c.sub(u32, c.to(u32, "max.u32", extent, first), first)
}

// exceeds is the predicate that a rest exceeds a position.
func (c *code) exceeds(rest string, position int) string {
	return c.compare("gt", u32, rest, integer(position))
}

// finish does Post for the outputs of a tile and stores the results.
func (x *tileCode) finish(at place) {
	c, k := x.c, x.k
	outs := k.ops.outputs()
	o := x.newOutputs(append(append([]*operand{}, k.postReads...), outs...), at)
	rows, cols := c.rest(at.i, x.row(), c.load(u32, k.m)), c.rest(at.j, x.col(), c.load(u32, k.n))
	done := c.label("outputs")
	for r := range x.t.rows {
		c.jumpUnless(c.exceeds(rows, x.t.row(r)), done)
		row := o.row(r)
		for g := range x.t.cols / x.t.wideCols {
			x.finishGroup(o, row, r, g, cols)
		}
	}
	c.place(done)
}

// finishGroup does Post for neighbouring columns, and stores their results together
// where that may be.
func (x *tileCode) finishGroup(o *outputs, row []string, r, g int, rest string) {
	c, k := x.c, x.k
	count := x.t.wideCols
	places := o.group(row, g)
	first := g * count
	reads, outs := len(k.postReads), len(o.list)-len(k.postReads)
	results := make([][]string, outs) // by output, then column
	for n := range count {
		exists := ""
		if reads > 0 {
			exists = c.exceeds(rest, x.t.col(first+n))
		}
		for i, v := range x.post(places[n][:reads], exists, r*x.t.cols+first+n) {
			results[i] = append(results[i], c.register(o.list[reads+i].t, v))
		}
	}
	wide := c.compare("ne", u32, c.load(u32, k.wideOuts), "0")
	together := c.to(boolean, "and.pred", wide, c.exceeds(rest, x.t.col(first+count-1)))
	single, done := c.label("single"), c.label("stored")
	c.jumpUnless(together, single)
	for i := range outs {
		c.storeVector(o.list[reads+i].t, places[0][reads+i], results[i])
	}
	c.jump(done)
	c.place(single)
	for n := range count {
		c.jumpUnless(c.exceeds(rest, x.t.col(first+n)), done)
		for i := range outs {
			t := o.list[reads+i].t
			c.emit("st.global."+moveSuffix(t), "["+places[n][reads+i]+"]", results[i][n])
		}
	}
	c.place(done)
}

// storeVector stores neighbours, at most 16 bytes at once.
func (c *code) storeVector(t dtype, at string, values []string) {
	n := min(len(values), 16/t.Size())
	for first := 0; first < len(values); first += n {
		op := "st.global."
		value := values[first]
		if n > 1 {
			op += "v" + integer(n) + "."
			value = vector(values[first : first+n])
		}
		c.emit(op+moveSuffix(t), "["+at+"+"+integer(first*t.Size())+"]", value)
	}
}

// post is Post's results for an output. Where it reads inputs, it does so only if
// the output exists.
func (x *tileCode) post(places []string, exists string, output int) []string {
	p := x.c.readIf(exists, x.k.postReads, places)
	return x.c.body(&x.k.contract.Post, x.postScope(p, output))
}

func (x *tileCode) postScope(p *point, output int) *scope {
	return &scope{leaf: func(in *kernels.Inst) string {
		if in.Op == kernels.OpAcc {
			return x.accs[in.Imm][output]
		}
		return p.leaf(in)
	}}
}
