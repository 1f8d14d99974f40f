package scan

import (
	"context"
	"slices"
	"unsafe"

	"github.com/quern-go/quern/internal/meter"
)

const (
	firstBits = 11
	firstSize = 1 << firstBits
	// shortLine is the length of a line up to which it is sorted instead.
	shortLine = 2048
)

// choose finds the values of some ranks.
func (j *job[T]) choose(ctx context.Context) error {
	if unsafe.Sizeof(T(0)) == 4 {
		return chooseBy[T, uint32](ctx, j)
	}
	return chooseBy[T, uint64](ctx, j)
}

func chooseBy[T number, K key](ctx context.Context, j *job[T]) error {
	if j.n <= shortLine {
		return chooseShort[T, K](ctx, j)
	}
	if threads := j.pool.Threads(); j.n < manyItems || j.lines >= 4*threads || threads == 1 {
		return j.eachLine(ctx, max(1, manyItems/4/j.n), func(l *line[T]) error {
			return newSelection[T, K](j, l, 1).run(func(f func(part, lo, hi int)) error {
				f(0, 0, j.n)
				return ctx.Err()
			})
		})
	}
	for i := range j.lines {
		l := j.line(i, int(unsafe.Sizeof(T(0))))
		s := newSelection[T, K](j, &l, j.pool.Threads())
		if err := s.run(func(f func(part, lo, hi int)) error { return j.forChunks(ctx, j.n, f) }); err != nil {
			return err
		}
		meter.Of(ctx).Set(float64(i+1) / float64(j.lines))
	}
	return nil
}

// chooseShort sorts the lines.
func chooseShort[T number, K key](ctx context.Context, j *job[T]) error {
	return j.pool.Run(ctx, j.lines, max(1, manyItems/4/j.n), func(_, lo, hi int) {
		space := make([]K, 2*j.n)
		counts := new([64 / radixBits][radix]int)
		for i := lo; i < hi; i++ {
			l := j.line(i, int(unsafe.Sizeof(T(0))))
			for k := range j.n {
				space[k] = keyOf[T, K](at[T](l.in, k*l.inStep))
			}
			sorted := sortItems(space[:j.n], space[j.n:], 0, counts)
			for k, rank := range j.args.Params {
				if sorted[j.n-1] == ^K(0) { // NaN
					rank = uint64(j.n - 1)
				}
				put(l.out, k*l.outStep, valueOf[T](sorted[rank]))
			}
		}
	})
}

// eachLine calls f for every line, on all threads.
func (j *job[T]) eachLine(ctx context.Context, grain int, f func(l *line[T]) error) error {
	errs := make(chan error, 1)
	err := j.pool.Run(ctx, j.lines, grain, func(_, lo, hi int) {
		for i := lo; i < hi; i++ {
			l := j.line(i, int(unsafe.Sizeof(T(0))))
			if err := f(&l); err != nil {
				select {
				case errs <- err:
				default:
				}
				return
			}
		}
	})
	if err != nil {
		return err
	}
	select {
	case err = <-errs:
	default:
	}
	return err
}

// selection is the search for some ranks in a line.
type selection[T number, K key] struct {
	job    *job[T]
	l      *line[T]
	counts [][firstSize]int  // of each part, how many keys begin with each digit
	nans   []bool            // of each part, whether it has a NaN
	wanted [firstSize]uint32 // of each digit: 1 + the number of its list; 0: none
	lists  []list
}

// list is the keys that begin with one digit of a wanted rank.
type list struct {
	digit  int
	before int   // keys below
	starts []int // where the keys of each part go
}

func newSelection[T number, K key](j *job[T], l *line[T], parts int) *selection[T, K] {
	return &selection[T, K]{job: j, l: l, counts: make([][firstSize]int, parts), nans: make([]bool, parts)}
}

func firstDigit[K key](k K) int { return int(k >> (8*unsafe.Sizeof(k) - firstBits)) }

