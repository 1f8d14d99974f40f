package contract

import (
	"context"
	"unsafe"

	"github.com/quern-go/quern/cpu/internal/fold"
	"github.com/quern-go/quern/kernels"
)

// rowTop keeps the first values of a panel of rows. Where several workers do columns of
// one row at a time, each has a list of its own for it. Either way the blocks of columns
// that a list is given come in ascending order.
type rowTop struct {
	count int // of values in a list; 0: the fold is another
	slots int // lists of a row, at most
	lists fold.Top
	dtype kernels.DType // of lists
}

// begin makes the state ready for a launch.
func (t *rowTop) begin(l *launch) {
	t.count = l.kernel.Fold.Top
	if t.count == 0 {
		return
	}
	if dt := l.kernel.Fold.Accs[0].Type; t.lists == nil || t.dtype != dt {
		t.lists, t.dtype = fold.NewTop(l.table, dt), dt
	}
	t.slots = l.runner.Threads()
}

// reserve makes empty lists for the panel.
func (t *rowTop) reserve(l *launch, rows int) {
	t.slots = l.runner.Threads()
	if l.named && !l.dealsStrips(rows, l.cols.n) {
		t.slots = 1
	}
	t.lists.Reset(rows*t.slots, t.count)
}

// bytesPerRow is the memory that the lists of a row take.
func (t *rowTop) bytesPerRow() int {
	return t.slots * t.count * (t.dtype.Size() + kernels.I64.Size())
}

// list is the number of a worker's list of a row, numbered within the panel.
func (t *rowTop) list(row, worker int) int {
	if t.slots == 1 {
		return row
	}
	return row*t.slots + worker
}

// merge makes the first list of a row that of all workers.
func (t *rowTop) merge(row int) {
	for w := 1; w < t.slots; w++ {
		t.lists.Merge(t.list(row, 0), t.list(row, w))
	}
}

// feedTop passes a segment of accumulators on, through Post.
func (l *launch) feedTop(w *worker, seg *segment) {
	top := &l.fold.top
	list := top.list(seg.outer-l.fold.rows.lo, w.number)
	l.eachPost(w, seg, func(values []unsafe.Pointer, skip, n int) {
		top.lists.Add(list, values[0], n, int64(seg.from+skip))
	})
}

// finishTop merges the lists of the panel's rows and stores Fold's Post of what they
// hold, for some rows the first value, then the second and so on.
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
				p := f.top.lists.At(f.top.list(row, 0), place)
				fold.Store(totals.values.p, row, size, p.Bits)
				totals.found[row] = p.Index
			}
			l.last.run(&w.last, &segment{outer: place, from: f.rows.lo + lo, n: hi - lo, accs: w.results, indices: w.found})
		}
	})
}
