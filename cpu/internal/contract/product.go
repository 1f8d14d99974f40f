package contract

import (
	"context"
	"errors"
	"unsafe"

	"github.com/quern-go/quern/cpu/internal/gemm"
	"github.com/quern-go/quern/internal/meter"
	"github.com/quern-go/quern/kernels"
)

// Named steps, on gemm.

// takeFunc receives a piece of a finished row of accumulators, w.accs: n columns from
// col on, which it may overwrite.
type takeFunc func(w *worker, row, col, n int)

// runGemm computes a part of the result.
func (l *launch) runGemm(ctx context.Context, p part) error {
	out := l.place()
	var finish takeFunc
	if out != 0 || !l.kernel.Post.IsAcc(1) {
		finish = func(w *worker, row, col, n int) {
			l.finish.run(&w.finish, &segment{outer: row, from: col, n: n, accs: w.accs})
		}
	}
	if out < 0 {
		return l.runStrips(ctx, p, finish)
	}
	if l.kernel.Accs[0].Type == kernels.F32 {
		return runInPlace[float32](ctx, l, p, out, finish)
	}
	return runInPlace[float64](ctx, l, p, out, finish)
}

// place is an output in whose memory gemm can compute, or −1.
func (l *launch) place() int {
	if len(l.kernel.Accs) > 1 {
		return -1
	}
	for o, t := range l.finish.types {
		strides := l.args.Outs[o].Strides
		r, c := strides[l.rows.index], strides[l.cols.index]
		if t == l.kernel.Accs[0].Type && (c == 1 || l.cols.n == 1) &&
			(l.rows.n == 1 || r >= l.cols.n || r <= -l.cols.n) {
			return o
		}
	}
	return -1
}

// runInPlace computes in the memory of an output.
func runInPlace[T gemm.Float](ctx context.Context, l *launch, p part, out int, finish takeFunc) error {
	problem := kept[T](l)
	describe(problem, l, p, nil)
	to := &l.args.Outs[out]
	at := axes{batch: l.batch}
	var size T
	base := unsafe.Add(to.Base, at.offset(to.Strides)*int(unsafe.Sizeof(size)))
	problem.C = view[T](base, p.rows, p.cols, to.Strides[l.rows.index], 1)
	if finish != nil {
		problem.Post = func(worker, row, col int, c []T) {
			w := l.worker(worker)
			w.accs[0] = unsafe.Pointer(unsafe.SliceData(c))
			finish(w, p.rows.lo+row, p.cols.lo+col, len(c))
		}
	}
	return gemm.Run(ctx, l.runner, l.table.Level, l.work, problem)
}

// runStrips computes a part of the result in strips that take receives row by
// row; no strip holds columns of two Tree blocks.
func (l *launch) runStrips(ctx context.Context, p part, take takeFunc) error {
	run := runStrips[float64]
	if l.kernel.Accs[0].Type == kernels.F32 {
		run = runStrips[float32]
	}
	if !l.dealsStrips(p.rows.len(), p.cols.len()) {
		return run(ctx, l, l.runner, l.work, p, l.worker, take)
	}
	threads, strips := l.runner.Threads(), ceilDiv(p.cols.len(), gemm.StripColumns)
	errs := make([]error, threads)
	err := l.runner.Run(ctx, strips, max(1, strips/(4*threads)), func(id, lo, hi int) {
		w := l.worker(id)
		if w.work == nil {
			w.work = gemm.NewWorkspace(l.memory.caches)
		}
		own := p
		own.cols.lo += lo * gemm.StripColumns
		own.cols.hi = min(p.cols.hi, p.cols.lo+hi*gemm.StripColumns)
		one := func(int) *worker { return w }
		errs[id] = errors.Join(errs[id], run(meter.Off(ctx), l, alone{}, w.work, own, one, take))
	})
	if err != nil {
		return err
	}
	return errors.Join(errs...)
}

// dealsStrips reports whether the strips of a part are shared out among the workers,
// because there are few rows, as gemm would share out those of a strip.
func (l *launch) dealsStrips(rows, cols int) bool {
	const fewRows = 16 // for each worker
	threads := l.runner.Threads()
	return threads > 1 && cols > gemm.StripColumns && rows < fewRows*threads
}

