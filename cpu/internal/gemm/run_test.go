package gemm

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/quern-go/quern/cpu/internal/simd"
)

// forEachKernel runs a test for every level, element type and term with one
// accumulator and no weights.
func forEachKernel(t *testing.T, f32 func(*testing.T, simd.Level, Term), f64 func(*testing.T, simd.Level, Term)) {
	for _, level := range simd.Levels() {
		for term := range BrayCurtis {
			t.Run(fmt.Sprintf("%v/%v/float32", level, term), func(t *testing.T) { f32(t, level, term) })
			t.Run(fmt.Sprintf("%v/%v/float64", level, term), func(t *testing.T) { f64(t, level, term) })
		}
	}
}

// A trial is one problem to be compared with the reference.
type trial struct {
	m, n, k int
	a, b    string // layouts
	workers int
	caches  Caches
	samples int  // elements compared; 0 for all
	columns bool // operands are filled by pieces of columns, not rows
}

// tinyCaches make blocks so small that little problems have many.
var tinyCaches = Caches{L1: 4 << 10, L2: 16 << 10}

// check runs the trial and compares.
func check[T Float](t *testing.T, level simd.Level, term Term, tr trial, fill filler[T]) {
	t.Helper()
	r := rand.New(rand.NewPCG(uint64(tr.m), uint64(tr.n*1000+tr.k)))
	next := func() T { return fill(r) }
	a := newMatrix(tr.a, tr.m, tr.k, next)
	b := newMatrix(tr.b, tr.k, tr.n, next)
	c := newMatrix("row", tr.m, tr.n, next)
	p := &Problem[T]{M: tr.m, N: tr.n, K: tr.k, Term: term, A: a.View, B: b.View, C: c.View}
	w := NewWorkspace(tr.caches)
	w.eager = true
	if err := Run(context.Background(), goroutines(tr.workers), level, w, p); err != nil {
		t.Fatal(err)
	}
	compare(t, r, term, tr, &a, &b, c.at)
	a.checkUntouched(t, "a", true)
	b.checkUntouched(t, "b", true)
	c.checkUntouched(t, "c", false)
}

// compare compares the elements got of the result, or a sample, with the reference.
func compare[T Float](t *testing.T, r *rand.Rand, term Term, tr trial, a, b *matrix[T], got func(i, j int) T) {
	t.Helper()
	one := func(i, j int) {
		want := reference(term, tr.k, func(k int) T { return a.at(i, k) }, func(k int) T { return b.at(k, j) })
		if g := got(i, j); !sameBits(g, want) {
			t.Fatalf("%+v: element (%d,%d) = %v, want %v", tr, i, j, g, want)
		}
	}
	if tr.samples == 0 {
		for i := range tr.m {
			for j := range tr.n {
				one(i, j)
			}
		}
		return
	}
	for range tr.samples {
		one(r.IntN(tr.m), r.IntN(tr.n))
	}
	one(tr.m-1, tr.n-1)
}

// TestSmallCross computes every leading part of one product: all sizes of tile
// edges, up to a fourth tile.
func TestSmallCross(t *testing.T) {
	forEachKernel(t, smallCross[float32], smallCross[float64])
}

func smallCross[T Float](t *testing.T, level simd.Level, term Term) {
	const largest, k = 40, 5
	kernels, err := kernelsFor[T](level, term)
	if err != nil {
		t.Fatal(err)
	}
	most := min(largest, 3*kernels.cols+1)
	r := rand.New(rand.NewPCG(3, 4))
	a := newMatrix("row", most, k, func() T { return special[T](r) })
	b := newMatrix("row", k, most, func() T { return special[T](r) })
	var want [largest][largest]T
	for i := range most {
		for j := range most {
			want[i][j] = reference(term, k, func(k int) T { return a.at(i, k) }, func(k int) T { return b.at(k, j) })
		}
	}
	w := NewWorkspace(DetectCaches())
	for m := 1; m <= most; m++ {
		for n := 1; n <= most; n++ {
			c := make([]T, m*n+2*guardElements)
			for i := range c {
				c[i] = -7
			}
			p := &Problem[T]{M: m, N: n, K: k, Term: term, A: a.View, B: b.View,
				C: View[T]{Data: c, Offset: guardElements, RowStride: n, ColStride: 1}}
			if err := Run(context.Background(), goroutines(1), level, w, p); err != nil {
				t.Fatal(err)
			}
			for i, x := range c {
				at := i - guardElements
				if at < 0 || at >= m*n {
					if x != -7 {
						t.Fatalf("%d×%d: guard element %d changed", m, n, i)
					}
				} else if !sameBits(x, want[at/n][at%n]) {
					t.Fatalf("%d×%d: element (%d,%d) = %v, want %v", m, n, at/n, at%n, x, want[at/n][at%n])
				}
			}
		}
	}
}

