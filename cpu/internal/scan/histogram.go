package scan

import (
	"context"
	"unsafe"

	"github.com/quern-go/quern/internal/meter"
)

// histogram counts the values in each bin.
func (j *job[T]) histogram(ctx context.Context) error {
	b := newBins(unsafe.Slice((*T)(j.args.Edges), int(j.args.Params[0])+1))
	threads := j.pool.Threads()
	if j.n < manyItems/4 || j.lines >= 4*threads || threads == 1 {
		return j.pool.Run(ctx, j.lines, max(1, manyItems/4/j.n), func(_, lo, hi int) {
			counts := make([]int64, b.count)
			for i := lo; i < hi; i++ {
				l := j.line(i, 8)
				clear(counts)
				b.add(&l, 0, j.n, counts)
				l.store(counts)
			}
		})
	}
	counts := make([]int64, threads*b.count)
	for i := range j.lines {
		l := j.line(i, 8)
		clear(counts)
		err := j.forChunks(ctx, j.n, func(part, lo, hi int) { b.add(&l, lo, hi, counts[part*b.count:][:b.count]) })
		if err != nil {
			return err
		}
		for k, c := range counts[b.count:] {
			counts[k%b.count] += c
		}
		l.store(counts[:b.count])
		meter.Of(ctx).Set(float64(i+1) / float64(j.lines))
	}
	return nil
}

// store writes the counts of a line.
func (l *line[T]) store(counts []int64) {
	for i, c := range counts {
		put(l.out, i*l.outStep, c)
	}
}

// bins are the edges of a histogram.
type bins[T number] struct {
	edges []T
	count int
	first T
	last  T
	scale T    // bins per unit
	even  bool // the bin of x is nearly (x−first)·scale
}

// newBins sees whether the edges are so evenly spaced that a guess is never off by
// more than one bin.
func newBins[T number](edges []T) *bins[T] {
	b := &bins[T]{edges: edges, count: len(edges) - 1, first: edges[0], last: edges[len(edges)-1]}
	b.scale = T(b.count) / (b.last - b.first)
	b.even = b.scale > 0 && b.scale-b.scale == 0
	for i := 0; i < len(edges) && b.even; i++ {
		g := (edges[i] - b.first) * b.scale
		b.even = g >= T(i)-0.5 && g <= T(i)+0.5 && edges[i] >= edges[max(i-1, 0)]
	}
	return b
}

// add counts a line's values from lo to hi.
func (b *bins[T]) add(l *line[T], lo, hi int, counts []int64) {
	for i := lo; i < hi; i++ {
		x := at[T](l.in, i*l.inStep)
		if !(x >= b.first && x <= b.last) {
			continue
		}
		if b.even {
			counts[b.near(x)]++
		} else {
			counts[b.search(x)]++
		}
	}
}

// near is the bin of a value between evenly spaced edges.
func (b *bins[T]) near(x T) int {
	k := min(int((x-b.first)*b.scale), b.count-1)
	if x < b.edges[k] {
		k--
	} else if k < b.count-1 && x >= b.edges[k+1] {
		k++
	}
	return k
}

// search is the bin of a value, found by halves.
func (b *bins[T]) search(x T) int {
	first, end := 0, b.count
	for end-first > 1 {
		if middle := int(uint(first+end) / 2); b.edges[middle] <= x {
			first = middle
		} else {
			end = middle
		}
	}
	return first
}
