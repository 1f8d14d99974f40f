package ptx

import (
	"strings"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/grid"
)

// Module is the text of one kernel.
type Module struct {
	// Entries are the entry points that a launch's passes may name, each with its own text.
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
	// fewTiles is the number of tiles of a Contract below which smaller ones are taken,
	// so that every multiprocessor has some.
	fewTiles int
}

func usualLimits() limits { return limits{elements: 1 << 30, chunkBytes: 256 << 20, fewTiles: 128} }

// planner makes the passes of a launch.
type planner interface {
	plan(args *grid.Args, into *grid.Plan) error
}

// Entry is an entry point. Its parameters are, in this order: one 8-byte pointer
// for each of a pass's Buffers, then the argument block by value.
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
	// DynamicBytes is the shared memory that a launch has to ask for, on top of that.
	DynamicBytes int
}

// Source is the texts of all entry points, one after the other, for reading.
func (m *Module) Source() string {
	var s strings.Builder
	for i := range m.Entries {
		s.WriteString(m.Entries[i].Source)
	}
	return s.String()
}

// Plan makes the passes of a launch, in the memory of into where that suffices.
func (m *Module) Plan(args *grid.Args, into *grid.Plan) error {
	into.Reset()
	return m.plan.plan(args, into)
}