// TestShapes goes around the edges of tiles, blocks, chunks and the choice of
// algorithm, in every layout and with 1, 2 and 7 workers.
func TestShapes(t *testing.T) {
	trials := []trial{
		{m: 14, n: 32, k: 0, a: "row", b: "row", workers: 1},
		{m: 15, n: 33, k: 1, a: "row", b: "col", workers: 2},
		{m: 28, n: 64, k: 16, a: "col", b: "row", workers: 7},
		{m: 29, n: 65, k: 17, a: "col", b: "col", workers: 1},
		{m: 43, n: 31, k: 33, a: "gap", b: "neg", workers: 2},
		{m: 13, n: 97, k: 100, a: "neg", b: "gap", workers: 7},
		{m: 150, n: 150, k: 31, a: "row", b: "row", workers: 7, samples: 500},
		{m: 150, n: 90, k: 65, a: "row", b: "col", workers: 2, samples: 500},
		{m: 127, n: 600, k: 129, a: "col", b: "row", workers: 2, samples: 300},
		{m: 1, n: 300, k: 70, a: "row", b: "row", workers: 2},
		{m: 300, n: 1, k: 70, a: "row", b: "row", workers: 2},
		{m: 300, n: 3, k: 70, a: "col", b: "col", workers: 7},
		{m: 200, n: 24, k: 40, a: "row", b: "row", workers: 1, samples: 500},
		{m: 130, n: 4095, k: 3, a: "row", b: "col", workers: 2, samples: 500},
		{m: 115, n: 4097, k: 3, a: "row", b: "row", workers: 7, samples: 500},
		{m: 3, n: 5, k: 8191, a: "row", b: "row", workers: 1},
		{m: 3, n: 5, k: 8192, a: "row", b: "col", workers: 2},
		{m: 5, n: 3, k: 8193, a: "col", b: "row", workers: 1},
		{m: 5, n: 17, k: 20000, a: "row", b: "row", workers: 2, samples: 9},
		{m: 121, n: 25, k: 8200, a: "row", b: "row", workers: 7, samples: 9},
		{m: 60, n: 200, k: 100, a: "row", b: "row", workers: 2, samples: 500},
		{m: 16, n: 40, k: 8200, a: "col", b: "row", workers: 1, samples: 9},
	}
	forEachKernel(t,
		func(t *testing.T, level simd.Level, term Term) { checkAll[float32](t, level, term, trials) },
		func(t *testing.T, level simd.Level, term Term) { checkAll[float64](t, level, term, trials) })
}

func checkAll[T Float](t *testing.T, level simd.Level, term Term, trials []trial) {
	for _, tr := range trials {
		tr.caches = tinyCaches
		check(t, level, term, tr, uniform[T])
		if tr.k < 40 { // in longer chains most results would be NaN
			check(t, level, term, tr, special[T])
		}
	}
	for _, a := range []string{"row", "col", "gap", "neg"} {
		tr := trial{m: 120, n: 70, k: 50, a: a, b: "row", workers: 2, caches: DetectCaches(), samples: 200}
		check(t, level, term, tr, uniform[T])
	}
}

