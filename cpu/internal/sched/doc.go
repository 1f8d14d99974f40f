// Package sched runs the CPU device's work on several cores: a persistent worker pool, and the
// number of CPUs a process may really use.
//
// # The pool
//
// A kernel hands Run a range of task indexes and a function over sub-ranges; the goroutine that
// calls Run takes part, helped by the pool's workers as far as they are free:
//
//	pool := sched.New(sched.EffectiveCPUs(0).CPUs)
//	defer pool.Close()
//	err := pool.Run(ctx, rows, 64, func(worker, lo, hi int) {
//		square(dst[lo:hi], src[lo:hi])
//	})
//
// Chunks are handed out one at a time from an atomic counter, so a slow core takes fewer of them. Which
// worker takes a chunk is therefore not fixed, and no result may depend on it: write to places named
// by lo and hi, and use worker only to index scratch memory.
//
// Work of one chunk stays on the calling goroutine. For the rest, what decides is the cost of the
// hand-off. Waking a sleeping thread takes ten microseconds and more, so a worker that has just finished
// looks out for more work for spinTime before it sleeps: in a train of Runs the hand-off takes a
// fraction of a microsecond, and an idle pool uses no CPU. Nobody spins where there are more threads than
// GOMAXPROCS. A Run never waits for a worker that has not yet woken: once the chunks are gone its call
// is withdrawn.
//
// Any number of goroutines may call Run at once, also from inside a running function: each Run
// takes the workers that are free, looks again after every chunk, and gets by without.
//
// # Effective CPUs
//
// A program in a container, under a batch system or with a CPU mask may use fewer CPUs than it sees.
// EffectiveCPUs takes the least of all limits and keeps each with its source, for quern detect to show.
package sched
