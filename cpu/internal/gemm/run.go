package gemm

import (
	"context"

	"github.com/quern-go/quern/cpu/internal/simd"
	"github.com/quern-go/quern/internal/meter"
)

// serialFlops is the work, as 2·m·n·k, below which waking workers does not pay:
// some 25 µs of one core.
const serialFlops = 4 << 20

// Run computes the problem at the given instruction-set level. It returns early
// with the context's error if that is cancelled; the result is then incomplete.
func Run[T Float](ctx context.Context, r Runner, level simd.Level, w *Workspace, p *Problem[T]) error {
	if err := p.validate(); err != nil {
		return err
	}
	kern, err := kernelsFor[T](level, p.Term)
	if err != nil {
		return err
	}
	if p.M == 0 || p.N == 0 {
		return ctx.Err()
	}
	workers := r.Threads()
	if !w.eager && 2*float64(p.M)*float64(p.N)*float64(p.K) < serialFlops {
		r, workers = nil, 1
	}
	j := jobOf[T](w)
	defer j.forget()
	j.ctx, j.kern, j.runner, j.eager = ctx, kern, r, w.eager
	j.p, j.m, j.n, j.fold = p, p.M, p.N, p.Fold
	j.accs = p.Term.Accs()
	j.a, j.b = operands(p)
	if p.Fold == nil && worthExchanging(kern, p.M, p.N) {
		j.exchange()
	}
	j.blocking = newBlocking(w.caches, kern, j.accs, j.m, j.n, p.K, workers, p.Fold != nil)
	j.readDirectly(w.caches)
	j.passes = appendPasses(j.passes[:0], p.K, j.kc)
	j.allocate(w, workers)
	if j.thin && r != nil {
		return j.runThin()
	}
	return j.runColumns(0, j.n)
}

// worthExchanging tells whether to compute the transposed product: its columns are
// the rows of the result. A tile is many columns wide, and columns that are not
// there cost as much as others, while rows do not.
func worthExchanging[T Float](kern *kernels[T], m, n int) bool {
	return n < m && n <= thinRows &&
		4*n*roundUp(m, kern.cols) <= 3*m*roundUp(n, kern.cols)
}

// exchange swaps the operands. The result goes through strips that are transposed
// into C.
func (j *job[T]) exchange() {
	j.a, j.b = j.b, j.a
	j.m, j.n = j.n, j.m
	j.fold = j.storeTransposed
}

// storeTransposed writes a strip of the transposed result to C.
func (j *job[T]) storeTransposed(worker, row0, rows, col0, cols int, strip []T, ld int) {
	for i := range cols {
		at := j.p.C.Offset + (col0+i)*j.p.C.RowStride + row0
		c := j.p.C.Data[at : at+rows : at+rows]
		for k := range c {
			c[k] = strip[k*ld+i]
		}
		if j.p.Post != nil {
			j.p.Post(worker, col0+i, row0, c)
		}
	}
}

// runThin deals the columns of a thin problem to the workers.
func (j *job[T]) runThin() error {
	const useful = 256 // columns
	tiles, workers := ceilDiv(j.n, j.kern.cols), len(j.workers)
	parts := min(tiles, max(workers, min(4*workers, j.n/useful)))
	return j.each(parts, func(worker, part int) {
		own := *j
		own.runner, own.self, own.ctx = nil, worker, meter.Off(j.ctx)
		c0 := part * tiles / parts * j.kern.cols
		c1 := min(j.n, (part+1)*tiles/parts*j.kern.cols)
		_ = own.runColumns(c0, c1) // stops only when cancelled, which each reports
	})
}
