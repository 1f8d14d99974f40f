package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
	"github.com/quern-go/quern/cpu/asm/internal/vec"
)

// A tile is the block of C that a micro-kernel keeps in registers: rows × two
// vectors of columns. The full tile leaves two registers for B and two for a and
// the temporaries: 14·2+2+2 = 32 in AVX-512, 6·2+2+2 = 16 in AVX2. Products of float64 with
// AVX2 have 4·3+3+1: each step reads 7 vectors and elements for its 12 fmas, not 8. (So would
// those of float32, but they would pack 4 rows by instructions for 8.) In a panel of A the last
// element of the stride may be w[p], which no row reaches.
type tile struct {
	rows    int // of this kernel, 1 … fullRows
	vectors int // of the full tile
	stride  int // elements from a[p,0] to a[p+1,0] in a packed panel of A
	columns int // of the full tile
}

// fullVectors is the vectors of columns of a term's full tile.
func fullVectors(t vec.Target, term Term) int {
	if isLow(t, term) {
		return 3
	}
	return 2
}

// isLow says that a term's tile is 4 rows of 3 vectors.
func isLow(t vec.Target, term Term) bool { return t.ISA == vec.AVX2 && t.Elem == 8 && term.isProduct() }

// fullRows is the rows of a term's full tile. Terms with weights or two accumulators
// have half as many: they do so much with each element of B that a taller tile
// would not be faster, and the code is a fourth of the size.
func fullRows(t vec.Target, term Term) int {
	rows, registers := 6, 16
	if t.ISA == vec.AVX512 {
		rows, registers = 14, 32
	}
	switch {
	case isLow(t, term):
		return 4
	case term.isPlain():
		return rows
	}
	vectors := fullVectors(t, term)
	const inputs = 2 // a and w
	c := newChain[reg.Register](lower(term, t))
	return min(rows/2, (registers-vectors-inputs-c.temporaries())/(vectors*term.accs()))
}

// newTile rounds the stride of A up to whole vectors of packing: a panel row is
// then written by full stores and starts a cache line.
func newTile(t vec.Target, term Term, rows int) tile {
	stride := 8
	switch {
	case t.ISA == vec.AVX512:
		stride = 16
	case isLow(t, term):
		stride = 4
	}
	vectors := fullVectors(t, term)
	return tile{rows: rows, vectors: vectors, stride: stride, columns: vectors * t.Lanes()}
}

// micro is one micro-kernel being generated.
type micro struct {
	*vec.Asm
	tile
	term Term
	variant
	acc    [][]reg.Register // rows of C × vectors
	b      []reg.VecPhysical
	spare  []reg.Register
	rowsA  rowsOfA
	ldb    reg.GPVirtual
	c, ldc reg.GPVirtual
	cols   reg.GPVirtual // of the tile; not of copying kernels, which have all
	ahead  prefetch
	copy   panelCopy
}

// generateMicro emits the micro-kernel of a term for a tile of the given rows.
// There is one for every number of rows, so that an edge costs what it computes.
func generateMicro(asm *vec.Asm, term Term, v variant, rows int) error {
	m := &micro{Asm: asm, tile: newTile(asm.Target, term, rows), term: term, variant: v}
	m.allocate()
	name := kernelName(asm.Target, term, v, rows)
	m.Func(name, v.signature(asm.GoType()),
		microDoc(name, v, m.rows, m.columns, m.stride, term))

	k := m.Arg("k")
	if v == inPlace {
		m.rowsA = rowsInPlace(asm, rows)
	} else {
		m.rowsA = packedRows(asm, m.stride)
	}
	b := m.Arg("b")
	m.ldb = m.StrideArg("ldb")
	m.c, m.ldc = m.Arg("c"), m.StrideArg("ldc")
	if v == copying {
		m.startCopy()
	} else {
		m.cols = m.Arg("cols")
	}
	cont := m.GP8()
	m.Context.Load(m.Param("cont"), cont)

	m.start(cont)
	m.startPrefetch(k)
	for _, w := range m.widths() {
		if w.columns < m.columns { // not the last
			m.CMPQ(m.cols, operand.Imm(uint64(w.columns)))
			m.JG(operand.LabelRef(w.label + "end"))
		}
		if err := m.loop(w, b); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if w.columns < m.columns {
			m.JMP(operand.LabelRef("finish"))
		}
		m.Label(w.label + "end")
	}
	m.Label("finish")
	m.finish()
	m.Return()
	return nil
}

