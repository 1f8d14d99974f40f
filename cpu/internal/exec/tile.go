package exec

import (
	"unsafe"

	"github.com/quern-go/quern/kernels"
)

// tiler handles inputs that lie across the runs, such as the transposed operand
// of x + xᵀ: a run would use one element of each cache line it reads. The last
// two axes are cut in tiles; a tile of such an input is transposed into the L2
// cache by register transposes, so that each of its lines is read once, and the
// runs of the tile's rows read it there.
//
// A tile has 128 elements along the input's memory, 2 KiB along the runs. It is
// loaded 64 bytes of the runs at a time: so few rows of the input are read side
// by side that the prefetcher follows them all, each over 128 elements. 280 KiB
// a leaf stay in the L2 cache.
type tiler struct {
	tiled      bool
	across     []int // leaves that are staged
	rows, cols int   // of a tile
	pitch      int   // elements between the rows of a staged tile
	stage      int   // bytes of one staged leaf
}

const (
	tileRows = 128
	tileRow  = 2 << 10 // bytes along the runs
)

// plan decides whether to tile runs along the last axis, which is number lo. If
// so, the axis along which the inputs' elements are adjacent, one of those from
// first on, goes next to it.
func (t *tiler) plan(s *site, first, lo int) {
	t.tiled, t.across = false, t.across[:0]
	if lo != len(s.nest.axes)-1 {
		return
	}
	row := lo - 1
	for ; row >= first; row-- {
		if s.nest.axes[row].n >= 4 && t.anyAcross(s, row) {
			break
		}
	}
	if row < first {
		return
	}
	s.nest.toEnd(row, lo)
	for i := range s.leaves {
		if t.isAcross(s, i, lo-1) {
			t.across = append(t.across, i)
			s.reach[i] = reachTile
		}
	}
	t.tiled = true
	size := 4
	for _, leaf := range t.across {
		size = max(size, s.nest.ops[leaf].size)
	}
	t.rows, t.cols = min(s.nest.axes[lo-1].n, tileRows), min(s.nest.axes[lo].n, tileRow/size)
	t.pitch = t.cols + 16 // rows a power of two apart would fall on the same cache sets
	t.stage = t.rows * t.pitch * size
}

func (t *tiler) anyAcross(s *site, axis int) bool {
	for i := range s.leaves {
		if t.isAcross(s, i, axis) {
			return true
		}
	}
	return false
}

func (t *tiler) isAcross(s *site, leaf, axis int) bool {
	return s.reach[leaf] == reachStrided && s.leaves[leaf].Op == kernels.OpLoad && s.nest.axes[axis].s[leaf] == 1
}

// grid is the number of tiles along the last two axes.
func (t *tiler) grid(ne *nest) (down, along int) {
	last := len(ne.axes) - 1
	return (ne.axes[last-1].n + t.rows - 1) / t.rows, (ne.axes[last].n + t.cols - 1) / t.cols
}

// count is the number of tiles of a nest.
func (t *tiler) count(ne *nest) int {
	down, along := t.grid(ne)
	return ne.size(0, len(ne.axes)-2) * down * along
}

// begin takes the memory for staged leaves.
func (t *tiler) begin(w *worker, c *cursor) {
	for _, leaf := range t.across {
		c.tiles[leaf].row = w.arena.take(t.stage)
	}
}

// run evaluates tile number u.
func (t *tiler) run(c *cursor, u int) {
	last := len(c.nest.axes) - 1
	down, along := t.grid(&c.nest)
	outer, tile := u/(down*along), u%(down*along)
	r0, c0 := tile/along*t.rows, tile%along*t.cols
	rows := min(t.rows, c.nest.axes[last-1].n-r0)
	cols := min(t.cols, c.nest.axes[last].n-c0)
	c.move(outer*c.nest.axes[last-1].n + r0)
	t.load(c, c0, rows, cols)
	for r := range rows {
		for from := c0; from < c0+cols; from += c.code.Block {
			c.run(from, min(c.code.Block, c0+cols-from))
		}
		if r+1 < rows {
			c.step(last-1, 1)
			t.step(c, 1)
		}
	}
	t.step(c, 1-rows)
}

// load stages rows × cols elements of the leaves that lie across, from the
// cursor's row and column c0 on.
func (t *tiler) load(c *cursor, c0, rows, cols int) {
	for _, leaf := range t.across {
		at, s := &c.at[leaf], c.nest.axes[c.lo].s[leaf]
		c.tiles[leaf].from = c0
		line := cacheLine / at.size
		for k := 0; k < cols; k += line {
			src := unsafe.Add(at.base, (c0+k)*s*at.size)
			dst := unsafe.Add(c.tiles[leaf].row, k*at.size)
			c.table.Transpose[at.size](dst, t.pitch, src, s, rows, min(line, cols-k))
		}
	}
}

// step goes to another row of the tile.
func (t *tiler) step(c *cursor, rows int) {
	for _, leaf := range t.across {
		c.tiles[leaf].row = unsafe.Add(c.tiles[leaf].row, rows*t.pitch*c.at[leaf].size)
	}
}
