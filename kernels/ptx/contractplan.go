package ptx

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/grid"
)

// contraction is a launch, or the part of it that some passes do.
type contraction struct {
	args    *grid.Args
	batches *space
	m, n, k int
	chunks  int
	along   [][3]int64 // each view's strides along i, j, k
}

func (k *contractRender) plan(args *grid.Args, into *grid.Plan) error {
	axes := len(args.Shape)
	if axes < 3 {
		return fmt.Errorf("ptx: contract: shape %v, expected batch axes and m, n, k", args.Shape)
	}
	x, err := k.contraction(args, axes)
	if err != nil {
		return err
	}
	if k.top != nil {
		return k.planTop(x, into)
	}
	tiles := ceil(x.m, tileSide) * ceil(x.n, tileSide) // of the smallest
	if x.chunks == 1 {
		return x.batches.split(max(1, k.limits.elements/tiles), func(part *space) error {
			p := *x
			p.batches = part
			return k.planPart(&p, into)
		})
	}
	perRow := x.chunks * x.n * k.chunkElement()
	return x.batches.split(max(1, k.limits.chunkBytes/(perRow*x.m)), func(part *space) error {
		p := *x
		p.batches = part
		return k.planSlabs(&p, max(1, k.limits.chunkBytes/perRow), into)
	})
}

func (k *contractRender) contraction(args *grid.Args, axes int) (*contraction, error) {
	mnk := args.Shape[axes-3:]
	x := &contraction{args: args, batches: &space{}, m: mnk[0], n: mnk[1], k: mnk[2], chunks: max(1, ceil(mnk[2], kernels.ChunkK))}
	for _, d := range mnk {
		if d > math.MaxInt32/2 {
			return nil, fmt.Errorf("ptx: contract: %d×%d×%d: %w", x.m, x.n, x.k, errors.ErrUnsupported)
		}
	}
	vs, strides, units := views(k.moves, args)
	x.batches.views = vs
	x.batches.add(args.Shape, 0, axes-3, strides, units)
	x.batches.merge()
	if most := len(k.batchAxes.axes); x.batches.len > most {
		return nil, fmt.Errorf("ptx: contract: %d batch axes, rendered for %d", x.batches.len, most)
	}
	for v := range vs {
		var along [3]int64
		for d := range along {
			if axis := axes - 3 + d; axis < len(strides[v]) {
				along[d] = int64(strides[v][axis]) * int64(units[v])
			}
		}
		x.along = append(x.along, along)
	}
	return x, nil
}

// chunkElement is the bytes of a chunk's result.
func (k *contractRender) chunkElement() int {
	n := 0
	for _, a := range k.contract.Accs {
		n += a.Type.Size()
	}
	return n
}

// planPart appends the passes for chains of one chunk.
func (k *contractRender) planPart(x *contraction, into *grid.Plan) error {
	if k.contract.Fold == nil {
		e := k.choose(k.tiles, x)
		p := k.tilePass(x, e.tile, e.number, into)
		p.Buffers = append(append(p.Buffers, k.ops.buffers...), unused, unused)
		return nil
	}
	points := k.everywhere(x)
	count := x.batches.size() * x.m
	blocks := ceil(x.n, kernels.TreeBlock)
	var scratch grid.BufferRef
	if blocks > 1 {
		scratch = into.TakeScratch(count * blocks * k.partialBytes())
	}
	e := k.folds[0]
	if ceil(x.m, e.tile.m())*blocks*x.batches.size() < k.limits.fewTiles {
		e = k.folds[len(k.folds)-1]
	}
	p := k.tilePass(x, e.tile, e.number, into)
	put32(p.Block, k.colTiles, uint32(blocks))
	p.Groups = ceil(x.m, e.tile.m()) * blocks * x.batches.size()
	p.Work *= float64(min(x.n, kernels.TreeBlock)) / float64(e.tile.n())
	k.fillPoints(p, x.args, points)
	k.setRows(p, count, x.n, blocks, scratch, unused)
	k.setBlocks(x.n, p)
	k.planAgain(x.args, points, count, blocks, scratch, into)
	return nil
}

