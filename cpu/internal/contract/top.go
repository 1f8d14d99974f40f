package contract

import (
	"context"
	"slices"
	"unsafe"

	"github.com/quern-go/quern/cpu/internal/fold"
	"github.com/quern-go/quern/kernels"
)

// rowTop keeps the first values of a panel of rows. Every worker has a list of its own
// for each row: it takes blocks of columns in ascending order, so that what it has not
// seen yet is at later positions.
type rowTop struct {
	fold.Top
	count int               // of values in a list
	slots int               // workers
	lists []kernels.Partial // by row of the panel and worker
}

// bytesPerRow is the memory that the lists of a row take.
func (t *rowTop) bytesPerRow() int {
	return t.slots * t.count * int(unsafe.Sizeof(kernels.Partial{}))
}

// reserve makes empty lists for a number of rows.
func (t *rowTop) reserve(rows int) {
	n := rows * t.slots * t.count
	t.lists = slices.Grow(t.lists[:0], n)[:n]
	t.Clear(t.lists)
}

// list is a worker's of a row, numbered within the panel.
func (t *rowTop) list(row, worker int) []kernels.Partial {
	lo := (row*t.slots + worker) * t.count
	return t.lists[lo : lo+t.count]
}

// merge makes the first list of a row that of all workers.
func (t *rowTop) merge(row int) {
	first := t.list(row, 0)
	for w := 1; w < t.slots; w++ {
		t.Merge(first, t.list(row, w))
	}
}

// feedTop passes a segment of accumulators on, through Post.
func (l *launch) feedTop(w *worker, seg *segment) {
	top := &l.fold.top
	list := top.list(seg.outer-l.fold.rows.lo, w.number)
	l.eachPost(w, seg, func(values []unsafe.Pointer, skip, n int) {
		top.Add(list, values[0], n, int64(seg.from+skip))
	})
}

// finishTop merges the lists of the panel's rows and stores Fold's Post of what they
// hold, for all rows the first value, then the second and so on.
func (l *launch) finishTop(ctx context.Context) error {
	f := &l.fold
	const grain = 256 // rows
	return l.runner.Run(ctx, f.rows.len(), grain, func(id, lo, hi int) {
		w, totals, size := l.worker(id), &f.totals[0], f.accs[0].Type.Size()
		for row := lo; row < hi; row++ {
			f.top.merge(row)
		}
		w.results[0] = unsafe.Add(totals.values.p, lo*size)
		w.found[0] = unsafe.Pointer(&totals.found[lo])
		for place := range f.top.count {
			for row := lo; row < hi; row++ {
				p := f.top.list(row, 0)[place]
				fold.Store(totals.values.p, row, size, p.Bits)
				totals.found[row] = p.Index
			}
			l.last.run(&w.last, &segment{outer: place, from: f.rows.lo + lo, n: hi - lo, accs: w.results, indices: w.found})
		}
	})
}
