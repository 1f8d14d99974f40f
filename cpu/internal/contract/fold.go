package contract

import (
	"context"
	"unsafe"

	"github.com/quern-go/quern/cpu/internal/simd"
	"github.com/quern-go/quern/kernels"
)

// rowFold keeps the block results of a panel of rows.
type rowFold struct {
	rows   span
	blocks int // of a row
	accs   []foldAcc
}

// foldAcc is one accumulator of a Fold: for each row of the panel and block, then
// for each row.
type foldAcc struct {
	kernels.Acc
	size    int // bytes of a value
	blocks  []byte
	indices []int64 // of blocks, if the combine keeps a position
	totals  []byte
	found   []int64
}

// foldState reduces one strip of one row for one accumulator.
type foldState struct {
	kernels.Acc
	size  int
	lanes unsafe.Pointer  // 256 values
	best  kernels.Partial // instead, if the combine keeps a position
}

// newFoldStates returns states for the given number of rows, row by row.
func newFoldStates(accs []kernels.Acc, rows int) []foldState {
	states := make([]foldState, rows*len(accs))
	lanes := newBuffer(len(states) * simd.Lanes * 8)
	for i := range states {
		acc := accs[i%len(accs)]
		states[i] = foldState{Acc: acc, size: acc.Type.Size(), lanes: unsafe.Add(lanes, i*simd.Lanes*8)}
	}
	return states
}

// begin starts a strip.
func (s *foldState) begin(table *simd.Table) {
	identity := s.Combine.Identity(s.Type)
	if s.Combine.HasIndex() {
		s.best = kernels.Partial{Bits: identity, Index: kernels.NoIndex}
		return
	}
	table.Fill[s.size](s.lanes, unsafe.Pointer(&identity), simd.Lanes)
}

// feed takes the next n values, which stand in columns from col on. All but the
// last piece of a strip are multiples of 256 long.
func (s *foldState) feed(table *simd.Table, p unsafe.Pointer, n, col int) {
	switch s.Combine {
	case kernels.CombineArgMin:
		s.choose(p, table.ArgMin[s.Type](p, n), col)
	case kernels.CombineArgMax:
		s.choose(p, table.ArgMax[s.Type](p, n), col)
	default:
		rows := n / simd.Lanes
		if rows > 0 {
			table.AccumRows[s.Combine][s.Type](s.lanes, p, rows)
		}
		if rest := n % simd.Lanes; rest > 0 {
			table.AccumStrided[s.Combine][s.Type](s.lanes, unsafe.Add(p, rows*simd.Lanes*s.size), rest, 1, rest)
		}
	}
}

func (s *foldState) choose(p unsafe.Pointer, at, col int) {
	found := kernels.Partial{Bits: load(p, at, s.size), Index: int64(col + at)}
	s.best = s.Combine.Apply(s.Type, s.best, found)
}

// end is the strip's result.
func (s *foldState) end(table *simd.Table) kernels.Partial {
	if !s.Combine.HasIndex() {
		table.FoldLanes[s.Combine][s.Type](s.lanes)
		s.best = kernels.Partial{Bits: load(s.lanes, 0, s.size)}
	}
	return s.best
}

// panelBytes is how much memory block results may take, beside those of 256 rows.
const panelBytes = 32 << 20

// runFold computes panels of rows and finishes each.
func (l *launch) runFold(ctx context.Context) error {
	f := &l.fold
	f.begin(l.kernel.Fold.Accs, l.cols.n)
	perRow := len(f.accs) * f.blocks * 16
	panel := min(l.rows.n, max(256, panelBytes/perRow))
	for lo := 0; lo < l.rows.n; lo += panel {
		f.grow(span{lo, min(l.rows.n, lo+panel)})
		p := part{rows: f.rows, cols: span{0, l.cols.n}}
		run := l.runSteps
		if l.named {
			run = l.runGemmFold
		}
		if err := run(ctx, p); err != nil {
			return err
		}
		if err := l.finishFold(ctx); err != nil {
			return err
		}
	}
	return nil
}

// runGemmFold reduces the strips of a part.
func (l *launch) runGemmFold(ctx context.Context, p part) error {
	return l.runStrips(ctx, p, func(w *worker, row, col, n int, accs unsafe.Pointer) {
		w.accs[0] = accs
		seg := segment{outer: row, from: col, n: n, accs: w.accs}
		l.beginFold(w.fold)
		l.feedFold(w, w.fold, &seg)
		l.endFold(w.fold, row, col)
	})
}

func (l *launch) beginFold(states []foldState) {
	for i := range states {
		states[i].begin(l.table)
	}
}