// unused stands for a buffer that a pass does not use.
var unused = grid.Output(0)

// planSlabs appends the passes for chains of several chunks, so many rows at a
// time.
func (k *contractRender) planSlabs(x *contraction, rows int, into *grid.Plan) error {
	rows = min(rows, x.m)
	chunks := into.TakeScratch(x.chunks * x.batches.size() * rows * x.n * k.chunkElement())
	for i := 0; i < x.m; i += rows {
		slab := *x
		slab.m = min(rows, x.m-i)
		slab.batches = x.batches.atRow(x.along, i)
		k.planSlab(&slab, chunks, into)
	}
	return nil
}

// atRow is the batches with operands moved to row i.
func (s *space) atRow(along [][3]int64, i int) *space {
	p := &space{n: s.n, len: s.len, views: slices.Clone(s.views)}
	for v := range p.views {
		p.views[v].at += int64(i) * along[v][0]
	}
	return p
}

func (k *contractRender) planSlab(x *contraction, chunks grid.BufferRef, into *grid.Plan) {
	e := k.choose(k.chunkTiles, x)
	p := k.tilePass(x, e.tile, e.number, into)
	p.Groups *= x.chunks
	p.Buffers = append(append(p.Buffers, k.ops.buffers...), chunks, unused)

	points := k.everywhere(x)
	count := x.batches.size() * x.m
	p = k.pass(x, k.join, into)
	k.fillPoints(p, x.args, points)
	if k.contract.Fold == nil {
		p.Buffers = append(append(p.Buffers, k.ops.buffers...), chunks, unused)
		p.Groups = ceil(count*x.n, mapGroup)
		p.Work = float64(mapGroup * (k.postCost + 8*x.chunks))
		return
	}
	blocks := ceil(x.n, kernels.TreeBlock)
	var scratch grid.BufferRef
	if blocks > 1 {
		scratch = into.TakeScratch(count * blocks * k.partialBytes())
	}
	k.setRows(p, count, x.n, blocks, scratch, chunks)
	p.Groups = count * k.setBlocks(x.n, p)
	p.Work = float64(kernels.TreeBlock * (k.postCost + 8*x.chunks))
	k.planAgain(x.args, points, count, blocks, scratch, into)
}

// choose picks the shape of tiles for a launch: as large as leaves no
// multiprocessor idle.
func (k *contractRender) choose(list []contractEntry, x *contraction) contractEntry {
	best := k.chooseShape(list, x)
	if e, ok := k.leanEntry(best, x); ok {
		return e
	}
	return best
}

func (k *contractRender) chooseShape(list []contractEntry, x *contraction) contractEntry {
	best := -1
	for i, e := range list {
		t := e.tile
		switch {
		case !k.isFor(t, x):
		case x.n <= tileSide && t.cols == 1, x.m <= tileSide && t.rows == 1:
			return e
		case best < 0, t.rows > 1 && t.cols > 1 && x.tiles(list[best].tile)*x.chunks < k.limits.fewTiles:
			best = i
		}
	}
	return list[best]
}

// tiles is the number of tiles.
func (x *contraction) tiles(t tile) int {
	return ceil(x.m, t.m()) * ceil(x.n, t.n()) * x.batches.size()
}

// everywhere is the space of batches and rows, and without Fold columns.
func (k *contractRender) everywhere(x *contraction) *space {
	s := &space{n: x.batches.n, len: x.batches.len, views: slices.Clone(x.batches.views)}
	lengths := []int{x.m, x.n}
	if k.contract.Fold != nil {
		lengths = lengths[:1]
	}
	for d, n := range lengths {
		if n == 1 {
			continue
		}
		s.n[s.len] = n
		for v := range s.views {
			s.views[v].stride[s.len] = x.along[v][d]
		}
		s.len++
	}
	return s
}

