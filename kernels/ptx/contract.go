package ptx

import (
	"github.com/quern-go/quern/kernels"
)

// contractRender renders a Contract.
//
// A pass computes tiles of one chain each: of the outputs, for chains of one
// chunk; of the chunks' results, kept in scratch memory and joined by another pass;
// or, with Fold, of a block of 4096 columns one after the other, whose Tree the
// threads keep in registers.
type contractRender struct {
	reduction
	contract     *kernels.Contract
	sideA, sideB *side
	typeA, typeB dtype
	postReads    []*operand
	moves        []*operand
	stepCost     int
	postCost     int
	precision    kernels.Precision // in which tensor units do large tiles; Exact: they do none
	differences  bool              // the Step is of squared differences
	double       bool              // tensor units do exact products of float64

	m, n, kLen         field // U32: lengths along i, j, k
	rowTiles, colTiles field // U32
	chunks             field // U32
	batchAxes          *axisFields
	pointCount         field // U32: batches times m
	wideOuts           field // U32: 1 if outputs may be stored in vectors
	chunkAt            field // I64 for each accumulator: where chunks' results lie

	tiles, chunkTiles []contractEntry // of several shapes, the largest first
	join              int             // the entry that joins chunks
	folds             []contractEntry
	top               *topRender // with Fold.Top: all else is not there
}

// The groups of axes of operands' strides.
const (
	batch      = iota
	ijk        // i, j, k
	everywhere // batch axes, i, and without Fold j
)

// contractEntry is an entry point for tiles of one shape.
type contractEntry struct {
	tile   tile
	number int
	lean   *[2][2]contractEntry // by whether a and b lie deep; nil: there are none
}

func (m *Module) renderContract(k *kernels.Contract) error {
	r := &contractRender{contract: k, stepCost: cost(&k.Step), postCost: cost(&k.Post)}
	r.reduction = reduction{Module: m, order: kernels.Tree, bytes: *newBlock(), paramTypes: k.Params, keep: everywhere}
	bodies := []*kernels.Body{&k.PreA, &k.PreB, &k.Step, &k.Post}
	if k.Fold != nil {
		r.accs, r.post = k.Fold.Accs, &k.Fold.Post
		bodies = append(bodies, &k.Fold.Post)
	}
	batchAxes := max(1, m.MaxAxes-3)
	r.describe(batchAxes + 2)
	b := &r.bytes
	for _, f := range []*field{&r.m, &r.n, &r.kLen, &r.rowTiles, &r.colTiles, &r.chunks, &r.pointCount, &r.wideOuts} {
		*f = b.word()
	}
	r.chunkAt = b.longs(len(k.Accs))
	if k.Fold != nil && k.Fold.Top > 0 {
		r.top = &topRender{count: k.Fold.Top, t: k.Fold.Accs[0].Type}
		r.top.describe(b)
	}
	r.batchAxes = newAxisFields(b, batchAxes)
	r.ops = newOperands(b, k, []int{batchAxes, 3, batchAxes + 2}, bodies...)
	r.moves = r.ops.moving()
	r.sideA, r.sideB = r.newSide("a", &k.PreA, 0), r.newSide("b", &k.PreB, 1)
	r.typeA, r.typeB = r.sideA.t, r.sideB.t
	r.chooseUnits()
	r.postReads = r.ops.readBy(&k.Post)
	m.plan = r
	if k.Fold != nil {
		r.reads = append(r.ops.readBy(&k.Fold.Post), r.ops.outputs()...)
		if r.top != nil {
			return r.writeTop()
		}
		return r.writeFolds()
	}
	return r.writeTiles()
}

// writeTiles writes the entries of a Contract without Fold.
func (k *contractRender) writeTiles() (err error) {
	for _, t := range k.shapes() {
		var lean *[2][2]contractEntry
		if k.allowsLean(t) {
			if lean, err = k.writeLean(t); err != nil {
				return err
			}
		}
		for _, chunks := range []bool{false, true} {
			e := contractEntry{tile: t, lean: lean}
			if e.number, err = k.writeTile(t, chunks); err != nil {
				return err
			}
			if chunks {
				k.chunkTiles = append(k.chunkTiles, e)
			} else {
				k.tiles = append(k.tiles, e)
			}
		}
	}
	k.join, err = k.writeJoin()
	return err
}

