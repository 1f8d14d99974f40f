package gemm

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/quern-go/quern/cpu/internal/sched"
	"github.com/quern-go/quern/cpu/internal/simd"
)

// benchmark measures one problem; change, if not nil, adapts it.
func benchmark[T Float](b *testing.B, level simd.Level, threads int, t Term, m, n, k int, change func(p *Problem[T])) {
	r := rand.New(rand.NewPCG(1, 2))
	random := func(n int) []T {
		s := make([]T, n)
		for i := range s {
			s[i] = uniform[T](r)
		}
		return s
	}
	p := &Problem[T]{M: m, N: n, K: k, Term: t,
		A: View[T]{Data: random(m * k), RowStride: k, ColStride: 1},
		B: View[T]{Data: random(k * n), RowStride: n, ColStride: 1},
		C: View[T]{Data: make([]T, m*n), RowStride: n, ColStride: 1},
	}
	if change != nil {
		change(p)
	}
	w := NewWorkspace(DetectCaches())
	pool := sched.New(threads)
	defer pool.Close()
	run := func() {
		if err := Run(context.Background(), pool, level, w, p); err != nil {
			b.Fatal(err)
		}
	}
	run()
	best := time.Duration(math.MaxInt64)
	for b.Loop() {
		start := time.Now()
		run()
		best = min(best, time.Since(start))
	}
	b.ReportMetric(2*float64(m)*float64(n)*float64(k)/best.Seconds()/1e9, "GFLOP/s(best)")
}

// BenchmarkMatMul names sizes m×k×n.
func BenchmarkMatMul(b *testing.B) {
	sizes := [][3]int{
		{64, 64, 64}, {100, 100, 100}, {128, 128, 128}, {256, 256, 256}, {512, 512, 512}, {1000, 1000, 1000}, {1024, 1024, 1024},
		{2048, 2048, 2048}, {4096, 4096, 4096}, {64, 4096, 4096}, {4096, 4096, 64}, {4096, 64, 4096},
		{1, 4096, 4096}, {4096, 4096, 1}, {4096, 4096, 8},
	}
	for _, level := range simd.Levels() {
		if level == simd.Generic {
			continue
		}
		for _, threads := range []int{1, 2} {
			for _, s := range sizes {
				name := fmt.Sprintf("%v/t%d/%dx%dx%d", level, threads, s[0], s[1], s[2])
				b.Run("float32/"+name, func(b *testing.B) { benchmark[float32](b, level, threads, FMA, s[0], s[2], s[1], nil) })
				b.Run("float64/"+name, func(b *testing.B) { benchmark[float64](b, level, threads, FMA, s[0], s[2], s[1], nil) })
			}
		}
	}
}

// transposeB makes the operands those of distances between rows.
func transposeB[T Float](p *Problem[T]) { p.B.RowStride, p.B.ColStride = 1, p.K }

// withWeights is transposeB, with weights and a Fold for the terms that need them.
func withWeights[T Float](p *Problem[T]) {
	transposeB(p)
	p.W = View[T]{Data: make([]T, p.K), ColStride: 1}
	if p.Term.Accs() > 1 {
		p.Fold = func(_, _, _, _, _ int, strip []T, _ int) { strip[0]++ }
	}
}

// BenchmarkTerm names sizes m×n×k: that of a common matrix of distances, and chains so long that
// little counts but the loop.
func BenchmarkTerm(b *testing.B) {
	for _, level := range simd.Levels() {
		for term := range numTerms {
			if !Supports(level, term) {
				continue
			}
			for _, s := range [][3]int{{1000, 1000, 100}, {252, 512, 1024}} {
				name := fmt.Sprintf("%v/%v/%dx%dx%d", level, term, s[0], s[1], s[2])
				b.Run("float32/"+name, func(b *testing.B) { benchmark(b, level, 1, term, s[0], s[1], s[2], withWeights[float32]) })
				b.Run("float64/"+name, func(b *testing.B) { benchmark(b, level, 1, term, s[0], s[1], s[2], withWeights[float64]) })
			}
		}
	}
}

// BenchmarkCallbacks is the cost of doing without matrices of one's own.
func BenchmarkCallbacks(b *testing.B) {
	const m, n, k = 2000, 10000, 128
	variants := []struct {
		name   string
		change func(p *Problem[float32])
	}{
		{"plain", nil},
		{"post", func(p *Problem[float32]) { p.Post = func(_, _, _ int, c []float32) { c[0]++ } }},
		{"fold", func(p *Problem[float32]) { p.Fold = func(_, _, _, _, _ int, strip []float32, _ int) { strip[0]++ } }},
		{"fill", func(p *Problem[float32]) {
			x, y := p.A, p.B
			p.FillA = func(_ int, dst []float32, row, k0, k1 int) { copy(dst, x.Data[row*x.RowStride+k0:][:k1-k0]) }
			p.FillB = func(_ int, dst []float32, k, j0, j1 int) { copy(dst, y.Data[k*y.RowStride+j0:][:j1-j0]) }
		}},
	}
	for _, v := range variants {
		b.Run(v.name, func(b *testing.B) { benchmark(b, simd.Detect(), 1, SqDiff, m, n, k, v.change) })
	}
}
