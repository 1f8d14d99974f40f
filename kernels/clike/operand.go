package clike

import (
	"fmt"
	"slices"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/grid"
)

// operand is an input that is loaded or gathered, an output, or an index layout:
// something with an offset and strides in the argument block.
type operand struct {
	name    string // in0, out1, index2
	t       kernels.DType
	kind    operandKind
	number  int
	at      word // the offset
	strides word // one number an axis
}

type operandKind uint8

const (
	input operandKind = iota
	output
	index
)

// operands are those of a kernel. Inputs that no Body loads have no strides.
type operands struct {
	list   []operand
	loaded []bool // by input number
}

// newOperands lists the operands of a kernel and puts them in the block, with
// so many strides each.
func newOperands(s *source, strides int, bodies ...*kernels.Body) *operands {
	o := &operands{loaded: make([]bool, len(s.sig.Ins))}
	used := make([]bool, len(s.sig.Ins))
	indexed := make([]bool, s.sig.Indices)
	for _, b := range bodies {
		for _, l := range leavesOf(b) {
			switch l.op {
			case kernels.OpLoad:
				used[l.slot], o.loaded[l.slot] = true, true
			case kernels.OpGather:
				used[l.slot] = true
			case kernels.OpIndex:
				indexed[l.slot] = true
			}
		}
	}
	for i, t := range s.sig.Ins {
		if used[i] {
			o.list = append(o.list, operand{name: fmt.Sprintf("in%d", i), t: t, kind: input, number: i})
		}
	}
	for i, t := range s.outs {
		o.list = append(o.list, operand{name: fmt.Sprintf("out%d", i), t: t, kind: output, number: i})
	}
	for i, used := range indexed {
		if used {
			o.list = append(o.list, operand{name: fmt.Sprintf("index%d", i), t: kernels.U64, kind: index, number: i})
		}
	}
	for i := range o.list {
		p := &o.list[i]
		p.at = s.block.number(p.name + "_at")
		if o.moves(p) {
			p.strides = s.block.numbers(p.name+"_stride", strides)
		}
	}
	return o
}

// moves says whether the operand has another place at each point: all but inputs
// that are only gathered.
func (o *operands) moves(p *operand) bool { return p.kind != input || o.loaded[p.number] }

// readBy lists the operands that a Body reads, and with outs the outputs.
func (o *operands) readBy(b *kernels.Body, outs bool) []*operand {
	reads := make(map[string]bool)
	for _, l := range leavesOf(b) {
		reads[l.operandName()] = true
	}
	var list []*operand
	for i := range o.list {
		if p := &o.list[i]; reads[p.name] || outs && p.kind == output {
			list = append(list, p)
		}
	}
	return list
}

// operandName is the name of the operand that a leaf reads, if it reads one.
func (l leaf) operandName() string {
	switch l.op {
	case kernels.OpLoad, kernels.OpGather:
		return fmt.Sprintf("in%d", l.slot)
	case kernels.OpIndex:
		return fmt.Sprintf("index%d", l.slot)
	}
	return ""
}

// moving leaves of a list the operands that have strides.
func (o *operands) moving(list []*operand) []*operand {
	var out []*operand
	for _, p := range list {
		if o.moves(p) {
			out = append(out, p)
		}
	}
	return out
}

// all lists the operands.
func (o *operands) all() []*operand {
	list := make([]*operand, len(o.list))
	for i := range o.list {
		list[i] = &o.list[i]
	}
	return list
}

// union is the operands in either list, in order.
func (o *operands) union(a, b []*operand) []*operand {
	var list []*operand
	for i := range o.list {
		if p := &o.list[i]; slices.Contains(a, p) || slices.Contains(b, p) {
			list = append(list, p)
		}
	}
	return list
}

// buffers appends the memory of operands.
func buffers(into []grid.BufferRef, list []*operand) []grid.BufferRef {
	for _, p := range list {
		switch p.kind {
		case input:
			into = append(into, grid.Input(p.number))
		case output:
			into = append(into, grid.Output(p.number))
		}
	}
	return into
}

// views appends the strides of operands, of which all have some.
func views(into [][]int, list []*operand, args *grid.Args) [][]int {
	for _, p := range list {
		into = append(into, p.of(args).Strides)
	}
	return into
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
