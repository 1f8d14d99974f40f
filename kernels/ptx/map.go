package ptx

import "github.com/quern-go/quern/kernels"

// mapRender renders a Map in up to four entry points.
//
// map_vector is for operands that lie alike along the innermost axis: every
// thread takes vectors of `width` neighbours, 16 bytes of the widest type, and
// several of them, each a group's width apart, with all loads under way before
// the first is used.
//
// map_square is for operands that lie alike along one axis or another, and map_tile for other
// operands of two axes or more: see writeSquare and writeTiles.
//
// map_any is for all. A thread takes elements a group's width apart, so that
// threads next to each other take neighbours; these elements are rows of 256
// apart, as those that share a counter of Philox are.
type mapRender struct {
	*Module
	k       *kernels.Map
	ops     *operands
	moves   []*operand // ins and indices that are read, then outs
	reads   []*operand
	outs    []*operand
	axes    *axisFields
	count   field // elements, or vectors
	shift   field // map_any: the first element is this number
	steps   field // map_vector, map_tile: each view's stride from one element to the next
	params  field
	bytes   block
	tile    tileFields
	turn    squareFields
	vector  int // the entry points; -1: none
	tiles   int // likewise
	square  int
	any     int
	width   int // elements of a vector
	vectors int // vectors that a thread takes
	rows    int // elements that a thread of map_any and map_tile takes
	cost    int
	phase   int // 2^share of the counters shared by rows: see shiftOf
	// grouped says that all counters shared by rows are of index layouts, and together
	// (U32) in a launch that a thread's elements of a whole group share them.
	grouped  bool
	together field
	joint    *joint // nil: none
}

const mapGroup = 256

func (m *Module) renderMap(k *kernels.Map) error {
	r := &mapRender{Module: m, k: k, bytes: *newBlock(), vector: -1, tiles: -1, square: -1, cost: cost(&k.Body)}
	b := &r.bytes
	r.count, r.shift, r.together = b.word(), b.word(), b.word()
	r.axes = newAxisFields(b, m.MaxAxes)
	r.tile = newTileFields(b)
	r.ops = newOperands(b, k, []int{m.MaxAxes}, &k.Body)
	r.reads, r.outs = r.ops.readBy(&k.Body), r.ops.outputs()
	r.moves = append(append(r.moves, r.reads...), r.outs...)
	r.steps = b.longs(len(r.moves))
	r.tile.down = b.longs(len(r.moves))
	r.params = b.longs(max(1, len(k.Params)))
	r.turn = newSquareFields(b, len(r.reads))
	r.joint = newJoint(&k.Body)
	r.choose()

	if r.width > 0 {
		if err := r.writeVector(); err != nil {
			return err
		}
	}
	if r.phase == 0 {
		if err := r.writeTiles(); err != nil {
			return err
		}
	}
	if r.squares() {
		if err := r.writeSquare(); err != nil {
			return err
		}
	}
	m.plan = r
	return r.writeAny()
}

// choose sets how much a thread does: enough loads under way to hide their
// latency, but no more text than the body deserves.
func (r *mapRender) choose() {
	width := 4
	for _, o := range r.moves {
		if o.kind != index && o.t.Size() == 8 {
			width = 2
		}
	}
	r.rows = 4
	switch {
	case r.cost > 100 || len(r.moves) > 8:
		r.rows = 1
	case width == 2 && rarely(&r.k.Body):
		r.rows = 2
	}
	r.chooseRows()
	if r.phase > 0 || r.cost > 400 {
		return
	}
	r.width = width
	switch few := len(r.moves) <= 4; {
	case r.width == 2 && r.cost > 2: // the registers for more are not to be had
		r.vectors = 1
		if r.cost <= 40 && few {
			r.vectors = 2
		}
	case r.cost <= 40 && few:
		r.vectors = min(4, 16/r.width)
	case r.cost <= 40 && len(r.moves) <= 6, r.cost <= 120 && few:
		r.vectors = 8 / r.width
	default:
		r.vectors = 1
	}
}

// chooseRows sets what rows that share counters ask for.
func (r *mapRender) chooseRows() {
	r.grouped = true
	for i := range r.k.Body.Insts {
		in := &r.k.Body.Insts[i]
		if in.Op != kernels.OpPhilox {
			continue
		}
		if share, _ := kernels.PhiloxMode(in.Imm); share > 0 {
			_, kept := counterOf(&r.k.Body, in)
			r.grouped = r.grouped && kept && r.k.Body.Insts[in.Args[0]].Op == kernels.OpIndex
			r.phase = max(r.phase, 1<<share)
		}
	}
	r.grouped = r.grouped && r.phase > 0
	switch {
	case r.grouped && r.cost <= 100:
		r.rows = 16
	case r.grouped && r.cost <= 400:
		r.rows = 8
	case r.phase > 0:
		r.rows = 4
	}
}

// start writes the head of an entry point.
func (r *mapRender) start(name, about string) (*unit, error) {
	u, err := r.begin(name, about, mapGroup, len(r.ops.buffers), &r.bytes)
	if err == nil {
		u.code.loadParams(r.k.Params, r.params)
	}
	return u, err
}

