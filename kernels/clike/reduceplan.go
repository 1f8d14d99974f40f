package clike

import (
	"math/bits"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/grid"
)

func (r *reducePlanner) plan(args *grid.Args, into *grid.Plan) error {
	kept := len(args.Shape) - args.Reduced
	var points, rows axes
	points.add(args.Shape, 0, kept)
	points.sort(r.innermost(args))
	into.Views = views(into.Views[:0], r.all, args)
	points.merge(into.Views)
	rows.add(args.Shape, kept, len(args.Shape))
	into.Views = views(into.Views[:0], r.moves, args)
	rows.merge(into.Views)
	if points.len+rows.len > r.axes {
		return tooManyAxes(points.len+rows.len, r.axes)
	}

	entry := r.row
	if rows.len > 1 {
		entry = r.rowAxes
	}
	p := into.Add(entry, r.layout.size)
	r.fill(p.Block, args, &points, &rows)
	p.Buffers = buffers(p.Buffers, r.ops.all())
	r.levels(into, points.size(), rows.size(), r.preCost, func(b block) {
		r.fill(b, args, &points, nil)
	})
	return nil
}

// innermost is the strides by which the kept axes are ordered: neighbouring work
// items read neighbouring elements.
func (r *reducePlanner) innermost(args *grid.Args) []int {
	for _, p := range r.moves {
		if p.kind == input {
			return p.of(args).Strides
		}
	}
	return args.Outs[0].Strides
}

// fill sets offsets, lengths and strides; rows may be nil.
func (r *reducePlanner) fill(b block, args *grid.Args, points, rows *axes) {
	b.set(r.kept, points.len)
	for i := range r.ops.list {
		p := &r.ops.list[i]
		b.set(p.at, p.of(args).Offset)
	}
	r.fillAxes(b, args, points.all(), 0)
	if rows != nil {
		b.set(r.reduced, rows.len)
		r.fillAxes(b, args, rows.all(), points.len)
	}
	r.layout.setParams(b, r.sig.Params, args.Params)
}

func (r *reducePlanner) fillAxes(b block, args *grid.Args, list []axis, first int) {
	for k, x := range list {
		b.setAt(r.lengths, first+k, x.n)
		for _, p := range r.all {
			b.setAt(p.strides, first+k, x.stride(p.of(args).Strides))
		}
	}
}

// levels completes the last pass of a plan, which reduces n values of each point,
// and appends those that reduce its partial results. fill sets what an argument
// block holds besides.
func (r *reduction) levels(into *grid.Plan, points, n int, cost float64, fill func(block)) {
	r.later(into, points, r.size(into.Last(), points, n, cost), fill)
}

// later gives the last pass of a plan memory for the results of its blocks, and
// appends the passes that reduce these.
func (r *reduction) later(into *grid.Plan, points, blocks int, fill func(block)) {
	for blocks > 1 {
		partials := into.TakeScratch(points * blocks * r.accs.size)
		p := into.Last()
		p.Buffers = append(p.Buffers, partials)
		p = into.Add(r.again, len(p.Block))
		fill(p.Block)
		p.Buffers = append(buffers(p.Buffers, r.finish), partials)
		blocks = r.size(p, points, blocks, 4)
	}
	noScratch(into)
}

// size sets the numbers of a pass and returns the number of blocks.
func (r *reduction) size(p *grid.Pass, points, n int, cost float64) (blocks int) {
	span := kernels.TreeBlock
	if r.order == kernels.Strided {
		span = kernels.StridedSpan
	}
	blocks = max(1, (n+span-1)/span)
	laneBits := bits.Len(uint(min(max(n, 1), kernels.TreeLanes) - 1))
	parts := points * blocks
	b := block(p.Block)
	b.set(r.length, n)
	b.set(r.blocks, blocks)
	b.set(r.points, points)
	b.set(r.parts, parts)
	b.set(r.lanes, laneBits)
	perGroup := kernels.TreeLanes >> laneBits
	if r.order == kernels.Strided {
		perGroup = r.group
	}
	p.Groups = (parts-1)/perGroup + 1
	p.Work = float64(perGroup*min(n, span)) * (cost + 4)
	return blocks
}
