package scan

import (
	"context"
	"unsafe"

	"github.com/quern-go/quern/cpu/internal/sched"
	"github.com/quern-go/quern/internal/meter"
	"github.com/quern-go/quern/kernels"
)

// Array is an operand in memory: Base is the element at index 0, and the strides
// are in elements.
type Array struct {
	Base    unsafe.Pointer
	Strides []int
}

// Memory gives scratch memory of a number of bytes, and takes it back by release.
type Memory func(bytes int) (p []byte, release func(), err error)

// Args are the launch arguments of a Scan.
type Args struct {
	Shape  []int
	In     Array
	Edges  unsafe.Pointer // the first, of a histogram
	Out    Array
	Params []uint64
}

// number is an element type.
type number interface{ float32 | float64 }

// Run computes the kernel.
func Run(ctx context.Context, pool *sched.Pool, memory Memory, k *kernels.Scan, args *Args) error {
	if k.Ins[0] == kernels.F32 {
		return newJob[float32](pool, memory, args).run(ctx, k)
	}
	return newJob[float64](pool, memory, args).run(ctx, k)
}

// job is one launch for values of one type.
type job[T number] struct {
	pool   *sched.Pool
	memory Memory
	args   *Args
	n      int // values of a line
	lines  int
}

func newJob[T number](pool *sched.Pool, memory Memory, args *Args) *job[T] {
	last := len(args.Shape) - 1
	j := &job[T]{pool: pool, memory: memory, args: args, n: args.Shape[last], lines: 1}
	for _, d := range args.Shape[:last] {
		j.lines *= d
	}
	return j
}

func (j *job[T]) run(ctx context.Context, k *kernels.Scan) error {
	switch k.Kind {
	case kernels.ScanPrefix:
		return j.prefix(ctx, k.Combine)
	case kernels.ScanSort:
		return j.sort(ctx)
	case kernels.ScanArgSort:
		return j.argSort(ctx)
	case kernels.ScanSelect:
		return j.choose(ctx)
	}
	return j.histogram(ctx)
}

// line is a line of the index space: where its first element is in the input and in
// the output, and how far its elements are apart there.
type line[T number] struct {
	in      unsafe.Pointer
	inStep  int
	out     unsafe.Pointer
	outStep int
	length  int
}

// line finds a line by its number, in row-major order of the other axes; an element
// of the output takes a number of bytes.
func (j *job[T]) line(number, outputElement int) line[T] {
	a, last := j.args, len(j.args.Shape)-1
	in, out := 0, 0
	for axis := last - 1; axis >= 0; axis-- {
		i := number % a.Shape[axis]
		number /= a.Shape[axis]
		in += i * a.In.Strides[axis]
		out += i * a.Out.Strides[axis]
	}
	var t T
	return line[T]{
		in: unsafe.Add(a.In.Base, in*int(unsafe.Sizeof(t))), inStep: a.In.Strides[last],
		out: unsafe.Add(a.Out.Base, out*outputElement), outStep: a.Out.Strides[last],
		length: j.n,
	}
}

// at is element i of an array.
func at[E any](base unsafe.Pointer, i int) E {
	var e E
	return *(*E)(unsafe.Add(base, i*int(unsafe.Sizeof(e))))
}

func put[E any](base unsafe.Pointer, i int, x E) {
	*(*E)(unsafe.Add(base, i*int(unsafe.Sizeof(x)))) = x
}

// slice is memory as elements.
func slice[E any](p []byte) []E {
	var e E
	return unsafe.Slice((*E)(unsafe.Pointer(unsafe.SliceData(p))), len(p)/int(unsafe.Sizeof(e)))
}

// chunk is the range of the i-th of count equal parts of n.
func chunk(n, i, count int) (lo, hi int) {
	return n/count*i + min(i, n%count), n/count*(i+1) + min(i+1, n%count)
}

// forLine is the context of line i of those that are done one after another.
func (j *job[T]) forLine(ctx context.Context, i int) context.Context {
	return meter.Part(ctx, float64(i)/float64(j.lines), float64(i+1)/float64(j.lines))
}

// forChunks calls f for each of as many parts of n as there are threads, at the same
// time. It is one of several steps, whose makers say how far they are.
func (j *job[T]) forChunks(ctx context.Context, n int, f func(part, lo, hi int)) error {
	parts := j.pool.Threads()
	return j.pool.Run(meter.Off(ctx), parts, 1, func(_, from, to int) {
		for part := from; part < to; part++ {
			lo, hi := chunk(n, part, parts)
			f(part, lo, hi)
		}
	})
}
