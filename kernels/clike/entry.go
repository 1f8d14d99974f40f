package clike

import (
	"fmt"
	"strings"

	"github.com/quern-go/quern/kernels"
)

// begin writes the head of an entry point that takes the inputs and outputs
// among some operands, further pointers, and the argument block; it returns the
// number of the entry.
func (s *source) begin(comment, name string, groupSize int, ops []*operand, pointers ...string) int {
	var params []string
	for _, p := range ops {
		if p.kind != index {
			params = append(params, s.pointer(p.t, p.kind == input, p.name))
		}
	}
	params = append(params, pointers...)
	if s.blockInMemory() {
		params = append(params, s.dialect.global+" const Block *block")
	} else {
		params = append(params, "const Block block")
	}
	e := &s.entries
	e.line("// %s", comment)
	head := fmt.Sprintf(s.dialect.entry, groupSize, name, strings.Join(params, ", "))
	e.WriteString(head + " {\n")
	e.depth++
	e.line("const ulong group = %s + %s;", s.arg("first_group"), s.dialect.groupID)
	e.line("const uint item = %s;", s.dialect.itemID)
	s.list = append(s.list, Entry{Name: name, GroupSize: groupSize})
	return len(s.list) - 1
}

// end ends the entry point.
func (s *source) end() {
	s.entries.close()
	s.entries.blank()
}

// blockInMemory says whether the argument block is too large to be passed by
// value.
func (s *source) blockInMemory() bool { return s.block.size > s.target.BlockLimit }

// arg is a field of the argument block.
func (s *source) arg(field string) string {
	if s.blockInMemory() {
		return "block->" + field
	}
	return "block." + field
}

// offsets declares, for each operand, where it begins: a variable named after
// it, with the suffix.
func (s *source) offsets(ops []*operand, suffix string) {
	for _, p := range ops {
		s.entries.line("long %s%s = %s;", p.name, suffix, s.arg(p.name+"_at"))
	}
}

// walk adds to the operands' offsets what point number `number` of some axes
// adds: count of them from axis first on.
func (s *source) walk(number, first, count string, ops []*operand, suffix string) {
	s.need("divide")
	e := &s.entries
	e.line("ulong rest = %s;", number)
	e.open("for (long axis = %s - 1; axis > %s; axis--)", plus(first, count), first)
	e.line("const ulong quotient = divide(rest, %s);", s.arg("shape[axis]"))
	e.line("const long i = rest - quotient * %s;", s.arg("shape[axis]"))
	for _, p := range ops {
		e.line("%s%s += i * %s;", p.name, suffix, s.arg(p.name+"_stride[axis]"))
	}
	e.line("rest = quotient;")
	e.close()
	for _, p := range ops {
		e.line("%s%s += (long)rest * %s;", p.name, suffix, s.arg(p.name+"_stride["+first+"]"))
	}
}

func plus(a, b string) string {
	if a == "0" {
		return b
	}
	return a + " + " + b
}

// value is the expression of a leaf for a call from an entry point: at gives the
// place of a loaded input or index layout.
func (s *source) value(l leaf, at func(name string) string) string {
	switch l.op {
	case kernels.OpLoad:
		name := fmt.Sprintf("in%d", l.slot)
		return name + "[" + at(name) + "]"
	case kernels.OpIndex:
		return "(ulong)(" + at(fmt.Sprintf("index%d", l.slot)) + ")"
	case kernels.OpGather:
		name := fmt.Sprintf("in%d", l.slot)
		return name + " + " + s.arg(name+"_at")
	}
	param := s.arg(fmt.Sprintf("param%d", l.slot))
	if l.t == kernels.Bool {
		return param + " != 0"
	}
	return param
}