// shapes are the tiles that there are entries for: the large one, a smaller one
// for few outputs, and two for few columns or rows.
func (k *contractRender) shapes() []tile {
	large := k.largeTile()
	list := []tile{large}
	if k.precision != kernels.Exact {
		list = []tile{k.tensorTile(8, 8), k.tensorTile(4, 4)}
	} else if k.double {
		list = append(k.doubleTiles(8, 8), k.doubleTiles(4, 4)...)
	} else if large.rows*large.cols > 16 {
		list = append(list, k.tile(4, 4))
	}
	side := min(4, large.rows)
	return append(list, k.tile(side, 1), k.tile(1, side))
}

// place is where a thread block's tile is; all U32.
type place struct{ batch, chunk, i, j string }

// locate finds the tile of a group. Tiles are numbered so that those under way at
// the same time share rows of a and columns of b, which then stay in the cache: in
// bands of eight rows of tiles, down each column of the band.
func (k *contractRender) locate(c *code, t tile, width string) place {
	const band = 8
	rows, cols := c.load(u32, k.rowTiles), c.load(u32, k.colTiles)
	outer, inner := c.divide(c.group(), c.mul(u32, rows, cols))
	perBand := c.mul(u32, cols, integer(band))
	bandNumber, inBand := c.divide(inner, perBand)
	first := c.mul(u32, bandNumber, integer(band))
	height := c.to(u32, "min.u32", c.sub(u32, rows, first), integer(band))
	col, row := c.divide(inBand, height)
	p := place{i: c.mul(u32, c.add(u32, first, row), integer(t.m())), j: c.mul(u32, col, width)}
	p.batch, p.chunk = c.divide(outer, c.load(u32, k.chunks))
	return p
}

// enter moves operands to a batch.
func (k *contractRender) enter(c *code, list []*operand, number string) []string {
	at := c.beginAll(list)
	c.walk(number, k.batchAxes, moving(list, at, batch))
	return at
}

// chains writes what a thread block does for a tile.
type chains interface {
	resident() int
	enter(batch string)
	run(s span)
	finish(at place)
	keepChunk(at place)
}

func (k *contractRender) newChains(c *code, t tile) chains {
	switch {
	case t.double():
		return k.newDoubleCode(c, t)
	case t.lean:
		return k.newLeanCode(c, t)
	}
	return k.newTileCode(c, t)
}

// writeTile writes an entry for tiles: of outputs, or of chunks' results.
func (k *contractRender) writeTile(t tile, chunks bool) (int, error) {
	name, about := "tile_"+t.String(), "Tiles of "+t.String()+" outputs."
	if chunks {
		name, about = "chunk_"+t.String(), "Chunks of chains for tiles of "+t.String()+" outputs."
	}
	c, err := k.start(name, about, tileThreads)
	if err != nil {
		return 0, err
	}
	x := k.runTile(c, t, chunks)
	// The place is found again, rather than kept in registers that are scarce.
	at := k.locate(c, t, integer(t.n()))
	if chunks {
		x.keepChunk(at)
	} else {
		x.finish(at)
	}
	return k.end(c.unit), nil
}

// runTile writes the chains of a tile, or of one chunk of them.
func (k *contractRender) runTile(c *code, t tile, chunks bool) chains {
	at := k.locate(c, t, integer(t.n()))
	x := k.newChains(c, t)
	c.unit.resident = x.resident()
	x.enter(at.batch)
	run := span{at.i, at.j, "0", c.load(u32, k.kLen)}
	if chunks {
		run = k.chunkSpan(c, at)
	}
	x.run(run)
	return x
}

// chunkSpan is the part of the chains of a tile that is in its chunk.
func (k *contractRender) chunkSpan(c *code, at place) span {
	first := c.mul(u32, at.chunk, integer(kernels.ChunkK))
	end := c.to(u32, "min.u32", c.load(u32, k.kLen), c.add(u32, first, integer(kernels.ChunkK)))
	return span{at.i, at.j, first, end}
}
