package clike

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/quern-go/quern/kernels"
)

// source is the text of a module while it is being written.
type source struct {
	target  Target
	dialect *Dialect
	kernel  kernels.Kernel
	sig     *kernels.Signature
	outs    []kernels.DType

	prelude text // tables, helpers, functions, bodies: each after what it needs
	entries text
	names   map[string]bool // taken in the prelude
	funcs   map[*kernels.Func]string
	tables  map[*kernels.Table]string
	wide    bool // a Body computes in float64 though the kernel does not
	block   layout
	list    []Entry
}

func newSource(k kernels.Kernel, t Target) *source {
	return &source{
		target: t, dialect: t.Dialect, kernel: k, sig: k.Inputs(), outs: k.Outs(),
		names:  make(map[string]bool),
		funcs:  make(map[*kernels.Func]string),
		tables: make(map[*kernels.Table]string),
	}
}

// need puts a helper in the text, once.
func (s *source) need(name string) {
	h, ok := s.dialect.helpers[name]
	if !ok || s.names[name] {
		return
	}
	for _, n := range h.needs {
		s.need(n)
	}
	s.names[name] = true
	s.prelude.WriteString(h.text)
	s.prelude.blank()
}

// unique makes an identifier of a name that the text does not use yet.
func (s *source) unique(name string) string {
	id := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, name)
	if id == "" || id[0] <= '9' {
		id = "f" + id
	}
	base := id
	for i := 2; s.names[id] || s.dialect.helpers[id].text != ""; i++ {
		id = base + "_" + strconv.Itoa(i)
	}
	s.names[id] = true
	return id
}

// typeName is the language's name of a type.
func (s *source) typeName(t kernels.DType) string { return s.dialect.types[t] }

// pointer declares a pointer to elements in global memory.
func (s *source) pointer(t kernels.DType, readOnly bool, name string) string {
	if readOnly {
		return s.dialect.global + " const " + s.typeName(t) + " *" + name
	}
	return s.dialect.global + " " + s.typeName(t) + " *" + name
}

// table is the name of a constant array, which it puts in the text. It holds
// bits, since not every language takes a float of given bits for a constant.
func (s *source) table(t *kernels.Table) string {
	if name, ok := s.tables[t]; ok {
		return name
	}
	name := s.unique("table_" + t.Name)
	s.tables[t] = name
	p := &s.prelude
	p.line("// %s", t.Name)
	of := unsigned(t.Type)
	p.line("%s %s %s[%d] = {", s.dialect.constant, s.typeName(of), name, len(t.Bits))
	for row := range slices.Chunk(t.Bits, 4) {
		parts := make([]string, len(row))
		for i, bits := range row {
			parts[i] = s.literal(of, bits)
		}
		p.line("    %s,", strings.Join(parts, ", "))
	}
	p.line("};")
	p.blank()
	return name
}

// lookup is an entry of a table.
func (s *source) lookup(t *kernels.Table, i string) string {
	entry := s.table(t) + "[" + i + "]"
	switch t.Type {
	case kernels.Bool:
		return entry + " != 0"
	case unsigned(t.Type):
		return entry
	}
	return strings.NewReplacer("{t}", s.typeName(t.Type), "{a}", entry).Replace(s.dialect.bitcast)
}

// unsigned is the unsigned type of a type's size.
func unsigned(t kernels.DType) kernels.DType {
	if t.Size() == 8 {
		return kernels.U64
	}
	return kernels.U32
}

// function is the name of a scalar function, which it puts in the text.
func (s *source) function(f *kernels.Func) string {
	if name, ok := s.funcs[f]; ok {
		return name
	}
	leaves := make([]leaf, len(f.Params))
	for i, t := range f.Params {
		leaves[i] = leaf{op: kernels.OpArg, slot: i, t: t}
	}
	fn := &bodyFunc{body: &f.Body, leaves: leaves, returns: s.typeName(f.Result())}
	s.writeBody(fn, "fn_"+f.Name) // exp may be a function of the language
	s.funcs[f] = fn.name
	return fn.name
}

// literal is a constant.
func (s *source) literal(t kernels.DType, bits uint64) string {
	d := s.dialect
	switch t {
	case kernels.Bool:
		return strconv.FormatBool(bits != 0)
	case kernels.F32:
		return fmt.Sprintf(d.float32Bits, uint32(bits))
	case kernels.F64:
		return fmt.Sprintf(d.float64Bits, bits)
	case kernels.U32:
		return fmt.Sprintf(d.uint32, uint32(bits))
	case kernels.U64:
		return fmt.Sprintf(d.uint64, bits)
	case kernels.I32:
		if int32(bits) < 0 {
			return fmt.Sprintf(d.int32Bits, uint32(bits))
		}
		return fmt.Sprintf(d.int32, uint32(bits))
	}
	if int64(bits) < 0 {
		return fmt.Sprintf(d.int64Bits, bits)
	}
	return fmt.Sprintf(d.int64, bits)
}

// text is the finished module's.
func (s *source) text() string {
	var t text
	kind, _, _ := strings.Cut(s.kernel.String(), "\n")
	t.line("// %s", kind)
	t.line("%s", s.dialect.header)
	if s.wide || usesFloat64(s.kernel) {
		t.line("%s", s.dialect.wide)
	}
	t.blank()
	s.block.write(&t)
	t.WriteString(s.prelude.String())
	t.WriteString(s.entries.String())
	return t.String()
}
