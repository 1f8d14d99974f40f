package ptx

import (
	"fmt"
	"math/bits"

	"github.com/quern-go/quern/kernels/grid"
)

const (
	// vectorLength is the length of a map from which vectors pay.
	vectorLength = 1 << 12
	// transposeTile is the width of tiles where operands' neighbours lie along
	// different axes, so that all of every line of memory that is read is used
	// while it is in the cache.
	transposeTile = 32
)

func (r *mapRender) plan(args *grid.Args, into *grid.Plan) error {
	s, err := r.space(args)
	if err != nil {
		return err
	}
	return s.split(r.limits.elements, func(s *space) error {
		if r.vector >= 0 && s.size() >= vectorLength && r.vectorizable(s) {
			return r.planVector(s, args, into)
		}
		if y := r.transposed(s); r.square >= 0 && y >= 0 && r.squarable(s, y) {
			return r.planSquare(s, y, args, into)
		}
		if r.tiles >= 0 && s.len >= 2 {
			return r.planTiles(s, args, into)
		}
		return r.planAny(s, args, into)
	})
}

// space is the launch's index space in the order of the first output's memory.
func (r *mapRender) space(args *grid.Args) (*space, error) {
	s := &space{}
	var strides [][]int
	var units []int
	s.views, strides, units = views(r.moves, args)
	if len(args.Shape) > len(s.n) {
		return nil, fmt.Errorf("ptx: map: %d axes, at most %d", len(args.Shape), len(s.n))
	}
	s.add(args.Shape, 0, len(args.Shape), strides, units)
	out := len(r.reads)
	s.flip(out)
	s.sort(out)
	s.merge()
	if s.len > len(r.axes.axes) {
		return nil, fmt.Errorf("ptx: map: %d axes, rendered for %d", s.len, len(r.axes.axes))
	}
	return s, nil
}

// vectorizable says whether along the innermost axis all operands lie alike, in
// rows that start at whole vectors and (unless there is but one) end there.
func (r *mapRender) vectorizable(s *space) bool {
	if s.len == 0 || s.len > 1 && s.n[s.len-1]%r.width != 0 {
		return false
	}
	for v, o := range r.moves {
		if o.kind == index {
			continue
		}
		w, unit := &s.views[v], int64(o.t.Size())
		inner := w.stride[s.len-1]
		if inner == 0 && o.kind == input {
			continue
		}
		if inner != unit || w.at%(unit*int64(r.width)) != 0 {
			return false
		}
		for _, x := range w.stride[:s.len-1] {
			if x%(unit*int64(r.width)) != 0 {
				return false
			}
		}
	}
	return true
}

// planVector appends a pass over whole vectors and one over the elements left.
func (r *mapRender) planVector(s *space, args *grid.Args, into *grid.Plan) error {
	axis := s.len - 1
	if rest := s.n[axis] % r.width; rest != 0 {
		if err := r.planAny(s.part(axis, s.n[axis]-rest, rest), args, into); err != nil {
			return err
		}
		s = s.part(axis, 0, s.n[axis]-rest)
	}
	p := r.newPass(r.vector, into)
	for v := range r.moves {
		step := s.views[v].stride[axis]
		put64(p.Block, r.steps+field(8*v), step)
		s.views[v].stride[axis] = step * int64(r.width)
	}
	s.n[axis] /= r.width
	s.dropOnes()
	r.fill(p, s, args)
	p.Groups = ceil(s.size(), mapGroup*r.vectors)
	p.Work = float64(mapGroup * r.vectors * r.width * (r.cost + 4))
	return nil
}

func (r *mapRender) planAny(s *space, args *grid.Args, into *grid.Plan) error {
	p := r.newPass(r.any, into)
	shift, together := r.shiftOf(s)
	put32(p.Block, r.shift, uint32(shift))
	if together {
		put32(p.Block, r.together, 1)
	}
	r.fill(p, s, args)
	p.Groups = ceil(s.size()+shift, mapGroup*r.rows)
	p.Work = float64(mapGroup * r.rows * (r.cost + 8))
	return nil
}

func (r *mapRender) fill(p *grid.Pass, s *space, args *grid.Args) {
	put32(p.Block, r.count, uint32(s.size()))
	r.axes.fill(p.Block, s)
	fill(p.Block, r.moves, s, 0)
	r.ops.fillFlat(p.Block, args)
	fillParams(p.Block, r.params, args.Params)
	p.Buffers = append(p.Buffers, r.ops.buffers...)
}

// shiftOf is by how much to shift the elements' numbers so that a thread's
// elements are those that share a counter: rows of 256 whose numbers in the
// index layout begin at a multiple of phase. together says that this holds for all index
// layouts.
func (r *mapRender) shiftOf(s *space) (shift int, together bool) {
	if r.phase == 0 {
		return 0, false
	}
	shift = -1
	for v, o := range r.moves {
		if o.kind != index {
			continue
		}
		at := int(s.views[v].at & int64(256*r.phase-1))
		if !s.inOrder(v) || shift >= 0 && at != shift {
			return max(shift, 0), false
		}
		shift = at
	}
	return max(shift, 0), true
}

