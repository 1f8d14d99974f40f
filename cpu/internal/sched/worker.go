package sched

import (
	"sync/atomic"

	"golang.org/x/sys/cpu"
)

// worker is one goroutine of a pool. Its mailbox is its whole state:
//
//	nil        awake and free, or about to be
//	parked     asleep, or about to be: who replaces this value must send on wake, once
//	a job      offered; the worker takes it (→ taken) unless its leader withdraws it first (→ nil)
//	taken      at work
//	retired    gone for good
type worker struct {
	mailbox atomic.Pointer[job]
	pool    *Pool
	id      int
	wake    chan struct{}
	_       cpu.CacheLinePad // a worker's mailbox shares no cache line with its neighbour's
}

// Marks in a mailbox that are no jobs.
var parked, taken, retired = new(job), new(job), new(job)

// offer gives the worker a job. It reports whether the worker was free to be given one, and
// whether it had to be woken.
func (w *worker) offer(j *job) (free, woken bool) {
	for {
		old := w.mailbox.Load()
		if old != nil && old != parked {
			return false, false
		}
		j.members.Add(1)
		if w.mailbox.CompareAndSwap(old, j) {
			if old == parked {
				w.wake <- struct{}{}
			}
			return true, old == parked
		}
		j.members.Add(-1) // it fell asleep, or took another job, at this very moment: look again
	}
}

// loop serves jobs until the pool is closed. A task that ends its goroutine does not end the worker:
// another goroutine takes its place.
func (w *worker) loop() {
	defer func() {
		if w.mailbox.Load() == retired {
			w.pool.running.Done()
		} else {
			go w.loop()
		}
	}()
	for {
		j := w.await()
		if j == nil {
			return
		}
		w.serve(j)
	}
}

// serve takes part in a job. The mailbox is freed first, so that the leader's next Run finds
// the worker free.
func (w *worker) serve(j *job) {
	defer func() {
		w.mailbox.Store(nil)
		j.leave()
	}()
	j.participate(w.id, nil)
}

// await takes the next job, spinning a while and then asleep; nil when the pool is closed.
func (w *worker) await() *job {
	for {
		if j := w.mailbox.Load(); j != nil {
			if w.mailbox.CompareAndSwap(j, taken) {
				return j
			}
			continue
		}
		if w.pool.closed.Load() && w.mailbox.CompareAndSwap(nil, retired) {
			return nil
		}
		if w.pool.spins.Load() && spin(w.called) {
			continue
		}
		w.sleep()
	}
}

// called reports whether there is a reason not to sleep.
func (w *worker) called() bool { return w.mailbox.Load() != nil || w.pool.closed.Load() }

// sleep parks the worker until somebody has use for it.
func (w *worker) sleep() {
	w.pool.lookAtProcs()
	if !w.mailbox.CompareAndSwap(nil, parked) {
		return
	}
	// Close sets the flag before it looks for parked workers: one of the two sees the other.
	if w.pool.closed.Load() && w.mailbox.CompareAndSwap(parked, nil) {
		return
	}
	<-w.wake
}
