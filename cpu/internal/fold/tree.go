package fold

import (
	"unsafe"

	"github.com/quern-go/quern/cpu/internal/simd"
	"github.com/quern-go/quern/kernels"
)

const (
	lanes = kernels.TreeLanes
	block = kernels.TreeBlock
)

// Tree reduces one row of values for each of several accumulators. Init it, then
// for each row Reset, Add (or Push) and Finish.
type Tree struct {
	room   int // values that a row may have
	ops    []Op
	lanes  []unsafe.Pointer // by accumulator: 256 values
	filled int              // values in the current block
	next   int64            // position of the next value
	levels []level
	best   []kernels.Partial // of ArgMin and ArgMax, whose order does not matter
	bits   []uint64          // results of the block or level just finished
	hits   []Hits            // what counts counts, where it does
	counts []int             // hits in the current block
}

// level collects the results of blocks: of values, of results, and so on.
type level struct {
	count  int
	values []unsafe.Pointer // by accumulator
}

// Init makes the tree ready for rows of up to n values.
func (t *Tree) Init(table *simd.Table, accs []kernels.Acc, n int) {
	*t = Tree{room: n, best: make([]kernels.Partial, len(accs)), bits: make([]uint64, len(accs)),
		hits: make([]Hits, len(accs)), counts: make([]int, len(accs))}
	for _, a := range accs {
		op := NewOp(table, a)
		t.ops = append(t.ops, op)
		t.lanes = append(t.lanes, aligned(lanes*op.Size))
	}
	for blocks := max(1, (n-1)/block+1); ; blocks = (blocks-1)/block + 1 {
		l := level{}
		for k := range t.ops {
			l.values = append(l.values, aligned(min(blocks, block)*t.ops[k].Size))
		}
		if t.levels = append(t.levels, l); blocks == 1 {
			break
		}
	}
	t.Reset()
}

// Reserve is Init unless the tree has been made for rows that long.
func (t *Tree) Reserve(table *simd.Table, accs []kernels.Acc, n int) {
	if t.ops == nil || n > t.room {
		t.Init(table, accs, n)
	}
}

// aligned is memory on its own cache lines.
func aligned(bytes int) unsafe.Pointer {
	const line = 64
	p := make([]byte, bytes+2*line)
	first := unsafe.Pointer(&p[0])
	return unsafe.Add(first, int(-uintptr(first)%line))
}

// Reset begins a new row.
func (t *Tree) Reset() { t.ResetAt(0) }

// ResetAt begins a row whose first value counts as the one at a position.
func (t *Tree) ResetAt(position int64) {
	t.filled, t.next = 0, position
	for i := range t.levels {
		t.levels[i].count = 0
	}
	for k := range t.best {
		t.best[k], t.hits[k], t.counts[k] = t.ops[k].Nothing(), Hits{}, 0
	}
}

// Add appends n values to the row; src holds those of each accumulator.
func (t *Tree) Add(src []unsafe.Pointer, n int) {
	for done := 0; done < n; {
		m := min(n-done, block-t.filled)
		for k := range t.ops {
			t.accumulate(k, values{a: src[k]}.from(done, t.ops[k].Size), m)
		}
		t.advance(m)
		done += m
	}
}

// AddProducts appends n products of the values at a and at b to the row of the
// only accumulator, a sum.
func (t *Tree) AddProducts(a, b unsafe.Pointer, n int) {
	for done := 0; done < n; {
		m := min(n-done, block-t.filled)
		t.accumulate(0, values{a, b}.from(done, t.ops[0].Size), m)
		t.advance(m)
		done += m
	}
}

// advance counts m values that have been accumulated.
func (t *Tree) advance(m int) {
	t.next += int64(m)
	if t.filled += m; t.filled == block {
		t.endBlock()
	}
}

// accumulate adds m values, which do not exceed the block, to one accumulator.
func (t *Tree) accumulate(k int, src values, m int) {
	op, acc := &t.ops[k], t.lanes[k]
	if op.Arg != nil {
		t.best[k] = op.Best(t.best[k], src.a, m, t.next)
		return
	}
	if t.filled == 0 {
		op.Clear(acc, lanes)
	}
	done := 0
	if lane := t.filled % lanes; lane > 0 {
		done = min(m, lanes-lane)
		op.addStrided(unsafe.Add(acc, lane*op.Size), src, done, 1, 0)
	}
	if rows := (m - done) / lanes; rows > 0 {
		op.addRows(acc, src.from(done, op.Size), rows)
		done += rows * lanes
	}
	if done < m {
		op.addStrided(acc, src.from(done, op.Size), m-done, 1, 0)
	}
}