// inOrder says whether a view's places are consecutive numbers, in the order of the points.
func (s *space) inOrder(v int) bool {
	next := int64(1)
	for axis := s.len - 1; axis >= 0; axis-- {
		if s.views[v].stride[axis] != next {
			return false
		}
		next *= int64(s.n[axis])
	}
	return s.len > 0
}

// planTiles appends a pass over tiles.
func (r *mapRender) planTiles(s *space, args *grid.Args, into *grid.Plan) error {
	x := s.len - 1
	widest := mapGroup
	y := r.transposed(s)
	if y >= 0 {
		widest = transposeTile
	} else {
		y = x - 1
	}
	log := min(bits.Len(uint(s.n[x]-1)), log2(widest))
	tilesX, tilesY := ceil(s.n[x], 1<<log), ceil(s.n[y], mapGroup>>log*r.rows)
	p := r.newPass(r.tiles, into)
	put32(p.Block, r.tile.log, uint32(log))
	r.fillTiles(p, s, y, tilesX, tilesY, args)
	p.Work = float64(mapGroup * r.rows * (r.cost + 8))
	return nil
}

// squarable says whether every operand lies alike along the innermost axis or along y, in
// rows that start and end at whole vectors, and neither axis leaves most of a block without work.
func (r *mapRender) squarable(s *space, y int) bool {
	x, least := s.len-1, squareThreads*r.width
	if s.n[x]%r.width != 0 || s.n[y]%r.width != 0 || s.n[x] < least || s.n[y] < least {
		return false
	}
	for v, o := range r.moves {
		w, unit := &s.views[v], int64(o.t.Size())
		near := x
		if r.isTurned(s, v, y) {
			near = y
		}
		if w.stride[near] != unit || w.at%(unit*int64(r.width)) != 0 {
			return false
		}
		for axis, stride := range w.stride[:s.len] {
			if axis != near && stride%(unit*int64(r.width)) != 0 {
				return false
			}
		}
	}
	return true
}

// isTurned says whether an input's neighbours lie along y, and not along the innermost axis.
func (r *mapRender) isTurned(s *space, v, y int) bool {
	unit := int64(r.moves[v].unit())
	return v < len(r.reads) && s.views[v].stride[y] == unit && s.views[v].stride[s.len-1] != unit
}

// planSquare appends a pass over squares.
func (r *mapRender) planSquare(s *space, y int, args *grid.Args, into *grid.Plan) error {
	x, side := s.len-1, squareBlocks*squareThreads*r.width
	blocksX, blocksY := ceil(s.n[x], side), ceil(s.n[y], side)
	p := r.newPass(r.square, into)
	for v := range r.reads {
		if r.isTurned(s, v, y) {
			put32(p.Block, r.turn.turned+field(4*v), 1)
		}
	}
	if s.n[x] == s.n[y] {
		put32(p.Block, r.turn.mirror, 1)
	}
	r.fillTiles(p, s, y, blocksX, blocksY, args)
	p.Groups *= squareBlocks * squareBlocks
	p.Work = float64(mapGroup * r.width * r.width * (r.cost + 4))
	return nil
}

// fillTiles sets what is common to passes over tiles of the innermost axis and y, and the
// number of groups.
func (r *mapRender) fillTiles(p *grid.Pass, s *space, y, tilesX, tilesY int, args *grid.Args) {
	x := s.len - 1
	put32(p.Block, r.tile.width, uint32(s.n[x]))
	put32(p.Block, r.tile.height, uint32(s.n[y]))
	r.tile.across.fill(p.Block, tilesX)
	r.tile.downwards.fill(p.Block, tilesY)
	for v := range r.moves {
		put64(p.Block, r.steps+field(8*v), s.views[v].stride[x])
		put64(p.Block, r.tile.down+field(8*v), s.views[v].stride[y])
	}
	outer := s.part(x, 0, 1).part(y, 0, 1) // y is before x
	r.fill(p, outer, args)
	p.Groups = outer.size() * tilesX * tilesY
}

// transposed is the axis along which an operand is contiguous that is not so
// along the innermost one; -1 if there is none.
func (r *mapRender) transposed(s *space) int {
	if s.len < 2 {
		return -1
	}
	for v, o := range r.moves {
		w, unit := &s.views[v].stride, int64(o.unit())
		if o.kind == index || abs(w[s.len-1]) <= unit {
			continue
		}
		for axis := range s.len - 1 {
			if abs(w[axis]) == unit {
				return axis
			}
		}
	}
	return -1
}

// dropOnes leaves out axes of length 1.
func (s *space) dropOnes() {
	for axis := s.len - 1; axis >= 0; axis-- {
		if s.n[axis] == 1 {
			s.remove(axis)
		}
	}
}
