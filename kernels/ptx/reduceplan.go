package ptx

import (
	"errors"
	"fmt"
	"math/bits"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/grid"
)

func (r *reduceRender) plan(args *grid.Args, into *grid.Plan) error {
	kept := len(args.Shape) - args.Reduced
	points, rows, err := r.spaces(args, kept)
	if err != nil {
		return err
	}
	n := 1
	for _, d := range args.Shape[kept:] {
		n *= d
	}
	if n == 0 {
		rows.len = 0
	}
	blocks := max(1, ceil(n, r.span()))
	return points.split(max(1, r.limits.elements/blocks), func(points *space) error {
		return r.planPoints(args, points, rows, n, into)
	})
}

// span is the number of values of a block.
func (r *reduction) span() int {
	if r.order == kernels.Strided {
		return kernels.StridedSpan
	}
	return kernels.TreeBlock
}

// spaces are those of the kept axes, in the order of the first input's memory, and
// of the reduced ones.
func (r *reduceRender) spaces(args *grid.Args, kept int) (points, rows *space, err error) {
	vs, strides, units := views(r.moves, args)
	points, rows = &space{views: vs}, &space{views: append([]view(nil), vs...)}
	points.add(args.Shape, 0, kept, strides, units)
	points.sort(r.innermost())
	points.merge()
	rows.add(args.Shape, kept, len(args.Shape), strides, units)
	rows.keepViews(r.isPre)
	rows.merge()
	if points.len > r.MaxAxes || rows.len > r.MaxAxes {
		return nil, nil, fmt.Errorf("ptx: reduce: %d and %d axes, rendered for %d", points.len, rows.len, r.MaxAxes)
	}
	return points, rows, nil
}

// innermost is the view by which the kept axes are ordered, so that neighbouring
// threads read neighbouring elements: the first input's that Pre reads, or else
// the first output's.
func (r *reduceRender) innermost() int {
	first := -1
	for v, o := range r.moves {
		if o.kind == input && r.isPre(v) {
			return v
		}
		if o.kind == output && first < 0 {
			first = v
		}
	}
	return first
}

// isPre says whether a view is of an operand that Pre reads.
func (r *reduceRender) isPre(v int) bool {
	for _, o := range r.preReads {
		if o == r.moves[v] {
			return true
		}
	}
	return false
}

// keepViews makes views that are not to be kept still, so that they do not hinder
// a merge.
func (s *space) keepViews(keep func(v int) bool) {
	for v := range s.views {
		if !keep(v) {
			s.views[v].stride = [grid.MaxAxes + 2]int64{}
		}
	}
}

// planPoints appends the passes for some points of n values each.
func (r *reduceRender) planPoints(args *grid.Args, points, rows *space, n int, into *grid.Plan) error {
	blocks := max(1, ceil(n, r.span()))
	count := points.size()
	entry := r.entry(points, rows, n)
	var scratch grid.BufferRef
	if blocks > 1 {
		scratch = into.TakeScratch(count * blocks * r.partialBytes())
	}
	for done := 0; done == 0 || done < n; done += r.limits.elements {
		part := min(n-done, r.limits.elements)
		p := r.newPass(entry, into)
		if err := r.fillRows(p, args, points, rows, done); err != nil {
			return err
		}
		put64(p.Block, r.first, int64(done))
		put32(p.Block, r.firstBlock, uint32(done/r.span()))
		r.setRows(p, count, part, blocks, scratch, grid.Output(0))
		switch {
		case entry == r.across:
			p.Groups = ceil(count, warp) * r.setBlocks(part, p)
		case entry == r.block && r.order == kernels.Tree:
			p.Groups = count * r.setBlocks(part, p)
		default:
			p.Groups = r.groups(count, part, p)
		}
		p.Work = float64(kernels.TreeBlock * (r.preCost + 4))
	}
	r.planAgain(args, points, count, blocks, scratch, into)
	return nil
}

// entry chooses the first entry point: one thread block for a block of values, or
// a few threads where points are many or values few; or one thread block for many
// points if they, and not the values, are neighbours in memory.
func (r *reduceRender) entry(kept, rows *space, n int) int {
	points := kept.size()
	if r.across >= 0 && points >= warp && n >= warp && r.isAcross(kept, rows) {
		return r.across
	}
	if r.rows >= 0 && r.isInVectors(kept, rows, n) {
		return r.rows
	}
	if r.warp >= 0 && n <= kernels.TreeBlock && (n <= kernels.TreeLanes || points >= 64) {
		return r.warp
	}
	return r.block
}

// isAcross says whether all inputs are nearer to each other along the points than
// along rows of one axis.
func (r *reduceRender) isAcross(points, rows *space) bool {
	if points.len == 0 || rows.len != 1 {
		return false
	}
	found := false
	for v, o := range r.moves {
		if o.kind != input || !r.isPre(v) {
			continue
		}
		near, far := abs(points.views[v].stride[points.len-1]), abs(rows.views[v].stride[0])
		if near != int64(o.t.Size()) || far <= near {
			return false
		}
		found = true
	}
	return found
}

