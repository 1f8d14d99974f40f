package kernels

import (
	"fmt"
	"slices"
	"strings"
)

// Value names the result of an instruction: its position in the Body.
type Value int32

// NoValue marks an argument that an instruction does not take.
const NoValue Value = -1

// Inst is one instruction of a Body. It is comparable, so that equal
// instructions can be found by a map.
type Inst struct {
	Op    Op
	Type  DType    // of the result
	Args  [3]Value // earlier instructions; NoValue beyond the arity
	Imm   uint64   // constant bits, slot number or flags: see the Op
	Func  *Func    // OpCall
	Table *Table   // OpLookup
	Loop  *Loop    // OpLoop
}

// NumArgs is the number of value arguments the instruction takes.
func (in *Inst) NumArgs() int {
	if in.Op == OpCall && in.Func != nil {
		return len(in.Func.Params)
	}
	if in.Op == OpLoopIn && in.Args[1] == NoValue {
		return 1 // the first of its chain
	}
	return max(in.Op.Arity(), 0)
}

// Body is a straight-line program over scalars in static single assignment
// form: instruction i defines value i and refers only to values below i. The
// zero Body has no results.
type Body struct {
	Insts   []Inst
	Results []Value
}

// ResultTypes returns the type of each result.
func (b *Body) ResultTypes() []DType {
	ts := make([]DType, len(b.Results))
	for i, r := range b.Results {
		ts[i] = b.Insts[r].Type
	}
	return ts
}

// IsLoad reports whether the Body is nothing but one load, and of which input.
func (b *Body) IsLoad() (slot int, ok bool) {
	if len(b.Insts) == 1 && b.Insts[0].Op == OpLoad && len(b.Results) == 1 {
		return int(b.Insts[0].Imm), true
	}
	return 0, false
}

// IsAcc reports whether the Body returns its first n accumulators unchanged.
func (b *Body) IsAcc(n int) bool {
	if len(b.Insts) != n || len(b.Results) != n {
		return false
	}
	for i, r := range b.Results {
		if in := b.Insts[r]; in.Op != OpAcc || in.Imm != uint64(i) {
			return false
		}
	}
	return true
}

// Table is a constant array that Bodies read by OpLookup, such as the digits
// of 2/π. Tables are compared by address; define each once.
type Table struct {
	Name string
	Type DType
	Bits []uint64 // one entry each, in the low bits
}

// Func is a named function of scalars, defined by a Body over OpArg. The Body
// is the definition: whatever computes the function must give its bits.
type Func struct {
	Name   string // unique, such as "exp.f32"
	Params []DType
	Body   Body
}

// Result is the type of the function's value.
func (f *Func) Result() DType { return f.Body.Insts[f.Body.Results[0]].Type }

// String renders the Body one instruction a line:
//
//	%0 = load.f32 0
//	%1 = const.f32 0x3f800000 (1)
//	%2 = add.f32 %0 %1
//	return %2
func (b *Body) String() string {
	var s strings.Builder
	loops := b.Loops()
	for i := range b.Insts {
		fmt.Fprintf(&s, "%%%d = %s", i, b.Insts[i].String())
		if l := b.Insts[i].Loop; l != nil {
			fmt.Fprintf(&s, " of loop %d", slices.Index(loops, l))
		}
		s.WriteByte('\n')
	}
	s.WriteString("return")
	for _, r := range b.Results {
		fmt.Fprintf(&s, " %%%d", r)
	}
	s.WriteByte('\n')
	s.WriteString(b.loopsText())
	return s.String()
}

// String renders the instruction without its number.
func (in *Inst) String() string {
	var s strings.Builder
	fmt.Fprintf(&s, "%s.%s", in.Op, in.Type)
	if in.Func != nil {
		fmt.Fprintf(&s, " %s", in.Func.Name)
	}
	if in.Table != nil {
		fmt.Fprintf(&s, " %s", in.Table.Name)
	}
	for _, a := range in.Args[:in.NumArgs()] {
		fmt.Fprintf(&s, " %%%d", a)
	}
	switch in.Op {
	case OpConst:
		fmt.Fprintf(&s, " %#x (%s)", in.Imm, FormatBits(in.Type, in.Imm))
	case OpArg, OpLoad, OpParam, OpIndex, OpAcc, OpAccIndex, OpGather, OpLoop:
		fmt.Fprintf(&s, " %d", in.Imm)
	case OpPhilox:
		share, word := PhiloxMode(in.Imm)
		fmt.Fprintf(&s, " share=%d word=%d", share, word)
	case OpSelect:
		if in.Imm == 1 {
			s.WriteString(" likely")
		}
	}
	return s.String()
}
