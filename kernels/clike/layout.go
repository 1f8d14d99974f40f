package clike

import (
	"encoding/binary"
	"fmt"

	"github.com/quern-go/quern/kernels"
)

// layout is the argument block: a C struct whose layout host and device compute
// alike, since the 8-byte fields come first.
type layout struct {
	fields []field
	size   int
	params []int // offset of each scalar argument
}

type field struct {
	decl   string
	offset int
}

// word is the offset in the block of one 8-byte number, or of the first of an
// array of them.
type word int

// number adds an 8-byte whole number to the struct.
func (l *layout) number(name string) word { return l.add("long "+name, 8) }

// numbers adds an array of n of them.
func (l *layout) numbers(name string, n int) word {
	return l.add(fmt.Sprintf("long %s[%d]", name, n), 8*n)
}

func (l *layout) add(decl string, size int) word {
	at := l.size
	l.fields = append(l.fields, field{decl + ";", at})
	l.size += size
	return word(at)
}

// scalars adds the kernel's scalar arguments, the longer ones first, and ends
// the struct. A Bool is a whole number there.
func (l *layout) scalars(d *Dialect, types []kernels.DType) {
	l.params = make([]int, len(types))
	for _, size := range []int{8, 4} {
		for i, t := range types {
			if t == kernels.Bool {
				t = kernels.U32
			}
			if t.Size() == size {
				l.params[i] = int(l.add(fmt.Sprintf("%s param%d", d.types[t], i), size))
			}
		}
	}
	l.size = (l.size + 7) &^ 7
}

// write declares the struct.
func (l *layout) write(t *text) {
	t.open("typedef struct")
	for _, f := range l.fields {
		t.line("%s", f.decl)
	}
	t.depth--
	t.line("} Block;")
	t.blank()
}

// block is the bytes of an argument block.
type block []byte

func (b block) set(w word, v int)          { binary.LittleEndian.PutUint64(b[w:], uint64(int64(v))) }
func (b block) setAt(w word, i int, v int) { b.set(w+word(8*i), v) }
func (b block) setParam(at, size int, v uint64) {
	if size == 8 {
		binary.LittleEndian.PutUint64(b[at:], v)
		return
	}
	binary.LittleEndian.PutUint32(b[at:], uint32(v))
}

// setParams sets the scalar arguments.
func (l *layout) setParams(b block, types []kernels.DType, params []uint64) {
	for i, t := range types {
		b.setParam(l.params[i], max(t.Size(), 4), params[i])
	}
}
