package clike

import (
	"fmt"
	"math"
	"testing"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/grid"
	"github.com/quern-go/quern/kernels/term"
)

// describe lists a plan's passes as entry×groups, and its scratch memory.
func describe(m *Module, p *grid.Plan) string {
	text := ""
	for _, ps := range p.Passes {
		text += fmt.Sprintf("%s×%d ", m.Entries[ps.Entry].Name, ps.Groups)
	}
	return text + fmt.Sprint(p.Scratch)
}

func TestMapGeometry(t *testing.T) {
	m := render(t, addMap(t, f32), grid.FewAxes)
	for _, c := range []struct {
		args *grid.Args
		want string
	}{
		{addArgs(), "map_tiles×1 []"},
		{addArgs(1), "map_tiles×1 []"},
		{addArgs(1024), "map_tiles×1 []"},
		{addArgs(1025), "map_tiles×2 []"},
		{addArgs(32, 32), "map_tiles×1 []"}, // one axis
		{addArgs(16383), "map_tiles×16 []"},
		{addArgs(16384), "map_vector×16 []"},
		{addArgs(4, 1<<12, 4), "map_vector×64 []"},
		{addArgs(1, 1, 1, 1, 1, 1, 1, 7), "map_tiles×1 []"},
	} {
		if got := describe(m, plan(t, m, c.args)); got != c.want {
			t.Errorf("%v: %s, expected %s", c.args.Shape, got, c.want)
		}
	}
}

// TestMapTilesCover checks that tiles of every shape hold each point once.
func TestMapTilesCover(t *testing.T) {
	m := render(t, addMap(t, f32), grid.FewAxes)
	mp := m.planner.(*mapPlanner)
	for _, shape := range [][]int{{1, 1}, {3, 5}, {300, 2}, {2, 300}, {70, 1000}, {1000, 17}, {9, 4097}} {
		for _, transposed := range []bool{false, true} {
			args := addArgs(shape...)
			args.Ins[0].Strides = []int{2 * shape[1], 2} // the axes do not merge
			if transposed {
				args.Ins[0].Strides = []int{1, shape[0]}
			}
			p := plan(t, m, args).Passes[0]
			seen := cover(mp, &p)
			if len(seen) != shape[0]*shape[1] && shape[0]*shape[1] > 1 {
				t.Errorf("%v: %d points computed", shape, len(seen))
			}
			for point, times := range seen {
				if times != 1 {
					t.Errorf("%v: point %v computed %d times", shape, point, times)
				}
			}
		}
	}
}

// cover counts how often each point is computed, as the text of map_tiles does.
func cover(m *mapPlanner, p *grid.Pass) map[[2]int]int {
	get := func(w word) int {
		n := 0
		for i := range 8 {
			n |= int(p.Block[int(w)+i]) << (8 * i)
		}
		return n
	}
	bits, tiles, rows, columns := get(m.bits), get(m.tiles), get(m.rows), get(m.columns)
	seen := make(map[[2]int]int)
	for group := range p.Groups {
		for item := range m.group {
			row := group/tiles*m.group>>bits + item>>bits
			column := group%tiles*mapElements<<bits + item&(1<<bits-1)
			for e := range mapElements {
				if at := column + e<<bits; row < rows && at < columns {
					seen[[2]int{row, at}]++
				}
			}
		}
	}
	return seen
}

