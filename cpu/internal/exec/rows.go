package exec

import (
	"unsafe"

	"github.com/quern-go/quern/cpu/internal/fold"
	"github.com/quern-go/quern/kernels"
)

// Tree reductions along the runs: whole rows by one worker, or the blocks of a
// long row by all.

// rowBatch is how many kept points get their Post together.
const rowBatch = 256

// rowsWork reduces the rows of kept points lo to hi.
func (l *reduceLaunch) rowsWork(worker, lo, hi int) {
	c, s := l.begin(worker)
	l.takeResults(worker, s, rowBatch)
	var parts unsafe.Pointer
	if l.sumBlocks {
		parts = l.crew.worker(worker).arena.take((l.n/kernels.TreeBlock + 1) * l.accs[0].Type.Size())
	}
	trees := 1
	if l.tiled {
		trees = l.tiler.rows
		l.tiler.begin(l.crew.worker(worker), c)
	}
	if len(s.trees) < trees {
		s.trees = make([]fold.Tree, trees)
	}
	for i := range trees {
		s.trees[i].Reserve(l.crew.table, l.accs, l.n)
	}
	for first := lo; first < hi; first += rowBatch {
		points := min(rowBatch, hi-first)
		i := 0
		if l.sumBlocks {
			l.sumRows(c, s, parts, first, points)
			i = points
		}
		for i < points {
			rows := 1
			switch {
			case l.tiled:
				rows = l.tileRows(first+i, points-i)
				l.reduceTile(c, s, first+i, rows)
			case l.rowKind != plainNot && 0 < l.n:
				c.move(first + i)
				l.plainRow(c, s)
				l.prefetchRow(c, l.n)
				l.keep(s, i, s.partials)
				i++
				continue
			default:
				s.trees[0].Reset()
				c.move(first + i)
				l.addRun(c, s, &s.trees[0], 0, l.n)
			}
			for r := range rows {
				s.trees[r].Finish(s.partials)
				l.keep(s, i+r, s.partials)
			}
			i += rows
		}
		l.finish(worker, s, first, points)
	}
	l.end(worker)
}

// decideAdjacent finds rows that follow each other in memory and, of those, such as are summed
// by nothing but calls for their blocks: to go from one to the next otherwise takes as long as to
// sum several hundred values.
func (l *reduceLaunch) decideAdjacent() {
	l.adjacent = l.rowKind != plainNot && l.pre.nest.rowMajor(l.factors[0], 0)
	l.sumBlocks = l.adjacent && 0 < l.n && l.n <= kernels.TreeBlock*kernels.TreeBlock && l.blockSum() != nil
}

// blockSum is the kernel that sums a block where it lies, if that is what is to be done and
// there is one.
func (l *reduceLaunch) blockSum() func(dst, src unsafe.Pointer, n int) {
	if a := l.accs[0]; l.rowKind == plainLoad && a.Combine == kernels.CombineAdd {
		return l.crew.table.SumBlock[a.Type]
	}
	return nil
}

// sumRows sums some of them; parts has room for the sums of a row's blocks.
func (l *reduceLaunch) sumRows(c *cursor, s *reduceState, parts unsafe.Pointer, first, points int) {
	sum, size := l.blockSum(), l.accs[0].Type.Size()
	c.move(first)
	row, _ := l.plainAt(c, 0)
	for i := range points {
		dst, src := unsafe.Add(s.values[0], i*size), unsafe.Add(row, i*l.n*size)
		if l.n <= kernels.TreeBlock {
			sum(dst, src, l.n)
			continue
		}
		blocks := 0
		for from := 0; from < l.n; from += kernels.TreeBlock {
			sum(unsafe.Add(parts, blocks*size), unsafe.Add(src, from*size), min(kernels.TreeBlock, l.n-from))
			blocks++
		}
		sum(dst, parts, blocks)
	}
}

// addRun adds the values at positions lo to hi of the current row to a tree.
func (l *reduceLaunch) addRun(c *cursor, s *reduceState, tree *fold.Tree, lo, hi int) {
	if l.rowKind != plainNot {
		a, b := l.plainAt(c, lo)
		if l.rowKind == plainProduct {
			tree.AddProducts(a, b, hi-lo)
		} else {
			s.src[0] = a
			tree.Add(s.src, hi-lo)
		}
		l.prefetchRow(c, hi)
		return
	}
	for from := lo; from < hi; {
		n := l.pre.code.Align(min(l.pre.code.Block, hi-from), func(leaf int) uint64 { return c.at[leaf].first + uint64(from) })
		c.run(from, n)
		for k := range s.src {
			s.src[k] = c.frame.Result(k)
		}
		if l.pre.hits == 0 {
			tree.Add(s.src, n)
		} else {
			tree.AddHits(s.src, l.hits, n)
		}
		from += n
	}
}

