package sched

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quern-go/quern/internal/meter"
)

// spinTime is how long a worker without work, or a Run without chunks, looks out before it sleeps:
// about as long as waking a sleeping thread takes.
const spinTime = 30 * time.Microsecond

// ErrClosed is returned by Run on a closed pool.
var ErrClosed = errors.New("pool is closed")

// Pool is a fixed set of workers. Make one with New; a Pool must not be copied.
type Pool struct {
	threads int
	workers []worker // threads-1 of them: the caller of Run is the other participant
	running sync.WaitGroup
	closed  atomic.Bool
	spins   atomic.Bool // GOMAXPROCS allows every participant a processor of its own
	jobs    sync.Pool   // of *job, so that a Run allocates nothing
	decoy   decoy
}

// New starts a pool of the given number of threads, the caller of Run included; less than one counts
// as one. It may exceed the number of processors. Close the pool to end its goroutines.
func New(threads int) *Pool {
	p := &Pool{threads: max(threads, 1), decoy: decoy{make(chan struct{}, 1)}}
	p.jobs.New = func() any { return &job{done: make(chan struct{}, 1)} }
	p.workers = make([]worker, p.threads-1)
	if p.threads > 1 {
		p.running.Go(func() { p.decoy.loop(&p.closed) })
	}
	p.running.Add(len(p.workers))
	p.lookAtProcs()
	for i := range p.workers {
		w := &p.workers[i]
		w.pool, w.id, w.wake = p, i+1, make(chan struct{}, 1)
		go w.loop()
	}
	return p
}

// Threads is the number of participants a Run can have; their ids are 0 … Threads()-1.
func (p *Pool) Threads() int { return p.threads }

// Close ends the workers and returns when they are gone; calling it again is harmless. A Run under
// way completes; a later one returns ErrClosed. Close must not be called from inside a Run.
func (p *Pool) Close() {
	p.closed.Store(true)
	for i := range p.workers {
		w := &p.workers[i]
		if w.mailbox.CompareAndSwap(parked, nil) {
			w.wake <- struct{}{}
		}
	}
	p.decoy.stepAside()
	p.running.Wait()
}

// Run splits the task indexes [0, n) into chunks of grain (the last may be shorter) and calls fn(worker,
// lo, hi) for each, on the calling goroutine (worker 0) and on free workers (1 … Threads()-1). No two calls
// of one Run have the same worker at the same time, and each worker's chunks ascend. Run returns when every
// call has returned.
//
// With one chunk or one thread, everything runs on the calling goroutine and in ascending order.
// Run itself allocates nothing; a closure made for it is one allocation at its maker.
//
// The context is looked at before each chunk: once it is done the remaining chunks are skipped and its
// error is returned as it is; its meter is told how many chunks have been handed out. A panic in fn likewise ends the Run, which returns it as a *PanicError.
func (p *Pool) Run(ctx context.Context, n, grain int, fn func(worker, lo, hi int)) error {
	if n < 0 || grain < 1 {
		return fmt.Errorf("sched: run %d tasks in chunks of %d: expected no negative number of tasks and chunks of at least 1", n, grain)
	}
	if p.closed.Load() {
		return fmt.Errorf("sched: run %d tasks: %w", n, ErrClosed)
	}
	if n <= grain || p.threads == 1 {
		return runAlone(ctx, n, grain, fn)
	}
	return p.runShared(ctx, n, grain, fn)
}

// runAlone calls fn for every chunk on the calling goroutine.
func runAlone(ctx context.Context, n, grain int, fn func(worker, lo, hi int)) (err error) {
	returned := false
	defer func() {
		if !returned {
			err = panicError(recover())
		}
	}()
	span := meter.Of(ctx)
	for lo := 0; lo < n; {
		if err := ctx.Err(); err != nil {
			returned = true
			return err
		}
		hi := lo + min(grain, n-lo)
		fn(0, lo, hi)
		lo = hi
		span.Set(float64(hi) / float64(n))
	}
	returned = true
	return nil
}

// runShared calls fn for every chunk with the help of the workers.
func (p *Pool) runShared(ctx context.Context, n, grain int, fn func(worker, lo, hi int)) error {
	j := p.jobs.Get().(*job)
	j.start(ctx, n, grain, fn)
	p.lead(j)
	err := j.finish()
	p.jobs.Put(j)
	return err
}

// lead is participant 0's part of a job. It returns when no worker is left in the job, even if
// fn ends the calling goroutine.
func (p *Pool) lead(j *job) {
	defer p.dismiss(j)
	missing := int(min(int64(p.threads), j.chunks)) - 1
	missing -= p.recruit(j, missing)
	j.participate(0, func() {
		if missing > 0 && j.left() > 1 {
			missing -= p.recruit(j, missing)
		}
	})
}

// recruit gives the job to as many free workers as wanted and returns how many there were.
func (p *Pool) recruit(j *job, wanted int) (got int) {
	anyWoken := false
	for i := 0; i < len(p.workers) && got < wanted; i++ {
		free, woken := p.workers[i].offer(j)
		if free {
			got++
		}
		anyWoken = anyWoken || woken
	}
	if anyWoken {
		p.decoy.stepAside()
	}
	return got
}

// dismiss withdraws the job from workers that have not begun and waits for those that have.
func (p *Pool) dismiss(j *job) {
	for i := range p.workers {
		if p.workers[i].mailbox.CompareAndSwap(j, nil) {
			j.members.Add(-1)
		}
	}
	if p.spins.Load() && spin(func() bool { return j.members.Load() == 0 }) {
		return
	}
	if j.members.Add(leaderSleeps) != leaderSleeps {
		<-j.done
	}
	j.members.Add(-leaderSleeps)
}

// lookAtProcs decides whether anybody may spin: never where the participants outnumber the
// processors, as the spinner would hold up the very work it waits for.
func (p *Pool) lookAtProcs() {
	p.spins.Store(p.threads <= runtime.GOMAXPROCS(0))
}

// spin waits for the condition to hold, for spinTime at most, and reports whether it does.
func spin(holds func() bool) bool {
	const looks = 64 // between two looks at the clock, which cost more than the condition
	for start := time.Now(); ; {
		for range looks {
			if holds() {
				return true
			}
		}
		if time.Since(start) > spinTime {
			return false
		}
	}
}