func (r *mapRender) writeAny() error {
	u, err := r.start("map_any", "A map over any layout.")
	if err != nil {
		return err
	}
	c := u.code
	e := &mapAny{mapRender: r, c: c, begins: c.beginAll(r.moves), gather: c.gathers(r.ops, &r.k.Body)}
	count, shift := c.load(u32, r.count), c.load(u32, r.shift)
	first := c.mul(u32, c.group(), integer(mapGroup*r.rows))
	number := c.sub(u32, c.add(u32, first, c.thread()), shift)
	slow, end := c.label("part"), c.label("end")
	if r.rows > 1 {
		// A whole group of elements needs no checks.
		c.jumpUnless(c.compare("ge", u32, first, shift), slow)
		past := c.add(u32, c.sub(u32, first, shift), integer(mapGroup*r.rows))
		c.jumpIf(c.compare("gt", u32, past, count), slow)
		if r.grouped {
			c.jumpIf(c.compare("eq", u32, c.load(u32, r.together), "0"), slow)
		}
		e.several(number)
		c.jump(end)
		c.place(slow)
	}
	e.checked(number, count)
	c.place(end)
	r.any = r.end(u)
	return nil
}

// mapAny is the writer of map_any.
type mapAny struct {
	*mapRender
	c      *code
	begins []string
	gather func(slot int, t dtype, i string) string
}

// places are the places of an element.
func (e *mapAny) places(number string) []string {
	places := e.c.copies(e.begins)
	e.c.walk(number, e.axes, moving(e.moves, places, 0))
	return places
}

// finish computes an element that has been read, and stores it.
func (e *mapAny) finish(p *point, places []string, d *draws) {
	results := e.c.body(&e.k.Body, &scope{leaf: p.leaf, gather: e.gather, draws: d})
	e.c.write(e.outs, places[len(e.reads):], results)
}

// spread are the places of count elements, a group's width apart. In a space of
// one axis, as most are, that is the same step for each, and no element costs a walk. No branch
// comes between the loads that follow.
func (e *mapAny) spread(number string, count int) [][]string {
	c := e.c
	line, there := c.label("line"), c.label("spread")
	places := make([][]string, count)
	for j := range places {
		places[j] = c.copies(e.begins)
	}
	c.jumpIf(c.compare("le", u32, c.load(u32, e.axes.rank), "1"), line)
	for j := range places {
		c.walk(c.add(u32, number, integer(mapGroup*j)), e.axes, moving(e.moves, places[j], 0))
	}
	c.jump(there)
	c.place(line)
	wide := c.widen(number)
	for n, o := range e.moves {
		stride := c.load(i64, o.strides[0].at(0))
		step := c.mul(i64, stride, integer(mapGroup))
		c.emit("mad.lo.s64", places[0][n], wide, stride, places[0][n])
		for j := 1; j < count; j++ {
			c.emit("add.s64", places[j][n], places[j-1][n], step)
		}
	}
	c.place(there)
	return places
}

// several does a thread's elements, reading all before the first is computed.
func (e *mapAny) several(number string) {
	d := newDraws()
	d.grouped = e.grouped
	places, points := e.spread(number, e.rows), make([]*point, e.rows)
	for j := range e.rows {
		points[j] = e.c.read(e.reads, places[j])
	}
	for j := 0; j < e.rows; j += jointPoints {
		some := points[j:min(j+jointPoints, e.rows)]
		results := e.bodies(some, d)
		for i := range some {
			of := make([]string, len(e.outs))
			for o := range of {
				of[o] = results[o][i]
			}
			e.c.write(e.outs, places[j+i][len(e.reads):], of)
		}
	}
}

// bodies computes points, for each output their results: their common cases at once, if there are
// any.
func (e *mapAny) bodies(points []*point, d *draws) [][]string {
	c := e.c
	body := &e.k.Body
	if e.joint != nil {
		body = e.joint.outer
	}
	of := make([][]string, len(points))
	for i, p := range points {
		d.nextPoint()
		of[i] = c.body(body, &scope{leaf: p.leaf, gather: e.gather, draws: d})
	}
	if e.joint != nil {
		return [][]string{e.joint.write(c, of)}
	}
	results := make([][]string, len(e.outs))
	for _, values := range of {
		for o, v := range values {
			results[o] = append(results[o], c.register(e.outs[o].t, v))
		}
	}
	return results
}

// checked does a thread's elements one by one, each if it is there.
func (e *mapAny) checked(number, count string) {
	c := e.c
	number = c.variable(u32, number)
	left := c.variable(u32, integer(e.rows))
	d := c.prepareDraws(&e.k.Body)
	top, next := c.label("element"), c.label("next")
	if e.rows > 1 {
		c.place(top)
	}
	c.jumpIf(c.compare("ge", u32, number, count), next)
	places := e.places(number)
	e.finish(c.read(e.reads, places), places, d)
	c.place(next)
	if e.rows > 1 {
		c.emit("add.u32", number, number, integer(mapGroup))
		c.emit("sub.u32", left, left, "1")
		c.jumpIf(c.compare("ne", u32, left, "0"), top)
	}
}
