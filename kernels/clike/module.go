package clike

import "github.com/quern-go/quern/kernels"

// Target is what the source text may use.
type Target struct {
	Dialect *Dialect
	// Float64 says that the device computes in float64.
	Float64 bool
	// ExactDivide says that float32 division and square root are correctly
	// rounded as they stand (for OpenCL with
	// -cl-fp32-correctly-rounded-divide-sqrt). Otherwise they are computed in
	// float64, whose rounding twice is harmless there, or, without float64,
	// left as they are.
	ExactDivide bool
	// GroupSize is the most work items that a group may have; at least 64.
	GroupSize int
	// LocalBytes is the local memory that a group may use.
	LocalBytes int
	// BlockLimit is the largest argument block, in bytes, that can be passed by
	// value; a larger one is a pointer to global memory (Entry.BlockInMemory).
	BlockLimit int
	// Tile is the tile of a Contract; its items also bound the accumulators that a
	// work item of a Fold has. The zero Tile stands for DefaultTile, and a smaller
	// one besides for products of few outputs.
	Tile Tile
}

// Tile is the shape of a Contract's tile: a work group computes M×N outputs,
// RowsPerItem×ColsPerItem by each work item, from slices of K steps in local
// memory.
type Tile struct {
	M, N, K                  int
	RowsPerItem, ColsPerItem int
}

// Module is the source text of one kernel.
type Module struct {
	Source string
	// Entries are the names of the entry points that Passes may name.
	Entries []Entry
	// MaxAxes is the number of axes that launches may have.
	MaxAxes int

	sig     *kernels.Signature
	outs    int // outputs
	planner planner
}

// Entry is an entry point. Its parameters are, in this order: one pointer for each
// of a Pass's Buffers, then the argument block.
type Entry struct {
	Name      string
	GroupSize int // work items of a group, always
	// BlockBytes is the size of the argument block.
	BlockBytes int
	// BlockInMemory says that the block's parameter is a pointer to global memory
	// that holds it, because it exceeds Target.BlockLimit.
	BlockInMemory bool
}

// BufferKind says which memory a pointer parameter gets.
type BufferKind uint8

// The kinds: the launch's inputs and outputs by number, and scratch memory of the
// Plan by number.
const (
	InputBuffer BufferKind = iota
	OutputBuffer
	ScratchBuffer
)

// BufferRef names the memory of one pointer parameter.
type BufferRef struct {
	Kind   BufferKind
	Number int
}

// Pass is the launch of one entry point over a one-dimensional range of
// Groups × GroupSize work items.
type Pass struct {
	Entry   int // index among Module.Entries
	Buffers []BufferRef
	// Block is the argument block. Its first 8 bytes are the number of the first
	// group, little-endian, 0 here: a driver may split a pass in runs of groups
	// by launching parts of it with that number set.
	Block  []byte
	Groups int
	// Work estimates the operations of one group, for splitting.
	Work float64
}

// Plan is one launch. It may be used again for another launch of the same
// Module, which saves allocations.
type Plan struct {
	Passes  []Pass
	Scratch []int // bytes of each piece of scratch memory

	views [][]int // memory for planning
	taken int     // pieces of scratch memory in use
}

// Args are a launch's arguments without memory: see device.Args.
type Args struct {
	Shape     []int
	Reduced   int
	Ins, Outs []Operand
	Indices   []kernels.Layout
	Params    []uint64
}

// Operand is where an operand's elements are, counted in elements.
type Operand struct {
	Offset  int
	Strides []int
}

// AxesFor is the bound on the number of axes with which to render a kernel for
// launches of the given number: few bounds, so that a kernel is rendered and
// compiled once or twice in all.
func AxesFor(axes int) int {
	if axes <= fewAxes {
		return fewAxes
	}
	return maxAxes
}

const (
	fewAxes = 4
	maxAxes = 12 // eight of an array, and those of a contraction
)