// endBlock folds the lanes and hands the results to the first level.
func (t *Tree) endBlock() {
	for k := range t.ops {
		if t.hits[k].On {
			t.bits[k] = t.takeCount(k)
		} else {
			t.foldLanes(k)
		}
	}
	t.filled = 0
	t.push(0)
}

// foldLanes leaves in bits what the lanes of an accumulator come to.
func (t *Tree) foldLanes(k int) {
	if op := &t.ops[k]; op.Arg == nil {
		op.Lanes(t.lanes[k])
		t.bits[k] = Load(t.lanes[k], 0, op.Size)
	}
}

// push appends bits to a level; a full level is reduced to one result of the
// next.
func (t *Tree) push(i int) {
	l := &t.levels[i]
	for k := range t.ops {
		if t.ops[k].Arg == nil {
			Store(l.values[k], l.count, t.ops[k].Size, t.bits[k])
		}
	}
	if l.count++; l.count == block && i+1 < len(t.levels) {
		t.reduce(i)
		t.push(i + 1)
	}
}

// reduce leaves in bits what a level's results come to, and empties it.
func (t *Tree) reduce(i int) {
	l := &t.levels[i]
	for k := range t.ops {
		op, acc := &t.ops[k], t.lanes[k]
		if op.Arg != nil {
			continue
		}
		if op.Block != nil {
			op.Block(acc, l.values[k], l.count)
			t.bits[k] = Load(acc, 0, op.Size)
			continue
		}
		op.Clear(acc, lanes)
		rows, rest := l.count/lanes, l.count%lanes
		if rows > 0 {
			op.Rows(acc, l.values[k], rows)
		}
		if rest > 0 {
			op.Strided(acc, unsafe.Add(l.values[k], rows*lanes*op.Size), rest, 1, 0)
		}
		t.foldLanes(k)
	}
	l.count = 0
}

// Block reduces one block of at most 4096 values, the first at the given
// position of its row, without adding it to the tree. No row may be under way.
func (t *Tree) Block(dst []kernels.Partial, src []unsafe.Pointer, n int, first int64) {
	for k := range t.ops {
		op := &t.ops[k]
		if op.Arg != nil {
			dst[k] = op.Best(op.Nothing(), src[k], n, first)
			continue
		}
		t.block(k, dst, values{a: src[k]}, n)
	}
}

// BlockProducts is Block of products of the values at a and at b, of a sum.
func (t *Tree) BlockProducts(dst []kernels.Partial, a, b unsafe.Pointer, n int) {
	t.block(0, dst, values{a, b}, n)
}

// block sets dst to the result of one block of an accumulator.
func (t *Tree) block(k int, dst []kernels.Partial, v values, n int) {
	op, acc := &t.ops[k], t.lanes[k]
	switch {
	case v.b == nil && op.Block != nil:
		op.Block(acc, v.a, n)
	case v.b != nil && op.BlockMul != nil:
		op.BlockMul(acc, v.a, v.b, n)
	default:
		t.accumulate(k, v, n)
		op.Lanes(acc)
	}
	dst[k].Bits = Load(acc, 0, op.Size)
}

// Push appends the result of the row's next block, as made by Block.
func (t *Tree) Push(p []kernels.Partial) {
	for k := range t.ops {
		if op := &t.ops[k]; op.Arg != nil {
			t.best[k] = op.Combine.Apply(op.Type, t.best[k], p[k])
		}
		t.bits[k] = p[k].Bits
	}
	t.push(0)
}

// Finish ends the row and sets dst to the results.
func (t *Tree) Finish(dst []kernels.Partial) {
	if t.filled > 0 {
		t.endBlock()
	}
	top := 0
	for i := range t.levels {
		if t.levels[i].count > 0 {
			top = i
		}
	}
	for i := 0; i < top; i++ {
		if t.levels[i].count > 0 {
			t.reduce(i)
			t.push(i + 1)
		}
	}
	for k := range t.ops {
		switch op, l := &t.ops[k], &t.levels[top]; {
		case op.Arg != nil:
			dst[k] = t.best[k]
		case l.count == 0:
			dst[k] = op.Nothing()
		case l.count == 1:
			dst[k] = kernels.Partial{Bits: Load(l.values[k], 0, op.Size)}
		}
	}
	if t.levels[top].count <= 1 {
		return
	}
	t.reduce(top)
	for k := range t.ops {
		if t.ops[k].Arg == nil {
			dst[k] = kernels.Partial{Bits: t.bits[k]}
		}
	}
}
