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

func (s *preRow) at(positions []string, step string, inLine bool) [][]string {
	points := make([]*point, len(positions))
	if inLine {
		places := s.c.regs(u64, len(s.reads))
		wide := s.c.widen(positions[0])
		steps := make([]string, len(s.reads))
		for i, p := range places {
			s.c.emit("mad.lo.s64", p, wide, s.along[i], s.places[i])
			if len(positions) > 1 {
				steps[i] = s.c.mul(i64, s.along[i], s.c.widen(s.c.register(u32, step)))
			}
		}
		for j := range positions {
			points[j] = s.c.read(s.reads, places)
			if j+1 < len(positions) {
				next := make([]string, len(places))
				for i, p := range places {
					next[i] = s.c.add(i64, p, steps[i])
				}
				places = next
			}
		}
	} else {
		for j, p := range positions {
			places := s.c.copies(s.places)
			s.c.walk(p, s.axes, moving(s.reads, places, s.group))
			points[j] = s.c.read(s.reads, places)
		}
	}
	values := make([][]string, len(positions))
	for j, p := range points {
		s.draws.nextPoint()
		values[j] = s.c.body(s.body, &scope{leaf: p.leaf, gather: s.gather, draws: s.draws})
	}
	return values
}

// partialRow is the results of a point's blocks, which an earlier pass has kept.
type partialRow struct {
	r     *reduction
	c     *code
	start string // number of the point's first result
	bases []string
}

func (r *reduction) newPartialRow(c *code) *partialRow {
	s := &partialRow{r: r, c: c}
	r.each(c, len(r.ops.buffers), r.in, func(_ int, _ dtype, at string, _ bool) { s.bases = append(s.bases, at) })
	return s
}

func (s *partialRow) begin(point string) {
	s.start = s.c.mul(u32, point, s.c.load(u32, s.r.length))
}

// at is the state at a position.
func (s *partialRow) at(position string) *partial {
	p := &partial{}
	number := s.c.add(u32, s.start, position)
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
