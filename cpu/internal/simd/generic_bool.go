package simd

import (
	"encoding/binary"
	"unsafe"

	"github.com/quern-go/quern/kernels"
)

// A Bool block is a bit set of (n+7)/8 bytes. These kernels work on 64 elements
// at a time, which is enough at every level: a block of 1024 is 16 words.

// setBools sets a Bool block of n elements, from a function of the
// word number, which is called in ascending order, each time before that word is
// written.
func setBools(dst unsafe.Pointer, n int, value func(i int) uint64) {
	d := block[byte](dst, (n+7)/8)
	i := 0
	for ; (i+1)*64 <= n; i++ {
		binary.LittleEndian.PutUint64(d[8*i:], value(i))
	}
	if rest := n % 64; rest > 0 {
		v := value(i) & (1<<rest - 1)
		for k := 8 * i; k < len(d); k++ {
			d[k] = byte(v)
			v >>= 8
		}
	}
}

// word is word i of a Bool block of n elements, with no read beyond it.
func word(p unsafe.Pointer, i, n int) uint64 {
	s := block[byte](p, (n+7)/8)[8*i:]
	if len(s) >= 8 {
		return binary.LittleEndian.Uint64(s)
	}
	var v uint64
	for k, b := range s {
		v |= uint64(b) << (8 * k)
	}
	return v
}

// spread is a Bool scalar as a word of equal elements.
func spread(p unsafe.Pointer) uint64 { return -uint64(*(*byte)(p) & 1) }

func notBool(dst, a unsafe.Pointer, n int) {
	setBools(dst, n, func(i int) uint64 { return ^word(a, i, n) })
}

func fillCompare(t *Table) {
	fillComparisons[int32](t)
	fillComparisons[uint32](t)
	fillComparisons[int64](t)
	fillComparisons[uint64](t)
	fillComparisons[float32](t)
	fillComparisons[float64](t)
	t.setBools(kernels.OpAnd, func(x, y uint64) uint64 { return x & y })
	t.setBools(kernels.OpOr, func(x, y uint64) uint64 { return x | y })
	t.setBools(kernels.OpXor, func(x, y uint64) uint64 { return x ^ y })
}

func (t *Table) setBools(op kernels.Op, f func(x, y uint64) uint64) {
	t.Binary[VV][op][kernels.Bool] = func(dst, a, b unsafe.Pointer, n int) {
		setBools(dst, n, func(i int) uint64 { return f(word(a, i, n), word(b, i, n)) })
	}
	t.Binary[VS][op][kernels.Bool] = func(dst, a, b unsafe.Pointer, n int) {
		y := spread(b)
		setBools(dst, n, func(i int) uint64 { return f(word(a, i, n), y) })
	}
	t.Binary[SV][op][kernels.Bool] = func(dst, a, b unsafe.Pointer, n int) {
		x := spread(a)
		setBools(dst, n, func(i int) uint64 { return f(x, word(b, i, n)) })
	}
}

func fillComparisons[T number](t *Table) {
	dt := typeOf[T]()
	t.setBinary(kernels.OpLess, dt, less[T])
	t.setBinary(kernels.OpLessEqual, dt, lessEqual[T])
	t.setBinary(kernels.OpEqual, dt, equal[T])
}

func less[T number](dst, a, b unsafe.Pointer, n, ma, mb int) {
	d := block[byte](dst, (n+7)/8)
	for i := 0; i < n; i += 8 {
		var m byte
		for k := i; k < min(i+8, n); k++ {
			m |= bit(at[T](a, k&ma) < at[T](b, k&mb)) << (k & 7)
		}
		d[i/8] = m
	}
}

func lessEqual[T number](dst, a, b unsafe.Pointer, n, ma, mb int) {
	d := block[byte](dst, (n+7)/8)
	for i := 0; i < n; i += 8 {
		var m byte
		for k := i; k < min(i+8, n); k++ {
			m |= bit(at[T](a, k&ma) <= at[T](b, k&mb)) << (k & 7)
		}
		d[i/8] = m
	}
}

func equal[T number](dst, a, b unsafe.Pointer, n, ma, mb int) {
	d := block[byte](dst, (n+7)/8)
	for i := 0; i < n; i += 8 {
		var m byte
		for k := i; k < min(i+8, n); k++ {
			m |= bit(at[T](a, k&ma) == at[T](b, k&mb)) << (k & 7)
		}
		d[i/8] = m
	}
}

// bit is 1 for true, without a branch.
func bit(c bool) byte {
	var b byte
	if c {
		b = 1
	}
	return b
}

func fillChoose(t *Table) {
	for dt := kernels.I32; dt <= kernels.F64; dt++ {
		if dt.Size() == 4 {
			t.Select[dt] = choose[uint32]
		} else {
			t.Select[dt] = choose[uint64]
		}
	}
	t.Select[kernels.Bool] = func(dst, mask, a, b unsafe.Pointer, n int) {
		setBools(dst, n, func(i int) uint64 {
			m := word(mask, i, n)
			return word(a, i, n)&m | word(b, i, n)&^m
		})
	}
}

// choose is Select, without branches: masks are as random as the data.
func choose[T unsigned](dst, mask, a, b unsafe.Pointer, n int) {
	for i, d := 0, block[T](dst, n); i < len(d); i++ {
		m := -T(at[byte](mask, i>>3) >> (i & 7) & 1)
		d[i] = at[T](a, i)&m | at[T](b, i)&^m
	}
}
