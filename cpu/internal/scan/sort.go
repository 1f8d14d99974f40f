package scan

import (
	"context"
	"math"
	"unsafe"

	"github.com/quern-go/quern/internal/meter"
	"github.com/quern-go/quern/internal/ranks"
)

// sorting is how the lines of a job are sorted by items of one type.
type sorting[T number, E item] struct {
	*job[T]
	from          int // the first bit of an item that counts
	outputElement int // bytes
	// read makes items of a line's elements from lo to hi, and write its results of
	// items.
	read  func(l *line[T], items []E, lo, hi int)
	write func(l *line[T], items []E, lo, hi int)
}

// run sorts one line on each thread, or if there are few, and they are long, one after
// another on all threads.
func (s *sorting[T, E]) run(ctx context.Context) error {
	var e E
	threads := s.pool.Threads()
	shared := s.n >= manyItems && threads > 1 && s.lines < 4*threads
	workspaces := min(threads, s.lines)
	if shared {
		workspaces = 1
	}
	memory, release, err := s.memory(workspaces * 2 * s.n * int(unsafe.Sizeof(e)))
	if err != nil {
		return err
	}
	defer release()
	all := slice[E](memory)
	if shared {
		for i := range s.lines {
			if err := s.sharedLine(s.forLine(ctx, i), i, all[:s.n], all[s.n:]); err != nil {
				return err
			}
		}
		return nil
	}
	// Workers take turns with the workspaces, so that there are never more than these.
	free := make(chan []E, workspaces)
	for i := range workspaces {
		free <- all[2*s.n*i:][:2*s.n]
	}
	return s.pool.Run(ctx, s.lines, max(1, manyItems/4/s.n), func(_, lo, hi int) {
		space := <-free
		counts := new([64 / radixBits][radix]int)
		for i := lo; i < hi; i++ {
			l := s.line(i, s.outputElement)
			s.read(&l, space[:s.n], 0, s.n)
			s.write(&l, sortItems(space[:s.n], space[s.n:], s.from, counts), 0, s.n)
		}
		free <- space
	})
}

func (s *sorting[T, E]) sharedLine(ctx context.Context, i int, items, other []E) error {
	l := s.line(i, s.outputElement)
	if err := s.forChunks(ctx, s.n, func(_, lo, hi int) { s.read(&l, items, lo, hi) }); err != nil {
		return err
	}
	sorted, err := sortShared(meter.Part(ctx, 0.1, 0.9), s.job, items, other, s.from)
	if err != nil {
		return err
	}
	return s.forChunks(ctx, s.n, func(_, lo, hi int) { s.write(&l, sorted, lo, hi) })
}

// sort puts the values in ascending order.
func (j *job[T]) sort(ctx context.Context) error {
	if unsafe.Sizeof(T(0)) == 4 {
		return sortValues[T, uint32](ctx, j)
	}
	return sortValues[T, uint64](ctx, j)
}

func sortValues[T number, K ranks.Key](ctx context.Context, j *job[T]) error {
	s := sorting[T, K]{job: j, outputElement: int(unsafe.Sizeof(T(0)))}
	s.read = func(l *line[T], items []K, lo, hi int) {
		for i := lo; i < hi; i++ {
			items[i] = ranks.KeyOf[T, K](at[T](l.in, i*l.inStep))
		}
	}
	s.write = func(l *line[T], items []K, lo, hi int) {
		for i := lo; i < hi; i++ {
			put(l.out, i*l.outStep, ranks.ValueOf[T](items[i]))
		}
	}
	return s.run(ctx)
}

// argSort finds the positions of the values in ascending order.
func (j *job[T]) argSort(ctx context.Context) error {
	if unsafe.Sizeof(T(0)) == 4 && uint64(j.n) <= math.MaxUint32 {
		return j.argSortPacked(ctx)
	}
	s := sorting[T, pair]{job: j, outputElement: 8}
	s.read = func(l *line[T], items []pair, lo, hi int) {
		for i := lo; i < hi; i++ {
			items[i] = pair{wideKey(at[T](l.in, i*l.inStep)), uint64(i)}
		}
	}
	s.write = func(l *line[T], items []pair, lo, hi int) {
		for i := lo; i < hi; i++ {
			put(l.out, i*l.outStep, int64(items[i].position))
		}
	}
	return s.run(ctx)
}

// argSortPacked sorts keys of 32 bits with positions of 32 bits below them.
func (j *job[T]) argSortPacked(ctx context.Context) error {
	s := sorting[T, uint64]{job: j, from: 32, outputElement: 8}
	s.read = func(l *line[T], items []uint64, lo, hi int) {
		for i := lo; i < hi; i++ {
			items[i] = wideKey(at[T](l.in, i*l.inStep))<<32 | uint64(i)
		}
	}
	s.write = func(l *line[T], items []uint64, lo, hi int) {
		for i := lo; i < hi; i++ {
			put(l.out, i*l.outStep, int64(uint32(items[i])))
		}
	}
	return s.run(ctx)
}

// wideKey is the key of a value, one for both zeros.
func wideKey[T number](x T) uint64 {
	x += 0
	if unsafe.Sizeof(x) == 4 {
		return uint64(ranks.KeyOf[T, uint32](x))
	}
	return ranks.KeyOf[T, uint64](x)
}
