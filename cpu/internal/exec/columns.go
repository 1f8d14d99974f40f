package exec

import (
	"github.com/quern-go/quern/cpu/internal/fold"
	"github.com/quern-go/quern/cpu/internal/simd"
	"github.com/quern-go/quern/kernels"
)

// columns is the state of a Strided reduction: kept points side by side. Runs go
// along the kept axes, or along the reduced ones too where the kept points are
// few.
type columns struct {
	width   int // kept points of a chunk
	chunks  int
	perRow  int   // chunks of a row of the last kept axis; 0: runs cross rows
	few     bool  // runs go along the reduced axes too
	rows    int   // then, reduced points of one run
	plain   plain // Pre needs no run
	stride  int   // elements between the rows of a plain Pre
	whole   bool  // a chunk of a plain Pre is reduced by one call
	grouped bool
	groups
}

// decideColumns is for kept points side by side.
func (l *reduceLaunch) decideColumns() {
	ne, cl := &l.pre.nest, &l.columns
	rank, reducedAxes := len(ne.axes), len(ne.axes)-l.keptAxes
	cl.perRow, cl.few, l.tiler.tiled = 0, l.kept <= simd.Block/4, false
	switch {
	case cl.few: // reduced axes, kept axes: runs over both
		ne.rotate(l.keptAxes)
		l.pre.choose(0)
	case ne.axes[l.keptAxes-1].n >= longRow: // kept axes, reduced axes, last kept axis
		ne.toEnd(l.keptAxes-1, rank)
		l.pre.choose(rank - 1)
		if cl.perRow = 1; reducedAxes == 1 {
			l.tiler.plan(&l.pre, rank-2, rank-1)
		}
	default: // reduced axes, kept axes: runs over the kept ones
		ne.rotate(l.keptAxes)
		l.pre.choose(reducedAxes)
	}
	l.leaveInFrame()
	l.pre.specialise()
	l.findPlain(reducedAxes)
	l.divideColumns()
	cost := float64(cl.width) * (l.pre.code.Cost + float64(len(l.accs)))
	l.divide(cl.chunks, cost*float64(l.n))
	cl.grouped = l.chooseGroups(cost)
	cl.whole = cl.plain == plainLoad && !cl.few && !cl.grouped && !l.tiled && 0 < l.n && l.n <= fewRows && !l.accs[0].Combine.HasIndex()
}

// fewRows is the number of rows that are read side by side by one call: the hardware follows
// as many streams.
const fewRows = 8

// divideColumns cuts the kept points in chunks.
func (l *reduceLaunch) divideColumns() {
	cl, ne := &l.columns, &l.pre.nest
	block := min(l.pre.code.Block, 2*simd.Block)
	switch {
	case cl.few:
		cl.width, cl.chunks = l.kept, 1
		if cl.rows = max(1, block/l.kept); cl.plain == plainLoad {
			cl.rows = max(cl.rows, fold.NarrowRows)
		}
	case cl.perRow > 0:
		row := ne.axes[len(ne.axes)-1].n
		if cl.plain != plainNot {
			block = l.wideChunk(row)
		}
		if cl.width = min(block, row); l.tiled {
			cl.width = l.tiler.cols
		}
		cl.perRow = (row + cl.width - 1) / cl.width
		cl.chunks = l.kept / row * cl.perRow
	default:
		cl.width = min(block, l.kept)
		cl.chunks = (l.kept + cl.width - 1) / cl.width
	}
}

// wideChunk is the width of chunks of rows that are added from where they lie. The longer the
// pieces that are read, the better, if only their sums stay in the L2 cache and there is work
// for everybody.
func (l *reduceLaunch) wideChunk(row int) int {
	const narrowest, widest = 2 * simd.Block, 16 * simd.Block
	share := row / (2 * l.crew.threads())
	return max(narrowest, min((share+simd.Block-1)/simd.Block*simd.Block, widest))
}

// chunk returns the kept points of a chunk, and where its runs are: the row of
// the last kept axis, if runs do not cross rows, and the first element.
func (l *reduceLaunch) chunk(i int) (first, points, outer, from int) {
	cl, ne := &l.columns, &l.pre.nest
	if cl.perRow == 0 {
		first = i * cl.width
		return first, min(cl.width, l.kept-first), 0, first
	}
	row := ne.axes[len(ne.axes)-1].n
	outer, from = i/cl.perRow, i%cl.perRow*cl.width
	return outer*row + from, min(cl.width, row-from), outer, from
}