// kernelName is BLIS-like: operation, type, instruction set and tile.
func kernelName(t vec.Target, term Term, v variant, rows int) string {
	return fmt.Sprintf("%s%s_%s%s_%dx%d", t.Letter(), term.Name, v, t.ISA, rows, newTile(t, term, rows).columns)
}

// microDoc is the doc comment of a micro-kernel.
func microDoc(name string, v variant, rows, columns, stride int, term Term) []string {
	lines := []string{
		fmt.Sprintf("%s advances %d×cols chains over panels, cols ≤ %d, that may be read beyond", name, rows, columns),
		"cols up to a whole vector. The chains start at the elements of c if cont, else at +0:",
	}
	cols := "cols"
	if v == copying {
		cols = fmt.Sprint(columns)
		lines = []string{
			fmt.Sprintf("%s advances %d×%d chains over panels, and packs that of B. The", name, rows, columns),
			"chains start at the elements of c if cont, else at +0:",
		}
	}
	lines = append(lines, "",
		"\tfor p := range k {",
		fmt.Sprintf("\t\tfor i := range %d {", rows),
		fmt.Sprintf("\t\t\tfor j := range %s {", cols),
		"\t\t\t\t"+term.inputs(v, stride),
		"\t\t\t\t"+term.Go,
		"\t\t\t\t"+term.outputs(),
	)
	if v == copying {
		lines = append(lines, fmt.Sprintf("\t\t\t\tpacked[p*%d+j] = b", columns))
	}
	return append(lines, "\t\t\t}", "\t\t}", "\t}")
}

// inputs and outputs are the Go that reads the term's inputs, and writes its results.
func (t Term) inputs(v variant, stride int) string {
	a := fmt.Sprintf("a[p*%d+i]", stride)
	if v == inPlace {
		a = "a[p*ak+i*as]"
	}
	names, values := "a, b, acc", a+", b[p*ldb+j], c[i*ldc+j]"
	if t.accs() == 2 {
		names, values = "a, b, acc, all", a+", b[p*ldb+j], c[2*i*ldc+j], c[(2*i+1)*ldc+j]"
	}
	if t.reads(W) {
		names, values = names+", w", values+fmt.Sprintf(", a[p*%d+%d]", stride, stride-1)
	}
	return names + " := " + values
}

func (t Term) outputs() string {
	if t.accs() == 2 {
		return "c[2*i*ldc+j], c[(2*i+1)*ldc+j] = acc, all"
	}
	return "c[i*ldc+j] = acc"
}

// allocate deals out the vector registers.
func (m *micro) allocate() {
	all := m.Registers()
	for i := range m.rows * m.term.accs() {
		row := make([]reg.Register, m.vectors)
		for v := range row {
			row[v] = all[i*m.vectors+v]
		}
		m.acc = append(m.acc, row)
	}
	full := m.vectors * fullRows(m.Target, m.term) * m.term.accs()
	m.b = all[full : full+m.vectors]
	for _, r := range all[full+m.vectors:] {
		m.spare = append(m.spare, r)
	}
}

// start sets the accumulators.
func (m *micro) start(cont reg.GPVirtual) {
	m.TESTB(cont, cont)
	m.JZ(operand.LabelRef("zero"))
	m.eachRow("load", func(p operand.Mem, mask, acc reg.Register) {
		if mask == nil {
			m.Load(p, acc)
		} else {
			m.LoadMasked(p, mask, acc)
		}
	})
	m.JMP(operand.LabelRef("started"))

	m.Label("zero")
	for _, accs := range m.acc {
		for _, acc := range accs {
			m.Zero(acc)
		}
	}
	m.Label("started")
}

// width is a part of the tile's columns: the first vectors, at their full size or
// at half of it.
type width struct {
	label   string
	columns int
	vectors int
	half    bool
}

