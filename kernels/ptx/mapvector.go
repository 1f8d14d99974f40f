package ptx

func (r *mapRender) writeVector() error {
	u, err := r.start("map_vector", "A map over rows whose elements are neighbours, in vectors.")
	if err != nil {
		return err
	}
	c := u.code
	e := &mapVector{mapAny: mapAny{mapRender: r, c: c, begins: c.beginAll(r.moves), gather: c.gathers(r.ops, &r.k.Body)}}
	for i, o := range r.moves {
		step := c.load(i64, r.steps+field(8*i))
		e.steps = append(e.steps, step)
		fixed := ""
		if o.kind == input {
			fixed = c.compare("eq", i64, step, "0")
		}
		e.fixed = append(e.fixed, fixed)
	}
	count := c.load(u32, r.count)
	first := c.mul(u32, c.group(), integer(mapGroup*r.vectors))
	number := c.add(u32, first, c.thread())
	slow, end := c.label("part"), c.label("end")
	c.jumpIf(c.compare("gt", u32, c.add(u32, first, integer(mapGroup*r.vectors)), count), slow)
	e.several(number)
	c.jump(end)
	c.place(slow)
	e.checked(number, count)
	c.place(end)
	r.vector = r.end(u)
	return nil
}

// mapVector is the writer of map_vector: its elements are vectors.
type mapVector struct {
	mapAny
	steps []string // of each of moves, from one element to the next
	fixed []string // for an input, the predicate that all elements are one
}

// read loads a vector of each operand and returns its elements as points.
func (e *mapVector) read(places []string) []*point {
	points := make([]*point, e.width)
	for i := range points {
		points[i] = &point{e.reads, make([]string, len(e.reads))}
	}
	for n, o := range e.reads {
		var values []string
		if o.kind == index {
			values = e.indices(places[n], e.steps[n])
		} else {
			values = e.load(o.t, places[n], e.fixed[n])
		}
		for i := range points {
			points[i].values[n] = values[i]
		}
	}
	return points
}

func (e *mapVector) indices(at, step string) []string {
	values := []string{at}
	for len(values) < e.width {
		values = append(values, e.c.add(i64, values[len(values)-1], step))
	}
	return values
}

// load is a vector, or one element for all.
func (e *mapVector) load(t dtype, at, fixed string) []string {
	c := e.c
	values := c.regs(t, e.width)
	s := moveSuffix(t)
	c.guarded("!"+fixed, "ld.global.v"+integer(e.width)+"."+s, vector(values), "["+at+"]")
	c.guarded(fixed, "ld.global."+s, values[0], "["+at+"]")
	for _, v := range values[1:] {
		c.guarded(fixed, "mov."+s, v, values[0])
	}
	return values
}

func (e *mapVector) finish(points []*point, places []string) {
	c := e.c
	results := e.bodies(points, nil)
	for i, o := range e.outs {
		at := places[len(e.reads)+i]
		c.emit("st.global.v"+integer(e.width)+"."+moveSuffix(o.t), "["+at+"]", vector(results[i]))
	}
}

func (e *mapVector) several(number string) {
	places, points := e.spread(number, e.vectors), make([][]*point, e.vectors)
	for j := range e.vectors {
		points[j] = e.read(places[j])
	}
	for j := range e.vectors {
		e.finish(points[j], places[j])
	}
}

func (e *mapVector) checked(number, count string) {
	c := e.c
	number = c.variable(u32, number)
	left := c.variable(u32, integer(e.vectors))
	top, next := c.label("vector"), c.label("next")
	c.place(top)
	c.jumpIf(c.compare("ge", u32, number, count), next)
	places := e.places(number)
	e.finish(e.read(places), places)
	c.place(next)
	c.emit("add.u32", number, number, integer(mapGroup))
	c.emit("sub.u32", left, left, "1")
	c.jumpIf(c.compare("ne", u32, left, "0"), top)
}
