package gemm

import (
	"context"
	"slices"

	"github.com/quern-go/quern/internal/meter"
)

// job is one Run: the loops around the micro-kernels.
type job[T Float] struct {
	blocking
	ctx    context.Context
	kern   *kernels[T]
	p      *Problem[T]
	a, b   operand[T] // exchanged if the transposed product is computed
	m, n   int        // likewise
	accs   int        // of an output: so many rows of C, strips and chunks
	passes []pass
	fold   func(worker, row0, rows, col0, cols int, strip []T, ld int)

	step    step // at hand
	workers []worker[T]
	runner  Runner // nil: everything on the calling goroutine, as worker self
	self    int
	eager   bool
}

// worker holds the buffers that a worker uses. Those of B, strips and chunks may be
// the same for all workers.
type worker[T Float] struct {
	a, tmp, b, strip, chunk []T

	packed panels // what a holds
	kept   int    // if A is kept for all k: the k up to which a holds it

	_ [cacheLine]byte // keeps what workers write on cache lines of their own
}

// step is a block of the result, rows r0 … r1 and columns c0 … c1, at one pass
// over k.
type step struct {
	pass
	r0, r1, c0, c1 int
}

// allocate carves the workers' buffers from the workspace.
func (j *job[T]) allocate(w *Workspace, workers int) {
	kb := min(j.kc, max(1, j.p.K))
	packedRows := ceilDiv(j.mc, j.kern.rows) * j.kern.stride
	packedK := kb
	if j.keepA {
		packedK = j.p.K
	}
	stripRows, chunkRows := 0, 0
	switch {
	case j.fold != nil && j.ownStrip:
		stripRows = j.mc * j.accs
	case j.fold != nil:
		stripRows = j.ms * j.accs
	}
	if j.p.K > ChunkK {
		chunkRows = j.ms * j.accs
	}
	lenA := paddedLength[T](packedRows * packedK)
	lenTmp := paddedLength[T](max(j.a.tmpLength(kb, j.kern.lanes), j.b.tmpLength(kb, j.kern.lanes)))
	lenB := paddedLength[T](j.ld * kb)
	lenStrip := paddedLength[T](stripRows * j.ld)
	lenChunk := paddedLength[T](chunkRows * j.ld)

	copies := func(private bool) int {
		if private {
			return workers
		}
		return 1
	}
	ownStrip := j.thin || j.ownStrip
	slab := reserve[T](w, workers*(lenA+lenTmp)+copies(j.thin)*(lenB+lenChunk)+copies(ownStrip)*lenStrip)
	take := func(n int) []T {
		part := slab[:n:n]
		slab = slab[n:]
		return part
	}
	j.workers = slices.Grow(j.workers[:0], workers)[:workers]
	clear(j.workers)
	for i := range j.workers {
		own := &j.workers[i]
		own.a, own.tmp = take(lenA), take(lenTmp)
		if i == 0 || j.thin {
			own.b, own.chunk = take(lenB), take(lenChunk)
		} else {
			own.b, own.chunk = j.workers[0].b, j.workers[0].chunk
		}
		if i == 0 || ownStrip {
			own.strip = take(lenStrip)
		} else {
			own.strip = j.workers[0].strip
		}
	}
}

// forget lets go of the problem and of the workspace's buffers.
func (j *job[T]) forget() {
	clear(j.workers)
	*j = job[T]{workers: j.workers, passes: j.passes}
}

// each calls fn for 0 … n on the workers, and stops when the context is cancelled.
func (j *job[T]) each(n int, fn func(worker, i int)) error {
	err := j.runner.Run(j.ctx, n, 1, func(worker, lo, hi int) {
		for i := lo; i < hi && j.ctx.Err() == nil; i++ {
			fn(worker, i)
		}
	})
	if err == nil {
		err = j.ctx.Err()
	}
	return err
}

