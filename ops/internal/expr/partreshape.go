package expr

// reshape finds the part of a reshaped array. Axes of the argument and of the
// result are matched in runs of equal size. Of an axis that is alone in its run
// the same elements are taken; of other runs the rows of the argument that cover
// what is needed of the run's first axis, and the rest is cut off afterwards.
func (p *Parts) reshape(n *Node, spans []Span) *Node {
	x := n.Args[0]
	var own, cut, after []Span // of x, of the covering rows, of the result
	var flat, shape []int      // shapes before and after cut is applied … and reshaped
	for _, r := range matchRuns(x.Shape, n.Shape) {
		f := cover(x.Shape[r.i0:r.i1], n.Shape[r.j0:r.j1], spans[r.j0:r.j1])
		own, cut, after = append(own, f.own...), append(cut, f.cut...), append(after, f.after...)
		flat, shape = append(flat, f.flat...), append(shape, f.shape...)
	}
	out := ReshapeTo(p.Of(x, own), flat)
	out = ReshapeTo(SliceSpans(out, cut), shape)
	return SliceSpans(out, after)
}

// run pairs axes i0 … i1−1 of the argument with axes j0 … j1−1 of the result.
type run struct{ i0, i1, j0, j1 int }

// matchRuns cuts two shapes of equal size into runs of equal size.
func matchRuns(from, to []int) []run {
	var runs []run
	for i, j := 0, 0; i < len(from) || j < len(to); {
		r := run{i0: i, j0: j}
		op, np := 1, 1
		if i < len(from) {
			op = from[i]
			i++
		}
		if j < len(to) {
			np = to[j]
			j++
		}
		for op != np {
			if op < np {
				op *= from[i]
				i++
			} else {
				np *= to[j]
				j++
			}
		}
		r.i1, r.j1 = i, j
		runs = append(runs, r)
	}
	return runs
}

// covering is how a part of a run is found: own of the argument's axes, reshaped
// to flat, of that cut, reshaped to shape, and of that after.
type covering struct {
	own, cut, after []Span
	flat, shape     []int
}

func cover(from, to []int, spans []Span) covering {
	if isWhole(spans, to) {
		return covering{own: wholeOf(from), flat: to, cut: wholeOf(to), shape: to, after: wholeOf(to)}
	}
	if i, j := onlyLong(from), onlyLong(to); i >= 0 && j >= 0 {
		own := wholeOf(from)
		own[i] = spans[j]
		counts := countsOf(spans)
		return covering{own: own, flat: counts, cut: wholeOf(counts), shape: counts, after: wholeOf(counts)}
	}
	lead := 0
	for to[lead] == 1 {
		lead++
	}
	first, count := bounds(spans[lead])
	row := 1 // elements of the run for one position of the leading axis
	for _, d := range to[lead+1:] {
		row *= d
	}
	own, offset := coverRange(from, first*row, (first+count)*row)
	covered := 1
	for _, s := range own {
		covered *= s.Count
	}
	c := covering{own: own, flat: []int{covered}, cut: []Span{{offset, 1, count * row}}}
	c.shape = append([]int{}, to...)
	c.shape[lead] = count
	c.after = append([]Span{}, spans...)
	c.after[lead].Start -= first
	return c
}

// onlyLong is the axis that alone is longer than 1, −1 if there is no such axis.
func onlyLong(shape []int) int {
	at := -1
	for i, d := range shape {
		if d == 1 {
			continue
		}
		if at >= 0 {
			return -1
		}
		at = i
	}
	return at
}

// bounds are the first position of a span and how many there are up to its last.
func bounds(s Span) (first, count int) {
	last := s.Start + (s.Count-1)*s.Step
	if last < s.Start {
		return last, s.Start - last + 1
	}
	return s.Start, last - s.Start + 1
}

// coverRange is the smallest block of rows, or within one row of its rows, that
// holds elements lo … hi−1 in row-major order; element lo is at offset in it.
func coverRange(shape []int, lo, hi int) (spans []Span, offset int) {
	spans = wholeOf(shape)
	row := 1
	for _, d := range shape {
		row *= d
	}
	for i, d := range shape {
		row /= d
		first, last := lo/row, (hi-1)/row
		spans[i] = Span{first, 1, last - first + 1}
		lo, hi = lo-first*row, hi-first*row
		if last > first {
			break
		}
	}
	return spans, lo
}
