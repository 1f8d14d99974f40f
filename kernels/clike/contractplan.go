package clike

import (
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/grid"
)

const (
	// busyGroups is how many groups of large tiles keep a device busy.
	busyGroups = 128
	// chunkScratch bounds the scratch memory for chunks, in bytes, if one row of
	// outputs and two slots do not take more.
	chunkScratch = 64 << 20
)

// contractLaunch is one launch being planned.
type contractLaunch struct {
	*contractPlanner
	args    *grid.Args
	into    *grid.Plan
	batch   axes
	batches int
	m, n, k int
}

func (c *contractPlanner) plan(args *grid.Args, into *grid.Plan) error {
	first := len(args.Shape) - 3
	if first < 0 {
		return tooFewAxes(len(args.Shape))
	}
	l := &contractLaunch{
		contractPlanner: c, args: args, into: into,
		m: args.Shape[first], n: args.Shape[first+1], k: args.Shape[first+2],
	}
	l.batch.add(args.Shape, 0, first)
	into.Views = views(into.Views[:0], c.all, args)
	l.batch.merge(into.Views)
	if l.batch.len > c.axes-1 {
		return tooManyAxes(l.batch.len+3, c.axes+2)
	}
	l.batches = l.batch.size()
	switch {
	case l.top != nil:
		l.topped()
	case l.k > kernels.ChunkK:
		l.chunked()
	case c.fold != nil:
		l.folded()
	default:
		l.direct()
	}
	return nil
}

// direct is a product of one chunk.
func (l *contractLaunch) direct() {
	p := l.tiles(0, l.m, 1)
	block(p.Block).set(l.slots, 0)
	noScratch(l.into)
}

// chunked is a product of several chunks: rows are taken in bands, and chunks some
// at a time, as scratch memory allows.
func (l *contractLaunch) chunked() {
	chunks := (l.k-1)/kernels.ChunkK + 1
	row := l.batches * l.n * l.accs.size // bytes of a slot
	slots := min(chunks, max(2, chunkScratch/row/l.m))
	band := min(l.m, max(1, chunkScratch/row/slots))
	for i0 := 0; i0 < l.m; i0 += band {
		m := min(band, l.m-i0)
		l.into.ReuseScratch()
		scratch := l.into.TakeScratch(slots * m * row)
		for done, kept := 0, 0; done < chunks; kept = 1 {
			n := min(slots-kept, chunks-done)
			b := block(l.tiles(i0, m, n).Block)
			b.set(l.firstChunk, done)
			b.set(l.firstSlot, kept)
			b.set(l.slots, kept+n)
			p := l.into.Last()
			p.Buffers = append(p.Buffers, scratch)
			done += n
			l.joinPass(i0, m, kept+n, done == chunks, scratch)
		}
		if l.fold != nil {
			l.foldJoined(i0, m, scratch)
		}
	}
}

// tiles appends a pass that computes chunks of rows i0 … i0+m-1; it still lacks
// its scratch memory.
func (l *contractLaunch) tiles(i0, m, chunks int) *grid.Pass {
	large, small := l.large.over(m, l.n), l.small.over(m, l.n)
	tile, entry := l.small, l.smallEntry
	if large*l.batches*chunks >= busyGroups && 2*large*l.large.M*l.large.N <= 3*small*l.small.M*l.small.N {
		tile, entry = l.large, l.largeEntry
	}
	p := l.into.Add(entry, l.layout.size)
	p.Buffers = buffers(p.Buffers, l.product)
	b := l.fill(p, i0, m)
	b.set(l.rowTiles, ceilDiv(m, tile.M))
	b.set(l.colTiles, ceilDiv(l.n, tile.N))
	b.set(l.chunks, chunks)
	p.Groups = tile.over(m, l.n) * l.batches * chunks
	steps := float64(min(l.k, kernels.ChunkK))
	p.Work = float64(tile.M*tile.N) * (steps*(l.stepCost+1) + l.postCost)
	return p
}

// over is the number of tiles on m×n outputs.
func (t Tile) over(m, n int) int { return ceilDiv(m, t.M) * ceilDiv(n, t.N) }

func ceilDiv(a, b int) int { return (a + b - 1) / b }

// joinPass appends a pass that joins the chunks in the slots.
func (l *contractLaunch) joinPass(i0, m, slots int, last bool, scratch grid.BufferRef) {
	p := l.into.Add(l.join, l.layout.size)
	p.Buffers = append(buffers(p.Buffers, l.finish), scratch)
	b := l.fill(p, i0, m)
	b.set(l.slots, slots)
	if last {
		b.set(l.last, 1)
	}
	p.Groups = ceilDiv(l.batches*m*l.n, joinItems)
	p.Work = joinItems * (float64(slots)*4 + l.postCost)
}

