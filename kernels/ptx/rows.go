package ptx

import "github.com/quern-go/quern/kernels"

// preRow is the values that a Body makes of the operands along a row.
type preRow struct {
	r      *reduction
	c      *code
	body   *kernels.Body
	reads  []*operand
	axes   *axisFields // of the row
	group  int         // of the operands' strides
	gather func(slot int, t dtype, i string) string
	draws  *draws
	begins []string // of the operands
	places []string // at the point's first value
	along  []string // strides along the row's innermost axis
}

func (r *reduceRender) newPreRow(c *code) row {
	return &preRow{
		r: &r.reduction, c: c, body: &r.k.Pre, reads: r.preReads, axes: r.rowAxes, group: 1,
		gather: c.gathers(r.ops, &r.k.Pre), draws: c.prepareDraws(&r.k.Pre), begins: c.beginAll(r.preReads),
	}
}

func (s *preRow) begin(point string) {
	s.places = s.c.copies(s.begins)
	s.c.walk(point, s.r.axes, moving(s.reads, s.places, s.r.keep))
	s.along = nil
	for _, o := range s.reads {
		s.along = append(s.along, s.c.load(i64, o.strides[s.group].at(0)))
	}
}

func (s *preRow) several() string {
	return s.c.compare("gt", u32, s.c.load(u32, s.axes.rank), "1")
}

func (s *preRow) cost() int { return cost(s.body) + 2*len(s.reads) }

func (s *preRow) at(p positions, take func(j int, values []string)) {
	places := s.placesAt(p)
	present := p.present(s.c)
	points := make([]*point, len(p.list))
	for j := range p.list {
		guard := ""
		if present != nil {
			guard = present[j]
		}
		points[j] = s.c.readIf(guard, s.reads, places[j])
	}
	for j, q := range points {
		if present != nil {
			s.c.jumpUnless(present[j], p.past)
		}
		s.draws.nextPoint()
		take(j, s.c.body(s.body, &scope{leaf: q.leaf, gather: s.gather, draws: s.draws}))
	}
}

// placesAt are the operands' places at positions.
func (s *preRow) placesAt(p positions) [][]string {
	c := s.c
	places := make([][]string, len(p.list))
	if !p.inLine {
		for j, at := range p.list {
			places[j] = c.copies(s.places)
			c.walk(at, s.axes, moving(s.reads, places[j], s.group))
		}
		return places
	}
	first := c.widen(p.list[0])
	for n := range s.reads {
		at, step := c.mad(i64, first, s.along[n], s.places[n]), ""
		if len(places) > 1 {
			step = c.mul(i64, s.along[n], c.widen(c.register(u32, p.step)))
		}
		for j := range places {
			if j > 0 {
				at = c.add(i64, at, step)
			}
			places[j] = append(places[j], at)
		}
	}
	return places
}

// partialRow is the results of a point's blocks, which an earlier pass has kept.
type partialRow struct {
	r     *reduction
	c     *code
	point string
	bases []string
}

func (r *reduction) newPartialRow(c *code) *partialRow {
	s := &partialRow{r: r, c: c}
	r.each(c, len(r.ops.buffers), r.in, func(_ int, _ dtype, at string, _ bool) { s.bases = append(s.bases, at) })
	return s
}

func (s *partialRow) begin(point string) { s.point = point }

// at is the state at a position.
func (s *partialRow) at(position string) *partial {
	p := &partial{}
	number := s.r.partialNumber(s.c, s.point, position, s.r.length)
	bases := s.bases
	load := func(t dtype) string {
		at := s.c.to(u64, "mad.wide.u32", number, integer(t.Size()), bases[0])
		bases = bases[1:]
		return s.c.to(t, "ld.global."+moveSuffix(t), "["+at+"]")
	}
	for _, a := range s.r.accs {
		p.values = append(p.values, load(a.Type))
		index := ""
		if a.Combine.HasIndex() {
			index = load(i64)
		}
		p.indices = append(p.indices, index)
	}
	return p
}
