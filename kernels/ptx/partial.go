package ptx

import (
	"github.com/quern-go/quern/kernels"
)

// partial is the state of a reduction's accumulators: registers that change, one
// value each, and for ArgMin and ArgMax the position (I64).
type partial struct {
	values  []string
	indices []string // "" where no position is kept
	lanes   bool     // positions are those of lanes: U32
}

// accumulators are those of a reduction.
type accumulators []kernels.Acc

// noIndex is kernels.NoIndex as an operand.
const noIndex = "0x7FFFFFFFFFFFFFFF"

// identity is a state that changes nothing.
func (as accumulators) identity(c *code) *partial {
	p := &partial{}
	for _, a := range as {
		p.values = append(p.values, c.variable(a.Type, immediate(a.Type, a.Combine.Identity(a.Type))))
		index := ""
		if a.Combine.HasIndex() {
			index = c.variable(i64, noIndex)
		}
		p.indices = append(p.indices, index)
	}
	return p
}

// combine adds to a state one that comes after it.
func (as accumulators) combine(c *code, a, b *partial) {
	for i, acc := range as {
		t, x, y := acc.Type, a.values[i], b.values[i]
		switch acc.Combine {
		case kernels.CombineAdd:
			c.emit("add.rn."+suffix(t), x, x, y)
		case kernels.CombineMul:
			c.emit("mul.rn."+suffix(t), x, x, y)
		case kernels.CombineMin:
			c.set(t, x, c.extremum("min", t, x, y))
		case kernels.CombineMax:
			c.set(t, x, c.extremum("max", t, x, y))
		default:
			y = c.register(t, y)
			same := c.compare("eq", t, x, y)
			bothNaN := c.to(boolean, "and.pred", c.compare("nan", t, x, x), c.compare("nan", t, y, y))
			same = c.to(boolean, "or.pred", same, bothNaN)
			position := i64
			if a.lanes {
				position = u32
			}
			earlier := c.compare("lt", position, b.indices[i], a.indices[i])
			replaces := c.to(boolean, "or.pred", wins(c, acc, x, y), c.to(boolean, "and.pred", same, earlier))
			c.guarded(replaces, "mov."+moveSuffix(t), x, y)
			c.guarded(replaces, "mov."+moveSuffix(position), a.indices[i], b.indices[i])
		}
	}
}

// wins is whether value y replaces x whatever their positions: it is better,
// or NaN where x is not.
func wins(c *code, acc kernels.Acc, x, y string) string {
	relation := "ltu" // less, or either is NaN
	if acc.Combine == kernels.CombineArgMax {
		relation = "gtu"
	}
	number := c.compare("eq", acc.Type, x, x)
	return c.to(boolean, "and.pred", c.compare(relation, acc.Type, y, x), number)
}

// lane is the state of a thread that takes values at ascending positions: the
// positions are U32, and counted from the pass's first.
type lane struct {
	partial
	positions []string // U32; "" where no position is kept
}

// noPosition is the position of an empty lane.
const noPosition = "0xFFFFFFFF"

// lane is an empty lane; first is the position of its first value, and has the
// predicate that it has any.
//
// A position is kept from the start: then a value equal to the identity, with
// which the lane starts, need not replace it.
func (as accumulators) lane(c *code, first, has string) *lane {
	l := &lane{}
	for _, a := range as {
		l.values = append(l.values, c.variable(a.Type, immediate(a.Type, a.Combine.Identity(a.Type))))
		position := ""
		if a.Combine.HasIndex() {
			position = c.to(u32, "selp.b32", first, noPosition, has)
		}
		l.positions = append(l.positions, position)
		l.indices = append(l.indices, "")
	}
	return l
}

// take adds the values at a position to a lane.
func (as accumulators) take(c *code, l *lane, values []string, position string) {
	for i, acc := range as {
		if acc.Combine.HasIndex() {
			y := c.register(acc.Type, values[i])
			replaces := wins(c, acc, l.values[i], y)
			c.guarded(replaces, "mov."+moveSuffix(acc.Type), l.values[i], y)
			c.guarded(replaces, "mov.b32", l.positions[i], position)
			continue
		}
		one := accumulators{acc}
		one.combine(c, &partial{values: l.values[i : i+1]}, &partial{values: values[i : i+1]})
	}
}

// close makes the lane's positions indices: first (I64) is the position of the
// pass's first value.
func (l *lane) close(c *code, first string) *partial {
	for i, p := range l.positions {
		if p != "" {
			real := c.compare("ne", u32, p, noPosition)
			at := c.add(i64, c.widen(p), first)
			l.indices[i] = c.to(i64, "selp.b64", at, noIndex, real)
		}
	}
	return &l.partial
}

