package clike

import (
	"math/bits"

	"github.com/quern-go/quern/kernels/grid"
)

// vectorLength is the length of a row from which vectors pay.
const vectorLength = 1 << 14

// transposedBits bounds the columns of a tile when an input is transposed, so
// that a tile has enough rows to use what it reads of the input.
const transposedBits = 5

func (m *mapPlanner) plan(args *grid.Args, into *grid.Plan) error {
	into.Views = views(into.Views[:0], m.moving, args)
	var space axes
	space.add(args.Shape, 0, len(args.Shape))
	space.sort(args.Outs[0].Strides)
	space.merge(into.Views)
	inner := space.pop()
	transposed := space.moveUnitInwards(inner, into.Views)
	if space.len > m.outer {
		return tooManyAxes(space.len+1, m.outer+1)
	}

	vector := m.vector >= 0 && space.len == 0 && inner.n >= vectorLength && m.contiguous(inner, args)
	entry := m.entry
	if vector {
		entry = m.vector
	}
	p := into.Add(entry, m.layout.size)
	m.fill(p.Block, args, &space, inner)
	p.Buffers = buffers(p.Buffers, m.all)
	if vector {
		perGroup := m.group * m.width
		p.Groups = (inner.n-1)/perGroup + 1
		p.Work = m.work * float64(perGroup)
		return nil
	}
	m.tile(p, inner.n, space.size(), transposed)
	return nil
}

// tile chooses the shape of tiles: as many columns as a row has, if few.
func (m *mapPlanner) tile(p *grid.Pass, columns, rows int, transposed bool) {
	most := bits.Len(uint(m.group)) - 1
	if transposed {
		most = min(most, transposedBits)
	}
	columnBits := min(bits.Len(uint((columns-1)/mapElements)), most)
	tiles := (columns-1)/(mapElements<<columnBits) + 1
	groupRows := m.group >> columnBits
	b := block(p.Block)
	b.set(m.bits, columnBits)
	b.set(m.tiles, tiles)
	b.set(m.rows, rows)
	p.Groups = tiles * ((rows-1)/groupRows + 1)
	p.Work = m.work * float64(m.group*mapElements)
}

// fill sets what does not depend on the entry point.
func (m *mapPlanner) fill(b block, args *grid.Args, space *axes, inner axis) {
	b.set(m.columns, inner.n)
	b.set(m.axes, space.len)
	for i, x := range space.all() {
		b.setAt(m.n, i, x.n)
	}
	for i := range m.ops.list {
		p := &m.ops.list[i]
		place := p.of(args)
		b.set(p.at, place.Offset)
		if !m.ops.moves(p) {
			continue
		}
		b.set(m.steps[i], inner.stride(place.Strides))
		for k, x := range space.all() {
			b.setAt(p.strides, k, x.stride(place.Strides))
		}
	}
	m.layout.setParams(b, m.params, args.Params)
}

// contiguous says whether along the axis all outputs are contiguous, and all
// loaded inputs contiguous or of one element.
func (m *mapPlanner) contiguous(x axis, args *grid.Args) bool {
	for i := range m.ops.list {
		p := &m.ops.list[i]
		if p.kind == index || !m.ops.moves(p) {
			continue
		}
		step := x.stride(p.of(args).Strides)
		if step != 1 && (step != 0 || p.kind == output) {
			return false
		}
	}
	return true
}

// moveUnitInwards moves the axis along which a view is contiguous that is not so
// along the innermost one to the place before it. It reports whether there is
// such an axis.
func (a *axes) moveUnitInwards(inner axis, views [][]int) bool {
	for _, strides := range views {
		if abs(inner.stride(strides)) <= 1 {
			continue
		}
		for i, x := range a.all() {
			if abs(x.stride(strides)) == 1 {
				copy(a.list[i:], a.list[i+1:a.len])
				a.list[a.len-1] = x
				return true
			}
		}
	}
	return false
}
