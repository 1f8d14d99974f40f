package exec

import (
	"unsafe"

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
	perRow  int // chunks of a row of the last kept axis; 0: runs cross rows
	rows    int // reduced points of one run
	groups  int // of groupRows reduced points, each done by itself; 1: no groups
	results []groupResults
}

// groupRows is the number of reduced points of a group: two levels of blocks, so
// that the groups' results are values of the third.
const groupRows = kernels.StridedSpan * kernels.StridedSpan

// groupResults are an accumulator's results of every group, a row of K values
// each.
type groupResults struct{ values, index []byte }

// runColumns chooses runs and the division of the work.
func (l *reduceLaunch) runColumns() error {
	ne := &l.pre.nest
	ne.rotate(l.keptAxes)
	reducedAxes, rank := len(ne.axes)-l.keptAxes, len(ne.axes)
	cl := &l.columns
	cl.perRow, cl.rows = 0, 1
	switch {
	case l.kept <= simd.Block/4:
		l.pre.choose(0)
	case l.keptAxes > 0 && ne.axes[rank-1].n >= longRow:
		l.pre.choose(rank - 1)
		cl.perRow = 1
	default:
		l.pre.choose(reducedAxes)
	}
	l.tiler.tiled = false
	l.leaveInFrame()
	l.pre.specialise()
	l.divideColumns()
	threads := l.crew.threads()
	cl.groups = 1
	if groups := (l.n + groupRows - 1) / groupRows; groups > 1 && (cl.chunks < 2*threads || l.n > 1<<22) {
		cl.groups = groups
		l.makeResults()
	}
	units := cl.chunks * cl.groups
	cost := float64(cl.width) * float64(l.n/cl.groups+1) * (l.pre.code.Cost + float64(len(l.accs)))
	err := l.crew.run(l.ctx, units, l.crew.grain(units, cost), l.fns[byColumns])
	if err == nil && cl.groups > 1 {
		err = l.joinGroups()
	}
	if err == nil {
		err = l.ctx.Err()
	}
	return err
}

// divideColumns cuts the kept points in chunks.
func (l *reduceLaunch) divideColumns() {
	cl, ne := &l.columns, &l.pre.nest
	block := min(l.pre.code.Block, 2*simd.Block)
	switch {
	case l.pre.lo == 0:
		cl.width, cl.chunks = l.kept, 1
		cl.rows = max(1, block/l.kept)
	case cl.perRow > 0:
		row := ne.axes[len(ne.axes)-1].n
		cl.width = min(block, row)
		cl.perRow = (row + cl.width - 1) / cl.width
		cl.chunks = l.kept / row * cl.perRow
	default:
		cl.width = min(block, l.kept)
		cl.chunks = (l.kept + cl.width - 1) / cl.width
	}
}

// chunk returns the kept points of a chunk, and where its runs are: at a point
// of the axes before those of the runs, which a step along the reduced axes adds
// to, and from an element on.
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
	for k, a := range l.accs {
		s.strided[k].Reserve(l.crew.table, a, cl.width)
	}
	for u := lo; u < hi; u++ {
		group, chunk := u/cl.chunks, u%cl.chunks
		r0 := group * groupRows
		r1 := l.n
		if cl.groups > 1 {
			r1 = min(r0+groupRows, l.n)
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
		if cl.groups == 1 {
			l.finish(worker, s, first, points)
		} else {
			l.keepGroup(s, group, first, points)
		}
	}
	l.end(worker)
}

