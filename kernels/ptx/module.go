package ptx

import (
	"strings"

	"github.com/quern-go/quern/kernels"
)

// Module is the text of one kernel.
type Module struct {
	// Entries are the entry points that Passes may name, each with its own text.
	Entries []Entry
	// MaxAxes is the number of axes that launches may have.
	MaxAxes int

	kernel kernels.Kernel
	target Target
	limits limits
	plan   planner
}

// limits are the most that a pass does.
type limits struct {
	// elements bounds the elements of a Map, the values of a point and the blocks of
	// a reduction, and the tiles of a Contract, whose numbers are U32. It is a
	// multiple of a Tree block.
	elements int
	// chunkBytes bounds the scratch memory for chunks' results at once, unless those
	// of one row take more.
	chunkBytes int
}

func usualLimits() limits { return limits{elements: 1 << 30, chunkBytes: 256 << 20} }

// planner makes the passes of a launch.
type planner interface {
	plan(args *Args, into *Plan) error
}

// Entry is an entry point. Its parameters are, in this order: one 8-byte pointer
// for each of a Pass's Buffers, then the argument block by value.
type Entry struct {
	Name string
	// Source is a whole PTX text with this entry point alone.
	Source string
	// GroupSize is the number of threads of a block, always: the entry states it
	// by .reqntid.
	GroupSize int
	// Buffers is the number of pointers.
	Buffers int
	// BlockBytes is the size of the argument block.
	BlockBytes int
	// SharedBytes is the shared memory that a thread block takes, declared in the
	// text.
	SharedBytes int
}

// Source is the texts of all entry points, one after the other, for reading.
func (m *Module) Source() string {
	var s strings.Builder
	for i := range m.Entries {
		s.WriteString(m.Entries[i].Source)
	}
	return s.String()
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
// Groups thread blocks.
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

// Plan makes the passes of a launch; into may be a plan of an earlier launch, or
// nil.
func (m *Module) Plan(args *Args, into *Plan) (*Plan, error) {
	if into == nil {
		into = new(Plan)
	}
	into.Passes, into.Scratch = into.Passes[:0], into.Scratch[:0]
	if err := m.plan.plan(args, into); err != nil {
		return nil, err
	}
	return into, nil
}
