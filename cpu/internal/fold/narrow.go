package fold

import (
	"unsafe"

	"github.com/quern-go/quern/cpu/internal/simd"
	"github.com/quern-go/quern/kernels"
)

// Rows of few columns would leave most of a vector empty. Blocks of 64 rows are
// independent, though: as many as a vector has room for are added side by side, see
// simd.Table.FoldSpans.

const (
	// NarrowRows is the least number of rows that are added in this way.
	NarrowRows = narrowBlocks * kernels.StridedSpan

	narrowBlocks = 2 * simd.SpanStep
)

// useNarrow reports whether the next rows are a batch that lies in one piece.
func (s *Strided) useNarrow(src values, n, rows, stride int) bool {
	return src.b == nil && 1 < n && n <= s.table.SpanMost[s.op.Type] && stride == n && rows >= NarrowRows
}

// addNarrow adds a batch of rows of n values, with which a block begins.
func (s *Strided) addNarrow(src unsafe.Pointer, n int) {
	if s.narrow == nil {
		s.narrow = aligned(narrowBlocks * s.table.SpanMost[s.op.Type] * s.op.Size)
	}
	s.table.FoldSpans[s.op.Combine][s.op.Type](s.narrow, src, n, narrowBlocks)
	s.add(1, values{a: s.narrow}, n, narrowBlocks, simd.SpanSlot(n))
}
