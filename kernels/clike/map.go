package clike

import (
	"fmt"
	"strings"

	"github.com/quern-go/quern/kernels"
)

// A group of a Map computes a tile of the two innermost axes: 256 >> bits rows
// of 4 << bits columns, each work item 4 elements of one row. Where all operands
// lie alike along one axis, another entry point reads and writes vectors.
const (
	mapItems    = 256
	mapElements = 4
)

// mapPlanner plans the launches of a Map.
type mapPlanner struct {
	ops    *operands
	layout *layout
	params []kernels.DType
	group  int // work items
	outer  int // axes besides the innermost, at most

	n, columns, rows, tiles, axes, bits word
	steps                               []word // of each operand along the innermost axis
	all, moving                         []*operand

	entry  int
	vector int // entry point of vectors, or -1
	width  int // elements of a vector
	work   float64
}

func renderMap(s *source, k *kernels.Map, axes int) (planner, error) {
	group := min(s.target.GroupSize, mapItems)
	for group&(group-1) != 0 {
		group &= group - 1
	}
	m := &mapPlanner{
		params: k.Params, layout: &s.block, group: group, outer: max(axes-1, 1),
		vector: -1, work: cost(&k.Body),
	}
	m.describe(s, &k.Body)
	f := s.bodyFunc("map", &k.Body, true)
	m.writeTiles(s, f)
	if m.work <= light && f.counters == 0 {
		m.writeVector(s, f)
	}
	return m, nil
}

// describe lays out the argument block.
func (m *mapPlanner) describe(s *source, b *kernels.Body) {
	s.block.number("first_group")
	m.columns = s.block.number("columns") // length of the innermost axis
	m.bits = s.block.number("column_bits")
	m.tiles = s.block.number("tiles") // of a row
	m.rows = s.block.number("rows")
	m.axes = s.block.number("axes") // of the rows
	m.n = s.block.numbers("shape", m.outer)
	m.ops = newOperands(s, m.outer, b)
	m.all = m.ops.all()
	m.moving = m.ops.moving(m.all)
	m.steps = make([]word, len(m.ops.list))
	for i := range m.ops.list {
		if p := &m.ops.list[i]; m.ops.moves(p) {
			m.steps[i] = s.block.number(p.name + "_step")
		}
	}
	s.block.scalars(s.dialect, m.params)
}

// writeTiles writes the entry point for operands that lie anyhow.
func (m *mapPlanner) writeTiles(s *source, f *bodyFunc) {
	s.need("divide")
	m.entry = s.begin("Any layout: a tile of rows and columns.", "map_tiles", m.group, m.all)
	e := &s.entries
	e.line("const ulong band = divide(group, %s);", s.arg("tiles"))
	e.line("const ulong row = (band * %d >> %s) + (item >> %s);", m.group, s.arg("column_bits"), s.arg("column_bits"))
	e.line("const long step = 1L << %s;", s.arg("column_bits"))
	e.line("const long column = (long)(group - band * %s) * %d * step + (item & (step - 1));", s.arg("tiles"), mapElements)
	e.open("if (row >= (ulong)%s || column >= %s)", s.arg("rows"), s.arg("columns"))
	e.line("return;")
	e.close()
	s.offsets(m.moving, "_at")
	s.walk("row", "0", s.arg("axes"), m.moving, "_at")
	f.writeCounters(e)
	if m.work <= light {
		m.writeTogether(s, f)
	} else {
		m.writeInTurn(s, f)
	}
	s.end()
}

// writeTogether reads all elements before it computes the first, so that the
// reads overlap. Beyond the row's end it reads its own first element again:
// others may be written by now, if the output is an input.
func (m *mapPlanner) writeTogether(s *source, f *bodyFunc) {
	e := &s.entries
	for _, p := range m.loads() {
		e.line("%s %s_x[%d];", s.typeName(p.t), p.name, mapElements)
	}
	if len(m.loads()) > 0 {
		e.line("#pragma unroll")
		e.open("for (int k = 0; k < %d; k++)", mapElements)
		e.line("const long i = column + k * step < %s ? column + k * step : column;", s.arg("columns"))
		for _, p := range m.loads() {
			e.line("%s_x[k] = %s[%s];", p.name, p.name, m.place(s, p.name, "i"))
		}
		e.close()
	}
	e.line("#pragma unroll")
	e.open("for (int k = 0; k < %d; k++)", mapElements)
	e.line("const long i = column + k * step;")
	e.open("if (i < %s)", s.arg("columns"))
	m.writeElement(s, f, "i", func(p *operand) string { return p.name + "_x[k]" })
	e.close()
	e.close()
}

