package sched

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

// BenchmarkAlone is the cost of a Run that stays on the calling goroutine.
func BenchmarkAlone(b *testing.B) {
	p := New(2)
	defer p.Close()
	fn := func(worker, lo, hi int) {}
	b.ReportAllocs()
	for b.Loop() {
		if err := p.Run(context.Background(), 1000, 1024, fn); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkHandOff is the cost of getting every participant to work: each chunk lasts until all
// have begun. Beside it stands the same with goroutines made for the purpose.
func BenchmarkHandOff(b *testing.B) {
	var begun atomic.Int32
	meet := func(threads int) func(worker, lo, hi int) {
		return func(worker, lo, hi int) {
			for begun.Add(1); int(begun.Load()) < threads; {
				if threads > runtime.GOMAXPROCS(0) {
					runtime.Gosched()
				}
			}
		}
	}
	for _, threads := range []int{2, 7} {
		b.Run(fmt.Sprintf("pool/threads=%d", threads), func(b *testing.B) {
			p := New(threads)
			defer p.Close()
			fn := meet(threads)
			b.ReportAllocs()
			for b.Loop() {
				begun.Store(0)
				if err := p.Run(context.Background(), threads, 1, fn); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("goroutines/threads=%d", threads), func(b *testing.B) {
			fn := meet(threads)
			done := make(chan struct{}, threads)
			b.ReportAllocs()
			for b.Loop() {
				begun.Store(0)
				for i := 1; i < threads; i++ {
					go func() { fn(i, i, i+1); done <- struct{}{} }()
				}
				fn(0, 0, 1)
				for i := 1; i < threads; i++ {
					<-done
				}
			}
		})
	}
}

// BenchmarkColdHandOff is BenchmarkHandOff on two threads after the worker has gone to sleep. It reports
// the median and the 90th percentile: where other programs run, the system sometimes keeps a
// woken thread waiting for a time slice, and these milliseconds would drown the rest in a mean.
func BenchmarkColdHandOff(b *testing.B) {
	p := New(2)
	defer p.Close()
	var begun atomic.Int32
	fn := func(worker, lo, hi int) {
		for begun.Add(1); begun.Load() < 2; {
		}
	}
	took := make([]time.Duration, 0, b.N)
	for range b.N {
		time.Sleep(time.Millisecond)
		begun.Store(0)
		start := time.Now()
		if err := p.Run(context.Background(), 2, 1, fn); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2]), "p50-ns")
	b.ReportMetric(float64(took[len(took)*9/10]), "p90-ns")
}

// BenchmarkEmpty is what Run adds to work too small to share: nobody waits for a sleeping worker.
func BenchmarkEmpty(b *testing.B) {
	for _, threads := range []int{1, 2, 7} {
		b.Run(fmt.Sprintf("threads=%d", threads), func(b *testing.B) {
			p := New(threads)
			defer p.Close()
			fn := func(worker, lo, hi int) {}
			b.ReportAllocs()
			for b.Loop() {
				if err := p.Run(context.Background(), 16, 1, fn); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
