package device

import (
	"context"
	"errors"

	"github.com/quern-go/quern/kernels"
)

// ErrOutOfMemory is wrapped by the error of an Alloc, Compile or Launch that
// failed for want of device memory.
var ErrOutOfMemory = errors.New("out of device memory")

// ErrLost is wrapped by errors after which a device cannot be used any more.
var ErrLost = errors.New("device lost")

// Driver finds the devices of one kind.
type Driver interface {
	// Name is the first part of a selector: cpu, cuda, opencl, opengl.
	Name() string
	// Probe lists the devices there are. With none, the error says why: which
	// libraries were tried and what each answered. Beside some it says what else
	// is there that does not work.
	Probe() ([]Info, error)
	// Open opens the device at a position in Probe's list.
	Open(ordinal int) (Device, error)
}

// OptionDriver is a Driver whose selectors may carry more than an ordinal, such
// as cpu:avx2,7threads.
type OptionDriver interface {
	Driver
	OpenOptions(options string) (Device, error)
}

// Detailer is a Driver that can tell more of its devices than Probe does, which takes
// too long for every start of a program.
type Detailer interface {
	Driver
	Details(ordinal int) []Detail
}

// Device computes kernels. Its methods may be called from several goroutines.
// Closing twice is harmless; using a closed device is an error.
type Device interface {
	Info() Info
	// Compile makes the kernel ready to launch. Programs are cached by the
	// kernel's Key. The error wraps errors.ErrUnsupported if the device cannot
	// run such a kernel. The kernel has been validated.
	Compile(k kernels.Kernel) (Program, error)
	// Alloc returns a buffer of the given number of bytes, aligned to 64 bytes,
	// with unspecified contents. The error wraps ErrOutOfMemory.
	Alloc(bytes int) (Buffer, error)
	// NewStream returns a queue of work.
	NewStream() (Stream, error)
	Close() error
}

// Program is a compiled kernel, valid while its device is open.
type Program interface {
	Kernel() kernels.Kernel
}

// PrecisionReporter is a Program that may compute with less precision than its
// kernel's definition, because the kernel allows it: see kernels.Precision. Other
// programs are exact.
type PrecisionReporter interface {
	// Precision is what launches are computed with; of some sizes it may be exact.
	Precision() kernels.Precision
}

// PrecisionOf is the precision of a program.
func PrecisionOf(p Program) kernels.Precision {
	if r, ok := p.(PrecisionReporter); ok {
		return r.Precision()
	}
	return kernels.Exact
}

// Noter is a Device that has something to say, in few words, of how it computes some
// kernels: for plans.
type Noter interface {
	// Note is "" for other kernels.
	Note(k kernels.Kernel) string
}

// NoteOf is what a device says of how it computes a kernel.
func NoteOf(d Device, k kernels.Kernel) string {
	if n, ok := d.(Noter); ok {
		return n.Note(k)
	}
	return ""
}

// Sequencer is a Device that can queue several launches at the cost of one, once it has
// prepared them: for work that is repeated.
type Sequencer interface {
	// NewSequence prepares the launches of programs of the device, one after the other.
	NewSequence(programs []Program) (Sequence, error)
}

// Sequence is launches in a row. One goroutine uses it at a time, on one stream after
// another.
type Sequence interface {
	// Launch queues them on a stream of the device, each with its arguments, as
	// Stream.Launch would one by one. They need not be those of the last time.
	Launch(s Stream, args []Args) error
	// Close gives back what was prepared; work that is queued is still done. The
	// device's Close does so too.
	Close() error
}

// Buffer is device memory. Operands address it by an offset and strides.
type Buffer interface {
	// Bytes is the length asked for.
	Bytes() int
	// Release gives the memory back to the device; work already launched may
	// still use it. Releasing twice is harmless.
	Release()
}

// Stream is a queue whose work runs in order. One goroutine uses it at a time.
// Launch and Upload may return before the work is done; failures that come up
// later are returned by Sync.
type Stream interface {
	// Upload copies src to the start of dst; src may be reused on return.
	Upload(dst Buffer, src []byte) error
	// Download copies the start of src into dst; dst is filled after Sync.
	Download(dst []byte, src Buffer) error
	// Launch queues the program. The arguments are copied where needed: args
	// may be reused on return. After an error none of it has run or will.
	Launch(p Program, args *Args) error
	// Sync waits for everything queued. When ctx ends first the remaining work
	// is dropped as soon as the device can and ctx's error is returned; output
	// buffers then have unspecified contents.
	Sync(ctx context.Context) error
	Close() error
}

// Args are the launch arguments of a kernel. All strides are over the axes of
// Shape, counted in elements; zero strides broadcast.
//
//   - Map: Shape is the index space; outputs have its strides.
//   - Reduce: Shape is the kept axes followed by the Reduced reduced axes, in
//     the order in which they are flattened. Outputs have strides over the kept
//     axes only.
//   - Scan: the last axis of Shape is the one along which it works. The output
//     has strides over the others and along its own elements there.
//   - Contract: Shape is the batch axes followed by m, n, k. Outputs have
//     strides over batch, m and n (with Fold: batch and m, with Fold.Top: batch, m
//     and the values that are kept).
//
// Every length is at least 1, except that a Reduce or Contract may reduce over
// nothing. No output overlaps another output or an input, except that the
// output of a Map, of prefixes or of a sort may be exactly an input: same buffer,
// offset and strides.
type Args struct {
	Shape   []int
	Reduced int // Reduce: how many trailing axes of Shape are reduced
	Ins     []Operand
	Outs    []Operand
	Indices []kernels.Layout // OpIndex: only Strides and Offset are used
	Params  []uint64         // bits of each scalar argument
}

// Operand is an array in device memory, seen through strides.
type Operand struct {
	Buffer  Buffer
	Offset  int // of the element at index 0, in elements
	Strides []int
}

// HostMapper is a Device whose buffers the host can read and write in place.
type HostMapper interface {
	// HostBytes returns the buffer's memory. It is valid until Release, and
	// consistent after Sync.
	HostBytes(b Buffer) ([]byte, error)
}

// HostWrapper is a Device that can compute on host memory without copying.
type HostWrapper interface {
	// Wrap returns a buffer over p, which must stay unmoved and referenced
	// until Release. Release does not free p.
	Wrap(p []byte) (Buffer, error)
}

// HostRewrapper is a HostWrapper whose buffers serve again, so that a short
// evaluation leaves no garbage.
type HostRewrapper interface {
	// Rewrap is Wrap, but may return old: a buffer of the same device that Wrap or
	// Rewrap gave, that has been released, and that nothing refers to but the
	// caller.
	Rewrap(p []byte, old Buffer) (Buffer, error)
}

// MemoryReporter is a Device that keeps accounts of its memory.
type MemoryReporter interface {
	Memory() MemoryStats
	// Trim returns cached memory to the system.
	Trim()
}

// Rates are a device's measured or estimated speeds, for the planner's
// predictions and the choice of a device.
type Rates struct {
	LaunchSeconds    float64 // from Launch to result, for a kernel of no work
	BytesPerSecond   float64 // device memory, read and written
	TransferPerSec   float64 // host to device and back; 0: host memory is used in place
	FlopsPerSecond32 float64 // fused multiply-adds count two
	FlopsPerSecond64 float64
}

// Rater is a Device that knows its speeds.
type Rater interface {
	Rates() Rates
}
