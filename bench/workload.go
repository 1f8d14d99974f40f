package bench

import (
	"context"
	"unsafe"

	"github.com/quern-go/quern/internal/machine"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/ops"
)

// Workload is a piece of work to measure.
type Workload struct {
	Name    string // unique: "sgemm/1024"
	Summary string // what is computed, for people
	DType   string // float32 or float64

	// Bytes that one run must read from and write to memory, 0 if memory does not matter, and its floating-point
	// operations, 0 if they are not counted. If Formula is PlanFormula, both are the plan's.
	Bytes, Flops float64
	Items        float64 // what else one run counts, such as samples; 0: nothing
	Unit         string  // of Items: "samples"
	Formula      string  // how Bytes, Flops and Items were counted

	Limit  Limit  // the peak to compare with
	NoPeak string // why there is none, where Limit is Unlimited

	Setup func(ctx context.Context, e *Env) (*Job, error)
}

// Limit names the peak that bounds a workload's speed.
type Limit string

// The limits.
const (
	Unlimited Limit = ""
	Streaming Limit = "memory_stream" // reading and writing memory
	Reading   Limit = "memory_read"   // only reading it
	FMA32     Limit = "fma_float32"   // fused multiply-adds
	FMA64     Limit = "fma_float64"
)

// Job is a workload with its arrays in place.
type Job struct {
	// Run computes once. Its result is kept for Check.
	Run func(ctx context.Context) error
	// Check runs once more and compares the result, or a sample of it, with the oracle's to the last bit, or with
	// a plain Go loop's.
	Check func(ctx context.Context) error
	// Explain is how a run is planned; nil where it is more than one evaluation.
	Explain explainer
	// Values are some elements of the result of the last run, for peers to compare with theirs: spread evenly from
	// the first to the last. Nil if the result is random or is not kept.
	Values func() []float64
	// Close gives back what is not memory; nil if there is nothing.
	Close func()
	// Course is what the demonstration shows besides; nil but for CourseWorkloads.
	Course *Course
	// Precision is that of the products, if they need not be exact, and ErrorOfBound the largest error that Check
	// has found, divided by the bound; 0 if it has looked for none.
	Precision    kernels.Precision
	ErrorOfBound float64
}

// Env is where the jobs of one group live: the device to run on, and arrays that they share.
type Env struct {
	Options  []ops.Option // for every evaluation
	Selector string       // of the device
	// Precision is what products may be computed with.
	Precision kernels.Precision
	Threads   int // of the device, and so of the peaks measured beside it
	arrays    map[string]any
	arena     *arena // of resident workloads; nil if there is none
}

// output returns the group's array of a name, making it on first use. Its contents are what the last job
// left in it.
func output[T ops.Float](e *Env, name string, n int) []T {
	x, _ := shared[T](e, name, n)
	return x
}

// input returns the group's array of a name, filled with uniform random numbers in [0, 1) on first use.
// Jobs do not write to it.
func input[T ops.Float](e *Env, name string, n int) []T {
	return between[T](e, name, n, 0, 0)
}

// between is the group's array of a name, uniform in [from, to), or in [0, 1) if both are 0.
func between[T ops.Float](e *Env, name string, n int, from, to T) []T {
	x, fresh := shared[T](e, name, n)
	if !fresh {
		return x
	}
	fill(x, seedOf(name))
	if from != to {
		for i := range x {
			x[i] = from + x[i]*(to-from)
		}
	}
	return x
}

func shared[T ops.Float](e *Env, name string, n int) (x []T, fresh bool) {
	name = typeName[T]() + " " + name
	if x, ok := e.arrays[name].([]T); ok && len(x) >= n {
		return x[:n], false
	}
	if e.arrays == nil {
		e.arrays = make(map[string]any)
	}
	x = make([]T, n)
	if n > 0 {
		machine.AskForHugePages(unsafe.Slice((*byte)(unsafe.Pointer(&x[0])), n*int(unsafe.Sizeof(x[0]))))
	}
	for i := 0; i < n; i += pageElements {
		x[i] = 0 // the first touch of a page costs as much as the work: not while timing
	}
	e.arrays[name] = x
	return x, true
}

// pageElements is a stride that touches every page of 4 KiB, for either element type.
const pageElements = 512

// seedOf makes arrays of different names hold different numbers.
func seedOf(name string) uint64 {
	seed := uint64(1)
	for _, c := range []byte(name) {
		seed = seed*31 + uint64(c)
	}
	return seed
}

// fill writes uniform random numbers in [0, 1) from SplitMix64 (Steele, Lea and Flood, OOPSLA 2014): plain
// Go, so that inputs do not depend on what is measured.
func fill[T ops.Float](x []T, seed uint64) {
	for i := range x {
		seed += 0x9e3779b97f4a7c15
		z := seed
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		x[i] = T(z>>40) * 0x1p-24
	}
}