// widths are the parts that have a loop of their own, so that the last columns of a
// result cost about what they compute: the tile, each lesser number of vectors and, where a unit
// of 512 bits may be two of 256, half a vector. Narrow loops have a chain for each
// row, fewer than the latency of an fma asks for where the rows are few.
func (m *micro) widths() []width {
	full := width{"full", m.columns, m.vectors, false}
	if m.variant == copying {
		return []width{full}
	}
	var ws []width
	if m.ISA == vec.AVX512 {
		ws = append(ws, width{"half", m.Lanes() / 2, 1, true})
	}
	ws = append(ws, width{"one", m.Lanes(), 1, false})
	if m.vectors > 2 {
		ws = append(ws, width{"two", 2 * m.Lanes(), 2, false})
	}
	return append(ws, full)
}

// view is a register at the width of the loop.
func (w width) view(r reg.Register) reg.Register {
	if v, ok := r.(reg.VecPhysical); ok && w.half {
		return v.AsY()
	}
	return r
}

// loop is the rank-1 update of a part of the tile, once for every k.
func (m *micro) loop(w width, b reg.GPVirtual) error {
	bs := make([]operand.Op, w.vectors)
	spare := make([]reg.Register, len(m.spare))
	for i, r := range m.spare {
		spare[i] = w.view(r)
	}
	s := newStepper(m.Asm, m.term, spare)
	defer s.holdConstants()()
	m.Label(w.label + "loop")
	for v, r := range m.b[:w.vectors] {
		at := operand.Mem{Base: b, Disp: v * m.VectorBytes()}
		if v > 0 && s.leavesB() {
			bs[v] = at
			continue
		}
		bs[v] = w.view(r)
		m.Load(at, w.view(r))
	}
	m.aheadB(b, w.vectors*m.VectorBytes())
	if s.w != nil {
		m.Broadcast(m.rowsA.element(m.stride-1), s.w)
	}
	for i := range m.rows {
		acc := make([][]reg.Register, w.vectors)
		for v := range acc {
			for _, row := range m.acc[i*m.term.accs() : (i+1)*m.term.accs()] {
				acc[v] = append(acc[v], w.view(row[v]))
			}
		}
		if err := s.row(m.rowsA.element(i), bs, acc); err != nil {
			return err
		}
	}
	m.rowsA.next()
	m.ADDQ(m.ldb, b)
	m.again(w.label)
	return nil
}

// finish stores the accumulators.
func (m *micro) finish() {
	m.eachRow("store", func(p operand.Mem, mask, acc reg.Register) {
		if mask == nil {
			m.Store(acc, p)
		} else {
			m.StoreMasked(acc, mask, p)
		}
	})
}

// eachRow visits every vector of C with its accumulator. In AVX-512 a mask is
// free and there is always one; AVX2 has a path without for full tiles.
func (m *micro) eachRow(label string, visit func(p operand.Mem, mask, acc reg.Register)) {
	walk := func(masks []reg.Register) {
		row := m.pointer(m.c)
		for i, accs := range m.acc {
			for v, acc := range accs {
				visit(operand.Mem{Base: row, Disp: v * m.VectorBytes()}, masks[v], acc)
			}
			m.nextRow(i, row)
		}
	}
	if m.variant == copying {
		walk(make([]reg.Register, m.vectors))
		return
	}
	if m.ISA == vec.AVX512 {
		walk(m.ColumnMasks(m.cols, m.b...))
		return
	}
	edge, done := label+"edge", label+"done"
	m.CMPQ(m.cols, operand.Imm(uint64(m.columns)))
	m.JL(operand.LabelRef(edge))
	walk(make([]reg.Register, m.vectors))
	m.JMP(operand.LabelRef(done))
	m.Label(edge)
	walk(m.ColumnMasks(m.cols, m.b...))
	m.Label(done)
}

func (m *micro) pointer(to reg.GPVirtual) reg.GPVirtual {
	p := m.GP64()
	m.MOVQ(to, p)
	return p
}

func (m *micro) nextRow(i int, row reg.GPVirtual) {
	if i < len(m.acc)-1 {
		m.ADDQ(m.ldc, row)
	}
}