// isInVectors says whether rows are short, along one axis, and whole vectors in memory.
func (r *reduceRender) isInVectors(points, rows *space, n int) bool {
	width := r.rowWidth()
	if n > rowThreads*lanesPerThread || n == 0 || n%width != 0 || rows.len != 1 {
		return false
	}
	for v, o := range r.moves {
		if !r.isPre(v) {
			continue
		}
		unit, at := int64(o.t.Size()), &points.views[v]
		if rows.views[v].stride[0] != unit || at.at%(unit*int64(width)) != 0 {
			return false
		}
		for _, stride := range at.stride[:points.len] {
			if stride%(unit*int64(width)) != 0 {
				return false
			}
		}
	}
	return true
}

// fillRows sets what does not depend on the level: operands, axes, parameters.
// The pass begins at a position of the rows.
func (r *reduceRender) fillRows(p *grid.Pass, args *grid.Args, points, rows *space, start int) error {
	r.fillPoints(p, args, points)
	r.rowAxes.fill(p.Block, rows)
	for v, o := range r.moves {
		o.strides[1].fill(p.Block, rows, v)
	}
	if start == 0 {
		return nil
	}
	// Whole steps along the outermost axis are added to where operands begin.
	inner := 1
	for _, d := range rows.n[1:rows.len] {
		inner *= d
	}
	if start%inner != 0 {
		return fmt.Errorf("ptx: reduce: more than %d values along axes of lengths %v: %w", start, rows.n[:rows.len], errors.ErrUnsupported)
	}
	for v, o := range r.moves {
		if r.isPre(v) {
			put64(p.Block, o.at, points.views[v].at+int64(start/inner)*rows.views[v].stride[0])
		}
	}
	return nil
}

// fillPoints sets what the end of a reduction needs.
func (r *reduction) fillPoints(p *grid.Pass, args *grid.Args, points *space) {
	r.axes.fill(p.Block, points)
	fill(p.Block, r.ops.moving(), points, r.keep)
	r.ops.fillFlat(p.Block, args)
	fillParams(p.Block, r.params, args.Params)
}

// setRows sets the numbers of a pass, and where it reads and leaves partial
// results: in pieces of scratch memory, of which it uses one each or none.
func (r *reduction) setRows(p *grid.Pass, points, n, allBlocks int, out, in grid.BufferRef) {
	put32(p.Block, r.points, uint32(points))
	put32(p.Block, r.length, uint32(n))
	put32(p.Block, r.allBlocks, uint32(allBlocks))
	if allBlocks == 1 {
		put32(p.Block, r.last, 1)
		out = grid.Output(0) // not used
	}
	p.Buffers = append(append(p.Buffers, r.ops.buffers...), in, out)
	r.place(p.Block, r.in, points*n)
	r.place(p.Block, r.out, points*allBlocks)
}

// place sets where the arrays of partial results lie in scratch memory, so many
// elements each, the 8-byte ones first.
func (r *reduction) place(p []byte, at field, elements int) {
	offset := 0
	for _, size := range []int{8, 4} {
		for i, a := range r.accs {
			if a.Type.Size() == size {
				put64(p, at+field(16*i), int64(offset))
				offset += size * elements
			}
			if size == 8 && a.Combine.HasIndex() {
				put64(p, at+field(16*i+8), int64(offset))
				offset += size * elements
			}
		}
	}
}

// partialBytes is the size of one partial result.
func (r *reduction) partialBytes() int {
	n := 0
	for _, a := range r.accs {
		n += a.Type.Size()
		if a.Combine.HasIndex() {
			n += 8
		}
	}
	return n
}

// groups sets the number of blocks of a pass and returns that of thread blocks, for
// an entry of which a thread (Strided) or up to a warp (Tree) reduce a block.
func (r *reduction) groups(points, n int, p *grid.Pass) int {
	blocks := points * r.setBlocks(n, p)
	if r.order == kernels.Strided {
		return ceil(blocks, stridedGroup)
	}
	lanes := bits.Len(uint(ceil(min(max(n, 1), kernels.TreeLanes), lanesPerThread) - 1))
	put32(p.Block, r.lanes, uint32(lanes))
	return ceil(blocks, kernels.TreeLanes>>lanes)
}

// setBlocks sets the number of blocks of a point's n values, and returns it.
func (r *reduction) setBlocks(n int, p *grid.Pass) int {
	blocks := max(1, ceil(n, r.span()))
	r.blockDivisor.fill(p.Block, blocks)
	return blocks
}

// planAgain appends the passes that reduce partial results until one is left for
// each point.
func (r *reduction) planAgain(args *grid.Args, points *space, count, n int, in grid.BufferRef, into *grid.Plan) {
	for n > 1 {
		blocks := ceil(n, r.span())
		var out grid.BufferRef
		if blocks > 1 {
			out = into.TakeScratch(count * blocks * r.partialBytes())
		}
		p := r.newPass(r.again, into)
		r.fillPoints(p, args, points)
		r.setRows(p, count, n, blocks, out, in)
		p.Groups = r.groups(count, n, p)
		p.Work = float64(kernels.TreeBlock * 4)
		n, in = blocks, out
	}
}