// tileRows is how many rows, of at most the given number, a tile at a kept point
// has: it ends with the last kept axis.
func (l *reduceLaunch) tileRows(point, most int) int {
	n := l.pre.nest.axes[l.keptAxes-1].n
	return min(l.tiler.rows, most, n-point%n)
}

// reduceTile adds rows side by side, as the elements of a tile lie across.
func (l *reduceLaunch) reduceTile(c *cursor, s *reduceState, point, rows int) {
	for r := range rows {
		s.trees[r].Reset()
	}
	for c0 := 0; c0 < l.n; c0 += l.tiler.cols {
		cols := min(l.tiler.cols, l.n-c0)
		c.move(point)
		l.tiler.load(c, c0, rows, cols)
		for r := range rows {
			l.addRun(c, s, &s.trees[r], c0, c0+cols)
			if r+1 < rows {
				c.step(l.keptAxes-1, 1)
				l.tiler.step(c, 1)
			}
		}
		l.tiler.step(c, 1-rows)
	}
}

// superBlock is the number of blocks whose results are kept before they are
// reduced themselves.
const superBlock = kernels.TreeBlock

// runBlocks reduces one kept point after the other, each with all workers.
func (l *reduceLaunch) runBlocks() error {
	blocks := (l.n-1)/kernels.TreeBlock + 1
	if need := min(blocks, superBlock) * len(l.accs); len(l.parts) < need {
		l.parts = make([]kernels.Partial, need)
	}
	s := l.state(0)
	if len(s.trees) < 2 {
		s.trees = make([]fold.Tree, 2)
	}
	total := &s.trees[1] // tree 0 is for the blocks
	total.Reserve(l.crew.table, l.accs, l.n)
	cost := kernels.TreeBlock * (l.pre.code.Cost + float64(len(l.accs)))
	for l.point = 0; l.point < l.kept; l.point++ {
		total.Reset()
		for l.super = 0; l.super < blocks; l.super += superBlock {
			n := min(superBlock, blocks-l.super)
			if err := l.crew.run(l.share(l.point*blocks+l.super, n, l.kept*blocks), n, l.crew.grain(n, cost), l.fns[byBlocks]); err != nil {
				return err
			}
			for b := range n {
				total.Push(l.parts[b*len(l.accs) : (b+1)*len(l.accs)])
			}
		}
		total.Finish(s.partials)
		l.begin(0)
		l.takeResults(0, s, 1)
		l.keep(s, 0, s.partials)
		l.finish(0, s, l.point, 1)
		l.end(0)
	}
	return nil
}

// blocksWork reduces blocks lo to hi of those at hand.
func (l *reduceLaunch) blocksWork(worker, lo, hi int) {
	c, s := l.begin(worker)
	if len(s.trees) < 2 {
		s.trees = make([]fold.Tree, 2)
	}
	tree := &s.trees[0]
	tree.Reserve(l.crew.table, l.accs, kernels.TreeBlock)
	if l.tiled { // rows are taken one at a time: nothing is shared between them
		l.tiler.begin(l.crew.worker(worker), c)
	}
	c.move(l.point)
	sum, word := l.blockSum(), l.crew.worker(worker).arena.take(cacheLine)
	for b := lo; b < hi; b++ {
		from := (l.super + b) * kernels.TreeBlock
		end := min(from+kernels.TreeBlock, l.n)
		part := l.parts[b*len(l.accs) : (b+1)*len(l.accs)]
		switch {
		case sum != nil:
			src, _ := l.plainAt(c, from)
			sum(word, src, end-from)
			part[0].Bits = fold.Load(word, 0, l.accs[0].Type.Size())
			continue
		case l.rowKind != plainNot:
			l.plainBlock(c, s, part, from, end)
			continue
		}
		tree.ResetAt(int64(from))
		if l.tiled {
			for c0 := from; c0 < end; c0 += l.tiler.cols {
				cols := min(l.tiler.cols, end-c0)
				l.tiler.load(c, c0, 1, cols)
				l.addRun(c, s, tree, c0, c0+cols)
			}
		} else {
			l.addRun(c, s, tree, from, end)
		}
		tree.Finish(part)
	}
	l.end(worker)
}
