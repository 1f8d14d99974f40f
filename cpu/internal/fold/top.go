package fold

import (
	"math"
	"slices"
	"unsafe"

	"github.com/quern-go/quern/cpu/internal/simd"
	"github.com/quern-go/quern/kernels"
)

// Top keeps the first values of rows, in the order of kernels.Before: see
// kernels.Fold.Top. Once a row's list holds numbers alone, a value that does not belong
// in it costs part of a comparison of vectors.
type Top interface {
	// Reset makes lists that are empty, each for a number of values.
	Reset(lists, count int)
	// Add gives a list n values of its row, the first of which is at a position. All that
	// it has been given before are at earlier ones.
	Add(list int, src unsafe.Pointer, n int, first int64)
	// Merge gives a list what another holds, whatever the positions.
	Merge(list, other int)
	// At is value number i of a list.
	At(list, i int) kernels.Partial
}

// NewTop is for values of a type, F32 or F64.
func NewTop(table *simd.Table, t kernels.DType) Top {
	if t == kernels.F32 {
		return &top[float32]{below: table.FirstBelow[t]}
	}
	return &top[float64]{below: table.FirstBelow[t]}
}

type top[T float32 | float64] struct {
	below     func(src, bound unsafe.Pointer, n int) int
	count     int // of values in a list
	values    []T // of all lists, each in order
	positions []int64
}

func (t *top[T]) Reset(lists, count int) {
	n := lists * count
	t.count = count
	t.values, t.positions = slices.Grow(t.values[:0], n)[:n], slices.Grow(t.positions[:0], n)[:n]
	nan := T(math.NaN())
	for i := range t.values {
		t.values[i], t.positions[i] = nan, kernels.NoIndex
	}
}

// list is the values and positions of a list.
func (t *top[T]) list(i int) (values []T, positions []int64) {
	lo, hi := i*t.count, (i+1)*t.count
	return t.values[lo:hi:hi], t.positions[lo:hi:hi]
}

func (t *top[T]) Add(list int, src unsafe.Pointer, n int, first int64) {
	values, positions := t.list(list)
	x, bound := unsafe.Slice((*T)(src), n), &values[t.count-1]
	i := 0
	for ; i < n && *bound != *bound; i++ { // NaN, or nothing yet
		if x[i] == x[i] {
			insert(values, positions, x[i], first+int64(i))
		} else if at := slices.Index(positions, kernels.NoIndex); at >= 0 {
			positions[at] = first + int64(i)
		}
	}
	for i < n {
		i += t.below(unsafe.Pointer(&x[i]), unsafe.Pointer(bound), n-i)
		if i < n {
			insert(values, positions, x[i], first+int64(i))
			i++
		}
	}
}

// insert puts a number that belongs in a list behind those that are not larger; what was
// last goes.
func insert[T float32 | float64](values []T, positions []int64, x T, position int64) {
	i := len(values) - 1
	positions = positions[:len(values)]
	for ; i > 0 && !(values[i-1] <= x); i-- {
		values[i], positions[i] = values[i-1], positions[i-1]
	}
	values[i], positions[i] = x, position
}

func (t *top[T]) Merge(list, other int) {
	values, positions := t.list(list)
	x, at := t.list(other)
	last := t.count - 1
	for i := range x {
		if !before(x[i], at[i], values[last], positions[last]) {
			return // nor do those after it belong
		}
		k := last
		for ; k > 0 && before(x[i], at[i], values[k-1], positions[k-1]); k-- {
			values[k], positions[k] = values[k-1], positions[k-1]
		}
		values[k], positions[k] = x[i], at[i]
	}
}

// before is kernels.Before.
func before[T float32 | float64](x T, i int64, y T, j int64) bool {
	return x < y || y != y && x == x || (x == y || x != x && y != y) && i < j
}

func (t *top[T]) At(list, i int) kernels.Partial {
	values, positions := t.list(list)
	p := kernels.Partial{Index: positions[i]}
	switch x := any(values[i]).(type) {
	case float32:
		p.Bits = uint64(math.Float32bits(x))
	case float64:
		p.Bits = math.Float64bits(x)
	}
	return p
}
