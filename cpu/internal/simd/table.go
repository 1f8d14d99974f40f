package simd

import (
	"unsafe"

	"github.com/quern-go/quern/kernels"
)

// Block is the most elements one call of a block kernel handles in the
// interpreter: 4 rows of a canonical Tree block, 4 KiB of float32.
const Block = 1024

// Lanes is the number of lanes of the canonical Tree order.
const Lanes = kernels.TreeLanes

// The forms of block kernels. Pointers lead to n consecutive elements (or to
// one, for a scalar operand); nothing outside the n elements is read or written.
// A Bool block is a bit set: element i is bit i%8 of byte i/8, and the bits above
// n in the last byte are written as zero; of a Bool scalar bit 0 counts.
//
// dst may be exactly one of the arguments that are blocks, if its elements are no
// larger than theirs and both are Bool or neither is; otherwise dst does not
// overlap the arguments.
type (
	Fn1 func(dst, a unsafe.Pointer, n int)
	Fn2 func(dst, a, b unsafe.Pointer, n int)
	Fn3 func(dst, a, b, c unsafe.Pointer, n int)
)

// The ways in which the arguments of a Binary kernel are given.
const (
	VV       = iota // both are blocks
	VS              // b is one scalar
	SV              // a is one scalar
	NumModes        // for tables indexed by mode
)