// feedFold passes a segment of accumulators on, through Post.
func (l *launch) feedFold(w *worker, states []foldState, seg *segment) {
	if l.kernel.Post.IsAcc(len(seg.accs)) {
		for i := range states {
			states[i].feed(l.table, seg.accs[i], seg.n, seg.from)
		}
		return
	}
	w.finish.bind(&l.finish)
	for skip := 0; skip < seg.n; skip += l.finish.code.Block {
		n := min(l.finish.code.Block, seg.n-skip)
		l.finish.eval(&w.finish, seg, skip, n)
		for i := range states {
			states[i].feed(l.table, w.finish.Result(i), n, seg.from+skip)
		}
	}
}

// endFold keeps the results of the strip at a column.
func (l *launch) endFold(states []foldState, row, col int) {
	f := &l.fold
	at := (row-f.rows.lo)*f.blocks + col/kernels.TreeBlock
	for i := range states {
		result := states[i].end(l.table)
		acc := &f.accs[i]
		store(unsafe.Pointer(unsafe.SliceData(acc.blocks)), at, acc.size, result.Bits)
		if acc.Combine.HasIndex() {
			acc.indices[at] = result.Index
		}
	}
}

// begin prepares for rows of n columns.
func (f *rowFold) begin(accs []kernels.Acc, n int) {
	f.blocks = (n + kernels.TreeBlock - 1) / kernels.TreeBlock
	if len(f.accs) == 0 {
		f.accs = make([]foldAcc, len(accs))
		for i, acc := range accs {
			f.accs[i].Acc, f.accs[i].size = acc, acc.Type.Size()
		}
	}
}

// grow makes room for a panel.
func (f *rowFold) grow(rows span) {
	f.rows = rows
	n := rows.len() * f.blocks
	for i := range f.accs {
		acc := &f.accs[i]
		if len(acc.blocks) < n*acc.size {
			acc.blocks = make([]byte, n*acc.size)
		}
		if len(acc.totals) < rows.len()*acc.size {
			acc.totals = make([]byte, rows.len()*acc.size)
		}
		if acc.Combine.HasIndex() && len(acc.indices) < n {
			acc.indices = make([]int64, n)
		}
		if acc.Combine.HasIndex() && len(acc.found) < rows.len() {
			acc.found = make([]int64, rows.len())
		}
	}
}

// finishFold combines the panel's block results and stores Fold's Post of them.
func (l *launch) finishFold(ctx context.Context) error {
	f := &l.fold
	const useful = 4096 // block results
	grain := max(1, useful/f.blocks)
	return l.runner.Run(ctx, f.rows.len(), grain, func(worker, lo, hi int) {
		w := l.worker(worker)
		seg := segment{from: f.rows.lo + lo, n: hi - lo}
		for i := range f.accs {
			acc := &f.accs[i]
			for row := lo; row < hi; row++ {
				acc.combine(l.table, &w.fold[i], row, f.blocks)
			}
			seg.accs = append(seg.accs, unsafe.Pointer(&acc.totals[lo*acc.size]))
			var found unsafe.Pointer
			if acc.Combine.HasIndex() {
				found = unsafe.Pointer(&acc.found[lo])
			}
			seg.indices = append(seg.indices, found)
		}
		l.last.run(&w.last, &seg)
	})
}

// combine reduces the block results of a row of the panel to its total.
func (a *foldAcc) combine(table *simd.Table, s *foldState, row, blocks int) {
	p := unsafe.Pointer(&a.blocks[row*blocks*a.size])
	total := unsafe.Pointer(unsafe.SliceData(a.totals))
	if a.Combine.HasIndex() {
		indices := a.indices[row*blocks:][:blocks]
		best := kernels.Partial{Bits: load(p, 0, a.size), Index: indices[0]}
		for b := 1; b < blocks; b++ {
			best = a.Combine.Apply(a.Type, best, kernels.Partial{Bits: load(p, b, a.size), Index: indices[b]})
		}
		store(total, row, a.size, best.Bits)
		a.found[row] = best.Index
		return
	}
	for n := blocks; n > 1; {
		done := 0
		for lo := 0; lo < n; lo += kernels.TreeBlock {
			s.begin(table)
			s.feed(table, unsafe.Add(p, lo*a.size), min(kernels.TreeBlock, n-lo), 0)
			store(p, done, a.size, s.end(table).Bits)
			done++
		}
		n = done
	}
	store(total, row, a.size, load(p, 0, a.size))
}

// load is element i of an array of elements of the given size.
func load(p unsafe.Pointer, i, size int) uint64 {
	if size == 4 {
		return uint64(*(*uint32)(unsafe.Add(p, 4*i)))
	}
	return *(*uint64)(unsafe.Add(p, 8*i))
}

// store sets element i of an array of elements of the given size.
func store(p unsafe.Pointer, i, size int, bits uint64) {
	if size == 4 {
		*(*uint32)(unsafe.Add(p, 4*i)) = uint32(bits)
		return
	}
	*(*uint64)(unsafe.Add(p, 8*i)) = bits
}
