package ptx

import (
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/grid"
)

// operand is an input, an output or an index layout: something with a place in
// the argument block, and strides there unless it is only gathered from.
type operand struct {
	kind    operandKind
	number  int // among the inputs, outputs or index layouts
	t       dtype
	buffer  int            // its pointer's number; -1 for an index layout
	at      field          // where it begins, in bytes (an index layout: its number)
	flat    field          // an input that is gathered from: where it begins, in bytes
	gather  bool           // it is gathered from
	moves   bool           // it has strides
	strides []strideFields // for each of the kernel's groups of axes
}

type operandKind uint8

const (
	input operandKind = iota
	output
	index
)

// operands are those of a kernel that its Bodies use, and all outputs.
type operands struct {
	list    []operand
	buffers []grid.BufferRef
}

// newOperands puts the operands in the block, each with strides for groups of so
// many axes.
func newOperands(b *block, k kernels.Kernel, groups []int, bodies ...*kernels.Body) *operands {
	o := &operands{}
	sig := k.Inputs()
	reads := func(op kernels.Op, slot int) bool {
		for _, body := range bodies {
			if bodyReads(body, op, slot) {
				return true
			}
		}
		return false
	}
	for i, t := range sig.Ins {
		loaded := reads(kernels.OpLoad, i)
		gathered := reads(kernels.OpGather, i)
		if loaded || gathered {
			o.add(b, operand{kind: input, number: i, t: t, moves: loaded, gather: gathered}, groups)
		}
	}
	for i, t := range k.Outs() {
		o.add(b, operand{kind: output, number: i, t: t, moves: true}, groups)
	}
	for i := range sig.Indices {
		if reads(kernels.OpIndex, i) {
			o.add(b, operand{kind: index, number: i, t: u64, moves: true}, groups)
		}
	}
	return o
}

func (o *operands) add(b *block, p operand, groups []int) {
	p.buffer = -1
	switch p.kind {
	case input:
		p.buffer = len(o.buffers)
		o.buffers = append(o.buffers, grid.Input(p.number))
	case output:
		p.buffer = len(o.buffers)
		o.buffers = append(o.buffers, grid.Output(p.number))
	}
	if p.gather {
		p.flat = b.long()
	}
	if p.moves {
		p.at = b.long()
		for _, axes := range groups {
			p.strides = append(p.strides, newStrideFields(b, axes))
		}
	}
	o.list = append(o.list, p)
}

// bodyReads says whether a Body has a leaf or gather of one slot.
func bodyReads(b *kernels.Body, op kernels.Op, slot int) bool {
	for i := range b.Insts {
		if in := &b.Insts[i]; in.Op == op && in.Imm == uint64(slot) {
			return true
		}
	}
	return false
}

// readBy are the operands with strides that a Body reads.
func (o *operands) readBy(b *kernels.Body) []*operand {
	var list []*operand
	for i := range o.list {
		p := &o.list[i]
		if p.kind == input && p.moves && bodyReads(b, kernels.OpLoad, p.number) ||
			p.kind == index && bodyReads(b, kernels.OpIndex, p.number) {
			list = append(list, p)
		}
	}
	return list
}

// outputs are the outputs.
func (o *operands) outputs() []*operand {
	var list []*operand
	for i := range o.list {
		if o.list[i].kind == output {
			list = append(list, &o.list[i])
		}
	}
	return list
}

// unit is what one stride of a launch counts in the operand's view.
func (p *operand) unit() int {
	if p.kind == index {
		return 1
	}
	return p.t.Size()
}

// of is the operand's place in a launch.
func (p *operand) of(args *grid.Args) grid.Operand {
	switch p.kind {
	case input:
		return args.Ins[p.number]
	case output:
		return args.Outs[p.number]
	}
	l := &args.Indices[p.number]
	return grid.Operand{Offset: l.Offset, Strides: l.Strides}
}

// views are the views of operands in a launch, with no axes yet, and what add
// needs to add some.
func views(list []*operand, args *grid.Args) (vs []view, strides [][]int, units []int) {
	for _, p := range list {
		place := p.of(args)
		vs = append(vs, view{at: int64(place.Offset) * int64(p.unit())})
		strides = append(strides, place.Strides)
		units = append(units, p.unit())
	}
	return vs, strides, units
}

// begin is where an operand begins, in a register that may be changed: a global
// address, or the number of an index layout.
func (c *code) begin(p *operand) string {
	at := c.load(i64, p.at)
	if p.buffer < 0 {
		return at
	}
	return c.add(u64, c.pointer(p.buffer), at)
}

// beginAll is begin of each.
func (c *code) beginAll(list []*operand) []string {
	at := make([]string, len(list))
	for i, p := range list {
		at[i] = c.begin(p)
	}
	return at
}

// copies are registers with the same values, to be changed.
func (c *code) copies(places []string) []string {
	out := make([]string, len(places))
	for i, p := range places {
		out[i] = c.variable(u64, p)
	}
	return out
}

// moving are the places of operands along one group of axes.
func moving(list []*operand, places []string, group int) []moved {
	ms := make([]moved, len(list))
	for i, p := range list {
		ms[i] = moved{places[i], p.strides[group]}
	}
	return ms
}

// fill sets where the operands of a list begin, which are the views of a space,
// and their strides along one group of axes.
func fill(p []byte, list []*operand, s *space, group int) {
	for v, o := range list {
		put64(p, o.at, s.views[v].at)
		o.strides[group].fill(p, s, v)
	}
}

// fillFlat sets where the inputs begin that are gathered from.
func (o *operands) fillFlat(p []byte, args *grid.Args) {
	for i := range o.list {
		if q := &o.list[i]; q.gather {
			put64(p, q.flat, int64(args.Ins[q.number].Offset)*int64(q.t.Size()))
		}
	}
}

// moving are the operands with strides.
func (o *operands) moving() []*operand {
	var list []*operand
	for i := range o.list {
		if o.list[i].moves {
			list = append(list, &o.list[i])
		}
	}
	return list
}
