package exec

import (
	"unsafe"

	"github.com/quern-go/quern/cpu/internal/simd"
	"github.com/quern-go/quern/kernels"
)

// Tree reductions of short rows: the rows of many kept points side by side. With
// at most 256 values a row there is one per lane, and folding the lanes in halves
// is all there is to do: value t takes value t+half, for whole vectors of rows.

// decideShort is for chunks of kept points.
func (l *reduceLaunch) decideShort() {
	l.pre.nest.rotate(l.keptAxes)
	l.pre.choose(len(l.pre.nest.axes) - l.keptAxes)
	l.leaveInFrame()
	l.pre.specialise()
	size := l.shortChunk()
	chunks := (l.kept + size - 1) / size
	l.divide(chunks, float64(size)*float64(l.n)*(l.pre.code.Cost+2*float64(len(l.accs))))
}

// shortChunk is the number of kept points side by side for which all values, of
// all accumulators, fit the L1 cache.
func (l *reduceLaunch) shortChunk() int {
	const budget = 4096 // values
	n := budget / max(1, l.n*len(l.accs)) / 16 * 16
	return max(32, min(n, l.pre.code.Block))
}

// shortWork reduces chunks lo to hi.
func (l *reduceLaunch) shortWork(worker, lo, hi int) {
	c, s := l.begin(worker)
	size := l.shortChunk()
	arena := &l.crew.worker(worker).arena
	for k, a := range l.accs {
		s.src[k] = arena.take(max(1, l.n) * size * a.Type.Size())
		s.strided[k].Reserve(l.crew.table, a, size)
	}
	for chunk := lo; chunk < hi; chunk++ {
		first := chunk * size
		points := min(size, l.kept-first)
		for t := range l.n {
			c.move(t)
			if l.pre.prog.PlainLoad() && l.pre.reach[0] == reachStrided && c.at[0].base != nil {
				c.gather(0, unsafe.Add(s.src[0], t*size*c.at[0].size), first, points)
				continue
			}
			c.run(first, points)
			l.keepValues(c, s, t, size, points)
		}
		l.foldShort(s, size, points)
		l.finish(worker, s, first, points)
	}
	l.end(worker)
}

// keepValues stores value number t of each row.
func (l *reduceLaunch) keepValues(c *cursor, s *reduceState, t, size, points int) {
	for k, a := range l.accs {
		bytes := points * a.Type.Size()
		row := unsafe.Add(s.src[k], t*size*a.Type.Size())
		copy(unsafe.Slice((*byte)(row), bytes), unsafe.Slice((*byte)(c.frame.Result(k)), bytes))
	}
}

// combineOps are the instructions that combine two values.
var combineOps = map[kernels.Combine]kernels.Op{
	kernels.CombineAdd: kernels.OpAdd, kernels.CombineMul: kernels.OpMul,
	kernels.CombineMin: kernels.OpMin, kernels.CombineMax: kernels.OpMax,
}

// foldShort folds the values of all rows in halves.
func (l *reduceLaunch) foldShort(s *reduceState, size, points int) {
	for k, a := range l.accs {
		if a.Combine.HasIndex() || l.n == 0 {
			s.strided[k].Reset(0)
			s.strided[k].Add(s.src[k], points, l.n, size)
			s.values[k], s.index[k] = s.strided[k].Finish(points)
			continue
		}
		fn := l.crew.table.Binary[simd.VV][combineOps[a.Combine]][a.Type]
		row := func(t int) unsafe.Pointer { return unsafe.Add(s.src[k], t*size*a.Type.Size()) }
		for half := kernels.TreeLanes / 2; half > 0; half /= 2 {
			for t := 0; t < half && t+half < l.n; t++ {
				fn(row(t), row(t), row(t+half), points)
			}
		}
		s.values[k] = s.src[k]
	}
}
