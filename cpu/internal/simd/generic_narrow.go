package simd

import (
	"math/bits"
	"unsafe"

	"github.com/quern-go/quern/kernels"
)

const (
	// SpanStep is the number of spans of which FoldSpans takes a multiple.
	SpanStep = 16

	foldMost = 64 // values of a row from which other ways than the generic FoldRows are faster
	spanMost = 8  // columns of the generic FoldSpans
)

// SpanSlot is the distance between the results of two spans of n columns, 1 < n: the least
// power of two that is not below n.
func SpanSlot(n int) int { return 1 << bits.Len(uint(n-1)) }

// setNarrow makes the reductions that are complete in one call, of one that combines a row
// into the accumulators.
func setNarrow[T float](t *Table, c kernels.Combine, dt kernels.DType, row func(acc, row []T)) {
	var element T
	size := int(unsafe.Sizeof(element))
	t.FoldRows[c][dt] = func(dst, src unsafe.Pointer, n, rows int, _ bool) {
		var lanes [Lanes]T
		for r, d := 0, block[T](dst, rows); r < len(d); r++ {
			copy(lanes[:n], block[T](unsafe.Add(src, r*n*size), n))
			for half := SpanSlot(n) / 2; half > 0; half /= 2 {
				if m := min(half, n-half); m > 0 {
					row(lanes[:m], lanes[half:half+m])
				}
			}
			d[r] = lanes[0]
		}
	}
	t.FoldSpans[c][dt] = func(dst, src unsafe.Pointer, n, spans int) {
		for s := range spans {
			acc := block[T](unsafe.Add(dst, s*SpanSlot(n)*size), n)
			rows := block[T](unsafe.Add(src, s*kernels.StridedSpan*n*size), kernels.StridedSpan*n)
			copy(acc, rows)
			for r := n; r < len(rows); r += n {
				row(acc, rows[r:r+n])
			}
		}
	}
	t.FoldColumns[c][dt] = func(dst, src unsafe.Pointer, n, rows, stride int, _ bool) {
		copy(block[T](dst, n), block[T](src, n))
		if rows > 1 {
			t.AccumStrided[c][dt](dst, unsafe.Add(src, stride*size), n, rows-1, stride) // the level's
		}
	}
}
