package sched

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/cpu"

	"github.com/quern-go/quern/internal/meter"
)

// leaderSleeps is added to job.members while the goroutine that called Run sleeps on job.done.
const leaderSleeps = 1 << 30

// job is one Run that workers share. Jobs are reused; a worker touches one only between taking
// it from its mailbox and leaving it.
type job struct {
	ctx    context.Context
	fn     func(worker, lo, hi int)
	span   *meter.Span // what the chunks fill
	n      int
	grain  int
	chunks int64
	done   chan struct{} // the last worker to leave sends here when the leader sleeps

	mu  sync.Mutex
	err error // the first failure

	_       cpu.CacheLinePad
	next    atomic.Int64 // the chunk to hand out next
	_       cpu.CacheLinePad
	members atomic.Int32 // workers that hold the job, plus leaderSleeps
	_       cpu.CacheLinePad
}

func (j *job) start(ctx context.Context, n, grain int, fn func(worker, lo, hi int)) {
	j.ctx, j.fn, j.n, j.grain = ctx, fn, n, grain
	j.chunks = int64((n-1)/grain + 1)
	j.span = meter.Of(ctx)
	j.next.Store(0)
}

// finish returns the job's failure and lets go of what the caller gave.
func (j *job) finish() error {
	err := j.err
	j.ctx, j.fn, j.span, j.err = nil, nil, nil, nil
	return err
}

// participate takes chunks until none is left, and calls between after each.
func (j *job) participate(worker int, between func()) {
	returned := false
	defer func() {
		if !returned {
			j.fail(panicError(recover()))
		}
	}()
	for {
		chunk := j.next.Add(1) - 1
		if chunk >= j.chunks {
			break
		}
		if err := j.ctx.Err(); err != nil {
			j.fail(err)
			break
		}
		lo := int(chunk) * j.grain
		j.fn(worker, lo, lo+min(j.grain, j.n-lo))
		j.span.Set(float64(chunk+1) / float64(j.chunks))
		if between != nil {
			between()
		}
	}
	returned = true
}

// left is the number of chunks nobody has taken.
func (j *job) left() int64 { return j.chunks - j.next.Load() }

// fail keeps the first failure and skips the chunks that nobody has taken.
func (j *job) fail(err error) {
	j.next.Store(j.chunks)
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.err == nil {
		j.err = err
	}
}

// leave is a worker's last touch of a job.
func (j *job) leave() {
	if j.members.Add(-1) == leaderSleeps {
		j.done <- struct{}{}
	}
}

// PanicError is a panic of the function given to Run.
type PanicError struct {
	Value any    // what was given to panic
	Stack []byte // of the goroutine that panicked, as by debug.Stack
}

func (e *PanicError) Error() string { return fmt.Sprintf("sched: run: task panicked: %v", e.Value) }

// Unwrap returns the panic's value if it is an error: a runtime.Error, for instance.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// errGoexit is the failure of a task that called runtime.Goexit, as testing.T.FailNow does.
var errGoexit = errors.New("sched: run: task ended its goroutine")

// panicError makes an error of what recover returned in a call that did not return normally.
// Since Go 1.21 nil means runtime.Goexit and nothing else.
func panicError(recovered any) error {
	if recovered == nil {
		return errGoexit
	}
	return &PanicError{Value: recovered, Stack: debug.Stack()}
}