// run selects; each calls a function for every part of the line.
func (s *selection[T, K]) run(each func(f func(part, lo, hi int)) error) error {
	l := s.l
	err := each(func(part, lo, hi int) {
		c := &s.counts[part]
		largest := K(0)
		for i := lo; i < hi; i++ {
			k := keyOf[T, K](at[T](l.in, i*l.inStep))
			largest = max(largest, k)
			c[firstDigit(k)]++
		}
		s.nans[part] = largest == ^K(0)
	})
	if err != nil {
		return err
	}
	if slices.Contains(s.nans, true) {
		for k := range s.job.args.Params {
			put(l.out, k*l.outStep, valueOf[T](^K(0)))
		}
		return nil
	}
	total := s.want()
	memory, release, err := s.job.memory(2 * total * int(unsafe.Sizeof(K(0))))
	if err != nil {
		return err
	}
	defer release()
	keys := slice[K](memory)
	err = each(func(part, lo, hi int) {
		for i := lo; i < hi; i++ {
			k := keyOf[T, K](at[T](l.in, i*l.inStep))
			if w := s.wanted[firstDigit(k)]; w > 0 {
				starts := s.lists[w-1].starts
				keys[starts[part]] = k
				starts[part]++
			}
		}
	})
	if err != nil {
		return err
	}
	s.finish(keys[:total], keys[total:2*total])
	return nil
}

// want finds the digits of the ranks and where their keys go, and returns how many
// keys there are.
func (s *selection[T, K]) want() (total int) {
	below := 0
	for d := range firstSize {
		count := 0
		for part := range s.counts {
			count += s.counts[part][d]
		}
		if slices.ContainsFunc(s.job.args.Params, func(r uint64) bool { return int(r) >= below && int(r) < below+count }) {
			li := list{digit: d, before: below}
			for part := range s.counts {
				li.starts = append(li.starts, total)
				total += s.counts[part][d]
			}
			s.lists = append(s.lists, li)
			s.wanted[d] = uint32(len(s.lists))
		}
		below += count
	}
	return total
}

// finish picks the ranks from the lists, which lie one after another.
func (s *selection[T, K]) finish(keys, other []K) {
	start := 0
	for i := range s.lists {
		li := &s.lists[i]
		end := li.starts[len(li.starts)-1]
		var at, ranks []int
		for k, r := range s.job.args.Params {
			if rank := int(r) - li.before; rank >= 0 && rank < end-start {
				at, ranks = append(at, k), append(ranks, rank)
			}
		}
		for k, found := range pick(keys[start:end], other[start:end], ranks) {
			put(s.l.out, at[k]*s.l.outStep, valueOf[T](found))
		}
		start = end
	}
}

// pick finds the keys of some ranks among keys with the same first digit: as long as
// the ranks have the next digit in common, it keeps only the keys with that.
func pick[K key](keys, other []K, ranks []int) []K {
	low, high := slices.Min(ranks), slices.Max(ranks)
	skipped := 0
	for shift := int(8*unsafe.Sizeof(K(0))) - firstBits; shift > 0 && len(keys) > manyItems/16; {
		shift = max(0, shift-radixBits)
		var counts [radix]int
		for i := range keys {
			counts[keys[i]>>shift&(radix-1)]++
		}
		d, below := 0, 0
		for below+counts[d] <= low {
			below += counts[d]
			d++
		}
		if high >= below+counts[d] {
			break
		}
		kept := keys[:0]
		for _, k := range keys {
			if int(k>>shift&(radix-1)) == d {
				kept = append(kept, k)
			}
		}
		keys, low, high, skipped = kept, low-below, high-below, skipped+below
	}
	sorted := sortItems(keys, other[:len(keys)], 0, new([64 / radixBits][radix]int))
	out := make([]K, len(ranks))
	for i, r := range ranks {
		out[i] = sorted[r-skipped]
	}
	return out
}