func runStrips[T gemm.Float](ctx context.Context, l *launch, r gemm.Runner, work *gemm.Workspace,
	p part, states func(int) *worker, take takeFunc) error {
	problem := new(gemm.Problem[T])
	describe(problem, l, p, states)
	problem.Fold = func(worker, row0, rows, col0, cols int, strip []T, ld int) {
		w := states(worker)
		for i := range rows {
			for a := range w.accs {
				w.accs[a] = unsafe.Pointer(&strip[(i*len(w.accs)+a)*ld])
			}
			take(w, p.rows.lo+row0+i, p.cols.lo+col0, cols)
		}
	}
	return gemm.Run(ctx, r, l.table.Level, work, problem)
}

// kept is the launch's own problem, so that a small product leaves no garbage.
func kept[T gemm.Float](l *launch) *gemm.Problem[T] {
	if p, ok := any(&l.problem32).(*gemm.Problem[T]); ok {
		return p
	}
	return any(&l.problem64).(*gemm.Problem[T])
}

// describe makes a problem that of a part of the product, without its result. states gives the
// workers' states; nil stands for the launch's.
func describe[T gemm.Float](problem *gemm.Problem[T], l *launch, p part, states func(int) *worker) {
	*problem = gemm.Problem[T]{M: p.rows.len(), N: p.cols.len(), K: l.depth, Term: l.term}
	depth := span{0, l.depth}
	if l.term.IsWeighted() {
		w := &l.byK[0]
		problem.W = view[T](w.base, span{0, 1}, depth, 0, w.stride)
	}
	if states == nil && (l.rows.operand < 0 || l.cols.operand < 0) {
		states = l.worker
	}
	if l.rows.operand >= 0 {
		at := &l.row.leaves[0]
		problem.A = view[T](at.base, p.rows, depth, at.outer, at.inner)
	} else if l.row.turned {
		problem.FillAColumn = func(worker int, dst []T, k, i0, i1 int) {
			fill(&l.row, &states(worker).row, dst, k, p.rows.lo+i0)
		}
	} else {
		problem.FillA = func(worker int, dst []T, row, k0, _ int) {
			fill(&l.row, &states(worker).row, dst, p.rows.lo+row, k0)
		}
	}
	if l.cols.operand >= 0 {
		at := &l.col.leaves[0]
		problem.B = view[T](at.base, depth, p.cols, at.outer, at.inner)
	} else if l.col.turned {
		problem.FillBColumn = func(worker int, dst []T, column, k0, _ int) {
			fill(&l.col, &states(worker).col, dst, p.cols.lo+column, k0)
		}
	} else {
		problem.FillB = func(worker int, dst []T, k, j0, _ int) {
			fill(&l.col, &states(worker).col, dst, k, p.cols.lo+j0)
		}
	}
}

// fill computes the elements of an operand from position from of its line on.
func fill[T gemm.Float](ln *line, f *lineFrame, dst []T, outer, from int) {
	ln.run(f, &segment{outer: outer, from: from, n: len(dst), dst: unsafe.Pointer(unsafe.SliceData(dst))})
}

// view is a part of a strided matrix whose element (0, 0) is at base.
func view[T gemm.Float](base unsafe.Pointer, rows, cols span, rowStride, colStride int) gemm.View[T] {
	if rows.len() == 0 || cols.len() == 0 {
		return gemm.View[T]{}
	}
	var size T
	origin := rows.lo*rowStride + cols.lo*colStride
	r, c := (rows.len()-1)*rowStride, (cols.len()-1)*colStride
	least := min(r, 0) + min(c, 0)
	first := unsafe.Add(base, (origin+least)*int(unsafe.Sizeof(size)))
	return gemm.View[T]{
		Data:   unsafe.Slice((*T)(first), max(r, 0)+max(c, 0)-least+1),
		Offset: -least, RowStride: rowStride, ColStride: colStride,
	}
}
