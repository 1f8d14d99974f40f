package clike

import (
	"fmt"

	"github.com/quern-go/quern/kernels"
)

// accs are accumulators as a struct of the text, with functions that make the
// identity and combine two states, the first before the second.
type accs struct {
	list              []kernels.Acc
	name              string
	identity, combine string
	size              int // bytes, in memory
}

// newAccs puts the struct and its functions in the text.
func newAccs(s *source, name string, list []kernels.Acc) *accs {
	a := &accs{list: list, name: s.unique(name)}
	a.identity, a.combine = s.unique(name+"_identity"), s.unique(name+"_combine")
	a.writeStruct(s)
	a.writeIdentity(s)
	a.writeCombine(s)
	return a
}

// writeStruct writes the fields, the longer ones first so that their places are
// the same in every language.
func (a *accs) writeStruct(s *source) {
	p := &s.prelude
	p.open("typedef struct")
	for _, size := range []int{8, 4} {
		for i, acc := range a.list {
			if size == 8 && acc.Combine.HasIndex() {
				p.line("%s position%d;", s.typeName(kernels.I64), i)
				a.size += 8
			}
			if acc.Type.Size() == size {
				p.line("%s acc%d;", s.typeName(acc.Type), i)
				a.size += size
			}
		}
		if size == 4 && a.aligned8() {
			a.size = (a.size + 7) &^ 7
		}
	}
	p.depth--
	p.line("} %s;", a.name)
	p.blank()
}

func (a *accs) aligned8() bool {
	for _, acc := range a.list {
		if acc.Type.Size() == 8 || acc.Combine.HasIndex() {
			return true
		}
	}
	return false
}

func (a *accs) writeIdentity(s *source) {
	p := &s.prelude
	p.open("static %s %s(void)", a.name, a.identity)
	p.line("%s a;", a.name)
	for i, acc := range a.list {
		p.line("a.acc%d = %s;", i, s.literal(acc.Type, acc.Combine.Identity(acc.Type)))
		if acc.Combine.HasIndex() {
			p.line("a.position%d = %s;", i, s.literal(kernels.I64, kernels.NoIndex))
		}
	}
	p.line("return a;")
	p.close()
	p.blank()
}

var combineOps = map[kernels.Combine]kernels.Op{
	kernels.CombineAdd: kernels.OpAdd, kernels.CombineMul: kernels.OpMul,
	kernels.CombineMin: kernels.OpMin, kernels.CombineMax: kernels.OpMax,
}

func (a *accs) writeCombine(s *source) {
	var w text
	w.depth = 1
	for i, acc := range a.list {
		if acc.Combine.HasIndex() {
			beats := "higher_"
			if acc.Combine == kernels.CombineArgMin {
				beats = "lower_"
			}
			beats += acc.Type.String()
			s.need(beats)
			w.open("if (%s(b.acc%d, b.position%d, a.acc%d, a.position%d))", beats, i, i, i, i)
			w.line("a.acc%d = b.acc%d;", i, i)
			w.line("a.position%d = b.position%d;", i, i)
			w.close()
			continue
		}
		in := kernels.Inst{Op: combineOps[acc.Combine], Type: acc.Type}
		args := []string{fmt.Sprintf("a.acc%d", i), fmt.Sprintf("b.acc%d", i)}
		w.line("a.acc%d = %s;", i, s.operation(&in, args, acc.Type))
	}
	p := &s.prelude
	p.open("static %s %s(%s a, %s b)", a.name, a.combine, a.name, a.name)
	p.WriteString(w.String())
	p.line("return a;")
	p.close()
	p.blank()
}

// value is the expression of a leaf that reads an accumulator of the state that
// an expression names; ok is false for other leaves.
func (a *accs) value(l leaf, state string) (expr string, ok bool) {
	switch l.op {
	case kernels.OpAcc:
		return fmt.Sprintf("%s.acc%d", state, l.slot), true
	case kernels.OpAccIndex:
		return fmt.Sprintf("%s.position%d", state, l.slot), true
	}
	return "", false
}

// writeState declares a state of the given values, all at one position.
func (a *accs) writeState(e *text, state string, value func(i int) string, position string) {
	e.line("%s %s;", a.name, state)
	for i, acc := range a.list {
		e.line("%s.acc%d = %s;", state, i, value(i))
		if acc.Combine.HasIndex() {
			e.line("%s.position%d = %s;", state, i, position)
		}
	}
}
