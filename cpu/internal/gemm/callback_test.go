package gemm

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/quern-go/quern/cpu/internal/simd"
)

// callbackTrials reach the ways a problem is cut: thick, thin, exchanged, with
// several blocks of k, with several chunks of k, with several strips.
var callbackTrials = []trial{
	{m: 9, n: 11, k: 7, workers: 1},
	{m: 150, n: 130, k: 33, workers: 2},
	{m: 150, n: 700, k: 129, workers: 7, samples: 300},
	{m: 20, n: 500, k: 129, workers: 2, samples: 300},
	{m: 500, n: 3, k: 129, workers: 7, samples: 300},
	{m: 130, n: 4097, k: 10, workers: 2, samples: 300},
	{m: 10, n: 9000, k: 70, workers: 7, samples: 100},
	{m: 3, n: 20, k: 8200, workers: 2, samples: 10},
	{m: 140, n: 36, k: 8200, workers: 2, samples: 10},
	{m: 70, n: 50, k: 0, workers: 2},
}

// exclusive fails the test if two calls of the same worker overlap.
type exclusive struct {
	t    *testing.T
	busy [16]atomic.Bool
}

func (e *exclusive) enter(worker int) func() {
	if e.busy[worker].Swap(true) {
		e.t.Errorf("worker %d is called twice at once", worker)
	}
	return func() { e.busy[worker].Store(false) }
}

func forEachCallback(t *testing.T, f32 func(*testing.T, simd.Level, trial), f64 func(*testing.T, simd.Level, trial)) {
	for _, level := range simd.Levels() {
		for _, tr := range callbackTrials {
			tr.a, tr.b, tr.caches = "row", "row", tinyCaches
			for _, tr.columns = range []bool{false, true} {
				name := fmt.Sprintf("%v/%dx%dx%d/%d workers/columns %v", level, tr.m, tr.k, tr.n, tr.workers, tr.columns)
				t.Run("float32/"+name, func(t *testing.T) { f32(t, level, tr) })
				t.Run("float64/"+name, func(t *testing.T) { f64(t, level, tr) })
			}
		}
	}
}

// callbackProblem makes matrices and a problem whose operands are filled.
func callbackProblem[T Float](t *testing.T, tr trial) (p *Problem[T], a, b matrix[T]) {
	r := rand.New(rand.NewPCG(7, 8))
	a = newMatrix("gap", tr.m, tr.k, func() T { return uniform[T](r) })
	b = newMatrix("neg", tr.k, tr.n, func() T { return uniform[T](r) })
	calls := exclusive{t: t}
	p = &Problem[T]{M: tr.m, N: tr.n, K: tr.k, Term: SqDiff}
	rowOf := func(m *matrix[T]) func(worker int, dst []T, row, lo, hi int) {
		return func(worker int, dst []T, row, lo, hi int) {
			defer calls.enter(worker)()
			for k := lo; k < hi; k++ {
				dst[k-lo] = m.at(row, k)
			}
		}
	}
	columnOf := func(m *matrix[T]) func(worker int, dst []T, column, lo, hi int) {
		return func(worker int, dst []T, column, lo, hi int) {
			defer calls.enter(worker)()
			for i := lo; i < hi; i++ {
				dst[i-lo] = m.at(i, column)
			}
		}
	}
	if tr.columns {
		p.FillAColumn, p.FillBColumn = columnOf(&a), columnOf(&b)
	} else {
		p.FillA, p.FillB = rowOf(&a), rowOf(&b)
	}
	return p, a, b
}

func runEager[T Float](t *testing.T, level simd.Level, tr trial, p *Problem[T]) {
	t.Helper()
	w := NewWorkspace(tr.caches)
	w.eager = true
	if err := Run(context.Background(), goroutines(tr.workers), level, w, p); err != nil {
		t.Fatal(err)
	}
}

// TestPost has every element of C passed to Post, once.
func TestPost(t *testing.T) { forEachCallback(t, testPost[float32], testPost[float64]) }

func testPost[T Float](t *testing.T, level simd.Level, tr trial) {
	p, a, b := callbackProblem[T](t, tr)
	c := newMatrix("row", tr.m, tr.n, func() T { return 0 })
	p.C = c.View
	calls := exclusive{t: t}
	p.Post = func(worker, row, col int, x []T) {
		defer calls.enter(worker)()
		if &x[0] != &c.Data[c.index(row, col)] {
			t.Errorf("Post(%d, %d) has the wrong elements", row, col)
		}
		for i := range x {
			x[i] = 1000 - x[i] // twice would undo it
		}
	}
	runEager(t, level, tr, p)
	r := rand.New(rand.NewPCG(9, 10))
	want := func(i, j int) T {
		return 1000 - reference(SqDiff, tr.k, func(k int) T { return a.at(i, k) }, func(k int) T { return b.at(k, j) })
	}
	for range 200 {
		i, j := r.IntN(tr.m), r.IntN(tr.n)
		if !sameBits(c.at(i, j), want(i, j)) {
			t.Fatalf("element (%d,%d) = %v, want %v", i, j, c.at(i, j), want(i, j))
		}
	}
	c.checkUntouched(t, "c", false)
}

// TestFold puts strips together to the whole result and checks their order.
func TestFold(t *testing.T) {
	forEachCallback(t,
		func(t *testing.T, level simd.Level, tr trial) { testFold[float32](t, level, SqDiff, tr) },
		func(t *testing.T, level simd.Level, tr trial) { testFold[float64](t, level, SqDiff, tr) })
}

// TestFoldProduct is of products, of whose tiles a strip may not be a multiple.
func TestFoldProduct(t *testing.T) {
	for _, level := range simd.Levels() {
		for _, tr := range []trial{{m: 130, n: 4097, k: 10, workers: 2, samples: 300}, {m: 10, n: 9000, k: 70, workers: 3, samples: 100}} {
			tr.caches = tinyCaches
			name := fmt.Sprintf("%v/%dx%dx%d", level, tr.m, tr.k, tr.n)
			t.Run("float32/"+name, func(t *testing.T) { testFold[float32](t, level, FMA, tr) })
			t.Run("float64/"+name, func(t *testing.T) { testFold[float64](t, level, FMA, tr) })
		}
	}
}

func testFold[T Float](t *testing.T, level simd.Level, term Term, tr trial) {
	p, a, b := callbackProblem[T](t, tr)
	p.Term = term
	got := make([]T, tr.m*tr.n)
	seen := make([]int, tr.m) // columns so far
	calls := exclusive{t: t}
	var mu sync.Mutex
	p.Fold = func(worker, row0, rows, col0, cols int, strip []T, ld int) {
		defer calls.enter(worker)()
		mu.Lock()
		defer mu.Unlock()
		if col0%StripColumns != 0 || cols != min(StripColumns, tr.n-col0) || len(strip) != (rows-1)*ld+cols {
			t.Errorf("strip of rows %d+%d has columns %d+%d and %d elements", row0, rows, col0, cols, len(strip))
		}
		for i := range rows {
			if seen[row0+i] != col0 {
				t.Errorf("row %d: strip at column %d after %d columns", row0+i, col0, seen[row0+i])
			}
			seen[row0+i] += cols
			copy(got[(row0+i)*tr.n+col0:], strip[i*ld:][:cols])
		}
	}
	runEager(t, level, tr, p)
	for i, n := range seen {
		if n != tr.n {
			t.Errorf("row %d: %d columns of %d", i, n, tr.n)
		}
	}
	compare(t, rand.New(rand.NewPCG(9, 10)), term, tr, &a, &b, func(i, j int) T { return got[i*tr.n+j] })
}
