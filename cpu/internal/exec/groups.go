package exec

import (
	"unsafe"

	"github.com/quern-go/quern/cpu/internal/fold"
	"github.com/quern-go/quern/kernels"
)

// groups divides a Strided reduction by its reduced points: each group, a block of
// 64 rows or 64 of them, is done by itself, and the groups' results are the values
// of the level above. They are taken in batches, so that memory stays small
// however many rows there are.
type groups struct {
	span    int     // reduced points of a group
	cost    float64 // of a group's chunk
	first   int     // group of the batch at hand
	totals  []fold.Strided
	results []groupResults // by accumulator
}

// Sizes of a group in reduced points: a block of the canonical order, a block of
// blocks, or a block of those.
const (
	smallGroup = kernels.StridedSpan
	largeGroup = kernels.StridedSpan * smallGroup
	hugeGroup  = kernels.StridedSpan * largeGroup
)

// chooseGroups decides whether to divide the reduced points, and how finely:
// where there are fewer chunks than threads, or very many reduced points. The cost is
// that of one reduced point of a chunk.
func (l *reduceLaunch) chooseGroups(cost float64) bool {
	cl, threads := &l.columns, l.crew.threads()
	switch {
	case l.n > 8*threads*hugeGroup && cl.few:
		cl.span = hugeGroup
	case l.n > largeGroup && cl.chunks < 2*threads:
		cl.span = largeGroup
	case l.n > smallGroup && cl.chunks < threads && cost*float64(l.n) > 4*minChunk:
		cl.span = smallGroup
	default:
		return false
	}
	cl.groups.cost = cost * float64(cl.span)
	return true
}

// groupResults are an accumulator's results of a batch of groups, one row of
// values each. Of ArgMin and ArgMax, row 0 is the best of the batches before.
type groupResults struct{ values, index []byte }

// groupRange is the rows of a group of the batch at hand.
func (l *reduceLaunch) groupRange(group int) (r0, r1 int) {
	r0 = (l.columns.first + group) * l.columns.span
	return r0, min(r0+l.columns.span, l.n)
}

// runGroups reduces batch after batch.
func (l *reduceLaunch) runGroups() error {
	const budget = 4 << 20 // bytes of results
	cl := &l.columns
	all := (l.n-1)/cl.span + 1
	batch := min(all, max(2*l.crew.threads(), budget/(8*l.kept)))
	l.makeResults(batch)
	for cl.first = 0; cl.first < all; cl.first += batch {
		n := min(batch, all-cl.first)
		units := n * cl.chunks
		if err := l.crew.run(l.share(cl.first, n, all), units, l.crew.grain(units, cl.groups.cost), l.fns[byColumns]); err != nil {
			return err
		}
		if err := l.ctx.Err(); err != nil {
			return err
		}
		for k := range l.accs {
			l.addGroups(k, n)
		}
	}
	_, s := l.begin(0)
	for k, a := range l.accs {
		if a.Combine.HasIndex() {
			g := &cl.results[k]
			s.values[k], s.index[k] = unsafe.Pointer(&g.values[0]), unsafe.Pointer(&g.index[0])
		} else {
			s.values[k], _ = cl.totals[k].Finish(l.kept)
		}
	}
	l.finish(0, s, 0, l.kept)
	l.end(0)
	return nil
}

// makeResults makes room for the results of a batch.
func (l *reduceLaunch) makeResults(batch int) {
	cl := &l.columns
	if cl.results == nil {
		cl.results = make([]groupResults, len(l.accs))
		cl.totals = make([]fold.Strided, len(l.accs))
	}
	for k, a := range l.accs {
		g, n := &cl.results[k], (batch+1)*l.kept
		if size := n * a.Type.Size(); len(g.values) < size {
			g.values = make([]byte, size)
		}
		if !a.Combine.HasIndex() {
			cl.totals[k].Reserve(l.crew.table, a, l.kept)
			cl.totals[k].Reset(0)
			continue
		}
		if len(g.index) < 8*n {
			g.index = make([]byte, 8*n)
		}
		for i := range l.kept {
			fold.Store(unsafe.Pointer(&g.values[0]), i, a.Type.Size(), a.Combine.Identity(a.Type))
			fold.Store(unsafe.Pointer(&g.index[0]), i, 8, kernels.NoIndex)
		}
	}
}

// keepGroup stores the results of one group's chunk.
func (l *reduceLaunch) keepGroup(s *reduceState, group, first, points int) {
	for k, a := range l.accs {
		g, at, size := &l.columns.results[k], (1+group)*l.kept+first, a.Type.Size()
		copy(g.values[at*size:], unsafe.Slice((*byte)(s.values[k]), points*size))
		if a.Combine.HasIndex() {
			copy(g.index[at*8:], unsafe.Slice((*byte)(s.index[k]), points*8))
		}
	}
}

// addGroups takes the results of n groups into an accumulator's total.
func (l *reduceLaunch) addGroups(k, n int) {
	g, a := &l.columns.results[k], l.accs[k]
	row := l.kept * a.Type.Size()
	if !a.Combine.HasIndex() {
		l.columns.totals[k].Add(unsafe.Pointer(&g.values[row]), l.kept, n, l.kept)
		return
	}
	op := fold.NewOp(l.crew.table, a)
	for group := 1; group <= n; group++ {
		op.Merge(unsafe.Pointer(&g.values[0]), unsafe.Pointer(&g.index[0]),
			unsafe.Pointer(&g.values[group*row]), unsafe.Pointer(&g.index[8*group*l.kept]), l.kept)
	}
}
