package ptx

// axisFields are the lengths of a space's axes in the argument block, as many as
// the text allows, innermost first.
type axisFields struct {
	rank field
	axes []axisField
}

// axisField is one axis: its length and how to divide by it.
type axisField struct{ n, magic, shift field }

func newAxisFields(b *block, axes int) *axisFields {
	f := &axisFields{rank: b.word()}
	for range axes {
		f.axes = append(f.axes, axisField{b.word(), b.word(), b.word()})
	}
	return f
}

// fill sets the fields to the axes of a space.
func (f *axisFields) fill(p []byte, s *space) {
	put32(p, f.rank, uint32(s.len))
	for i := range s.len {
		f.axes[i].fill(p, s.n[s.len-1-i])
	}
}

func (f axisField) fill(p []byte, n int) {
	magic, shift := divisor(uint32(n))
	put32(p, f.n, uint32(n))
	put32(p, f.magic, magic)
	put32(p, f.shift, shift)
}

// strideFields are a view's strides along the axes, innermost first.
type strideFields struct{ first field }

func newStrideFields(b *block, axes int) strideFields { return strideFields{b.longs(axes)} }

func (f strideFields) at(i int) field { return f.first + field(8*i) }

func (f strideFields) fill(p []byte, s *space, view int) {
	for i := range s.len {
		put64(p, f.at(i), s.views[view].stride[s.len-1-i])
	}
}

// moved is a place, in a register that changes, that moves along axes.
type moved struct {
	place   string
	strides strideFields
}

// walk moves places to point number `number` (U32) of a space. It ends after the
// axes that the launch has: every thread takes the same branches.
func (c *code) walk(number string, f *axisFields, places []moved) {
	if len(places) == 0 {
		return
	}
	rank := c.load(u32, f.rank)
	done := c.label("there")
	c.jumpIf(c.compare("eq", u32, rank, "0"), done)
	for i, axis := range f.axes {
		if i == len(f.axes)-1 {
			c.step(number, i, places)
			break
		}
		last := c.compare("le", u32, rank, integer(i+1))
		quotient := c.to(u32, "selp.b32", "0", c.quotient(number, axis), last)
		position := c.sub(u32, number, c.mul(u32, quotient, c.load(u32, axis.n)))
		c.step(position, i, places)
		c.jumpIf(last, done)
		number = quotient
	}
	c.place(done)
}

// step moves places by a number of positions (U32) along one axis.
func (c *code) step(position string, axis int, places []moved) {
	wide := c.widen(position)
	for _, m := range places {
		c.emit("mad.lo.s64", m.place, wide, c.load(i64, m.strides.at(axis)), m.place)
	}
}

// divideBy are quotient and remainder by any length.
func (c *code) divideBy(x string, f axisField) (quotient, remainder string) {
	n := c.load(u32, f.n)
	one := c.compare("eq", u32, n, "1") // by which quotient does not divide
	quotient = c.to(u32, "selp.b32", x, c.quotient(x, f), one)
	return quotient, c.sub(u32, x, c.mul(u32, quotient, n))
}

// quotient is x (U32) divided by an axis's length: see divisor.
func (c *code) quotient(x string, f axisField) string {
	t := c.to(u32, "mul.hi.u32", x, c.load(u32, f.magic))
	rest := c.to(u32, "shr.u32", c.sub(u32, x, t), "1")
	return c.to(u32, "shr.u32", c.add(u32, rest, t), c.load(u32, f.shift))
}