// writeInTurn is for Bodies that compute much.
func (m *mapPlanner) writeInTurn(s *source, f *bodyFunc) {
	e := &s.entries
	e.line("const long end = min(column + %d * step, %s);", mapElements, s.arg("columns"))
	e.open("for (long i = column; i < end; i += step)")
	m.writeElement(s, f, "i", nil)
	e.close()
}

// writeElement computes element i of the row. Loaded inputs are what loaded
// says, or read from memory if it is nil.
func (m *mapPlanner) writeElement(s *source, f *bodyFunc, i string, loaded func(*operand) string) {
	s.entries.line("const %s y = %s;", f.returns, m.callAt(s, f, i, loaded))
	for _, p := range m.ops.list {
		if p.kind == output {
			s.entries.line("%s[%s] = y.r%d;", p.name, m.place(s, p.name, i), p.number)
		}
	}
}

func (m *mapPlanner) callAt(s *source, f *bodyFunc, i string, loaded func(*operand) string) string {
	return f.call(func(l leaf) string {
		if l.op == kernels.OpLoad && loaded != nil {
			return loaded(&operand{name: fmt.Sprintf("in%d", l.slot), t: l.t})
		}
		return s.value(l, func(name string) string { return m.place(s, name, i) })
	})
}

// place is where element i of the row is.
func (m *mapPlanner) place(s *source, name, i string) string {
	if strings.Contains(i, " ") {
		i = "(" + i + ")"
	}
	return fmt.Sprintf("%s_at + %s * %s", name, i, s.arg(name+"_step"))
}

// loads lists the inputs that are loaded.
func (m *mapPlanner) loads() []*operand {
	var list []*operand
	for _, p := range m.moving {
		if p.kind == input {
			list = append(list, p)
		}
	}
	return list
}

// writeVector writes the entry point for operands that are contiguous, or of one
// element, along a single axis: 16 bytes of each a work item.
func (m *mapPlanner) writeVector(s *source, f *bodyFunc) {
	m.width = 4
	for _, p := range m.moving {
		if p.kind != index && p.t.Size() == 8 {
			m.width = 2
		}
	}
	m.vector = s.begin("Contiguous operands along one axis: vectors.", "map_vector", m.group, m.all)
	e := &s.entries
	e.line("const long column = (group * %d + item) * %d;", m.group, m.width)
	s.offsets(m.moving, "_at")
	e.open("if (column + %d <= %s)", m.width, s.arg("columns"))
	for _, p := range m.loads() {
		t := fmt.Sprintf("%s%d", s.typeName(p.t), m.width)
		e.line("const %s %s_x = %s ? vload%d(0, %s + %s_at + column) : (%s)(%s[%s_at]);",
			t, p.name, s.arg(p.name+"_step"), m.width, p.name, p.name, t, p.name, p.name)
	}
	for k := range m.width {
		e.line("const %s y%d = %s;", f.returns, k, m.callAt(s, f, fmt.Sprintf("column + %d", k),
			func(p *operand) string { return fmt.Sprintf("%s_x.%c", p.name, "xyzw"[k]) }))
	}
	for _, p := range m.ops.list {
		if p.kind != output {
			continue
		}
		parts := ""
		for k := range m.width {
			parts += fmt.Sprintf(", y%d.r%d", k, p.number)
		}
		e.line("vstore%d((%s%d)(%s), 0, %s + %s_at + column);", m.width, s.typeName(p.t), m.width, parts[2:], p.name, p.name)
	}
	e.orElse()
	e.open("for (long i = column; i < %s; i++)", s.arg("columns"))
	m.writeElement(s, f, "i", nil)
	e.close()
	e.close()
	s.end()
}
