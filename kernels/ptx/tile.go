package ptx

import (
	"math/bits"

	"github.com/quern-go/quern/kernels"
)

// tile is the shape of what a thread block of a Contract computes: 16×16 threads
// with rows×cols outputs each, from slices of depth steps in shared memory.
type tile struct {
	rows, cols, depth int
	// wide are how many neighbouring rows (columns) a thread has, for loads of
	// 16 bytes from shared memory; its next ones are 16 times as many further.
	wideRows, wideCols int
	// precision other than Exact says that tensor units do the products: see
	// tensorTile.
	precision kernels.Precision
	// product64 other than NoProduct64 says that tensor units do exact products of
	// float64, of slices that lie along k or not: see double.go.
	product64      Product64
	alongA, alongB bool
	lean           bool // see lean.go, where alongA and alongB say the same
}

const (
	tileSide    = 16
	tileThreads = tileSide * tileSide
)

func newTile(rows, cols int, a, b dtype) tile {
	t := tile{rows: rows, cols: cols, depth: 16}
	if a.Size() == 8 || b.Size() == 8 {
		t.depth = 8
	}
	t.wideRows = min(rows, 16/a.Size())
	t.wideCols = min(cols, 16/b.Size())
	// Every thread fetches at least one element of either slice.
	t.depth = max(t.depth, t.leastDepth())
	return t
}

// leastDepth is the depth of which every thread fetches an element of either slice,
// or tensor units take at once.
func (t tile) leastDepth() int {
	if t.tensor() {
		return t.product().depth
	}
	return tileSide / min(t.rows, t.cols)
}

func (t tile) m() int { return t.rows * tileSide }
func (t tile) n() int { return t.cols * tileSide }

// row is where a thread's row number r is, besides wideRows times the thread's
// own row; col is the same of columns.
func (t tile) row(r int) int {
	switch {
	case t.tensor():
		return r * fragmentSide
	case t.double():
		return r/t.wideRows*t.wideRows*fragmentSide + r%t.wideRows
	}
	return r/t.wideRows*t.wideRows*tileSide + r%t.wideRows
}

func (t tile) col(c int) int {
	switch {
	case t.tensor():
		return c/t.wideCols*fragmentSide + c%t.wideCols
	case t.double():
		return c/t.wideCols*t.wideCols*fragmentDepth + c%t.wideCols
	}
	return c/t.wideCols*t.wideCols*tileSide + c%t.wideCols
}

func (t tile) String() string {
	name := integer(t.m()) + "x" + integer(t.n())
	if t.tensor() {
		name += "_" + t.precision.String()
	}
	switch {
	case t.double():
		name += "_" + t.product64.String() + t.layout()
	case t.lean:
		name += "_lean_" + t.layout()
	}
	return name
}

// accWords is the size of accumulators in registers.
func accWords(accs []kernels.Acc) int {
	n := 0
	for _, a := range accs {
		n += a.Type.Size() / 4
		if a.Combine.HasIndex() {
			n++ // a U32 while a lane is at work
		}
	}
	return n
}

// largeTile is the tile for many outputs, as large as registers allow.
func (k *contractRender) largeTile() tile {
	words := accWords(k.contract.Accs)
	switch {
	case k.stepCost > 40 || words > 4:
		return k.tile(2, 2)
	case k.stepCost > 12 || words > 2:
		return k.tile(4, 4)
	case words == 2:
		return k.tile(8, 4)
	}
	return k.tile(8, 8)
}

// foldTile is the tile of a Contract that folds its rows: a thread keeps, for each
// of its outputs, the chain, the fold's lane, and the lanes that wait for it.
func (k *contractRender) foldTile() tile {
	chain, lane := accWords(k.contract.Accs), accWords(k.contract.Fold.Accs)
	fits := func(rows, cols int) bool {
		waiting := bits.Len(uint(kernels.TreeLanes/(cols*tileSide)) - 1)
		return rows*cols*(chain+lane*(1+waiting)) <= 120
	}
	for _, t := range [][2]int{{4, 8}, {4, 4}, {2, 4}, {2, 2}, {1, 2}} {
		if fits(t[0], t[1]) && (k.stepCost <= 12 || t[0]*t[1] <= 16) {
			return k.tile(t[0], t[1])
		}
	}
	return k.tile(1, 1)
}

func (k *contractRender) tile(rows, cols int) tile {
	return newTile(rows, cols, k.typeA, k.typeB)
}