// addColumns adds rows r0 to r1 of a chunk; false if the context has ended.
func (l *reduceLaunch) addColumns(c *cursor, s *reduceState, chunk, r0, r1 int) bool {
	cl := &l.columns
	_, points, outer, from := l.chunk(chunk)
	if l.pre.lo == 0 {
		return l.addFewColumns(c, s, r0, r1)
	}
	perReduced := 1 // points of the axes below lo for each reduced one
	if cl.perRow > 0 {
		perReduced = cl.chunks / cl.perRow
	}
	stride, plain := l.rowStride()
	for r := r0; r < r1; r++ {
		if r%groupRows == 0 && l.ctx.Err() != nil {
			return false
		}
		c.move(r*perReduced + outer)
		if plain {
			rows := min(kernels.StridedSpan-r%kernels.StridedSpan, r1-r)
			p := unsafe.Add(c.at[0].base, from*c.at[0].size)
			for k := range s.strided {
				s.strided[k].Add(p, points, rows, stride)
			}
			r += rows - 1
			continue
		}
		c.run(from, points)
		for k := range s.strided {
			s.strided[k].Add(c.frame.Result(k), points, 1, 0)
		}
	}
	return true
}

// rowStride is the distance of consecutive reduced points' rows where Pre is a
// load of adjacent elements.
func (l *reduceLaunch) rowStride() (stride int, plain bool) {
	reducedAxes := len(l.pre.nest.axes) - l.keptAxes
	if !l.pre.prog.PlainLoad() || l.pre.reach[0] != reachDirect || reducedAxes != 1 {
		return 0, false
	}
	return l.pre.nest.axes[0].s[0], true
}

// addFewColumns is addColumns where a run covers several reduced points.
func (l *reduceLaunch) addFewColumns(c *cursor, s *reduceState, r0, r1 int) bool {
	cl := &l.columns
	for r := r0; r < r1; r += cl.rows {
		if (r-r0)/cl.rows%64 == 0 && l.ctx.Err() != nil {
			return false
		}
		rows := min(cl.rows, r1-r)
		c.run(r*l.kept, rows*l.kept)
		for k := range s.strided {
			s.strided[k].Add(c.frame.Result(k), l.kept, rows, l.kept)
		}
	}
	return true
}

// makeResults makes room for the results of groups.
func (l *reduceLaunch) makeResults() {
	cl := &l.columns
	if len(cl.results) == 0 {
		cl.results = make([]groupResults, len(l.accs))
	}
	for k, a := range l.accs {
		g := &cl.results[k]
		if n := cl.groups * l.kept * a.Type.Size(); len(g.values) < n {
			g.values = make([]byte, n)
		}
		if n := cl.groups * l.kept * 8; a.Combine.HasIndex() && len(g.index) < n {
			g.index = make([]byte, n)
		}
	}
}

// keepGroup stores the results of one group.
func (l *reduceLaunch) keepGroup(s *reduceState, group, first, points int) {
	for k, a := range l.accs {
		g, at, size := &l.columns.results[k], group*l.kept+first, a.Type.Size()
		copy(g.values[at*size:], unsafe.Slice((*byte)(s.values[k]), points*size))
		if a.Combine.HasIndex() {
			copy(g.index[at*8:], unsafe.Slice((*byte)(s.index[k]), points*8))
		}
	}
}

// joinGroups reduces the groups' results by the same rule.
func (l *reduceLaunch) joinGroups() error {
	cl := &l.columns
	_, s := l.begin(0)
	for first := 0; first < l.kept; first += cl.width {
		points := min(cl.width, l.kept-first)
		for k := range s.strided {
			l.joinColumns(s, k, first, points)
		}
		l.finish(0, s, first, points)
	}
	l.end(0)
	return l.ctx.Err()
}

func (l *reduceLaunch) joinColumns(s *reduceState, k, first, points int) {
	cl, a := &l.columns, l.accs[k]
	g, size := &cl.results[k], a.Type.Size()
	values := unsafe.Pointer(&g.values[first*size])
	if !a.Combine.HasIndex() {
		s.strided[k].Reset(0)
		s.strided[k].Add(values, points, cl.groups, l.kept)
		s.values[k], s.index[k] = s.strided[k].Finish(points)
		return
	}
	index := unsafe.Pointer(&g.index[first*8])
	op := fold.NewOp(l.crew.table, a)
	for group := 1; group < cl.groups; group++ {
		at := group * l.kept
		op.Merge(values, index, unsafe.Add(values, at*size), unsafe.Add(index, at*8), points)
	}
	s.values[k], s.index[k] = values, index
}
