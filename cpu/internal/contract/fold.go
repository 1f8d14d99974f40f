package contract

import (
	"context"
	"slices"
	"unsafe"

	"github.com/quern-go/quern/cpu/internal/fold"
	"github.com/quern-go/quern/internal/meter"
	"github.com/quern-go/quern/kernels"
)

// rowFold keeps what is reduced of a panel of rows.
type rowFold struct {
	accs     []kernels.Acc
	rows     span
	blocks   int               // Tree blocks of a row
	partials []kernels.Partial // by row of the panel, block and accumulator
	totals   []rowTotals       // by accumulator
	top      rowTop            // with Fold.Top, in the place of partials
}

// rowTotals are the results of one accumulator, by row of the panel.
type rowTotals struct {
	values buffer
	found  []int64
}

// Of a panel: the memory for its block results, in bytes, unless its rows are the
// fewest.
const (
	foldBudget      = 32 << 20
	fewestPanelRows = 256
)

// runFold computes panels of rows and finishes each.
func (l *launch) runFold(ctx context.Context) error {
	f := &l.fold
	f.accs, f.blocks = l.kernel.Fold.Accs, ceilDiv(l.cols.n, kernels.TreeBlock)
	budget, perRow := l.foldBudget, len(f.accs)*f.blocks*int(unsafe.Sizeof(kernels.Partial{}))
	if f.top.begin(l); f.top.count > 0 {
		budget, perRow = budget/4, f.top.bytesPerRow() // of it, all is in use from the first column on
	}
	panel := min(l.rows.n, max(fewestPanelRows, budget/perRow))
	run := l.runSteps
	if l.named {
		run = l.runGemmFold
	}
	for lo := 0; lo < l.rows.n; lo += panel {
		f.reserve(l, span{lo, min(l.rows.n, lo+panel)})
		from, to := float64(f.rows.lo)/float64(l.rows.n), float64(f.rows.hi)/float64(l.rows.n)
		if err := run(meter.Part(ctx, from, to), part{rows: f.rows, cols: span{0, l.cols.n}}); err != nil {
			return err
		}
		finish := l.finishFold
		if f.top.count > 0 {
			finish = l.finishTop
		}
		if err := finish(meter.Part(ctx, to, to)); err != nil {
			return err
		}
	}
	return nil
}

// reserve makes room for a panel.
func (f *rowFold) reserve(l *launch, rows span) {
	f.rows = rows
	if f.top.count > 0 {
		f.top.reserve(l, rows.len())
	} else {
		n := rows.len() * f.blocks * len(f.accs)
		f.partials = slices.Grow(f.partials[:0], n)[:n]
	}
	for len(f.totals) < len(f.accs) {
		f.totals = append(f.totals, rowTotals{})
	}
	for i, acc := range f.accs {
		f.totals[i].values.reserve(rows.len() * acc.Type.Size())
		if acc.Combine.HasIndex() {
			f.totals[i].found = slices.Grow(f.totals[i].found[:0], rows.len())[:rows.len()]
		}
	}
}

// at is the results of a block of a row.
func (f *rowFold) at(row, block int) []kernels.Partial {
	lo := ((row-f.rows.lo)*f.blocks + block) * len(f.accs)
	return f.partials[lo : lo+len(f.accs)]
}

// runGemmFold reduces the strips of a part.
func (l *launch) runGemmFold(ctx context.Context, p part) error {
	return l.runStrips(ctx, p, func(w *worker, row, col, n int) {
		seg := &segment{outer: row, from: col, n: n, accs: w.accs}
		if l.fold.top.count > 0 {
			l.feedTop(w, seg)
			return
		}
		w.tree.ResetAt(int64(col))
		l.feedFold(w, &w.tree, seg)
		w.tree.Finish(l.fold.at(row, col/kernels.TreeBlock))
	})
}

// feedFold passes a segment of accumulators on, through Post.
func (l *launch) feedFold(w *worker, tree *fold.Tree, seg *segment) {
	l.eachPost(w, seg, func(values []unsafe.Pointer, _, n int) { tree.Add(values, n) })
}

// eachPost calls take with Post's results of a segment, a piece at a time: n of them
// from number skip on.
func (l *launch) eachPost(w *worker, seg *segment, take func(values []unsafe.Pointer, skip, n int)) {
	if l.kernel.Post.IsAcc(len(seg.accs)) {
		take(seg.accs, 0, seg.n)
		return
	}
	w.finish.bind(&l.finish)
	for skip := 0; skip < seg.n; skip += l.finish.code.Block {
		n := min(l.finish.code.Block, seg.n-skip)
		l.finish.eval(&w.finish, seg, skip, n)
		for i := range w.results {
			w.results[i] = w.finish.Result(i)
		}
		take(w.results, skip, n)
	}
}

// finishFold combines the panel's block results and stores Fold's Post of them.
func (l *launch) finishFold(ctx context.Context) error {
	f := &l.fold
	const useful = 4096 // block results
	grain := max(1, useful/f.blocks)
	return l.runner.Run(ctx, f.rows.len(), grain, func(id, lo, hi int) {
		w := l.worker(id)
		for row := lo; row < hi; row++ {
			f.total(&w.tree, row)
		}
		for i, acc := range f.accs {
			w.results[i] = unsafe.Add(f.totals[i].values.p, lo*acc.Type.Size())
			if acc.Combine.HasIndex() {
				w.found[i] = unsafe.Pointer(&f.totals[i].found[lo])
			}
		}
		l.last.run(&w.last, &segment{from: f.rows.lo + lo, n: hi - lo, accs: w.results, indices: w.found})
	})
}

// total combines the blocks of a row, numbered within the panel.
func (f *rowFold) total(tree *fold.Tree, row int) {
	result := f.at(f.rows.lo+row, 0)
	if f.blocks > 1 {
		tree.Reset()
		for b := range f.blocks {
			tree.Push(f.at(f.rows.lo+row, b))
		}
		tree.Finish(result)
	}
	for i, acc := range f.accs {
		fold.Store(f.totals[i].values.p, row, acc.Type.Size(), result[i].Bits)
		if acc.Combine.HasIndex() {
			f.totals[i].found[row] = result[i].Index
		}
	}
}