// runColumns computes columns lo … hi of the result: the outer loops.
func (j *job[T]) runColumns(lo, hi int) error {
	ctx, done := j.ctx, 0
	steps := float64(ceilDiv(j.m, j.ms) * ceilDiv(hi-lo, j.nc) * len(j.passes))
	for r0 := 0; r0 < j.m; r0 += j.ms {
		for c0 := lo; c0 < hi; c0 += j.nc {
			for _, p := range j.passes {
				j.step = step{pass: p, r0: r0, r1: min(j.m, r0+j.ms), c0: c0, c1: min(hi, c0+j.nc)}
				j.ctx = meter.Part(ctx, float64(done)/steps, float64(done)/steps)
				if err := j.packB(); err != nil {
					return err
				}
				j.ctx = meter.Part(ctx, float64(done)/steps, float64(done+1)/steps)
				done++
				if err := j.runBlocks(); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// runBlocks runs the tasks of the step.
func (j *job[T]) runBlocks() error {
	n := ceilDiv(j.step.r1-j.step.r0, j.mc) * j.split
	if j.runner != nil {
		return j.each(n, j.task)
	}
	span := meter.Of(j.ctx)
	for i := 0; i < n && j.ctx.Err() == nil; i++ {
		j.task(j.self, i)
		span.Set(float64(i+1) / float64(n))
	}
	return j.ctx.Err()
}

func (j *job[T]) task(worker, i int) { j.block(worker, &j.step, i/j.split, i%j.split) }

// packB packs the step's block of B, with all workers if it is worth waking them.
func (j *job[T]) packB() error {
	const parallel = 1 << 15 // elements, some 5 µs
	block := j.panelsOfB()
	if block.k0 == block.k1 {
		return nil
	}
	if j.direct || j.copying {
		whole := (block.x1 - block.x0) / j.kern.cols
		j.packPanels(j.self, whole, block.count)
		return j.ctx.Err()
	}
	if j.runner == nil || !j.eager && block.count*block.size() < parallel {
		j.packPanels(j.self, 0, block.count)
		return j.ctx.Err()
	}
	grain := max(1, min(block.count/(4*len(j.workers)), fillColumns/j.kern.cols))
	return j.runner.Run(j.ctx, block.count, grain, j.packPanels)
}

// panelsOfB is the step's block of B.
func (j *job[T]) panelsOfB() panels {
	s := &j.step
	return panels{
		x0: s.c0, x1: s.c1, k0: s.k0, k1: s.k1,
		stride: j.kern.cols, count: ceilDiv(s.c1-s.c0, j.kern.cols),
	}
}

// packPanels packs panels lo … hi of the step's block of B.
func (j *job[T]) packPanels(worker, lo, hi int) {
	w := &j.workers[worker]
	p := packer[T]{operand: j.b, panels: j.panelsOfB(), kern: j.kern, copyX: j.kern.copyB,
		dst: w.b, tmp: w.tmp, worker: worker}
	p.pack(lo, hi)
}

// panelsOfA is rows i0 … i1 of A at a step.
func (j *job[T]) panelsOfA(s *step, i0, i1 int) panels {
	return panels{
		x0: i0, x1: i1, k0: s.k0, k1: s.k1,
		stride: j.kern.stride, count: ceilDiv(i1-i0, j.kern.rows), even: true,
	}
}

// packA returns the packed rows i0 … i1 of A, packing them if the worker has not
// just done so.
func (j *job[T]) packA(worker int, s *step, i0, i1 int) (panels, []T) {
	w := &j.workers[worker]
	block := j.panelsOfA(s, i0, i1)
	dst := w.a
	if j.keepA {
		dst = dst[block.count*block.stride*s.k0:]
	}
	if block == w.packed || j.keepA && s.k1 <= w.kept {
		return block, dst
	}
	p := packer[T]{operand: j.a, panels: block, kern: j.kern, copyX: j.kern.copyA,
		dst: dst, tmp: w.tmp, worker: worker}
	p.pack(0, block.count)
	if j.p.Term.IsWeighted() {
		p.packWeights(&j.p.W)
	}
	w.packed, w.kept = block, s.k1
	return block, dst
}

// block is one task: block of rows ib of the step, and part jb of its columns.
func (j *job[T]) block(worker int, s *step, ib, jb int) {
	w := &j.workers[worker]
	i0 := s.r0 + ib*j.mc
	i1 := min(s.r1, i0+j.mc)
	c, at, ld := j.result(w, s, i0)
	tiles := ceilDiv(s.c1-s.c0, j.kern.cols)
	hi := (jb + 1) * tiles / j.split
	group := max(1, postColumns/j.kern.cols)
	for lo := jb * tiles / j.split; lo < hi; lo += group {
		j0 := lo * j.kern.cols
		j1 := min((lo+group)*j.kern.cols, hi*j.kern.cols, s.c1-s.c0)
		part := rect[T]{i0: i0, i1: i1, j0: j0, j1: j1, data: c, at: at, ld: ld}
		if s.chunk == 0 {
			j.tiles(worker, s, part)
		} else {
			j.chunkTiles(worker, s, part)
		}
		if s.final && j.fold == nil && j.p.Post != nil {
			for i := i0; i < i1; i++ {
				j.p.Post(worker, i, s.c0+j0, part.row(i-i0))
			}
		}
	}
	if s.final && j.fold != nil {
		j.fold(worker, i0, i1-i0, s.c0, s.c1-s.c0, c[at:at+((i1-i0)*j.accs-1)*ld+s.c1-s.c0], ld)
	}
}

// result returns where element (i0, s.c0) of the result is, and the row stride.
func (j *job[T]) result(w *worker[T], s *step, i0 int) (data []T, at, ld int) {
	switch {
	case j.fold == nil:
		c := j.p.C
		return c.Data, c.Offset + i0*c.RowStride + s.c0, c.RowStride
	case j.ownStrip:
		return w.strip, 0, j.ld
	default:
		return w.strip, (i0 - s.r0) * j.accs * j.ld, j.ld
	}
}

// rect is rows i0 … i1 and columns j0 … j1 of a step's block of the result, stored
// in data: element (i0, 0) is at index at. A row is as many in data as there are
// accumulators.
type rect[T Float] struct {
	i0, i1, j0, j1 int
	data           []T
	at, ld         int
}

// row returns row number i in data.
func (r *rect[T]) row(i int) []T {
	lo := r.at + i*r.ld
	return r.data[lo+r.j0 : lo+r.j1 : lo+r.j1]
}

// tiles runs the micro-kernel over the tiles of a rectangle.
func (j *job[T]) tiles(worker int, s *step, r rect[T]) {
	kb := s.k1 - s.k0
	if kb == 0 {
		for i := range (r.i1 - r.i0) * j.accs {
			clear(r.row(i))
		}
		return
	}
	if j.inPlace {
		j.tilesInPlace(worker, s, r)
		return
	}
	block, a := j.packA(worker, s, r.i0, r.i1)
	size := block.size()
	least, more := block.rows()
	for j0 := r.j0; j0 < r.j1; j0 += j.kern.cols {
		cols := min(j.kern.cols, r.j1-j0)
		panel, ldb := j.panelOfB(worker, s, j0, cols)
		at := r.at + j0
		for i := range block.count {
			rows := least
			if i < more {
				rows++
			}
			if i == 0 && j.copies(s, r.i0, cols) {
				j.kern.copying[rows-1](kb, &a[0], j.inMatrixB(s, j0), j.b.ks, panel, &r.data[at], r.ld, s.cont)
			} else {
				j.kern.micro[rows-1](kb, &a[i*size], panel, ldb, &r.data[at], r.ld, cols, s.cont)
			}
			at += rows * j.accs * r.ld
		}
	}
}

// tilesInPlace is tiles where A is not packed.
func (j *job[T]) tilesInPlace(worker int, s *step, r rect[T]) {
	block := j.panelsOfA(s, r.i0, r.i1)
	least, more := block.rows()
	for j0 := r.j0; j0 < r.j1; j0 += j.kern.cols {
		cols := min(j.kern.cols, r.j1-j0)
		panel, ldb := j.panelOfB(worker, s, j0, cols)
		at, a := r.at+j0, j.a.off+r.i0*j.a.xs+s.k0*j.a.ks
		for i := range block.count {
			rows := least
			if i < more {
				rows++
			}
			j.kern.inPlace[rows-1](s.k1-s.k0, &j.a.data[a], j.a.xs, j.a.ks, panel, ldb, &r.data[at], r.ld, cols, s.cont)
			at += rows * r.ld
			a += rows * j.a.xs
		}
	}
}

// copies says that the tiles of the rows from i0 on leave B packed, which the first of a
// block of all columns of a tile do.
func (j *job[T]) copies(s *step, i0, cols int) bool {
	return j.copying && i0 == s.r0 && cols == j.kern.cols
}

// inMatrixB is where element (k0, j0) of the step is in the matrix B.
func (j *job[T]) inMatrixB(s *step, j0 int) *T { return &j.b.data[j.b.off+s.k0*j.b.ks+s.c0+j0] }

// panelOfB is where the step's columns from j0 on are, and the distance of their
// rows: packed or, if whole panels are not, in the matrix.
func (j *job[T]) panelOfB(worker int, s *step, j0, cols int) (panel *T, ldb int) {
	if j.direct && cols == j.kern.cols {
		return j.inMatrixB(s, j0), j.b.ks
	}
	return &j.workers[worker].b[j0*(s.k1-s.k0)], j.kern.cols
}

// chunkTiles is tiles for a chunk of k after the first: its chains run in a buffer
// and are combined with the result when they end.
func (j *job[T]) chunkTiles(worker int, s *step, r rect[T]) {
	chunk := r
	chunk.data, chunk.at, chunk.ld = j.workers[worker].chunk, (r.i0-s.r0)*j.accs*j.ld, j.ld
	j.tiles(worker, s, chunk)
	if s.ends {
		for i := range (r.i1 - r.i0) * j.accs {
			combine(j.p.Term, r.row(i), chunk.row(i))
		}
	}
}
