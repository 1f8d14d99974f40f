package clike

import (
	"errors"
	"fmt"

	"github.com/quern-go/quern/kernels"
)

// tileList are the tiles worth trying, the largest first: the more outputs a work
// item has in registers, the fewer reads of local memory a step needs.
var tileList = []Tile{
	{128, 128, 16, 8, 8}, {128, 64, 16, 8, 4}, {128, 64, 16, 8, 8},
	{64, 64, 16, 4, 4}, {64, 64, 16, 8, 8}, {64, 64, 8, 4, 4},
	{32, 32, 16, 2, 2}, {32, 32, 16, 4, 4}, {16, 16, 16, 2, 2}, {16, 16, 8, 2, 2},
}

// smallEdge is the edge of tiles for products with too few outputs to keep a
// device busy with large ones.
const smallEdge = 32

// accBytes bounds the accumulators that a work item has in registers.
const accBytes = 256

// Tiles lists candidates for Target.Tile, for a search for the fastest. Render
// refuses those that need more local memory than there is.
func Tiles(t Target) []Tile {
	var list []Tile
	for _, tile := range tileList {
		if tile.check(t, 4, 4) == nil {
			list = append(list, tile)
		}
	}
	return list
}

// DefaultTile is the tile of a Contract that Render takes if it is given none:
// the largest that fits the target and whose accumulators fit in registers. Of
// other kernels it is the zero Tile.
func DefaultTile(k kernels.Kernel, t Target) Tile {
	c, ok := k.(*kernels.Contract)
	if !ok {
		return Tile{}
	}
	return chooseTile(c, t, tileList[0].M)
}

// chooseTile is the first fitting tile whose edges are at most edge.
func chooseTile(c *kernels.Contract, t Target, edge int) Tile {
	size := 0
	for _, acc := range c.Accs {
		size += acc.Type.Size()
	}
	a, b := sliceTypes(c)
	for _, tile := range tileList {
		if max(tile.M, tile.N) <= edge && tile.RowsPerItem*tile.ColsPerItem*size <= accBytes && tile.check(t, a.Size(), b.Size()) == nil {
			return tile
		}
	}
	return tileList[len(tileList)-1]
}

// sliceTypes are the types of a and b.
func sliceTypes(c *kernels.Contract) (a, b kernels.DType) {
	return c.PreA.ResultTypes()[0], c.PreB.ResultTypes()[0]
}

// slicePad is what the rows of a slice in local memory are longer than needed, so
// that writing a column of it does not meet one bank again and again.
const slicePad = 4

// items is the number of work items of a group.
func (t Tile) items() int { return t.across() * t.down() }

// across and down are how many work items lie side by side and one below another.
func (t Tile) across() int { return t.N / t.ColsPerItem }
func (t Tile) down() int   { return t.M / t.RowsPerItem }

// localBytes is the local memory of two slices.
func (t Tile) localBytes(a, b int) int {
	return t.K * ((t.M+slicePad)*a + (t.N+slicePad)*b)
}

// check checks the tile for elements of a and b of some bytes each.
func (t Tile) check(target Target, a, b int) error {
	if t.M < 1 || t.N < 1 || t.K < 1 || t.RowsPerItem < 1 || t.ColsPerItem < 1 ||
		t.M%t.RowsPerItem != 0 || t.N%t.ColsPerItem != 0 {
		return fmt.Errorf("tile %+v: work items do not cover it", t)
	}
	if t.items() > target.GroupSize {
		return fmt.Errorf("tile %+v: %d work items, of %d: %w", t, t.items(), target.GroupSize, errors.ErrUnsupported)
	}
	if need := t.localBytes(a, b); need > target.LocalBytes {
		return fmt.Errorf("tile %+v: %d bytes of local memory, of %d: %w", t, need, target.LocalBytes, errors.ErrUnsupported)
	}
	return nil
}

// row and column are the place in the tile of an item's row or column r (an
// expression). Up to four lie side by side, for reads of 128 bits; the next four
// follow those of all other items, so that neighbours read neighbouring ones.
func (t Tile) row(r string) string    { return spread(r, "down", t.RowsPerItem, t.down()) }
func (t Tile) column(c string) string { return spread(c, "across", t.ColsPerItem, t.across()) }

func spread(number, item string, each, items int) string {
	run := 4
	for each%run != 0 {
		run /= 2
	}
	switch {
	case run == 1:
		return fmt.Sprintf("%s * %d + %s", number, items, item)
	case run == each:
		return fmt.Sprintf("%s * %d + %s", item, run, number)
	}
	return fmt.Sprintf("%s / %d * %d + %s * %d + %s %% %d", number, run, run*items, item, run, number, run)
}
