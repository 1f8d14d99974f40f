package exec

import (
	"context"
	"errors"
	"unsafe"

	"github.com/quern-go/quern/kernels"
)

// Array is an operand in memory: see device.Operand.
type Array struct {
	Base    unsafe.Pointer // of the element at index 0
	Len     int            // elements from there to the end of the buffer
	Strides []int
}

// Args are the arguments of a launch, as device.Args.
type Args struct {
	// Kind is the same for launches of a program on a device that differ in the memory of
	// their operands and in Params alone; 0 is like no other.
	Kind    uint64
	Shape   []int
	Reduced int
	Ins     []Array
	Outs    []Array
	Indices []kernels.Layout
	Params  []uint64
}

// Forget lets go of the operands' memory.
func (a *Args) Forget() {
	for i := range a.Ins {
		a.Ins[i].Base = nil
	}
	for i := range a.Outs {
		a.Outs[i].Base = nil
	}
}

// Program is a kernel compiled for a table of block kernels.
type Program interface {
	// NewLaunch returns an object that keeps the state of one launch at a time
	// and may be used again and again.
	NewLaunch() Launch
}

// Launch is one use of a Program.
type Launch interface {
	// Prepare takes what it needs from the arguments.
	Prepare(args *Args)
	// Run computes. It stops between blocks when the context ends.
	Run(ctx context.Context, crew *Crew) error
	// Forget lets go of the operands' memory, and crew of it too; the next
	// Prepare brings others.
	Forget(crew *Crew)
}

// errMissed is the failure of a launch one of whose gathers read beyond its input.
var errMissed = errors.New("gather: position beyond the end of the input")
