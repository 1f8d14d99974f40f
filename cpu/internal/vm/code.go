package vm

import (
	"github.com/quern-go/quern/cpu/internal/outline"
	"github.com/quern-go/quern/cpu/internal/simd"
	"github.com/quern-go/quern/kernels"
)

// Code is a Program specialised to a Key: lists of kernel calls whose operands
// are places, positions in a Frame's table of pointers.
type Code struct {
	// Block is the most elements of a Run: 256 to simd.Block, or to longest, so that the
	// registers fit the L1 cache, or more where there are no registers.
	Block int
	// Cost is the estimated work per element, in passes of a simple float32
	// instruction (0.02 ns with AVX-512).
	Cost float64

	key     Key
	table   *simd.Table
	leaves  int
	results []place

	scalars []scalar
	once    []inst // on one element, when the frame is bound
	splats  []inst // on a whole block, when the frame is bound
	head    []inst // on one element, at every Run
	body    []inst // on the elements of a Run

	places    int // length of the table of pointers
	registers []register
	gathers   []int // input slot of each of the frame's gather sources
	philoxes  int   // number of philox groups
	shortest  int   // least Block
	aligned   aligned
}

// aligned says where runs are best cut: at multiples of a number of an index leaf.
type aligned struct{ leaf, multiple int } // multiple is 0 if it does not matter

// longest is the most elements of a Block in registers, of code that reads no memory and
// so has the L1 cache to itself: each Run takes some 70 ns beside its work.
const longest = 4 * simd.Block

// place is a position in a Frame's table of pointers: first the leaves, then
// the results' destinations, then scalars and registers.
type place uint16

// scalar is one value in a frame and what it holds at first.
type scalar struct {
	at    place
	param int // slot, or -1
	bits  uint64
}

// register is a block of values.
type register struct {
	at   place
	bits int // per element: 1, 32 or 64
}

// form is the way in which an instruction is called.
type form uint8

const (
	form1      form = iota // fn1(dst, a)
	form2                  // fn2(dst, a, b)
	form3                  // fn3(dst, a, b, c)
	formSelect             // sel(dst, a, b, c)
	formFill               // spread the scalar a
	formFillBool
	formCopy   // move the block a
	formStream // move the block a past the caches
	formIota   // dst = first index of leaf a, counting up
	formGather // dst[i] = source[a[i]]
	formLookup // dst[i] = table[a[i]]
	formPhilox // dsts from a run of indices, stream b, seed c
	formPhiloxAny
	formLoop
)

// inst is one call.
type inst struct {
	form         form
	size         uint8 // bytes of an element, where the form needs it
	dst, a, b, c place
	fn1          simd.Fn1
	fn2          simd.Fn2
	fn3          simd.Fn3
	sel          simd.Fn3Mask
	rare         *rare
}

// places lists where the instruction reads and writes blocks, and perhaps the first leaf.
func (in *inst) places() []place {
	list := []place{in.dst, in.a, in.b, in.c}
	if in.form == formPhilox || in.form == formPhiloxAny {
		list = append(list, in.rare.philox.dst[:]...)
	}
	return list
}

// rare holds what only a few forms need.
type rare struct {
	source int            // formGather: position in Frame.sources
	table  *kernels.Table // formLookup
	wide   bool           // formLookup, formGather: the index has 8 bytes
	philox philoxGroup
	loop   *loopCode // formLoop
}

// philoxGroup is all the words drawn at one index, stream and seed with one
// sharing mode, or the values made of them.
type philoxGroup struct {
	share   int
	dst     [4]place // by word, or by value
	want    [4]bool
	value   [4]kernels.Value // of the body: the instruction that draws the word
	words   bool             // the words themselves; else the float32 uniforms made of them
	leaf    int              // formPhilox: the run of indices
	state   int              // formPhilox: position in Frame.philox
	uniform [3]bool          // formPhiloxAny: index, stream, seed are scalars

	// Of a group of values, which are all made in one way (see drawn):
	draw   *outline.Draw // nil: words, uniforms, or elements at random positions
	source int           // of those: position in Frame.sources, from 1 on
	params []kernels.Value
	drawn  [4]kernels.Value // of the body, by number
	kernel drawFunc
	args   [2]place
	width  int // words of a value; 0 if these are words
	bits   int // of a value
}

// isValues says that the group draws values.
func (g *philoxGroup) isValues() bool { return g.width > 0 }

// numArgs counts the scalars that the values' kernel takes.
func (g *philoxGroup) numArgs() int { return len(g.params) }

// perElement is how many words, or values, an element has.
func (g *philoxGroup) perElement() int { return 4 >> g.share / max(g.width, 1) }

// elementBits is the width of a word, or a value.
func (g *philoxGroup) elementBits() int {
	if g.width == 0 {
		return 32
	}
	return g.bits
}