// folded is a product of one chunk whose rows are folded as they come.
func (l *contractLaunch) folded() {
	f := l.fold
	t := &f.wide
	if l.n <= narrowLanes && l.batches*l.m >= narrowRows {
		t = &f.narrow
	}
	p := l.into.Add(t.entry, l.layout.size)
	p.Buffers = buffers(p.Buffers, f.ops)
	b := l.fill(p, 0, l.m)
	blocks := f.size(p, l.batches*l.m, l.n, 0)
	rowTiles := ceilDiv(l.m, t.M)
	b.set(l.rowTiles, rowTiles)
	p.Groups = rowTiles * l.batches * blocks
	columns := float64(min(kernels.TreeBlock, ceilDiv(l.n, t.N)*t.N))
	p.Work = float64(t.M) * columns * (float64(l.k)*(l.stepCost+1) + l.postCost)
	f.later(l.into, l.batches*l.m, blocks, func(b block) { l.fillRows(b, 0, l.m) })
}

// foldJoined appends the passes that fold rows of joined chunks.
func (l *contractLaunch) foldJoined(i0, m int, joined grid.BufferRef) {
	f := l.fold
	p := l.into.Add(f.joined, l.layout.size)
	p.Buffers = append(buffers(p.Buffers, l.ops.union(l.finish, f.finish)), joined)
	l.fillRows(p.Block, i0, m)
	f.levels(l.into, l.batches*m, l.n, l.postCost, func(b block) { l.fillRows(b, i0, m) })
}

// fill sets what all passes over rows i0 … i0+m-1 have in common.
func (l *contractLaunch) fill(p *grid.Pass, i0, m int) block {
	b := block(p.Block)
	b.set(l.contractPlanner.m, m)
	b.set(l.contractPlanner.n, l.n)
	b.set(l.contractPlanner.k, l.k)
	b.set(l.contractPlanner.batches, l.batches)
	b.set(l.batchAxes, l.batch.len)
	b.set(l.aAlong, l.alongK(l.a, len(l.args.Shape)-3))
	b.set(l.bAlong, l.alongK(l.b, len(l.args.Shape)-2))
	l.fillOperands(b, i0)
	for i, x := range l.batch.all() {
		b.setAt(l.lengths, i, x.n)
	}
	l.layout.setParams(b, l.sig.Params, l.args.Params)
	return b
}

// fillRows is fill for entry points whose points are the rows: the row is the last
// of their axes.
func (l *contractLaunch) fillRows(b block, i0, m int) {
	l.fillOperands(b, i0)
	for i, x := range l.batch.all() {
		b.setAt(l.lengths, i, x.n)
	}
	row := l.batch.len
	b.set(l.batchAxes, row+1)
	b.setAt(l.lengths, row, m)
	for _, p := range l.all {
		b.setAt(p.strides, row, l.along(p, len(l.args.Shape)-3))
	}
	l.layout.setParams(b, l.sig.Params, l.args.Params)
}

// fillOperands sets the operands' offsets, at row i0, and strides.
func (l *contractLaunch) fillOperands(b block, i0 int) {
	for i := range l.ops.list {
		p := &l.ops.list[i]
		b.set(p.at, p.of(l.args).Offset)
	}
	row := len(l.args.Shape) - 3
	for i, p := range l.all {
		place := p.of(l.args)
		b.set(p.at, place.Offset+i0*l.along(p, row))
		b.set(l.rowStrides[i], l.along(p, row))
		b.set(l.colStrides[i], l.along(p, row+1))
		b.set(l.kStrides[i], l.along(p, row+2))
		for k, x := range l.batch.all() {
			b.setAt(p.strides, k, x.stride(place.Strides))
		}
	}
}

// along is an operand's stride along one of the launch's axes.
func (l *contractLaunch) along(p *operand, source int) int {
	return axis{source: source}.stride(p.of(l.args).Strides)
}

// alongK is 1 if neighbouring work items should take neighbours along k of an
// operand rather than along the given axis, for their reads to lie side by side.
func (l *contractLaunch) alongK(ops []*operand, source int) int {
	for _, p := range ops {
		if p.kind == input {
			if abs(l.along(p, len(l.args.Shape)-1)) < abs(l.along(p, source)) {
				return 1
			}
			return 0
		}
	}
	return 0
}
