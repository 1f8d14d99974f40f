package fold

import (
	"math/bits"
	"unsafe"

	"github.com/quern-go/quern/cpu/internal/simd"
	"github.com/quern-go/quern/kernels"
)

// Strided reduces many rows of values side by side, one result per column, in
// Strided order: blocks of 64 rows in order, the blocks' results by the same
// rule, and so on. Each level keeps one running value per column.
type Strided struct {
	table  *simd.Table
	op     Op
	width  int // columns
	levels []stridedLevel

	// ArgMin and ArgMax: the best so far and where it was, by column.
	rows        int
	best, where unsafe.Pointer
	mask, other unsafe.Pointer
	position    uint64

	narrow *narrow // of few columns
}

type stridedLevel struct {
	acc   unsafe.Pointer
	count int
}

// Init makes ready for an accumulator and rows of up to width values.
func (s *Strided) Init(table *simd.Table, acc kernels.Acc, width int) {
	*s = Strided{table: table, op: NewOp(table, acc), width: width}
	if s.op.Arg != nil {
		s.best, s.where = aligned(width*s.op.Size), aligned(width*8)
		s.mask, s.other = aligned(width/8+1), aligned(width/8+1)
	}
}

// Reserve is Init unless there is room for rows of that width; then it only sets
// the width.
func (s *Strided) Reserve(table *simd.Table, acc kernels.Acc, room int) {
	if s.table == nil || room > s.width {
		s.Init(table, acc, room)
	}
}

// Reset begins anew; ArgMin and ArgMax count the first row as the one at a
// position.
func (s *Strided) Reset(position int64) {
	for i := range s.levels {
		s.levels[i].count = 0
	}
	s.rows, s.position = 0, uint64(position)
}

// Add appends rows of n values, stride elements apart.
func (s *Strided) Add(src unsafe.Pointer, n, rows, stride int) {
	if s.op.Arg != nil {
		for r := range rows {
			s.compare(unsafe.Add(src, r*stride*s.op.Size), n)
		}
		return
	}
	s.add(0, values{a: src}, n, rows, stride)
}

// AddProducts appends rows of n products of values at a and at b, of a sum.
func (s *Strided) AddProducts(a, b unsafe.Pointer, n, rows, stride int) {
	s.add(0, values{a, b}, n, rows, stride)
}

// add adds rows to a level.
func (s *Strided) add(i int, src values, n, rows, stride int) {
	for done := 0; done < rows; { // never a pointer past the last row: the collector would meet it
		l := s.level(i, n)
		if i == 0 && l.count == 0 {
			if m := s.addNarrow(src.from(done*stride, s.op.Size), n, rows-done, stride); m > 0 {
				done += m
				continue
			}
		}
		m := min(rows-done, kernels.StridedSpan-l.count)
		s.op.addStrided(l.acc, src.from(done*stride, s.op.Size), n, m, stride)
		done += m
		if l.count += m; l.count == kernels.StridedSpan {
			s.carry(i, n)
		}
	}
}

// level is level i, cleared if it is empty.
func (s *Strided) level(i, n int) *stridedLevel {
	if i == len(s.levels) {
		s.levels = append(s.levels, stridedLevel{acc: aligned(s.width * s.op.Size)})
	}
	l := &s.levels[i]
	if l.count == 0 {
		s.op.Clear(l.acc, n)
	}
	return l
}

// carry adds what a level has come to to the next.
func (s *Strided) carry(i, n int) {
	s.levels[i].count = 0
	s.add(i+1, values{a: s.levels[i].acc}, n, 1, 0)
}

// Finish returns the results of the n columns and, for ArgMin and ArgMax, their
// positions. Both are valid until the next Reset.
func (s *Strided) Finish(n int) (values, positions unsafe.Pointer) {
	if s.op.Arg != nil {
		if s.rows == 0 {
			s.op.Clear(s.best, n)
			for i := range n {
				Store(s.where, i, 8, kernels.NoIndex)
			}
		}
		return s.best, s.where
	}
	top := 0
	for i := range s.levels {
		if s.levels[i].count > 0 {
			top = i
		}
	}
	for i := 0; i < top; i++ {
		if s.levels[i].count > 0 {
			s.carry(i, n)
		}
	}
	// A carry may have filled the level above top.
	for top+1 < len(s.levels) && s.levels[top+1].count > 0 {
		top++
	}
	return s.level(top, n).acc, nil
}

// compare takes one row into the best of each column: x at the row's position
// replaces b if not b ≤ x and b is no NaN (ArgMin), so that the first of equals
// and the first NaN stay.
func (s *Strided) compare(x unsafe.Pointer, n int) {
	t, dt := s.table, s.op.Type
	if s.rows++; s.rows == 1 {
		copy(unsafe.Slice((*byte)(s.best), n*s.op.Size), unsafe.Slice((*byte)(x), n*s.op.Size))
		t.Fill[8](s.where, unsafe.Pointer(&s.position), n)
		s.position++
		return
	}
	if n < 32 {
		s.compareFew(x, n)
		s.position++
		return
	}
	vv := &t.Binary[simd.VV]
	if s.op.Combine == kernels.CombineArgMin {
		vv[kernels.OpLessEqual][dt](s.mask, s.best, x, n)
	} else {
		vv[kernels.OpLessEqual][dt](s.mask, x, s.best, n)
	}
	t.Unary[kernels.OpNot][kernels.Bool](s.mask, s.mask, n)
	vv[kernels.OpEqual][dt](s.other, s.best, s.best, n)
	vv[kernels.OpAnd][kernels.Bool](s.mask, s.mask, s.other, n)
	if anySet(unsafe.Slice((*byte)(s.mask), (n+7)/8)) {
		t.Select[dt](s.best, s.mask, x, s.best, n)
		s.setPositions(n)
	}
	s.position++
}

func anySet(mask []byte) bool {
	for _, m := range mask {
		if m != 0 {
			return true
		}
	}
	return false
}

// setPositions writes the row's position where the mask is set.
func (s *Strided) setPositions(n int) {
	where := unsafe.Slice((*uint64)(s.where), n)
	for i, m := range unsafe.Slice((*byte)(s.mask), (n+7)/8) {
		for ; m != 0; m &= m - 1 {
			where[i*8+bits.TrailingZeros8(m)] = s.position
		}
	}
}

func (s *Strided) compareFew(x unsafe.Pointer, n int) {
	for i := range n {
		before := kernels.Partial{Bits: Load(s.best, i, s.op.Size), Index: int64(Load(s.where, i, 8))}
		now := kernels.Partial{Bits: Load(x, i, s.op.Size), Index: int64(s.position)}
		if p := s.op.Combine.Apply(s.op.Type, before, now); p != before {
			Store(s.best, i, s.op.Size, p.Bits)
			Store(s.where, i, 8, uint64(p.Index))
		}
	}
}
