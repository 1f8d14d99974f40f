package sched

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// threadCounts include more threads than any two-core machine has.
var threadCounts = []int{1, 2, 3, 7}

// forThreads runs a test on pools of several sizes, and checks that each leaves no goroutine behind.
func forThreads(t *testing.T, test func(t *testing.T, p *Pool)) {
	for _, threads := range threadCounts {
		t.Run(fmt.Sprintf("threads=%d", threads), func(t *testing.T) {
			before := runtime.NumGoroutine()
			p := New(threads)
			test(t, p)
			p.Close()
			waitForGoroutines(t, before)
		})
	}
}

// waitForGoroutines waits until no more than want are left: a goroutine that has told its
// WaitGroup so is not quite gone yet.
func waitForGoroutines(t *testing.T, want int) {
	t.Helper()
	for range 1000 {
		if runtime.NumGoroutine() <= want {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Errorf("%d goroutines are left, expected %d", runtime.NumGoroutine(), want)
}

func TestRunCoversEveryIndexOnce(t *testing.T) {
	forThreads(t, func(t *testing.T, p *Pool) {
		for _, n := range []int{0, 1, 2, 3, 7, 63, 64, 65, 1000, 1001} {
			for _, grain := range []int{1, 2, 3, 64, 1000, math.MaxInt} {
				hits := make([]atomic.Int32, n)
				err := p.Run(context.Background(), n, grain, func(worker, lo, hi int) {
					if lo < 0 || hi <= lo || hi > n || hi-lo > grain || lo%grain != 0 || worker < 0 || worker >= p.Threads() {
						t.Errorf("n=%d grain=%d: worker %d was given [%d, %d)", n, grain, worker, lo, hi)
						return
					}
					for i := lo; i < hi; i++ {
						hits[i].Add(1)
					}
				})
				if err != nil {
					t.Fatalf("n=%d grain=%d: %v", n, grain, err)
				}
				for i := range hits {
					if hits[i].Load() != 1 {
						t.Fatalf("n=%d grain=%d: task %d ran %d times", n, grain, i, hits[i].Load())
					}
				}
			}
		}
	})
}

func TestRunLargestIndexes(t *testing.T) {
	forThreads(t, func(t *testing.T, p *Pool) {
		var total atomic.Int64
		err := p.Run(context.Background(), math.MaxInt, math.MaxInt/5, func(_, lo, hi int) { total.Add(int64(hi - lo)) })
		if err != nil || total.Load() != math.MaxInt {
			t.Errorf("%d tasks ran, %v; expected %d", total.Load(), err, math.MaxInt)
		}
	})
}

// TestEveryThreadTakesPart lets no chunk end before all have begun, again and again: it hangs if a
// free worker is ever passed over.
func TestEveryThreadTakesPart(t *testing.T) {
	forThreads(t, func(t *testing.T, p *Pool) {
		for range 200 {
			var all sync.WaitGroup
			all.Add(p.Threads())
			seen := make([]atomic.Int32, p.Threads())
			err := p.Run(context.Background(), p.Threads(), 1, func(worker, lo, hi int) {
				seen[worker].Add(1)
				all.Done()
				all.Wait()
			})
			if p.Threads() == 1 {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for worker := range seen {
				if n := seen[worker].Load(); n != 1 {
					t.Fatalf("worker %d took %d chunks, expected 1", worker, n)
				}
			}
		}
	})
}

// TestWorkersAreExclusive checks that scratch indexed by worker needs no lock. Under -race the
// detector checks it too.
func TestWorkersAreExclusive(t *testing.T) {
	forThreads(t, func(t *testing.T, p *Pool) {
		busy := make([]atomic.Bool, p.Threads())
		scratch := make([]int, p.Threads())
		for range 50 {
			err := p.Run(context.Background(), 200, 1, func(worker, lo, hi int) {
				if busy[worker].Swap(true) {
					t.Errorf("worker %d runs two chunks at once", worker)
				}
				scratch[worker] += hi - lo
				busy[worker].Store(false)
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		total := 0
		for _, n := range scratch {
			total += n
		}
		if total != 50*200 {
			t.Errorf("%d tasks ran, expected %d", total, 50*200)
		}
	})
}

func TestOneChunkStaysOnTheCaller(t *testing.T) {
	p := New(4)
	defer p.Close()
	here := goroutineName()
	err := p.Run(context.Background(), 100, 100, func(worker, lo, hi int) {
		if name := goroutineName(); name != here || worker != 0 {
			t.Errorf("one chunk ran as worker %d on %s, expected 0 on %s", worker, name, here)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

// goroutineName is the first line of the stack, "goroutine 7".
func goroutineName() string {
	buf := make([]byte, 64)
	name, _, _ := strings.Cut(string(buf[:runtime.Stack(buf, false)]), " [")
	return name
}

func TestRunDoesNotAllocate(t *testing.T) {
	fn := func(worker, lo, hi int) {}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for _, tc := range []struct {
		name              string
		threads, n, grain int
	}{
		{"one chunk", 4, 1000, 1000},
		{"one thread", 1, 1000, 10},
		{"shared", 4, 1000, 10},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := New(tc.threads)
			defer p.Close()
			allocs := testing.AllocsPerRun(200, func() {
				if err := p.Run(ctx, tc.n, tc.grain, fn); err != nil {
					t.Error(err)
				}
			})
			if allocs != 0 && !raceEnabled { // the race detector makes sync.Pool forget at random
				t.Errorf("a Run allocates %v times, expected 0", allocs)
			}
		})
	}
}

func TestCancelBeforeRun(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	forThreads(t, func(t *testing.T, p *Pool) {
		for _, grain := range []int{1, 10, 1000} {
			err := p.Run(ctx, 100, grain, func(_, lo, hi int) { t.Errorf("[%d, %d) ran", lo, hi) })
			if err != context.Canceled {
				t.Errorf("grain %d: %v, expected %v itself", grain, err, context.Canceled)
			}
		}
	})
}

func TestCancelDuringRun(t *testing.T) {
	forThreads(t, func(t *testing.T, p *Pool) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		var ran, running atomic.Int32
		err := p.Run(ctx, 1000, 1, func(_, lo, hi int) {
			running.Add(1)
			defer running.Add(-1)
			ran.Add(1)
			cancel()
		})
		if err != context.Canceled {
			t.Errorf("%v, expected %v", err, context.Canceled)
		}
		// Each participant may have looked at the context just before it was cancelled.
		if n := int(ran.Load()); n < 1 || n > p.Threads() {
			t.Errorf("%d chunks ran, expected 1 to %d", n, p.Threads())
		}
		if running.Load() != 0 {
			t.Errorf("Run returned while %d calls were running", running.Load())
		}
	})
}

func TestDeadlineError(t *testing.T) {
	ctx, cancel := context.WithDeadline(context.Background(), time.Unix(0, 0))
	defer cancel()
	forThreads(t, func(t *testing.T, p *Pool) {
		if err := p.Run(ctx, 100, 1, func(_, lo, hi int) {}); err != context.DeadlineExceeded {
			t.Errorf("%v, expected %v", err, context.DeadlineExceeded)
		}
	})
}

func TestCancelAfterTheLastChunkIsNoError(t *testing.T) {
	forThreads(t, func(t *testing.T, p *Pool) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		var ran atomic.Int32
		err := p.Run(ctx, 10, 1, func(_, lo, hi int) {
			if ran.Add(1) == 10 {
				cancel()
			}
		})
		if err != nil || ran.Load() != 10 {
			t.Errorf("%d chunks, %v; expected all 10 and no error", ran.Load(), err)
		}
	})
}

func TestPanicBecomesError(t *testing.T) {
	forThreads(t, func(t *testing.T, p *Pool) {
		for _, at := range []int{0, 1, 50, 99} {
			for _, grain := range []int{1, 100} {
				err := p.Run(context.Background(), 100, grain, func(_, lo, hi int) {
					if lo <= at && at < hi {
						panic(fmt.Errorf("task %d: %w", at, io.ErrUnexpectedEOF))
					}
				})
				var pe *PanicError
				if !errors.As(err, &pe) || !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Fatalf("panic at %d: %v, expected a PanicError wrapping its value", at, err)
				}
				if !strings.Contains(string(pe.Stack), "pool_test.go") {
					t.Errorf("the stack does not show the task:\n%s", pe.Stack)
				}
			}
		}
		var slice []int
		err := p.Run(context.Background(), 2, 1, func(_, lo, hi int) { slice[lo]++ })
		var re runtime.Error
		if !errors.As(err, &re) {
			t.Errorf("index out of range: %v, expected a runtime.Error inside", err)
		}
		if err := p.Run(context.Background(), 2, 1, nil); err == nil {
			t.Error("a nil function: no error")
		}
		if err := p.Run(context.Background(), 100, 1, func(_, lo, hi int) {}); err != nil {
			t.Errorf("Run after a panic: %v", err)
		}
	})
}

// TestGoexitOnAWorker ends worker goroutines the way testing.T.FailNow does.
func TestGoexitOnAWorker(t *testing.T) {
	forThreads(t, func(t *testing.T, p *Pool) {
		if p.Threads() == 1 {
			return // there would be nobody left to return from Run
		}
		for range 20 {
			var all sync.WaitGroup
			all.Add(p.Threads())
			err := p.Run(context.Background(), p.Threads(), 1, func(worker, lo, hi int) {
				all.Done()
				all.Wait()
				if worker != 0 {
					runtime.Goexit()
				}
			})
			if !errors.Is(err, errGoexit) {
				t.Fatalf("%v, expected %v", err, errGoexit)
			}
		}
	})
}

func TestGoexitOnTheCaller(t *testing.T) {
	forThreads(t, func(t *testing.T, p *Pool) {
		gone := make(chan struct{})
		go func() {
			defer close(gone)
			err := p.Run(context.Background(), 100, 1, func(worker, lo, hi int) {
				if worker == 0 {
					runtime.Goexit()
				}
			})
			// On a busy machine the workers may have left the caller no chunk.
			if err != nil {
				t.Errorf("Run returned %v after Goexit", err)
			}
		}()
		<-gone
		if err := p.Run(context.Background(), 100, 1, func(_, lo, hi int) {}); err != nil {
			t.Errorf("Run after Goexit: %v", err)
		}
	})
}

func TestConcurrentRuns(t *testing.T) {
	forThreads(t, func(t *testing.T, p *Pool) {
		var callers sync.WaitGroup
		for caller := range 8 {
			callers.Go(func() {
				for round := range 100 {
					var total atomic.Int64
					n := 10 + 13*caller + round
					err := p.Run(context.Background(), n, 3, func(_, lo, hi int) {
						for i := lo; i < hi; i++ {
							total.Add(int64(i))
						}
					})
					if want := int64(n * (n - 1) / 2); err != nil || total.Load() != want {
						t.Errorf("caller %d: sum %d, %v; expected %d", caller, total.Load(), err, want)
					}
				}
			})
		}
		callers.Wait()
	})
}

func TestNestedRuns(t *testing.T) {
	forThreads(t, func(t *testing.T, p *Pool) {
		for range 20 {
			var total atomic.Int64
			err := p.Run(context.Background(), 8, 1, func(_, lo, hi int) {
				err := p.Run(context.Background(), 8, 1, func(_, lo, hi int) {
					err := p.Run(context.Background(), 8, 1, func(_, lo, hi int) { total.Add(1) })
					if err != nil {
						t.Error(err)
					}
				})
				if err != nil {
					t.Error(err)
				}
			})
			if err != nil || total.Load() != 512 {
				t.Fatalf("%d innermost tasks, %v; expected 512", total.Load(), err)
			}
		}
	})
}

// TestWorkersJoinLater starts a Run while every worker is held by another, then frees them: the Run
// completes only if it looks for workers again.
func TestWorkersJoinLater(t *testing.T) {
	p := New(3)
	defer p.Close()
	var held, first sync.WaitGroup
	held.Add(3)
	release := make(chan struct{})
	first.Go(func() {
		err := p.Run(context.Background(), 3, 1, func(_, lo, hi int) {
			held.Done()
			<-release
		})
		if err != nil {
			t.Error(err)
		}
	})
	held.Wait()
	helped := make(chan struct{})
	var once sync.Once
	err := p.Run(context.Background(), 4, 1, func(worker, lo, hi int) {
		switch {
		case worker != 0:
			once.Do(func() { close(helped) })
		case lo == 0:
			close(release)
			first.Wait()
		default:
			<-helped
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestBadArguments(t *testing.T) {
	forThreads(t, func(t *testing.T, p *Pool) {
		for _, tc := range []struct{ n, grain int }{{-1, 1}, {1, 0}, {1, -1}, {math.MinInt, 1}, {0, 0}} {
			err := p.Run(context.Background(), tc.n, tc.grain, func(_, lo, hi int) { t.Errorf("[%d, %d) ran", lo, hi) })
			if err == nil {
				t.Errorf("n=%d grain=%d: no error", tc.n, tc.grain)
			}
		}
	})
	for _, threads := range []int{0, -1} {
		p := New(threads)
		if p.Threads() != 1 {
			t.Errorf("New(%d).Threads() = %d, expected 1", threads, p.Threads())
		}
		p.Close()
	}
}

func TestClose(t *testing.T) {
	forThreads(t, func(t *testing.T, p *Pool) {
		p.Close()
		p.Close()
		for _, grain := range []int{1, 1000} {
			if err := p.Run(context.Background(), 100, grain, func(_, lo, hi int) {}); !errors.Is(err, ErrClosed) {
				t.Errorf("Run on a closed pool: %v, expected %v", err, ErrClosed)
			}
		}
	})
}

func TestCloseWhileRunning(t *testing.T) {
	for range 50 {
		for _, threads := range threadCounts {
			p := New(threads)
			var callers sync.WaitGroup
			for range 3 {
				callers.Go(func() {
					for {
						var ran atomic.Int32
						err := p.Run(context.Background(), 50, 1, func(_, lo, hi int) { ran.Add(1) })
						if errors.Is(err, ErrClosed) {
							return
						}
						if err != nil || ran.Load() != 50 {
							t.Errorf("%d chunks, %v; expected 50", ran.Load(), err)
							return
						}
					}
				})
			}
			for range 2 {
				callers.Go(p.Close)
			}
			callers.Wait()
		}
	}
}

// TestIdlePoolSleeps checks that workers without work end up parked, whatever GOMAXPROCS is.
func TestIdlePoolSleeps(t *testing.T) {
	forThreads(t, func(t *testing.T, p *Pool) {
		if err := p.Run(context.Background(), 100, 1, func(_, lo, hi int) {}); err != nil {
			t.Fatal(err)
		}
		for i := range p.workers {
			for p.workers[i].mailbox.Load() != parked {
				time.Sleep(time.Millisecond)
			}
		}
		if want := p.Threads() <= runtime.GOMAXPROCS(0); p.Threads() > 1 && p.spins.Load() != want {
			t.Errorf("%d threads on %d processors: spins %v", p.Threads(), runtime.GOMAXPROCS(0), p.spins.Load())
		}
	})
}
