package ptx

// joinRow is the values that Post makes of the joined chunks along a row.
type joinRow struct {
	k      *contractRender
	c      *code
	arrays []string
	begins []string
	places []string
	point  string
}

func (k *contractRender) newJoinRow(c *code) row {
	return &joinRow{k: k, c: c, arrays: k.chunkArrays(c), begins: c.beginAll(k.postReads)}
}

func (s *joinRow) begin(point string) {
	s.point = point
	s.places = s.c.copies(s.begins)
	s.c.walk(point, s.k.axes, moving(s.k.postReads, s.places, everywhere))
}

func (s *joinRow) several() string { return "" }

func (s *joinRow) cost() int { return s.k.postCost + 20 }

func (s *joinRow) at(p positions, take func(j int, values []string)) {
	c := s.c
	present := p.present(c)
	for n, j := range p.list {
		if present != nil {
			c.jumpUnless(present[n], p.past)
		}
		joined := s.k.joined(c, s.arrays, s.point, j)
		at := make([]string, len(s.places))
		for i, o := range s.k.postReads {
			at[i] = c.mad(i64, c.widen(j), c.load(i64, o.strides[ijk].at(1)), s.places[i])
		}
		take(n, s.k.postOf(c, joined, c.read(s.k.postReads, at)))
	}
}
