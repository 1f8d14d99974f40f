package simd

import (
	"sync"
	"unsafe"
)

// tables builds each level's table at most once.
var tables = [numLevels]func() *Table{
	Generic: sync.OnceValue(func() *Table { return build(Generic) }),
	AVX2:    sync.OnceValue(func() *Table { return build(AVX2) }),
	AVX512:  sync.OnceValue(func() *Table { return build(AVX512) }),
	NEON:    sync.OnceValue(func() *Table { return build(NEON) }),
}

// TableFor returns the kernels of a level, or nil if this machine does not run
// it. The table is shared: it must not be modified.
func TableFor(level Level) *Table {
	if !level.Available() {
		return nil
	}
	return tables[level]()
}

// build fills a table with the generic kernels and then overrides the entries that
// the level has kernels of its own for.
func build(level Level) *Table {
	t := newGeneric()
	t.Level = level
	override(t, level)
	return t
}

// newGeneric returns the table of portable Go kernels.
func newGeneric() *Table {
	t := new(Table)
	fillUnary(t)
	fillBinary(t)
	fillCompare(t)
	fillChoose(t)
	fillConvert(t)
	fillReduce(t)
	fillMemory(t)
	t.Calls1, t.Calls2 = map[string]Fn1{}, map[string]Fn2{}
	fillCalls(t)
	t.Draws = map[string]func(*[4]unsafe.Pointer, *PhiloxState, uint64, int, int, *[2]unsafe.Pointer){}
	t.DrawPick = map[int]func(*[4]unsafe.Pointer, *PhiloxState, uint64, int, int, *[2]unsafe.Pointer){}
	t.Philox, t.PhiloxUniform = philox, philoxUniform
	return t
}