// pass appends a pass with lengths, batches, operands and parameters set.
func (k *contractRender) pass(x *contraction, entry int, into *grid.Plan) *grid.Pass {
	p := k.newPass(entry, into)
	put32(p.Block, k.m, uint32(x.m))
	put32(p.Block, k.n, uint32(x.n))
	put32(p.Block, k.kLen, uint32(x.k))
	put32(p.Block, k.chunks, uint32(x.chunks))
	put32(p.Block, k.pointCount, uint32(x.batches.size()*x.m))
	k.batchAxes.fill(p.Block, x.batches)
	fill(p.Block, k.moves, x.batches, batch)
	for v, o := range k.moves {
		for d, stride := range x.along[v] {
			put64(p.Block, o.strides[ijk].at(d), stride)
		}
	}
	elements, offset := x.chunks*x.batches.size()*x.m*x.n, 0
	for _, size := range []int{8, 4} {
		for i, a := range k.contract.Accs {
			if a.Type.Size() == size {
				put64(p.Block, k.chunkAt+field(8*i), int64(offset))
				offset += size * elements
			}
		}
	}
	k.ops.fillFlat(p.Block, x.args)
	fillParams(p.Block, k.params, x.args.Params)
	return p
}

// tilePass appends a pass over tiles.
func (k *contractRender) tilePass(x *contraction, t tile, entry int, into *grid.Plan) *grid.Pass {
	p := k.pass(x, entry, into)
	put32(p.Block, k.rowTiles, uint32(ceil(x.m, t.m())))
	put32(p.Block, k.colTiles, uint32(ceil(x.n, t.n())))
	p.Groups = x.tiles(t)
	p.Work = float64(t.m() * t.n() * (min(x.k, kernels.ChunkK)*(k.stepCost+1) + k.postCost))
	for _, s := range []*side{k.sideA, k.sideB} {
		put32(p.Block, s.kFirst, truth(k.kFirst(s, x)))
		put32(p.Block, s.wide, truth(k.isWide(s, x, t.along(s))))
	}
	put32(p.Block, k.wideOuts, truth(k.outsAreWide(t, x)))
	return p
}

func truth(c bool) uint32 {
	if c {
		return 1
	}
	return 0
}

// kFirst says whether a side's elements are nearer to each other along k than
// along i (or j).
func (k *contractRender) kFirst(s *side, x *contraction) bool {
	for _, o := range s.reads {
		if o.kind == input {
			along := &x.along[slices.Index(k.moves, o)]
			deep, other := abs(along[2]), abs(along[s.axis])
			return deep != 0 && (other == 0 || deep < other)
		}
	}
	return false
}

// isWide says whether 16 bytes of a side along i (or j), or along k, may be copied at
// once.
func (k *contractRender) isWide(s *side, x *contraction, alongK bool) bool {
	if !s.plain() || len(s.reads) != 1 {
		return false
	}
	v := slices.Index(k.moves, s.reads[0])
	line, other := x.along[v][s.axis], x.along[v][2]
	if alongK {
		line, other = other, line
	}
	return line == int64(s.t.Size()) && other%16 == 0 && x.batches.aligned(v, 16)
}

// aligned says whether a view begins at a multiple of so many bytes in every batch.
func (s *space) aligned(v int, bytes int64) bool {
	w := &s.views[v]
	if w.at%bytes != 0 {
		return false
	}
	for _, stride := range w.stride[:s.len] {
		if stride%bytes != 0 {
			return false
		}
	}
	return true
}

// outsAreWide says whether the outputs of neighbouring columns may be stored
// together.
func (k *contractRender) outsAreWide(t tile, x *contraction) bool {
	for v, o := range k.moves {
		if o.kind != output {
			continue
		}
		size := int64(o.t.Size())
		bytes := min(16, size*int64(t.wideCols))
		along := &x.along[v]
		if along[1] != size || along[0]%bytes != 0 || !x.batches.aligned(v, bytes) {
			return false
		}
	}
	return true
}