// Table holds the block kernels of one level. An entry that no op needs for a
// type is nil; entries exist at every level for the same (op, type) pairs. All
// levels give the same bits.
type Table struct {
	Level Level

	// Unary by op and type: neg abs sqrt floor rint, not (integers and Bool).
	Unary [kernels.NumOps][kernels.NumTypes]Fn1
	// Binary by mode, op and argument type: add sub mul, div min max (floats),
	// mulhi (u32 u64), and or xor (integers and Bool), shl shr, and less
	// lessequal equal, whose dst is a Bool block.
	Binary [NumModes][kernels.NumOps][kernels.NumTypes]Fn2
	// FMA by type: dst = a*b + c, rounded once. FMAVS: b is one scalar.
	FMA, FMAVS [kernels.NumTypes]Fn3
	// Select by type: dst = mask ? a : b, with mask a Bool block. Types of one
	// size share a kernel; Bool selects between Bool blocks.
	Select [kernels.NumTypes]Fn3Mask
	// Convert by source and destination type, as kernels.OpConvert.
	Convert [kernels.NumTypes][kernels.NumTypes]Fn1
	// Calls holds the functions that have a kernel, by kernels.Func.Name. A
	// function without one is inlined by the interpreter.
	Calls1 map[string]Fn1
	Calls2 map[string]Fn2

	// Streaming holds twins of kernels on floats (Unary, Binary, FMA, FMAVS,
	// Calls1, Calls2) that store past the caches, where the level has such
	// stores: dst must be aligned to 64 bytes and overlap no argument.
	// StreamFence orders their stores too. It is nil for Generic.
	Streaming *Table

	// Philox writes, for the n consecutive counter numbers from first, the four
	// words of Philox4x32-10 to dst[0..3][0..n) (u32); nil entries are skipped.
	// PhiloxUniform writes what mathfn.Uniform makes of the words (f32). Both may
	// change dst. If gap is not 0, first and n are multiples of Lanes, and gap bytes
	// are left out after every Lanes words.
	Philox, PhiloxUniform func(dst *[4]unsafe.Pointer, s *PhiloxState, first uint64, n, gap int)
	// Draws holds the chains of package outline that begin with words, by name, where the
	// level has kernels for them: AVX512 only. Of the n consecutive counters from
	// first on, both multiples of Lanes, it writes value k to dst[k][0..n), each made of
	// its share of the counter's words and of the scalars at args; gap is as of Philox.
	Draws map[string]func(dst *[4]unsafe.Pointer, s *PhiloxState, first uint64, n, gap int, args *[2]unsafe.Pointer)
	// DrawPick by element size is the same for elements of the array at args[1], at
	// positions made of one word each: the high half of the word's product with the
	// number at args[0] (u32), which is no more than the array's length.
	DrawPick map[int]func(dst *[4]unsafe.Pointer, s *PhiloxState, first uint64, n, gap int, args *[2]unsafe.Pointer)

	// AccumRows by combine (add mul min max) and type: for each of the 256
	// lanes, acc[lane] = combine(acc[lane], src[r*256+lane]) for r = 0 … rows-1
	// in order.
	AccumRows [numCombines][kernels.NumTypes]func(acc, src unsafe.Pointer, rows int)
	// FoldLanes by combine and type: folds the 256 lanes in halves (lane t takes
	// lane t+128, then t+64, … t+1) and leaves the result in acc[0]; the other
	// lanes are overwritten.
	FoldLanes [numCombines][kernels.NumTypes]func(acc unsafe.Pointer)
	// AccumStrided by combine and type: acc[j] = combine(acc[j], src[r*stride+j])
	// for j in [0,n), r = 0 … rows-1 in order; stride in elements.
	AccumStrided [numCombines][kernels.NumTypes]func(acc, src unsafe.Pointer, n, rows, stride int)
	// AccumRowsMul and AccumStridedMul by type: the same for the sum of products,
	// each rounded before it is added: acc[j] = acc[j] + a[…]*b[…]. Both factors
	// lie alike; they may be one.
	AccumRowsMul    [kernels.NumTypes]func(acc, a, b unsafe.Pointer, rows int)
	AccumStridedMul [kernels.NumTypes]func(acc, a, b unsafe.Pointer, n, rows, stride int)
	// SumBlock and SumBlockMul by type: dst[0] = the sum of n values, 1 ≤ n ≤ 4096,
	// or of n products, in the order of a Tree block. nil where the level does no
	// better than AccumRows, AccumStrided and FoldLanes.
	SumBlock    [kernels.NumTypes]func(dst, src unsafe.Pointer, n int)
	SumBlockMul [kernels.NumTypes]func(dst, a, b unsafe.Pointer, n int)

	// The next three are for reductions that are complete with what one call reads. With
	// past set, results go past the caches, where the level has such stores and dst is
	// aligned to 64 bytes. dst does not overlap src.

	// FoldRows by combine and type: dst[r] = the n values at src[r*n], 1 < n ≤ FoldMost of
	// the type, folded in halves as FoldLanes folds lanes, for r in [0,rows).
	FoldRows [numCombines][kernels.NumTypes]func(dst, src unsafe.Pointer, n, rows int, past bool)
	FoldMost [kernels.NumTypes]int
	// FoldSpans by combine and type: dst[s*SpanSlot(n)+j] = combine of src[(s*64+r)*n+j],
	// r = 0 … 63 in order, beginning with the identity, for s in [0,spans), a multiple of
	// SpanStep, and j in [0,n), 1 < n ≤ SpanMost of the type. What lies between the results
	// is overwritten.
	FoldSpans [numCombines][kernels.NumTypes]func(dst, src unsafe.Pointer, n, spans int)
	SpanMost  [kernels.NumTypes]int
	// FoldColumns by combine and type: dst[j] = combine of src[r*stride+j], r = 0 … rows-1
	// in order, 0 < rows, for j in [0,n).
	FoldColumns [numCombines][kernels.NumTypes]func(dst, src unsafe.Pointer, n, rows, stride int, past bool)

	// ArgMin, ArgMax by type: position of the smallest (largest) of n ≥ 1
	// values; the first NaN if there is one, the first of equals (−0 = +0).
	ArgMin, ArgMax [kernels.NumTypes]func(src unsafe.Pointer, n int) int

	// FirstBelow by type: position of the first of n values that is less than bound[0];
	// n if none is. NaN is not less, nor anything than NaN.
	FirstBelow [kernels.NumTypes]func(src, bound unsafe.Pointer, n int) int

	// Memory, by element size in bytes (4 or 8); strides in elements.

	// Fill writes n copies of the element at a.
	Fill map[int]Fn1
	// Gather copies n elements that lie stride apart.
	Gather map[int]func(dst, src unsafe.Pointer, stride, n int)
	// Transpose copies a tile: dst[r*dstStride+c] = src[c*srcStride+r] for r in
	// [0,rows), c in [0,cols).
	Transpose map[int]func(dst unsafe.Pointer, dstStride int, src unsafe.Pointer, srcStride, rows, cols int)
	// Stream copies n bytes with stores that bypass the caches where the level
	// has them; StreamFence orders them before later stores.
	Stream      func(dst, src unsafe.Pointer, n int)
	StreamFence func()
	// Prefetch asks for the 2 KiB of memory from skip bytes after p on to be brought
	// near. It changes nothing; there need not be memory.
	Prefetch func(p unsafe.Pointer, skip int)
}

// Fn3Mask is the form of Select: mask is a Bool block.
type Fn3Mask func(dst, mask, a, b unsafe.Pointer, n int)

const numCombines = int(kernels.CombineArgMax) + 1
