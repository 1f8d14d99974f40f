package fold

import (
	"math"
	"unsafe"

	"github.com/quern-go/quern/cpu/internal/simd"
	"github.com/quern-go/quern/kernels"
)

// Top keeps the first values of rows, in the order of kernels.Before, in lists: see
// kernels.Fold. A list is as long as the values that are kept are many, and always in
// order. Once it holds numbers alone, a value that does not belong in it costs part
// of a comparison of vectors.
type Top struct {
	t     kernels.DType
	size  int
	below func(src, bound unsafe.Pointer, n int) int
}

// NewTop is for values of a type.
func NewTop(table *simd.Table, t kernels.DType) Top {
	return Top{t: t, size: t.Size(), below: table.FirstBelow[t]}
}

// Clear makes a list that of a row without values.
func (t *Top) Clear(list []kernels.Partial) {
	for i := range list {
		list[i] = kernels.Missing(t.t)
	}
}

// Add takes n values of a row, the first of which is at the given position. All that
// the list has been given before are at earlier ones.
func (t *Top) Add(list []kernels.Partial, src unsafe.Pointer, n int, first int64) {
	last := &list[len(list)-1]
	i := 0
	for ; i < n && t.isNaN(last.Bits); i++ { // NaN, or nothing yet
		t.Insert(list, kernels.Partial{Bits: Load(src, i, t.size), Index: first + int64(i)})
	}
	var bound uint64
	for i < n {
		Store(unsafe.Pointer(&bound), 0, t.size, last.Bits)
		i += t.below(unsafe.Add(src, i*t.size), unsafe.Pointer(&bound), n-i)
		if i < n {
			t.Insert(list, kernels.Partial{Bits: Load(src, i, t.size), Index: first + int64(i)})
			i++
		}
	}
}

// Insert puts a value in its place, if that is in the list, and what was last goes.
func (t *Top) Insert(list []kernels.Partial, p kernels.Partial) {
	i := len(list) - 1
	if !kernels.Before(t.t, p, list[i]) {
		return
	}
	for ; i > 0 && kernels.Before(t.t, p, list[i-1]); i-- {
		list[i] = list[i-1]
	}
	list[i] = p
}

// Merge takes what another list of the row holds, whatever the positions.
func (t *Top) Merge(list, other []kernels.Partial) {
	for _, p := range other {
		if !kernels.Before(t.t, p, list[len(list)-1]) {
			return // nor do those after it belong
		}
		t.Insert(list, p)
	}
}

func (t *Top) isNaN(bits uint64) bool {
	if t.t == kernels.F32 {
		x := math.Float32frombits(uint32(bits))
		return x != x
	}
	x := math.Float64frombits(bits)
	return x != x
}
