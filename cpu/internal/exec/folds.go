package exec

import (
	"unsafe"

	"github.com/quern-go/quern/cpu/internal/simd"
)

// Tree reductions of short rows whose values lie one after the other, be it in memory or as
// Pre makes them: whole vectors are folded, see simd.Table.FoldRows. A sum of what is in
// memory reads that and writes its results, and nothing else: its floor is memory.

// decideFolds reports whether the rows are such, and then makes ready for chunks of kept
// points.
func (l *reduceLaunch) decideFolds() bool {
	if l.n < 2 {
		return false
	}
	for _, a := range l.accs {
		if a.Combine.HasIndex() || l.n > l.crew.table.FoldMost[a.Type] {
			return false
		}
	}
	l.pre.choose(0)
	for _, r := range l.pre.reach[:len(l.pre.leaves)] {
		if r == reachStrided || r == reachAxes {
			return false
		}
	}
	l.leaveInFrame()
	l.pre.specialise()
	l.rowKind = l.plainKind()
	chunks := (l.kept + foldChunk - 1) / foldChunk
	l.divide(chunks, foldChunk*float64(l.n)*(l.pre.code.Cost+float64(len(l.accs))))
	return true
}

// foldChunk is the kept points of a chunk.
const foldChunk = simd.Block

// foldsWork reduces chunks lo to hi.
func (l *reduceLaunch) foldsWork(worker, lo, hi int) {
	c, s := l.begin(worker)
	l.takeResults(worker, s, foldChunk)
	for chunk := lo; chunk < hi; chunk++ {
		first := chunk * foldChunk
		points := min(foldChunk, l.kept-first)
		if l.rowKind != plainLoad {
			l.foldRuns(c, s, first, points)
			l.finish(worker, s, first, points)
			continue
		}
		src, _ := l.plainAt(c, first*l.n)
		if dst, past := l.placeOf(first); dst != nil {
			l.foldRows(0, dst, src, points, past)
			continue
		}
		l.foldRows(0, s.values[0], src, points, false)
		l.finish(worker, s, first, points)
	}
	l.end(worker)
}

// foldRuns folds what runs of Pre leave in the frame.
func (l *reduceLaunch) foldRuns(c *cursor, s *reduceState, first, points int) {
	rows := max(1, l.pre.code.Block/l.n)
	for i := 0; i < points; i += rows {
		m := min(rows, points-i)
		c.run((first+i)*l.n, m*l.n)
		for k, a := range l.accs {
			l.foldRows(k, unsafe.Add(s.values[k], i*a.Type.Size()), c.frame.Result(k), m, false)
		}
	}
}

// foldRows folds rows of values of an accumulator.
func (l *reduceLaunch) foldRows(k int, dst, src unsafe.Pointer, rows int, past bool) {
	a := l.accs[k]
	l.crew.table.FoldRows[a.Combine][a.Type](dst, src, l.n, rows, past)
}