// TestWhatIsPacked is of matrices that lie row by row, but for the one that is filled.
func TestWhatIsPacked(t *testing.T) {
	const kept, copied, stays = "packed first", "packed by the way", "read in place"
	cases := map[string]struct {
		m, k, n, ldb int
		fill         bool // A
		a, b         string
	}{
		"small":                         {m: 64, k: 64, n: 64, ldb: 64, a: stays, b: stays},
		"small, A filled":               {m: 64, k: 64, n: 64, ldb: 64, fill: true, a: kept, b: stays},
		"small, B in wide rows":         {m: 64, k: 64, n: 64, ldb: 4096, a: kept, b: copied},
		"few rows, B in memory":         {m: 64, k: 4096, n: 4096, ldb: 4096, a: kept, b: copied},
		"one tile of rows":              {m: 4, k: 4096, n: 4096, ldb: 4096, a: kept, b: copied},
		"small, more rows than a few":   {m: 128, k: 64, n: 64, ldb: 64, a: stays, b: kept},
		"large":                         {m: 1000, k: 1000, n: 1000, ldb: 1000, a: kept, b: kept},
		"columns that need A in panels": {m: 64, k: 64, n: 1000, ldb: 1000, a: kept, b: copied},
	}
	for name, c := range cases {
		for _, level := range simd.Levels() {
			t.Run(fmt.Sprintf("%s/%v", name, level), func(t *testing.T) {
				p := &Problem[float64]{M: c.m, N: c.n, K: c.k, A: View[float64]{RowStride: c.k, ColStride: 1}, B: View[float64]{RowStride: c.ldb, ColStride: 1}}
				if c.fill {
					p.FillA = func(int, []float64, int, int, int) {}
				}
				kern, err := kernelsFor[float64](level, FMA)
				if err != nil {
					t.Fatal(err)
				}
				caches := Caches{L1: 32 << 10, L2: 1 << 20}
				j := &job[float64]{kern: kern, p: p, m: c.m, n: c.n, accs: 1}
				j.a, j.b = operands(p)
				j.blocking = newBlocking(caches, kern, 1, c.m, c.n, c.k, 1, false)
				j.readDirectly(caches)
				wantA, wantB := c.a, c.b
				if len(kern.inPlace) == 0 {
					wantA = kept
				}
				if wantB == copied && len(kern.copying) == 0 {
					wantB = kept
				}
				a := map[bool]string{true: stays, false: kept}[j.inPlace]
				b := map[bool]string{true: stays, false: map[bool]string{true: copied, false: kept}[j.copying]}[j.direct]
				if a != wantA || b != wantB {
					t.Errorf("A is %s and B %s, want %s and %s", a, b, wantA, wantB)
				}
			})
		}
	}
}

// TestRandomShapes draws what TestShapes did not think of.
func TestRandomShapes(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	layouts := []string{"row", "col", "gap", "neg"}
	for range 150 {
		tr := trial{
			m: 1 + r.IntN(180), n: 1 + r.IntN(180), k: r.IntN(150),
			a: layouts[r.IntN(4)], b: layouts[r.IntN(4)],
			workers: 1 + r.IntN(7), caches: Caches{L1: 1 << (9 + r.IntN(6)), L2: 1 << (12 + r.IntN(8))}, samples: 100,
		}
		level, term := simd.Levels()[r.IntN(len(simd.Levels()))], Term(r.IntN(int(BrayCurtis)))
		check(t, level, term, tr, uniform[float32])
		check(t, level, term, tr, special[float64])
	}
}