func TestReduceGeometry(t *testing.T) {
	tree := render(t, sumReduce(t, kernels.Tree, f32), grid.FewAxes)
	strided := render(t, sumReduce(t, kernels.Strided, f64), grid.FewAxes)
	for _, c := range []struct {
		name string
		m    *Module
		args *grid.Args
		want string
	}{
		{"nothing", tree, sumArgs(3, 0), "reduce_row×1 []"},
		{"one", tree, sumArgs(1), "reduce_row×1 []"},
		{"block", tree, sumArgs(4096), "reduce_row×1 []"},
		{"two blocks", tree, sumArgs(4097), "reduce_row×2 reduce_again×1 [8]"},
		{"two levels", tree, sumArgs(4096 * 4096), "reduce_row×4096 reduce_again×1 [16384]"},
		{"three levels", tree, sumArgs(4096*4096 + 1), "reduce_row×4097 reduce_again×2 reduce_again×1 [16388 8]"},
		{"short rows", tree, sumArgs(1000, 5), "reduce_row×32 []"},
		{"rows of 256", tree, sumArgs(10, 256), "reduce_row×10 []"},
		{"rows of 128", tree, sumArgs(10, 128), "reduce_row×5 []"},
		{"columns", strided, columnArgs(64, 1000), "reduce_row×4 []"},
		{"long columns", strided, columnArgs(65, 1000), "reduce_row×8 reduce_again×4 [16000]"},
		{"longer columns", strided, columnArgs(4097, 2), "reduce_row×1 reduce_again×1 reduce_again×1 [1040 32]"},
	} {
		if got := describe(c.m, plan(t, c.m, c.args)); got != c.want {
			t.Errorf("%s: %s, expected %s", c.name, got, c.want)
		}
	}
}

func TestReduceOfSeveralAxes(t *testing.T) {
	m := render(t, sumReduce(t, kernels.Tree, f32), grid.FewAxes)
	args := &grid.Args{
		Shape: []int{5, 6, 7}, Reduced: 2,
		Ins: []grid.Operand{{Strides: []int{100, 10, 1}}}, Outs: []grid.Operand{{Strides: []int{1}}},
	}
	if got, want := describe(m, plan(t, m, args)), "reduce_axes×2 []"; got != want {
		t.Errorf("%s, expected %s", got, want)
	}
	args.Ins[0].Strides = []int{42, 7, 1} // the reduced axes are one
	if got, want := describe(m, plan(t, m, args)), "reduce_row×2 []"; got != want {
		t.Errorf("%s, expected %s", got, want)
	}
}

func TestContractGeometry(t *testing.T) {
	plain, fold := render(t, productOf(t, term.FMA, f32), grid.FewAxes), render(t, nearest(t), grid.FewAxes)
	top := render(t, nearestFew(t, 10), grid.FewAxes)
	for _, c := range []struct {
		name string
		m    *Module
		args *grid.Args
		want string
	}{
		{"one", plain, productArgs(false, 1, 1, 1), "contract_small×1 []"},
		{"edges", plain, productArgs(false, 33, 32, 5), "contract_small×2 []"},
		{"batch", plain, productArgs(false, 7, 33, 32, 5), "contract_small×14 []"},
		{"large", plain, productArgs(false, 2048, 2048, 5), "contract_large×256 []"},
		{"narrow", plain, productArgs(false, 1<<20, 10, 5), "contract_small×32768 []"},
		{"chunk", plain, productArgs(false, 3, 3, 8192), "contract_small×1 []"},
		{"two chunks", plain, productArgs(false, 3, 3, 8193), "contract_small×2 contract_join×1 [72]"},
		{"nothing", plain, productArgs(false, 3, 3, 0), "contract_small×1 []"},
		{"fold", fold, productArgs(true, 33, 4096, 5), "fold_rows×3 []"},
		{"fold of short rows", fold, productArgs(true, 5000, 32, 5), "fold_short_rows×40 []"},
		{"fold of few short rows", fold, productArgs(true, 500, 32, 5), "fold_rows×32 []"},
		{"long fold", fold, productArgs(true, 33, 4097, 5), "fold_rows×6 fold_again×1 [1056]"},
		{"fold of chunks", fold, productArgs(true, 3, 300, 8193), "contract_tile×20 contract_join×15 fold_joined×3 [7200]"},
		{"first values", top, topArgs(33, 4096, 5), "top_rows×4 top_places×21 [21120]"},
		{"first values of many rows", top, topArgs(1<<19, 200, 5), "top_rows×6554 top_places×65536 top_rows×1639 top_places×16385 [67108800]"},
		{"first values of a long row", top, topArgs(1, 1<<20, 5), "top_rows×128 top_places×20 [20480]"},
		{"first values of chunks", top, topArgs(3, 300, 8193), "top_rows×1 top_places×1 [480]"},
	} {
		if got := describe(c.m, plan(t, c.m, c.args)); got != c.want {
			t.Errorf("%s: %s, expected %s", c.name, got, c.want)
		}
	}
}

