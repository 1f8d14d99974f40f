package gemm

import "unsafe"

// Memory budgets, in bytes for all workers together.
const (
	budgetA     = 8 << 20 // packed blocks of A
	budgetB     = 8 << 20 // packed block of B
	budgetStrip = 8 << 20 // strips, and again chunks of k that are yet to be combined
)

// thinRows is how many rows a problem may have to count as thin: packing B then costs
// as much as using it, and is best done into the worker's own L2.
const thinRows = 112

// fewTiles is how many tiles of columns a problem may have for A not to be packed.
const fewTiles = 16

// blockRows is how many rows a block of A should have, at least: a panel of B is
// fetched from L3 once for all of them. More would leave less room for k, and every
// block of k reads and writes C once.
const blockRows = 112

// longestRow is the largest k of a block, in bytes of a row: with 2 KiB the reading and
// writing of C between the blocks is felt, beyond 4 KiB no more.
const longestRow = 4 << 10

// postColumns is how many columns of a block of rows are finished before Post is
// called for them: in L2, and enough for the call to cost little.
const postColumns = 512

// blocking is how a problem is cut.
type blocking struct {
	kc, nc, mc int // largest k, columns and rows of a block
	ms         int // rows for which all k are done before the next rows begin
	ld         int // columns of a strip or chunk buffer
	split      int // parts that the columns of a block are cut into, as tasks

	thin     bool // every worker runs all loops on columns of its own
	direct   bool // whole panels of B are read where they are
	copying  bool // the first tiles that read a whole panel of B pack it
	inPlace  bool // A is read where it is
	keepA    bool // packed A is kept for all k
	ownStrip bool // a strip has mc rows and belongs to a worker, not ms rows for all
}

// newBlocking chooses the blocking of an m×n×k problem with so many accumulators.
func newBlocking[T Float](c Caches, kern *kernels[T], accs, m, n, k, workers int, fold bool) blocking {
	size := int(unsafe.Sizeof(T(0)))
	b := blocking{ms: m, split: 1}
	b.kc = min(longestRow/size, max(8, c.L1/(kern.cols*size), c.L2/2/(blockRows/kern.rows*kern.stride*size))/8*8)
	if fold {
		b.kc = max(8, min(b.kc, budgetB/(StripColumns*size)))
	}
	whole := k <= b.kc
	b.kc = max(8, min(b.kc, roundUp(k, 8)))
	b.nc = min(StripColumns, budgetB/(b.kc*size))
	perRow := b.kc * size * kern.stride / kern.rows // packed bytes of a row of A
	b.mc = max(1, min(min(c.L2/2, budgetA/workers)/perRow, c.L2/2/(postColumns*size)))
	b.thin = !fold && m <= thinRows
	switch {
	case b.thin:
		b.nc = min(b.nc, max(kern.cols, min(c.L2/4, budgetB/workers)/(b.kc*size)))
		b.mc = max(b.mc, kern.rows)
		b.keepA = m <= b.mc && m*k*size*kern.stride/kern.rows <= budgetA/workers
	case fold && whole:
		b.ownStrip = true
		b.nc = StripColumns
		b.mc = max(1, min(b.mc, min(c.L2/2, 3*budgetStrip/workers)/(StripColumns*size*accs)))
	case fold:
		b.nc = StripColumns
		b.ms = budgetStrip / (StripColumns * size * accs)
	case k > ChunkK:
		b.nc = min(b.nc, 1024)
		b.ms = budgetStrip / (b.nc * size)
	}
	if !fold { // whole tiles; the width of a strip need not be
		b.nc = max(kern.cols, b.nc/kern.cols*kern.cols)
	}
	b.ms = max(1, min(b.ms, m))
	b.ld = roundUp(min(b.nc, n), kern.cols)
	b.cutRows(kern.rows, workers, fold)
	b.cutColumns(kern.cols, n, workers, fold)
	return b
}

// readDirectly decides what is worth packing. Not B, a view, if its rows lie in the L2 cache
// side by side and are used a few times only; if they lie side by side in memory, it is
// packed by the way. Nor A, a view, if it lies in the L2 cache and is used for few columns.
func (j *job[T]) readDirectly(c Caches) {
	a, b, size := &j.a, &j.b, int(unsafe.Sizeof(T(0)))
	if j.thin && b.isView() && b.xs == 1 && b.ks > 0 {
		j.direct = j.p.K*b.ks*size <= c.L2/8
		j.copying = !j.direct && len(j.kern.copying) > 0
	}
	j.inPlace = !j.copying && len(j.kern.inPlace) > 0 && a.isView() && j.n <= fewTiles*j.kern.cols &&
		(j.m-1)*max(a.xs, -a.xs)+(j.p.K-1)*max(a.ks, -a.ks) < c.L2/8/size
}

// cutRows evens out the blocks of rows, so that every worker gets as many. Where
// rows are all there is to share out, a block may be as low as keeps the vector
// units busy: the latency of an fma is 4 cycles, and 4 rows of 2 vectors hide it.
func (b *blocking) cutRows(tile, workers int, fold bool) {
	const lowest = 4
	blocks := ceilDiv(b.ms, b.mc)
	if !b.thin && b.ms >= workers*tile || fold && b.ms >= workers*lowest {
		blocks = roundUp(blocks, workers)
	}
	b.mc = ceilDiv(b.ms, blocks)
}

// cutColumns cuts blocks along columns, where that gives every worker several
// tasks of a useful size. A strip is folded by one worker and stays whole.
func (b *blocking) cutColumns(tile, n, workers int, fold bool) {
	const useful = 256 // columns
	if fold || b.thin || workers == 1 {
		return
	}
	tasks := ceilDiv(b.ms, b.mc)
	b.split = max(1, min(ceilDiv(4*workers, tasks), min(n, b.nc)/max(useful, tile)))
}

// pass is one block of k.
type pass struct {
	k0, k1 int
	cont   bool // continues chains
	chunk  int
	ends   bool // the chunk
	final  bool
}

// appendPasses cuts k into chunks and those evenly into blocks of at most kc. There
// is always one, if only to set results of length-0 chains to +0.
func appendPasses(out []pass, k, kc int) []pass {
	for k0 := 0; k0 < k || k0 == 0; k0 += ChunkK {
		n := min(ChunkK, k-k0)
		parts := max(1, ceilDiv(n, kc))
		for i := range parts {
			out = append(out, pass{
				k0: k0 + i*n/parts, k1: k0 + (i+1)*n/parts,
				cont: i > 0, chunk: k0 / ChunkK, ends: i == parts-1,
			})
		}
	}
	out[len(out)-1].final = true
	return out
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }

func roundUp(a, b int) int { return ceilDiv(a, b) * b }