func TestErrors(t *testing.T) {
	data := make([]float32, 12)
	good := func() *Problem[float32] {
		v := View[float32]{Data: data, RowStride: 3, ColStride: 1}
		return &Problem[float32]{M: 3, N: 3, K: 3, A: v, B: v, C: v}
	}
	cases := map[string]struct {
		change func(p *Problem[float32])
		want   string
	}{
		"negative size": {func(p *Problem[float32]) { p.K = -1 }, "negative size"},
		"unknown term":  {func(p *Problem[float32]) { p.Term = 77 }, "term(77)"},
		"no kernels": {func(p *Problem[float32]) {
			p.Term = BrayCurtis
			p.Fold = func(int, int, int, int, int, []float32, int) {}
		}, "no kernels for braycurtis"},
		"two results":        {func(p *Problem[float32]) { p.Term = BrayCurtis }, "braycurtis without Fold"},
		"no weights":         {func(p *Problem[float32]) { p.Term = WeightedSqDiff }, "of weights spans"},
		"a too small":        {func(p *Problem[float32]) { p.M, p.A.Offset = 3, 4 }, "of a spans elements 4 to 12 of 12"},
		"b before its data":  {func(p *Problem[float32]) { p.B.RowStride = -3 }, "of b spans elements -6"},
		"strided result":     {func(p *Problem[float32]) { p.C.ColStride = 2 }, "result strides"},
		"overlapping result": {func(p *Problem[float32]) { p.C.RowStride = 2 }, "result strides"},
		"result too small":   {func(p *Problem[float32]) { p.C.Data = data[:8] }, "of result spans"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			p := good()
			c.change(p)
			err := Run(context.Background(), goroutines(1), simd.Generic, NewWorkspace(DetectCaches()), p)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error is %v, want one with %q", err, c.want)
			}
		})
	}
	t.Run("level not available", func(t *testing.T) {
		if err := Run(context.Background(), goroutines(1), simd.NEON+1, NewWorkspace(DetectCaches()), good()); err == nil {
			t.Error("no error")
		}
	})
	t.Run("empty result", func(t *testing.T) {
		p := good()
		p.M = 0
		if err := Run(context.Background(), goroutines(1), simd.Detect(), NewWorkspace(DetectCaches()), p); err != nil {
			t.Error(err)
		}
	})
}

// TestCancel cancels from within; the run must stop soon after.
func TestCancel(t *testing.T) {
	for name, shape := range map[string][2]int{"thick": {600, 300}, "thin": {20, 9000}, "exchanged": {9000, 2}} {
		for _, workers := range []int{1, 2} {
			t.Run(fmt.Sprintf("%s/%d workers", name, workers), func(t *testing.T) {
				ctx, cancel := context.WithCancel(context.Background())
				m, n := shape[0], shape[1]
				finished := make([]int, workers) // elements
				p := &Problem[float64]{M: m, N: n, K: 4,
					FillA: func(_ int, dst []float64, _, _, _ int) { clear(dst) },
					FillB: func(_ int, dst []float64, _, _, _ int) { clear(dst) },
					C:     View[float64]{Data: make([]float64, m*n), RowStride: n, ColStride: 1},
					Post:  func(worker, _, _ int, c []float64) { finished[worker] += len(c); cancel() },
				}
				w := NewWorkspace(tinyCaches)
				w.eager = true
				if err := Run(ctx, goroutines(workers), simd.Detect(), w, p); !errors.Is(err, context.Canceled) {
					t.Fatalf("error is %v, want %v", err, context.Canceled)
				}
				total := 0
				for _, n := range finished {
					total += n
				}
				if total > m*n/2 {
					t.Errorf("%d of %d elements were finished when the first had cancelled the rest", total, m*n)
				}
			})
		}
	}
}

// TestWorkspaceBudget is over shapes that would like large buffers.
func TestWorkspaceBudget(t *testing.T) {
	for _, workers := range []int{1, 2, 8, 64, 256} {
		for _, s := range [][3]int{{1 << 20, 1 << 20, 1 << 20}, {100, 1 << 20, 1 << 20}, {1 << 20, 5, 1 << 20}, {1 << 20, 1 << 20, 100}} {
			for strips := range 3 { // none, of one accumulator, of two
				fold, accs := strips > 0, max(1, strips)
				m, n, k := s[0], s[1], s[2]
				p := &Problem[float64]{M: m, N: n, K: k}
				if fold {
					p.Fold = func(int, int, int, int, int, []float64, int) {}
				}
				kern, err := kernelsFor[float64](simd.Detect(), FMA)
				if err != nil {
					t.Fatal(err)
				}
				j := &job[float64]{kern: kern, p: p, m: m, n: n, accs: accs, fold: p.Fold}
				if !fold && worthExchanging(kern, m, n) {
					j.exchange()
				}
				j.blocking = newBlocking(Caches{L1: 48 << 10, L2: 2 << 20}, kern, accs, j.m, j.n, k, workers, fold)
				w := NewWorkspace(Caches{})
				j.allocate(w, workers)
				if mib := w.Bytes() >> 20; mib > 48 {
					t.Errorf("%v, fold %v, %d workers: %d MiB: %+v", s, fold, workers, mib, j.blocking)
				}
			}
		}
	}
}
