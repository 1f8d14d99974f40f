package bench

import (
	"context"
	"sync"

	"github.com/quern-go/quern/bench/internal/fmapeak"
	"github.com/quern-go/quern/ops"
)

// Peak is the best rate that a reference reached beside the workloads of a group.
type Peak struct {
	Group          string   `json:"group"`
	Limit          Limit    `json:"limit"`
	Source         string   `json:"source"` // what was run
	BytesPerSecond *float64 `json:"bytes_per_second"`
	FlopsPerSecond *float64 `json:"flops_per_second"`
	Samples        int      `json:"samples"`
}

// rate is the one that the limit is about.
func (p Peak) rate() float64 {
	if p.BytesPerSecond != nil {
		return *p.BytesPerSecond
	}
	return *p.FlopsPerSecond
}

// reference is work whose only purpose is to show what the machine can do.
type reference struct {
	limit  Limit
	source string
	bytes  float64
	flops  float64
	run    func(context.Context) error
	close  func() // nil if there is nothing to give back
}

func (r reference) peak(group string, best Stats) Peak {
	p := Peak{Group: group, Limit: r.limit, Source: r.source, Samples: best.Samples}
	if r.bytes > 0 {
		p.BytesPerSecond = new(r.bytes / best.MinSeconds)
	} else {
		p.FlopsPerSecond = new(r.flops / best.MinSeconds)
	}
	return p
}

// maxReference is the most elements of the arrays that references use, of three float32 arrays.
const maxReference = 100_000_000

// references lists what to measure beside workloads, for each limit that bounds one of them.
func references(ctx context.Context, e *Env, workloads []Workload) ([]reference, error) {
	limits := make(map[Limit]bool)
	bytes := 0.0
	for _, w := range workloads {
		limits[w.Limit] = true
		bytes = max(bytes, w.Bytes)
	}
	n := int(min(bytes/12, maxReference)) // the same memory as the largest, as three arrays
	var out []reference
	if limits[Streaming] {
		triad, err := triadReference(ctx, e, n)
		if err != nil {
			return nil, err
		}
		out = append(out, copyReference(e, n), triad, addReference(e, n))
	}
	if limits[Reading] {
		out = append(out, readReference(e, n))
	}
	isa, ok := fmapeak.Available()
	if ok && limits[FMA32] {
		out = append(out, fmaReference(e, FMA32, isa, fmapeak.Float32))
	}
	if ok && limits[FMA64] {
		out = append(out, fmaReference(e, FMA64, isa, fmapeak.Float64))
	}
	return out, nil
}

// noReference says why a limit has no peak.
func noReference(driver string, limit Limit) string {
	if driver != "cpu" {
		return "transfers included; for peaks, --resident"
	}
	if reason, ok := fmapeak.Available(); !ok && (limit == FMA32 || limit == FMA64) {
		return reason
	}
	return ""
}

// copyReference is Go's copy, which writes large blocks past the caches.
func copyReference(e *Env, n int) reference {
	a, c := input[float32](e, "a", n), output[float32](e, "c", n)
	return reference{limit: Streaming, source: "Go's copy", bytes: 8 * float64(n), run: func(context.Context) error {
		parallel(e.Threads, n, func(_, from, to int) { copy(c[from:to], a[from:to]) })
		return nil
	}}
}

// triadSource names the triad among the references.
const triadSource = "triad on the device"

func triadReference(ctx context.Context, e *Env, n int) (reference, error) {
	triad := Triad(n)
	job, err := triad.Setup(ctx, e)
	if err != nil {
		return reference{}, err
	}
	return reference{limit: Streaming, source: triadSource, bytes: triad.Bytes, run: job.Run}, nil
}

// addReference writes lines that it has just read, which memory takes faster than writes elsewhere.
func addReference(e *Env, n int) reference {
	a, c := input[float32](e, "a", n), output[float32](e, "c", n)
	sum := ops.FromSlice(c).Add(ops.FromSlice(a))
	return reference{limit: Streaming, source: "c += a on the device", bytes: 12 * float64(n), run: func(ctx context.Context) error {
		return sum.Into(ctx, c, e.Options...)
	}}
}

// readReference reads one float32 of each cache line of 64 bytes: one core can ask for lines several times as
// fast as memory delivers them.
func readReference(e *Env, n int) reference {
	a := input[float32](e, "a", n)
	sums := make([]float32, e.Threads*line) // each goroutine its own cache line
	return reference{limit: Reading, source: "one word of each cache line", bytes: 4 * float64(n), run: func(context.Context) error {
		parallel(e.Threads, n, func(thread, from, to int) { sums[thread*line] = touch(a[from:to]) })
		return nil
	}}
}

// line is the number of float32 in a cache line.
const line = 16

func touch(x []float32) float32 {
	var s0, s1, s2, s3 float32
	for len(x) >= 4*line {
		s0 += x[0]
		s1 += x[line]
		s2 += x[2*line]
		s3 += x[3*line]
		x = x[4*line:]
	}
	return s0 + s1 + s2 + s3
}

// fmaReference runs a loop of multiply-adds on every thread, for about a millisecond.
func fmaReference(e *Env, limit Limit, isa string, loop func(turns int) float64) reference {
	const turns = 200_000
	r := reference{limit: limit, source: "independent fused multiply-adds, " + isa, flops: float64(e.Threads) * loop(turns)}
	r.run = func(context.Context) error {
		parallel(e.Threads, e.Threads, func(int, int, int) { loop(turns) })
		return nil
	}
	return r
}

// parallel splits n elements among goroutines, at multiples of a page.
func parallel(threads, n int, part func(thread, from, to int)) {
	const page = 1024
	each := (n/threads + page - 1) / page * page
	var wg sync.WaitGroup
	for t := range threads {
		from := min(t*each, n)
		to := min(from+each, n)
		if t == threads-1 {
			to = n
		}
		wg.Go(func() { part(t, from, to) })
	}
	wg.Wait()
}
