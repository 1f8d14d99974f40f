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
	// Entries are the names of the entry points that a launch's passes may name.
	Entries []Entry
	// MaxAxes is the number of axes that launches may have.
	MaxAxes int

	sig     *kernels.Signature
	outs    int // outputs
	planner planner
}

// Entry is an entry point. Its parameters are, in this order: one pointer for each
// of a pass's Buffers, then the argument block.
type Entry struct {
	Name      string
	GroupSize int // work items of a group, always
	// BlockBytes is the size of the argument block.
	BlockBytes int
	// BlockInMemory says that the block's parameter is a pointer to global memory
	// that holds it, because it exceeds Target.BlockLimit.
	BlockInMemory bool
}
