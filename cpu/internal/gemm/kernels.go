package gemm

import (
	"fmt"

	"github.com/quern-go/quern/cpu/internal/simd"
)

// microFunc advances a tile of chains by k steps over packed panels of A and B.
// Those of B have rows ldb apart and may be read beyond cols, up to a whole tile. The
// chains start at the elements of c, rows ldc apart, if cont, else at +0; only the
// first cols columns of c are touched. Of two accumulators each row of c is two, one
// below the other.
type microFunc[T Float] func(k int, a, b *T, ldb int, c *T, ldc, cols int, cont bool)

// inPlaceFunc is a microFunc that reads A where it is: element (i, k) is at a[i*as+k*ak].
type inPlaceFunc[T Float] func(k int, a *T, as, ak int, b *T, ldb int, c *T, ldc, cols int, cont bool)

// copyingFunc is a microFunc for all columns of a tile that reads B where it is, and packs it.
type copyingFunc[T Float] func(k int, a, b *T, ldb int, packed, c *T, ldc int, cont bool)

// packFunc writes k rows of a panel, ds elements apart, from n ≤ its width rows or
// columns of the source, ss elements apart.
type packFunc[T Float] func(dst *T, ds int, src *T, ss int, n, k int)

// kernels is what the loops need to know of a term at one instruction-set level.
//
// Packed panels are k-major: a panel of A has the elements of up to rows rows for
// k = 0, padded to stride, then those for k = 1; one of B the same with cols
// columns. Padding holds anything, but the weight in the last element of A's for
// weighted terms.
type kernels[T Float] struct {
	rows, cols int // of the full tile
	stride     int // elements between consecutive k in a panel of A
	lanes      int // rows that transpose takes at once

	transpose    packFunc[T] // from a source with adjacent k
	copyA, copyB packFunc[T] // from a source with adjacent rows of A, columns of B
	micro        []microFunc[T]

	// Of matrix products, where the level has them; else empty.
	inPlace []inPlaceFunc[T]
	copying []copyingFunc[T]
}

// Supports says whether a level, which the machine has, has kernels for a term.
func Supports(level simd.Level, t Term) bool { return len(kernels32(level, t).micro) > 0 }

// kernelsFor returns the kernels of a term.
func kernelsFor[T Float](level simd.Level, t Term) (*kernels[T], error) {
	if !level.Available() {
		return nil, fmt.Errorf("contract: level %v is not available (this machine has %v)", level, simd.Levels())
	}
	if !Supports(level, t) {
		return nil, fmt.Errorf("contract: level %v has no kernels for %v", level, t)
	}
	var set any
	switch any(T(0)).(type) {
	case float32:
		set = kernels32(level, t)
	default:
		set = kernels64(level, t)
	}
	return set.(*kernels[T]), nil
}
