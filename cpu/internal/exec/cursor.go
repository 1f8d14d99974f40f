package exec

import (
	"slices"
	"unsafe"

	"github.com/quern-go/quern/cpu/internal/simd"
	"github.com/quern-go/quern/cpu/internal/vm"
)

// cursor is one worker's position in a site.
type cursor struct {
	*site // nil when forgotten
	table *simd.Table
	frame vm.Frame

	at    []operand // each operand at the current point of the axes below lo: the nest's if there are none, else own
	own   []operand
	index []int    // coordinates of a run's start on the axes from lo on
	walk  []int    // of the row that loadAxes or storeAxes is at
	words []uint64 // values of uniform indices
	tiles []tile   // by leaf: where reachTile finds its elements
}

// tile is a staged piece of a leaf: the current row's elements from number from
// on.
type tile struct {
	row  unsafe.Pointer
	from int
}

// begin binds the cursor to a site and goes to the origin.
func (c *cursor) begin(crew *Crew, s *site) {
	c.table, c.site, c.frame.Context = crew.table, s, crew.ctx
	if c.at = s.nest.ops; s.lo > 0 {
		c.own = append(c.own[:0], s.nest.ops...)
		c.at = c.own
	}
	axes := len(s.nest.axes)
	c.index = slices.Grow(c.index[:0], axes)[:axes]
	c.walk = slices.Grow(c.walk[:0], axes)[:axes]
	if len(c.words) < len(s.leaves) {
		c.words = make([]uint64, len(s.leaves))
		c.tiles = make([]tile, len(s.leaves))
	}
	c.frame.Bind(s.code, s.params, s.sources)
}

// forget lets go of the launch's memory, if the cursor took part in it.
func (c *cursor) forget() {
	if c.site == nil {
		return
	}
	c.site, c.at = nil, nil
	clear(c.own)
	c.frame.Forget()
}

// move goes to a point of the axes below lo, given by its row-major number.
func (c *cursor) move(point int) {
	if c.lo == 0 {
		return
	}
	copy(c.own, c.nest.ops)
	for i := c.lo - 1; i >= 0 && point > 0; i-- {
		a := &c.nest.axes[i]
		c.step(i, point%a.n)
		point /= a.n
	}
}

// step moves along one axis.
func (c *cursor) step(axis, by int) {
	if by == 0 {
		return
	}
	for o, s := range c.nest.axes[axis].s {
		if s != 0 {
			c.at[o].shift(by * s)
		}
	}
}

// run evaluates the n points of a run from number from on; n is at most the
// code's Block.
func (c *cursor) run(from, n int) {
	axes := false
	for o, r := range c.reach[:len(c.leaves)] {
		at := &c.at[o]
		switch r {
		case reachDirect:
			c.frame.SetLeaf(o, unsafe.Add(at.base, from*at.size))
		case reachUniform:
			c.setUniform(o)
		case reachCount:
			c.frame.SetRun(o, at.first+uint64(from))
		case reachStrided:
			c.loadStrided(o, from, n)
		case reachTile:
			t := &c.tiles[o]
			c.frame.SetLeaf(o, unsafe.Add(t.row, (from-t.from)*at.size))
		case reachAxes:
			if !axes {
				axes = true
				c.seek(from)
			}
			c.loadAxes(o, n)
		}
	}
	for r := range c.results {
		if o := c.out(r); c.reach[o] == reachDirect || c.reach[o] == reachAligned {
			c.frame.SetOut(r, unsafe.Add(c.at[o].base, from*c.at[o].size))
		}
	}
	c.frame.Run(n)
	for r := range c.results {
		if reach := c.reach[c.out(r)]; reach != reachDirect && reach != reachAligned {
			c.storeResult(r, from, n)
		}
	}
}

// prefetchNext asks for the beginning of the next run's inputs: those one step
// along the axis below lo, if there is one, while the results of this run are used.
func (c *cursor) prefetchNext(from int) {
	if c.lo == 0 {
		return
	}
	for o := range c.leaves {
		if c.reach[o] == reachDirect {
			at := &c.at[o]
			c.table.Prefetch(at.base, (from+c.nest.axes[c.lo-1].s[o])*at.size)
		}
	}
}

func (c *cursor) setUniform(leaf int) {
	p := c.at[leaf].base
	if p == nil {
		c.words[leaf] = c.at[leaf].first
		p = unsafe.Pointer(&c.words[leaf])
	}
	c.frame.SetLeaf(leaf, p)
}

// loadStrided stages a leaf along the only axis.
func (c *cursor) loadStrided(leaf, from, n int) {
	at, s := &c.at[leaf], c.nest.axes[c.lo].s[leaf]
	if at.base == nil {
		c.frame.StageIndex(leaf, at.first+uint64(from*s), s, n)
		return
	}
	c.gather(leaf, c.frame.Stage(leaf), from, n)
}

// gather copies the elements of a leaf in memory along the only axis.
func (c *cursor) gather(leaf int, dst unsafe.Pointer, from, n int) {
	at, s := &c.at[leaf], c.nest.axes[c.lo].s[leaf]
	c.table.Gather[at.size](dst, unsafe.Add(at.base, from*s*at.size), s, n)
}

// storeResult moves a result that was left in the frame to its output.
func (c *cursor) storeResult(result, from, n int) {
	o := c.out(result)
	at, src := &c.at[o], c.frame.Result(result)
	switch c.reach[o] {
	case reachStream:
		c.table.Stream(unsafe.Add(at.base, from*at.size), src, n*at.size)
	case reachStrided:
		s := c.nest.axes[c.lo].s[o]
		scatter(unsafe.Add(at.base, from*s*at.size), s, src, n, at.size)
	case reachAxes:
		c.seek(from)
		c.storeAxes(o, src, n)
	}
}

// scatter writes n elements stride apart.
func scatter(dst unsafe.Pointer, stride int, src unsafe.Pointer, n, size int) {
	if size == 4 {
		for i, v := range unsafe.Slice((*uint32)(src), n) {
			*(*uint32)(unsafe.Add(dst, i*stride*4)) = v
		}
		return
	}
	for i, v := range unsafe.Slice((*uint64)(src), n) {
		*(*uint64)(unsafe.Add(dst, i*stride*8)) = v
	}
}
