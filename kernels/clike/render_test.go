package clike

import (
	"errors"
	"strings"
	"testing"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/grid"
	"github.com/quern-go/quern/kernels/term"
)

func TestRenderErrors(t *testing.T) {
	for _, c := range []struct {
		name        string
		k           kernels.Kernel
		change      func(*Target)
		axes        int
		text        string
		unsupported bool
	}{
		{"no dialect", addMap(t, f32), func(t *Target) { t.Dialect = nil }, grid.FewAxes, "no dialect", false},
		{"small groups", addMap(t, f32), func(t *Target) { t.GroupSize = 63 }, grid.FewAxes, "63 work items", true},
		{"no float64", addMap(t, f64), func(t *Target) { t.Float64 = false }, grid.FewAxes, "no float64", true},
		{"float64 accumulators", widened(t), func(t *Target) { t.Float64 = false }, grid.FewAxes, "no float64", true},
		{"no axes", addMap(t, f32), func(*Target) {}, 0, "0 axes", false},
		{"too many axes", addMap(t, f32), func(*Target) {}, grid.MaxAxes + 1, "13 axes", false},
		{"reduce without local memory", sumReduce(t, kernels.Tree, f32), func(t *Target) { t.LocalBytes = 1023 }, grid.FewAxes, "1024 bytes", true},
		{"fold without local memory", nearest(t), func(t *Target) { t.LocalBytes = 4096 }, grid.FewAxes, "local memory", true},
		{"top without local memory", nearestFew(t, kernels.MaxTop), func(t *Target) { t.LocalBytes = 2048 }, grid.FewAxes, "first 64 values", true},
		{"tile of too many items", productOf(t, term.FMA, f32), func(t *Target) { t.Tile = Tile{64, 64, 16, 2, 2} }, grid.FewAxes, "1024 work items", true},
		{"tile of too much memory", productOf(t, term.FMA, f64), func(t *Target) { t.Tile = Tile{128, 128, 32, 8, 8} }, grid.FewAxes, "bytes of local memory", true},
		{"odd tile", productOf(t, term.FMA, f32), func(t *Target) { t.Tile = Tile{33, 32, 16, 2, 2} }, grid.FewAxes, "do not cover", false},
	} {
		tg := target()
		c.change(&tg)
		_, err := Render(c.k, tg, c.axes)
		if err == nil || !strings.Contains(err.Error(), c.text) || errors.Is(err, errors.ErrUnsupported) != c.unsupported {
			t.Errorf("%s: error %v", c.name, err)
		}
	}
}

// widened is a sum of float32 in float64.
func widened(t *testing.T) *kernels.Reduce {
	k := sumReduce(t, kernels.Tree, f64)
	k.Ins = []kernels.DType{f32}
	k.Pre = body(t, func(b *kernels.Builder) []kernels.Value { return []kernels.Value{b.Convert(f64, b.Load(0, f32))} })
	return k
}

func TestPlanErrors(t *testing.T) {
	scattered := addArgs(2, 3, 4, 5, 6)
	scattered.Ins[0].Strides = []int{1, 5, 50, 500, 5000}
	short := addArgs(4)
	short.Ins = short.Ins[:1]
	for _, c := range []struct {
		name string
		k    kernels.Kernel
		args *grid.Args
		text string
	}{
		{"axes", addMap(t, f32), scattered, "5 axes"},
		{"far too many axes", addMap(t, f32), addArgs(make([]int, 13)...), "13 axes"},
		{"operands", addMap(t, f32), short, "1 inputs"},
		{"contraction", productOf(t, term.FMA, f32), &grid.Args{Shape: []int{2, 3}, Ins: make([]grid.Operand, 2), Outs: make([]grid.Operand, 1)}, "2 axes"},
	} {
		var p grid.Plan
		err := render(t, c.k, grid.FewAxes).Plan(c.args, &p)
		if err == nil || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: error %v", c.name, err)
		}
	}
}

func TestFloat64IsAskedForWhereUsed(t *testing.T) {
	const pragma = "cl_khr_fp64"
	if strings.Contains(render(t, addMap(t, f32), grid.FewAxes).Source, pragma) {
		t.Error("a float32 kernel asks for float64")
	}
	if !strings.Contains(render(t, addMap(t, f64), grid.FewAxes).Source, pragma) {
		t.Error("a float64 kernel does not ask for it")
	}
	divide := addMap(t, f32)
	divide.Body = body(t, func(b *kernels.Builder) []kernels.Value {
		return []kernels.Value{b.Div(b.Load(0, f32), b.Load(1, f32))}
	})
	tg := target()
	tg.ExactDivide = false
	m, err := Render(divide, tg, grid.FewAxes)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(m.Source, pragma) || !strings.Contains(m.Source, "(double)") {
		t.Error("a division that is not exact does not go through float64")
	}
	tg.Float64 = false
	if m, err = Render(divide, tg, grid.FewAxes); err != nil || strings.Contains(m.Source, "double") {
		t.Errorf("without float64: error %v, or the text has doubles", err)
	}
}

func TestTiles(t *testing.T) {
	for _, groupSize := range []int{64, 128, 256, 1024} {
		tg := target()
		tg.GroupSize = groupSize
		tiles := Tiles(tg)
		if len(tiles) == 0 {
			t.Errorf("groups of %d: no tile", groupSize)
		}
		for _, tile := range tiles {
			tg.Tile = tile
			if _, err := Render(productOf(t, term.FMA, f32), tg, grid.FewAxes); err != nil {
				t.Errorf("groups of %d: %v", groupSize, err)
			}
		}
	}
	if got := DefaultTile(addMap(t, f32), target()); got != (Tile{}) {
		t.Errorf("default tile of a map: %v", got)
	}
}

// TestDefaultTileFits has accumulators and local memory of many sizes.
func TestDefaultTileFits(t *testing.T) {
	for _, local := range []int{8 << 10, 16 << 10, 32 << 10, 64 << 10} {
		for _, groupSize := range []int{64, 256} {
			for _, dt := range []kernels.DType{f32, f64} {
				tg := target()
				tg.GroupSize, tg.LocalBytes = groupSize, local
				tile := DefaultTile(productOf(t, term.FMA, dt), tg)
				if err := tile.check(tg, dt.Size(), dt.Size()); err != nil {
					t.Errorf("groups of %d, %d bytes, %s: %v", groupSize, local, dt, err)
				}
			}
		}
	}
}

// TestTilePlaces checks that the items' rows are those of the tile, each once.
func TestTilePlaces(t *testing.T) {
	for _, tile := range tileList {
		seen := make(map[int]bool)
		for down := range tile.down() {
			for r := range tile.RowsPerItem {
				seen[place(tile.RowsPerItem, tile.down(), down, r)] = true
			}
		}
		if len(seen) != tile.M {
			t.Errorf("%v: %d rows", tile, len(seen))
		}
	}
}

// place is what the expression of spread says.
func place(each, items, item, r int) int {
	run := 4
	for each%run != 0 {
		run /= 2
	}
	return r/run*run*items + item*run + r%run
}
