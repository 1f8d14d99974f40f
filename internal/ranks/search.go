package ranks

import (
	"slices"
	"unsafe"
)

const (
	// digitBits is the most bits of a key that one pass tells apart.
	digitBits = 11
	digits    = 1 << digitBits
)

// Search is a search for the values of some ranks. Each pass calls Count for all values, in
// any number of pieces, and then Narrow.
type Search[T Float, K Key] struct {
	Lists []List[K] // in ascending order

	ranks []uint64
	shift int // see Shift
	nans  []bool
	count [][][digits]int // by part and list, how many keys have each next digit; of a part nil: none
}

// List is keys among which there is a wanted one: those that begin with the same bits.
type List[K Key] struct {
	Before int   // keys below
	Counts []int // by part, how many there are

	prefix K
}

// New begins a search for ranks, counted from 0, in which so many goroutines count at
// the same time, each a part of the values, the same in every pass.
func New[T Float, K Key](ranks []uint64, parts int) *Search[T, K] {
	return &Search[T, K]{
		Lists: []List[K]{{}}, ranks: ranks, shift: 8 * int(unsafe.Sizeof(K(0))),
		nans: make([]bool, parts), count: make([][][digits]int, parts),
	}
}

// width is how many bits the next digit has.
func (s *Search[T, K]) width() int { return min(digitBits, s.shift) }

// Count counts n values of a part, the first at x and each step elements after the one
// before.
func (s *Search[T, K]) Count(part int, x unsafe.Pointer, step, n int) {
	below := (s.shift - s.width()) & (int(8*unsafe.Sizeof(K(0))) - 1)
	stride := step * int(unsafe.Sizeof(T(0)))
	if s.count[part] == nil {
		s.count[part] = make([][digits]int, len(s.Lists))
	}
	if s.isFirst() {
		c, largest := &s.count[part][0], K(0)
		for i := range n {
			k := KeyOf[T, K](*(*T)(unsafe.Add(x, i*stride)))
			largest = max(largest, k)
			c[k>>below&(digits-1)]++
		}
		s.nans[part] = s.nans[part] || largest == ^K(0)
		return
	}
	mask := K(1)<<s.width() - 1
	count := s.count[part]
	s.each(x, stride, n, func(list int, k K) { count[list][k>>below&mask]++ })
}

// Keep stores those of n values of a part that are in lists: the keys of list l from next[l]
// on, which it moves on.
func (s *Search[T, K]) Keep(x unsafe.Pointer, step, n int, keys []K, next []int) {
	s.each(x, step*int(unsafe.Sizeof(T(0))), n, func(list int, k K) {
		keys[next[list]] = k
		next[list]++
	})
}

// each calls f for the keys in lists of n values, which are few.
func (s *Search[T, K]) each(x unsafe.Pointer, stride, n int, f func(list int, k K)) {
	if len(s.Lists) == 0 {
		return
	}
	shift := s.shift & (int(8*unsafe.Sizeof(K(0))) - 1)
	first := s.Lists[0].prefix
	span := s.Lists[len(s.Lists)-1].prefix - first
	for i := range n {
		k := KeyOf[T, K](*(*T)(unsafe.Add(x, i*stride)))
		if k>>shift-first > span {
			continue
		}
		for list := range s.Lists {
			if s.Lists[list].prefix == k>>shift {
				f(list, k)
			}
		}
	}
}

// isFirst says that nothing has been counted yet.
func (s *Search[T, K]) isFirst() bool { return s.shift == 8*int(unsafe.Sizeof(K(0))) }

// Narrow ends a pass. What is left are the keys in the Lists; none if there is a NaN among
// the values.
func (s *Search[T, K]) Narrow() {
	if slices.Contains(s.nans, true) {
		s.Lists = nil
		return
	}
	var lists []List[K]
	width := s.width()
	for i := range s.Lists {
		before := s.Lists[i].Before
		for digit := range 1 << width {
			total := 0
			for _, c := range s.count {
				if c != nil {
					total += c[i][digit]
				}
			}
			if s.wants(before, total) {
				counts := make([]int, len(s.count))
				for part, c := range s.count {
					if c != nil {
						counts[part] = c[i][digit]
					}
				}
				lists = append(lists, List[K]{before, counts, s.Lists[i].prefix<<width | K(digit)})
			}
			before += total
		}
	}
	s.Lists, s.shift = lists, s.shift-width
	clear(s.count)
}

// wants reports whether a rank is among count keys, with so many before.
func (s *Search[T, K]) wants(before, count int) bool {
	return slices.ContainsFunc(s.ranks, func(r uint64) bool { return int(r) >= before && int(r) < before+count })
}

// Shift is how many bits at the end of their keys those of a list do not have in common.
func (s *Search[T, K]) Shift() int { return s.shift }

// HasNaN reports whether a value was NaN.
func (s *Search[T, K]) HasNaN() bool { return slices.Contains(s.nans, true) }

// Left is how many keys are in the lists.
func (s *Search[T, K]) Left() int {
	total := 0
	for i := range s.Lists {
		total += s.Lists[i].Len()
	}
	return total
}

// Len is how many keys are in the list.
func (l *List[K]) Len() int {
	total := 0
	for _, c := range l.Counts {
		total += c
	}
	return total
}

// Known reports whether all keys of a list are the same, and is that key.
func (s *Search[T, K]) Known(list int) (key K, ok bool) { return s.Lists[list].prefix, s.shift == 0 }
