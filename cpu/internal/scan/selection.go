package scan

import (
	"context"
	"slices"
	"unsafe"

	"github.com/quern-go/quern/internal/meter"
	"github.com/quern-go/quern/internal/ranks"
)

// shortLine is the length of a line up to which it is sorted instead.
const shortLine = 2048

// choose finds the values of some ranks.
func (j *job[T]) choose(ctx context.Context) error {
	if unsafe.Sizeof(T(0)) == 4 {
		return chooseBy[T, uint32](ctx, j)
	}
	return chooseBy[T, uint64](ctx, j)
}

func chooseBy[T number, K ranks.Key](ctx context.Context, j *job[T]) error {
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
func chooseShort[T number, K ranks.Key](ctx context.Context, j *job[T]) error {
	return j.pool.Run(ctx, j.lines, max(1, manyItems/4/j.n), func(_, lo, hi int) {
		space := make([]K, 2*j.n)
		counts := new([64 / radixBits][radix]int)
		for i := lo; i < hi; i++ {
			l := j.line(i, int(unsafe.Sizeof(T(0))))
			for k := range j.n {
				space[k] = ranks.KeyOf[T, K](at[T](l.in, k*l.inStep))
			}
			sorted := sortItems(space[:j.n], space[j.n:], 0, counts)
			for k, rank := range j.args.Params {
				if sorted[j.n-1] == ^K(0) { // NaN
					rank = uint64(j.n - 1)
				}
				put(l.out, k*l.outStep, ranks.ValueOf[T](sorted[rank]))
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

// mostKept is how many keys of a line are kept at most, in the end, to choose among: 2 MiB.
const mostKept = 1 << 17

// selection is the search for some ranks in a line.
type selection[T number, K ranks.Key] struct {
	*ranks.Search[T, K]
	job   *job[T]
	l     *line[T]
	parts int
}

func newSelection[T number, K ranks.Key](j *job[T], l *line[T], parts int) *selection[T, K] {
	return &selection[T, K]{ranks.New[T, K](j.args.Params, parts), j, l, parts}
}

// at is where value i of the line is.
func (s *selection[T, K]) at(i int) unsafe.Pointer {
	return unsafe.Add(s.l.in, i*s.l.inStep*int(unsafe.Sizeof(T(0))))
}

// run selects; each calls a function for every part of the line.
func (s *selection[T, K]) run(each func(f func(part, lo, hi int)) error) error {
	l := s.l
	for {
		if err := each(func(part, lo, hi int) { s.Count(part, s.at(lo), l.inStep, hi-lo) }); err != nil {
			return err
		}
		s.Narrow()
		if s.HasNaN() {
			for k := range s.job.args.Params {
				put(l.out, k*l.outStep, ranks.ValueOf[T](^K(0)))
			}
			return nil
		}
		if _, known := s.Known(0); known || s.Left() <= mostKept {
			break
		}
	}
	if _, known := s.Known(0); known {
		s.finishKnown()
		return nil
	}
	return s.finish(each)
}

// finishKnown stores the keys that lists have nothing but.
func (s *selection[T, K]) finishKnown() {
	for i := range s.Lists {
		key, _ := s.Known(i)
		for k, r := range s.job.args.Params {
			if rank := int(r) - s.Lists[i].Before; rank >= 0 && rank < s.Lists[i].Len() {
				put(s.l.out, k*s.l.outStep, ranks.ValueOf[T](key))
			}
		}
	}
}

// finish collects the keys of the lists, which then lie one after another, and picks the
// ranks from them.
func (s *selection[T, K]) finish(each func(f func(part, lo, hi int)) error) error {
	total := s.Left()
	memory, release, err := s.job.memory(2 * total * int(unsafe.Sizeof(K(0))))
	if err != nil {
		return err
	}
	defer release()
	keys := slice[K](memory)
	starts, next := make([][]int, s.parts), 0
	for i := range s.Lists {
		for part, count := range s.Lists[i].Counts {
			starts[part] = append(starts[part], next)
			next += count
		}
	}
	err = each(func(part, lo, hi int) { s.Keep(s.at(lo), s.l.inStep, hi-lo, keys, starts[part]) })
	if err != nil {
		return err
	}
	s.pick(keys[:total], keys[total:2*total])
	return nil
}

// pick picks the ranks from the lists, which lie one after another.
func (s *selection[T, K]) pick(keys, other []K) {
	start := 0
	for i := range s.Lists {
		li := &s.Lists[i]
		end := start + li.Len()
		var at, wanted []int
		for k, r := range s.job.args.Params {
			if rank := int(r) - li.Before; rank >= 0 && rank < end-start {
				at, wanted = append(at, k), append(wanted, rank)
			}
		}
		for k, found := range pick(keys[start:end], other[start:end], s.Shift(), wanted) {
			put(s.l.out, at[k]*s.l.outStep, ranks.ValueOf[T](found))
		}
		start = end
	}
}

// pick finds the keys of some ranks among keys that differ in the bits below shift only: as
// long as the ranks have the next digit in common, it keeps only the keys with that.
func pick[K ranks.Key](keys, other []K, shift int, wanted []int) []K {
	low, high := slices.Min(wanted), slices.Max(wanted)
	skipped := 0
	for shift > 0 && len(keys) > manyItems/16 {
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
	out := make([]K, len(wanted))
	for i, r := range wanted {
		out[i] = sorted[r-skipped]
	}
	return out
}