// TestContractScratchIsBounded has chunks that do not all fit: they are taken some
// at a time, in bands of rows.
func TestContractScratchIsBounded(t *testing.T) {
	m := render(t, productOf(t, term.FMA, f32), grid.FewAxes)
	for _, shape := range [][]int{{4096, 4096, 100_000}, {64, 64, 50_000_000}, {1000, 1 << 20, 20_000}} {
		p := plan(t, m, productArgs(false, shape...))
		if p.Scratch[0] > chunkScratch+2*4*shape[1] {
			t.Errorf("%v: %d bytes of scratch memory", shape, p.Scratch[0])
		}
		var rows, chunks int
		for i := range p.Passes {
			ps := &p.Passes[i]
			c := m.planner.(*contractPlanner)
			get := func(w word) int { return int(ps.Block[w]) | int(ps.Block[w+1])<<8 | int(ps.Block[w+2])<<16 }
			if ps.Entry == c.join {
				if get(c.last) == 1 {
					rows += get(c.m)
					if want := ceilDiv(shape[2], kernels.ChunkK); chunks != want {
						t.Errorf("%v: %d chunks of a band, expected %d", shape, chunks, want)
					}
					chunks = 0
				}
				continue
			}
			if get(c.firstChunk) != chunks {
				t.Errorf("%v: chunk %d after %d", shape, get(c.firstChunk), chunks)
			}
			chunks += get(c.chunks)
		}
		if rows != shape[0] {
			t.Errorf("%v: %d rows, expected %d", shape, rows, shape[0])
		}
	}
}

// TestPlanAgain plans different launches in the same memory.
func TestPlanAgain(t *testing.T) {
	m := render(t, sumReduce(t, kernels.Tree, f32), grid.FewAxes)
	var p grid.Plan
	for _, n := range []int{100_000, 5, 4096*4096 + 1, 100_000} {
		if err := m.Plan(sumArgs(n), &p); err != nil {
			t.Fatal(err)
		}
		fresh := plan(t, m, sumArgs(n))
		if describe(m, &p) != describe(m, fresh) {
			t.Fatalf("%d: %s again, %s at first", n, describe(m, &p), describe(m, fresh))
		}
		for i := range p.Passes {
			if string(p.Passes[i].Block) != string(fresh.Passes[i].Block) || fmt.Sprint(p.Passes[i].Buffers) != fmt.Sprint(fresh.Passes[i].Buffers) {
				t.Errorf("%d: pass %d differs", n, i)
			}
		}
	}
}

func TestPlanWorkIsPositive(t *testing.T) {
	for _, c := range []struct {
		m    *Module
		args *grid.Args
	}{
		{render(t, addMap(t, f32), grid.FewAxes), addArgs(1000)},
		{render(t, uniformMap(t), grid.FewAxes), &grid.Args{Shape: []int{9}, Outs: []grid.Operand{dense([]int{9})}, Indices: []kernels.Layout{kernels.Contiguous(9)}, Params: []uint64{0, 0}}},
		{render(t, sumReduce(t, kernels.Tree, f32), grid.FewAxes), sumArgs(10_000)},
		{render(t, nearest(t), grid.FewAxes), productArgs(true, 10, 10_000, 10_000)},
	} {
		for _, ps := range plan(t, c.m, c.args).Passes {
			if ps.Work <= 0 || math.IsInf(ps.Work, 0) || ps.Groups < 1 {
				t.Errorf("%s: work %g of %d groups", c.m.Entries[ps.Entry].Name, ps.Work, ps.Groups)
			}
		}
	}
}

func TestPlanAllocates(t *testing.T) {
	for _, c := range []struct {
		m    *Module
		args *grid.Args
	}{
		{render(t, addMap(t, f32), grid.FewAxes), addArgs(1000)},
		{render(t, sumReduce(t, kernels.Tree, f32), grid.FewAxes), sumArgs(10_000)},
		{render(t, nearest(t), grid.FewAxes), productArgs(true, 10, 10_000, 10)},
	} {
		var p grid.Plan
		if n := testing.AllocsPerRun(100, func() { _ = c.m.Plan(c.args, &p) }); n > 0 {
			t.Errorf("%s: %g allocations a plan", c.m.Entries[0].Name, n)
		}
	}
}
