package fold

import (
	"unsafe"

	"github.com/quern-go/quern/cpu/internal/simd"
	"github.com/quern-go/quern/kernels"
)

// Rows of few columns would leave most of a vector empty. Blocks of 64 rows are
// independent, though: as many as a vector has room for are added side by side, see
// simd.Table.FoldSpans. So are blocks of blocks. The memory rests between two calls, so
// that large ones matter.

const (
	// NarrowRows is how many rows at a time are added best in this way.
	NarrowRows = simd.SpanStep * span * span

	span       = kernels.StridedSpan
	fewNarrow  = 2 * simd.SpanStep * span // rows of a small batch
	mostBlocks = NarrowRows / span
)

// narrow is memory for the results of a batch's blocks, and of their blocks.
type narrow struct{ blocks, results unsafe.Pointer }

// addNarrow adds some of the rows of n values, with which a block begins, if they are such
// and lie in one piece, and returns how many.
func (s *Strided) addNarrow(src values, n, rows, stride int) int {
	most := s.table.SpanMost[s.op.Type]
	if src.b != nil || n < 2 || n > most || stride != n || rows < fewNarrow {
		return 0
	}
	if s.narrow == nil {
		s.narrow = &narrow{aligned(mostBlocks * most * s.op.Size), aligned(simd.SpanStep * most * s.op.Size)}
	}
	fold, slot := s.table.FoldSpans[s.op.Combine][s.op.Type], simd.SpanSlot(n)
	if rows < NarrowRows || len(s.levels) > 1 && s.levels[1].count > 0 {
		fold(s.narrow.blocks, src.a, n, fewNarrow/span)
		s.add(1, values{a: s.narrow.blocks}, n, fewNarrow/span, slot)
		return fewNarrow
	}
	fold(s.narrow.blocks, src.a, n, mostBlocks)
	fold(s.narrow.results, s.narrow.blocks, slot, simd.SpanStep)
	s.level(1, n) // which stays empty
	s.add(2, values{a: s.narrow.results}, n, simd.SpanStep, slot)
	return NarrowRows
}
