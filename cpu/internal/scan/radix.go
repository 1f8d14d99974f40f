package scan

import (
	"context"
	"unsafe"

	"github.com/quern-go/quern/internal/meter"
)

const (
	radixBits = 8
	radix     = 1 << radixBits
	// fewItems is how many are not worth counting digits for.
	fewItems = 192
	// manyItems is how many are worth more than one thread.
	manyItems = 1 << 16
)

// sortItems sorts by the bits from a first one on, keeping equal ones in order, and
// returns which of the two arrays has the result.
func sortItems[E item](items, other []E, from int, counts *[64 / radixBits][radix]int) []E {
	if len(items) < fewItems {
		insert(items, from)
		return items
	}
	bits := keyBits[E]()
	*counts = [64 / radixBits][radix]int{}
	for i := range items {
		for shift := from; shift < bits; shift += radixBits {
			counts[shift/radixBits][digit(&items[i], shift)]++
		}
	}
	for shift := from; shift < bits; shift += radixBits {
		c := &counts[shift/radixBits]
		if c[digit(&items[0], shift)] == len(items) {
			continue // all have the same digit
		}
		start := 0
		for d := range c {
			start, c[d] = start+c[d], start
		}
		scatter(items, other, shift, c)
		items, other = other, items
	}
	return items
}

// keyBits is how many bits of an item are sorted by, those below from included.
func keyBits[E item]() int {
	var e E
	return 8 * min(8, int(unsafe.Sizeof(e)))
}

// scatter puts items where their digits belong; starts says where each begins.
func scatter[E item](items, other []E, shift int, starts *[radix]int) {
	to := unsafe.Pointer(unsafe.SliceData(other))
	for i := range items {
		d := digit(&items[i], shift)
		put(to, starts[d], items[i])
		starts[d]++
	}
}

// insert sorts a few items.
func insert[E item](items []E, from int) {
	for i := 1; i < len(items); i++ {
		x := items[i]
		at := i
		for at > 0 && above(&items[at-1], &x, from) {
			items[at] = items[at-1]
			at--
		}
		items[at] = x
	}
}

// above reports whether one key is larger than another.
func above[E item](a, b *E, from int) bool {
	if unsafe.Sizeof(*a) == 4 {
		return *(*uint32)(unsafe.Pointer(a)) > *(*uint32)(unsafe.Pointer(b))
	}
	return *(*uint64)(unsafe.Pointer(a))>>from > *(*uint64)(unsafe.Pointer(b))>>from
}

// sortShared is sortItems by all threads: each counts the digits of its part, and puts
// that part behind the equal digits of the parts before it.
func sortShared[T number, E item](ctx context.Context, j *job[T], items, other []E, from int) ([]E, error) {
	counts := make([][radix]int, j.pool.Threads())
	for shift := from; shift < keyBits[E](); shift += radixBits {
		err := j.forChunks(ctx, len(items), func(part, lo, hi int) {
			counts[part] = [radix]int{}
			for i := lo; i < hi; i++ {
				counts[part][digit(&items[i], shift)]++
			}
		})
		if err != nil {
			return nil, err
		}
		start, most := 0, 0
		for d := range radix {
			before := start
			for part := range counts {
				start, counts[part][d] = start+counts[part][d], start
			}
			most = max(most, start-before)
		}
		if most == len(items) {
			continue // all have the same digit
		}
		err = j.forChunks(ctx, len(items), func(part, lo, hi int) { scatter(items[lo:hi], other, shift, &counts[part]) })
		if err != nil {
			return nil, err
		}
		items, other = other, items
		meter.Of(ctx).Set(float64(shift+radixBits-from) / float64(keyBits[E]()-from))
	}
	return items, nil
}
