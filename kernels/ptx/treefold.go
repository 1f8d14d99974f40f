package ptx

import "github.com/quern-go/quern/kernels"

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
type sharedPartials struct {
	values, indices []string // names of the arrays
	position        dtype    // of indices
}

// lanes says that the states are those of lanes.
func (as accumulators) share(c *code, n int, lanes bool) *sharedPartials {
	s := &sharedPartials{position: i64}
	if lanes {
		s.position = u32
	}
	for i, a := range as {
		s.values = append(s.values, c.unit.sharedArray("values"+integer(i), a.Type, n))
		index := ""
		if a.Combine.HasIndex() {
			index = c.unit.sharedArray("indices"+integer(i), s.position, n)
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
			f(s.position, s.indices[i], p.indices[i])
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
	s := as.share(c, kernels.TreeLanes, false)
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