// shuffleDown is the state of the thread so many lanes (of a warp) above.
func (as accumulators) shuffleDown(c *code, p *partial, by string) *partial {
	q := &partial{lanes: p.lanes}
	position := i64
	if p.lanes {
		position = u32
	}
	for i, a := range as {
		q.values = append(q.values, c.shuffleDown(a.Type, p.values[i], by))
		index := ""
		if a.Combine.HasIndex() {
			index = c.shuffleDown(position, p.indices[i], by)
		}
		q.indices = append(q.indices, index)
	}
	return q
}

// shuffleDown is another lane's value; all of the warp's threads take part.
func (c *code) shuffleDown(t dtype, v, by string) string {
	if t.Size() == 4 {
		return c.to(t, "shfl.sync.down.b32", v, by, "31", "-1")
	}
	low, high := c.reg(u32), c.reg(u32)
	c.emit("mov.b64", vector([]string{low, high}), v)
	low = c.to(u32, "shfl.sync.down.b32", low, by, "31", "-1")
	high = c.to(u32, "shfl.sync.down.b32", high, by, "31", "-1")
	return c.to(t, "mov.b64", vector([]string{low, high}))
}

// sharedPartials is room in shared memory for the states of n threads.
type sharedPartials struct{ values, indices []string } // addresses of the arrays

func (as accumulators) share(c *code, n int) *sharedPartials {
	s := &sharedPartials{}
	for i, a := range as {
		s.values = append(s.values, c.unit.sharedArray("values"+integer(i), a.Type, n))
		index := ""
		if a.Combine.HasIndex() {
			index = c.unit.sharedArray("indices"+integer(i), i64, n)
		}
		s.indices = append(s.indices, index)
	}
	return s
}

// each calls f for every array of the states, with its type, its name and the
// register of the state.
func (as accumulators) each(s *sharedPartials, p *partial, f func(t dtype, array, reg string)) {
	for i, a := range as {
		f(a.Type, s.values[i], p.values[i])
		if a.Combine.HasIndex() {
			f(i64, s.indices[i], p.indices[i])
		}
	}
}

// element is the shared address of element i (U32) of an array.
func (c *code) element(t dtype, array, i string) string {
	return c.mad(u32, i, integer(t.Size()), c.to(u32, "mov.u32", array))
}

// put stores a thread's state.
func (as accumulators) put(c *code, s *sharedPartials, p *partial, thread string) {
	as.each(s, p, func(t dtype, array, reg string) {
		c.emit("st.shared."+moveSuffix(t), "["+c.element(t, array, thread)+"]", reg)
	})
}

// get loads the state that another thread put.
func (as accumulators) get(c *code, s *sharedPartials, thread string) *partial {
	p := as.empty(c)
	as.each(s, p, func(t dtype, array, reg string) {
		c.emit("ld.shared."+moveSuffix(t), reg, "["+c.element(t, array, thread)+"]")
	})
	return p
}

// empty is registers for a state.
func (as accumulators) empty(c *code) *partial {
	p := &partial{}
	for _, a := range as {
		p.values = append(p.values, c.reg(a.Type))
		index := ""
		if a.Combine.HasIndex() {
			index = c.reg(i64)
		}
		p.indices = append(p.indices, index)
	}
	return p
}

// fold reduces the states of 256 threads in halves: thread t takes t+128, then
// t+64, … t+1. Thread 0 has the result.
func (as accumulators) fold(c *code, p *partial, thread string) {
	s := as.share(c, kernels.TreeLanes)
	for half := kernels.TreeLanes / 2; half >= 32; half /= 2 {
		upper, waiting := c.label("upper"), c.label("fold")
		c.jumpUnless(c.compare("lt", u32, thread, integer(2*half)), waiting)
		c.jumpUnless(c.compare("ge", u32, thread, integer(half)), upper)
		as.put(c, s, p, thread)
		c.place(upper)
		c.place(waiting)
		c.emit("bar.sync", "0")
		lower := c.label("lower")
		c.jumpIf(c.compare("ge", u32, thread, integer(half)), lower)
		as.combine(c, p, as.get(c, s, c.add(u32, thread, integer(half))))
		c.place(lower)
	}
	for half := 16; half > 0; half /= 2 {
		as.combine(c, p, as.shuffleDown(c, p, integer(half)))
	}
}
