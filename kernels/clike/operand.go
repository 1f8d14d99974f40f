package clike

import (
	"fmt"

	"github.com/quern-go/quern/kernels"
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
