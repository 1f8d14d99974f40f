package ptx

import "github.com/quern-go/quern/kernels"

// rowThreads is the most threads that share a row of whole vectors: with more, those of
// tree_warp already read whole lines of memory.
const rowThreads = 8

// rowWidth is how many neighbours a thread of tree_rows reads at once: 16 bytes of the widest
// type.
func (r *reduceRender) rowWidth() int {
	for _, o := range r.preReads {
		if o.t.Size() == 8 {
			return 2
		}
	}
	return 4
}

// rowsInVectors says whether Pre can be read in vectors: of operands in memory.
func (r *reduceRender) rowsInVectors() bool {
	for _, o := range r.preReads {
		if o.kind == index {
			return false
		}
	}
	return len(r.preReads) > 0 && len(r.preReads) <= 3
}

// writeRows writes the entry for short rows of whole vectors. Up to 8 threads share a row
// of at most 8 lanes each, as in tree_warp, but a thread's lanes are neighbours: vector k of thread
// t are the lanes from (k·threads + t)·width on. So threads next to each other read what is, and
// not every one a line of memory of its own, eight times.
func (r *reduceRender) writeRows() (int, error) {
	c, err := r.start("tree_rows", "Tree: threads of one warp reduce a short row in vectors.", kernels.TreeLanes)
	if err != nil {
		return 0, err
	}
	w := r.warpRow(c)
	s := r.newPreRow(c).(*preRow)
	s.begin(w.point)
	width := r.rowWidth()
	first := c.mul(u32, w.number, integer(width))
	vectors := c.from(first, c.mul(u32, w.threads, integer(width)), lanesPerThread/width, true)
	vectors.end, vectors.past = w.end, c.label("taken")
	points := s.vectors(vectors, width)
	lanes := make([]*lane, lanesPerThread)
	at := make([]string, len(lanes))
	for q := range lanes {
		k := q / width
		at[q] = c.add(u32, vectors.list[k], integer(q%width))
		lanes[q] = r.accs.lane(c, at[q], points.present[k])
	}
	for q, l := range lanes {
		if q%width == 0 {
			c.jumpUnless(points.present[q/width], vectors.past)
		}
		p := points.of[q]
		r.accs.take(c, l, c.body(s.body, &scope{leaf: p.leaf, gather: s.gather}), at[q])
	}
	c.place(vectors.past)
	states := make([]*partial, len(lanes))
	start := c.load(i64, r.first)
	for q, l := range lanes {
		states[q] = l.close(c, start)
	}
	r.foldRows(c, w, states, width)
	return r.end(c.unit), nil
}

// rowPoints are a thread's values of a row in vectors, and the predicates that a vector is there.
type rowPoints struct {
	of      []*point
	present []string
}

// vectors reads vectors of a row, at positions of their first elements.
func (s *preRow) vectors(p positions, width int) *rowPoints {
	c := s.c
	v := &rowPoints{present: p.present(c)}
	for range width * len(p.list) {
		v.of = append(v.of, &point{s.reads, make([]string, len(s.reads))})
	}
	for k, places := range s.placesAt(p) {
		for n, o := range s.reads {
			values := make([]string, width)
			for j := range values {
				values[j] = c.variable(o.t, immediate(o.t, 0))
				v.of[width*k+j].values[n] = values[j]
			}
			c.guarded(v.present[k], "ld.global.v"+integer(width)+"."+moveSuffix(o.t), vector(values), "["+places[n]+"]")
		}
	}
	return v
}

// foldRows is foldWarp for lanes of which `width` are neighbours: halves of the lanes are in one
// thread first, then in two, then within a vector.
func (r *reduction) foldRows(c *code, w *warpRow, states []*partial, width int) {
	for half := len(states) / 2; half >= width; half /= 2 {
		for q := range half {
			r.accs.combine(c, states[q], states[q+half])
		}
	}
	for half := rowThreads / 2; half > 0; half /= 2 {
		skip := c.label("fold")
		c.jumpIf(c.compare("le", u32, w.threads, integer(half)), skip) // of all threads alike
		for _, p := range states[:width] {
			r.accs.combine(c, p, r.accs.shuffleDown(c, p, integer(half)))
		}
		c.place(skip)
	}
	for half := width / 2; half > 0; half /= 2 {
		for q := range half {
			r.accs.combine(c, states[q], states[q+half])
		}
	}
	r.finishWarp(c, w, states[0])
}
