package fold

import (
	"unsafe"

	"github.com/quern-go/quern/kernels"
)

// Rows of few columns would leave most of a vector empty. Blocks of 64 rows are
// independent, though: 32 of them are added side by side, a column at a time, whose
// values are first brought together and transposed, so that a vector holds the same
// row of all blocks.

const (
	// MostNarrow is the number of columns up to which that pays: the kernels pick
	// elements so far apart from whole vectors.
	MostNarrow = 8
	// NarrowRows is the least number of rows that are added in this way.
	NarrowRows = narrowBlocks * kernels.StridedSpan

	narrowBlocks = 32 // as many columns as a step of AccumStrided has
)

// narrow is memory for one batch of narrowBlocks blocks.
type narrow struct {
	column  unsafe.Pointer // of the batch, row after row
	across  unsafe.Pointer // the same: of each row, the blocks side by side
	sums    unsafe.Pointer // of a column, by block
	results unsafe.Pointer // by block and column
}

// useNarrow reports whether the next rows are a batch that lies in one piece.
func (s *Strided) useNarrow(src values, n, rows, stride int) bool {
	return src.b == nil && n <= MostNarrow && stride == n && rows >= NarrowRows
}

// addNarrow adds a batch of rows of n values, with which a block begins.
func (s *Strided) addNarrow(src unsafe.Pointer, n int) {
	const span = kernels.StridedSpan
	op, t := &s.op, s.table
	if s.narrow == nil {
		room := func(values int) unsafe.Pointer { return aligned(values * op.Size) }
		s.narrow = &narrow{room(NarrowRows), room(NarrowRows), room(narrowBlocks), room(narrowBlocks * MostNarrow)}
	}
	b := s.narrow
	for c := range n {
		column := src
		if n > 1 {
			column = b.column
			t.Gather[op.Size](column, unsafe.Add(src, c*op.Size), n, NarrowRows)
		}
		t.Transpose[op.Size](b.across, narrowBlocks, column, span, span, narrowBlocks)
		op.Clear(b.sums, narrowBlocks)
		op.Strided(b.sums, b.across, narrowBlocks, span, narrowBlocks)
		for block := range narrowBlocks {
			Store(b.results, block*n+c, op.Size, Load(b.sums, block, op.Size))
		}
	}
	s.add(1, values{a: b.results}, n, narrowBlocks, n)
}
