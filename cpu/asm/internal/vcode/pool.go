package vcode

import "github.com/quern-go/quern/kernels"

// Constant is a vector constant: one element for every lane; with pattern set
// the elements of a pattern, 1<<shift, 1<<(shift+1), … from lane 0 on; or a part
// of a table.
type Constant struct {
	bits    uint64
	elem    int // element size in bytes
	pattern bool
	shift   int
	table   *kernels.Table // whose elements from number first on these are, then zeros; nil: none
	first   int
}

// IsSplat reports whether all elements are the same.
func (k Constant) IsSplat() bool { return !k.pattern && k.table == nil }

// Elem is the size of an element in bytes.
func (k Constant) Elem() int { return k.elem }

// lane is an element of the constant.
func (k Constant) lane(i int) uint64 {
	switch {
	case k.pattern:
		return 1 << (k.shift + i)
	case k.table == nil:
		return k.bits
	case k.first+i < len(k.table.Bits):
		return k.table.Bits[k.first+i]
	}
	return 0
}

// Pool is the constants of a file, in one read-only data section, and its tables.
type Pool struct {
	level  string
	bytes  func(Constant) int
	index  map[Constant]int // offset
	order  []Constant
	size   int
	tables []Section
}

// NewPool returns an empty pool. The names of its symbols end with the level; bytes
// is the size of a constant in memory.
func NewPool(level string, bytes func(Constant) int) *Pool {
	return &Pool{level: level, bytes: bytes, index: make(map[Constant]int)}
}

// Symbol is the name of the section of the constants.
func (p *Pool) Symbol() string { return "constants_" + p.level }

// Broadcasts reports whether a constant is a single element in memory.
func (p *Pool) Broadcasts(k Constant) bool { return p.bytes(k) == k.elem }

// Offset is where the constant is in the section, which it is added to if new.
func (p *Pool) Offset(k Constant) int {
	offset, ok := p.index[k]
	if !ok {
		size := p.bytes(k)
		offset = (p.size + size - 1) / size * size
		p.index[k] = offset
		p.order = append(p.order, k)
		p.size = offset + size
	}
	return offset
}

// Splat is the Offset of a constant with the same element in every lane.
func (p *Pool) Splat(elem int, bits uint64) int { return p.Offset(Constant{bits: bits, elem: elem}) }

// Table returns the symbol of a read-only array of elements, defined at most once.
func (p *Pool) Table(name string, elem int, bits []uint64) string {
	symbol := name + "_" + p.level
	for _, t := range p.tables {
		if t.Symbol == symbol {
			return symbol
		}
	}
	t := Section{Symbol: symbol}
	for i, b := range bits {
		t.Elements = append(t.Elements, Element{i * elem, elem, b})
	}
	p.tables = append(p.tables, t)
	return symbol
}

// Lookup is Table for a table of the IR.
func (p *Pool) Lookup(t *kernels.Table) string {
	name := []byte("table_" + t.Name)
	for i, b := range name {
		if !('a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9') {
			name[i] = '_'
		}
	}
	return p.Table(string(name), t.Type.Size(), t.Bits)
}

// Section is a read-only data section.
type Section struct {
	Symbol   string
	Elements []Element
}

// Element is an integer of 4 or 8 bytes in a section.
type Element struct {
	Offset, Bytes int
	Bits          uint64
}

// Size is the section's in bytes.
func (s Section) Size() int {
	last := s.Elements[len(s.Elements)-1]
	return last.Offset + last.Bytes
}

// Sections lists the constants, if there are any, and the tables.
func (p *Pool) Sections() []Section {
	if p.size == 0 {
		return p.tables
	}
	constants := Section{Symbol: p.Symbol()}
	for _, k := range p.order {
		for lane := range p.bytes(k) / k.elem {
			constants.Elements = append(constants.Elements, Element{p.index[k] + lane*k.elem, k.elem, k.lane(lane)})
		}
	}
	return append([]Section{constants}, p.tables...)
}
