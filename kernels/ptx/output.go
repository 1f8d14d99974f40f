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

// finish does Post for the outputs of a tile and stores the results, a row of the
// thread's after the other: in vectors, or, where neighbours may not be stored together or
// do not all exist, one by one, by code that comes behind.
func (x *tileCode) finish(at place) {
	c, k := x.c, x.k
	reads, outs := x.newOutputs(k.postReads, at), x.newOutputs(k.ops.outputs(), at)
	rows, cols := c.rest(at.i, x.row(), c.load(u32, k.m)), c.rest(at.j, x.col(), c.load(u32, k.n))
	wide := c.compare("ne", u32, c.load(u32, k.wideOuts), "0")
	together := c.to(boolean, "and.pred", wide, c.exceeds(cols, x.t.col(x.t.cols-1)))
	done := c.label("outputs")
	var behind []func()
	for r := range x.t.rows {
		c.jumpUnless(c.exceeds(rows, x.t.row(r)), done)
		results := x.postRow(reads, r, cols)
		row := outs.row(r)
		single, stored := c.label("single"), c.label("stored")
		c.jumpUnless(together, single)
		outs.storeRow(row, results)
		c.place(stored)
		behind = append(behind, func() {
			c.place(single)
			outs.storeEach(row, results, cols, stored)
		})
	}
	c.jump(done)
	for _, write := range behind {
		write()
	}
	c.place(done)
}

// postRow is Post's results for one of the thread's rows: by output, then column. Where it
// reads inputs, it does so only of columns that exist.
func (x *tileCode) postRow(reads *outputs, r int, rest string) [][]string {
	c, k := x.c, x.k
	outs := k.ops.outputs()
	results := make([][]string, len(outs))
	row := reads.row(r)
	for g := range x.t.cols / x.t.wideCols {
		places := reads.group(row, g)
		for n := range x.t.wideCols {
			col, exists := g*x.t.wideCols+n, ""
			if len(k.postReads) > 0 {
				exists = c.exceeds(rest, x.t.col(col))
			}
			for i, v := range x.post(places[n], exists, r*x.t.cols+col) {
				results[i] = append(results[i], c.register(outs[i].t, v))
			}
		}
	}
	return results
}

// storeRow stores a row's results, neighbours together.
func (o *outputs) storeRow(row []string, results [][]string) {
	n := o.x.t.wideCols
	for i, p := range o.list {
		for g, from := range o.groups[i] {
			o.x.c.storeVector(p.t, o.x.c.add(i64, row[i], from), results[i][g*n:(g+1)*n])
		}
	}
}

// storeEach stores those of a row's results that exist, and jumps to where that has been
// done.
func (o *outputs) storeEach(row []string, results [][]string, rest, stored string) {
	c, t := o.x.c, o.x.t
	for g := range t.cols / t.wideCols {
		for n, places := range o.group(row, g) {
			col := g*t.wideCols + n
			c.jumpUnless(c.exceeds(rest, t.col(col)), stored)
			for i, p := range o.list {
				c.emit("st.global."+moveSuffix(p.t), "["+places[i]+"]", results[i][col])
			}
		}
	}
	c.jump(stored)
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