// columnsWork reduces units lo to hi: a chunk of columns over a group of rows.
func (l *reduceLaunch) columnsWork(worker, lo, hi int) {
	c, s := l.begin(worker)
	cl := &l.columns
	if l.tiled {
		l.tiler.begin(l.crew.worker(worker), c)
	}
	if cl.whole {
		l.takeResults(worker, s, cl.width)
		for u := lo; u < hi; u++ {
			l.foldColumns(worker, c, s, u)
		}
		l.end(worker)
		return
	}
	for k, a := range l.accs {
		s.strided[k].Reserve(l.crew.table, a, cl.width)
	}
	for u := lo; u < hi; u++ {
		group, chunk := u/cl.chunks, u%cl.chunks
		r0, r1 := 0, l.n
		if cl.grouped {
			r0, r1 = l.groupRange(group)
		}
		for k := range s.strided {
			s.strided[k].Reset(int64(r0))
		}
		if !l.addColumns(c, s, chunk, r0, r1) {
			break
		}
		first, points, _, _ := l.chunk(chunk)
		for k := range s.strided {
			s.values[k], s.index[k] = s.strided[k].Finish(points)
		}
		if cl.grouped {
			l.keepGroup(s, group, first, points)
		} else {
			l.finish(worker, s, first, points)
		}
	}
	l.end(worker)
}

// foldColumns reduces a chunk by one call, to where its results belong if that is all there
// is to do.
func (l *reduceLaunch) foldColumns(worker int, c *cursor, s *reduceState, chunk int) {
	first, points, outer, from := l.chunk(chunk)
	c.move(outer * l.n)
	src, _ := l.plainAt(c, from)
	fold := l.crew.table.FoldColumns[l.accs[0].Combine][l.accs[0].Type]
	if dst, past := l.placeOf(first); dst != nil {
		fold(dst, src, points, l.n, l.columns.stride, past)
		return
	}
	fold(s.values[0], src, points, l.n, l.columns.stride, false)
	l.finish(worker, s, first, points)
}

// addColumns adds rows r0 to r1 of a chunk; false if the context has ended.
func (l *reduceLaunch) addColumns(c *cursor, s *reduceState, chunk, r0, r1 int) bool {
	cl := &l.columns
	_, points, outer, from := l.chunk(chunk)
	if cl.few {
		return l.addFewColumns(c, s, r0, r1)
	}
	for r := r0; r < r1; {
		if r%largeGroup == 0 && l.ctx.Err() != nil {
			return false
		}
		c.move(outer*l.n + r)
		switch {
		case l.tiled:
			rows := min(l.tiler.rows, r1-r)
			l.addTile(c, s, from, rows, points)
			r += rows
		case cl.plain != plainNot:
			rows := min(kernels.StridedSpan, r1-r)
			if a, b := l.plainAt(c, from); cl.plain == plainProduct {
				s.strided[0].AddProducts(a, b, points, rows, cl.stride)
			} else {
				s.strided[0].Add(a, points, rows, cl.stride)
			}
			r += rows
		default:
			l.addRow(c, s, from, points)
			r++
		}
	}
	return true
}

// addRow adds one reduced point's row.
func (l *reduceLaunch) addRow(c *cursor, s *reduceState, from, points int) {
	c.run(from, points)
	c.prefetchNext(from)
	for k := range s.strided {
		s.strided[k].Add(c.frame.Result(k), points, 1, 0)
	}
}

// addTile adds the rows of a tile, from the cursor's on.
func (l *reduceLaunch) addTile(c *cursor, s *reduceState, from, rows, points int) {
	l.tiler.load(c, from, rows, points)
	if l.pre.prog.PlainLoad() {
		s.strided[0].Add(c.tiles[0].row, points, rows, l.tiler.pitch)
		return
	}
	for r := range rows {
		l.addRow(c, s, from, points)
		if r+1 < rows {
			c.step(l.pre.lo-1, 1)
			l.tiler.step(c, 1)
		}
	}
	l.tiler.step(c, 1-rows)
}

// findPlain looks for a Pre that needs no run: rows are then added from where
// they lie.
func (l *reduceLaunch) findPlain(reducedAxes int) {
	cl := &l.columns
	cl.plain = plainNot
	if cl.few && l.pre.prog.PlainLoad() {
		cl.plain = l.plainKind()
	}
	if reducedAxes != 1 || cl.few {
		return
	}
	strides := l.pre.nest.axes[l.pre.lo-1].s
	if kind := l.plainKind(); kind != plainProduct || strides[l.factors[0]] == strides[l.factors[1]] {
		cl.plain, cl.stride = kind, strides[0]
	}
}

// addFewColumns is addColumns where a run covers several reduced points.
func (l *reduceLaunch) addFewColumns(c *cursor, s *reduceState, r0, r1 int) bool {
	cl := &l.columns
	for r := r0; r < r1; r += cl.rows {
		if (cl.rows >= largeGroup || (r-r0)/cl.rows%64 == 0) && l.ctx.Err() != nil {
			return false
		}
		rows := min(cl.rows, r1-r)
		if cl.plain == plainLoad {
			src, _ := l.plainAt(c, r*l.kept)
			s.strided[0].Add(src, l.kept, rows, l.kept)
			continue
		}
		c.run(r*l.kept, rows*l.kept)
		for k := range s.strided {
			s.strided[k].Add(c.frame.Result(k), l.kept, rows, l.kept)
		}
	}
	return true
}
