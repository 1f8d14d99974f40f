package exec

import (
	"context"
	"unsafe"

	"github.com/quern-go/quern/cpu/internal/sched"
	"github.com/quern-go/quern/cpu/internal/simd"
)

// Crew is what a stream computes with: the device's worker pool and block
// kernels, and memory of its own for each worker. One goroutine uses it at a time.
type Crew struct {
	pool    *sched.Pool
	table   *simd.Table
	workers []*worker
	ctx     context.Context // of the run under way
}

// NewCrew returns a crew; workers get their memory when they first have work.
func NewCrew(pool *sched.Pool, table *simd.Table) *Crew {
	return &Crew{pool: pool, table: table, workers: make([]*worker, pool.Threads())}
}

// worker is the memory of one participant.
type worker struct {
	cursors [numCursors]cursor
	arena   arena

	_ [64]byte // keeps what workers write on cache lines of their own
}

// The programs that a worker may have bound at the same time.
const (
	cursorMain = iota // Map's body, Reduce's Pre
	cursorPost        // Reduce's Post
	numCursors
)

// worker returns the memory of a participant of the pool.
func (c *Crew) worker(i int) *worker {
	if c.workers[i] == nil {
		c.workers[i] = new(worker)
	}
	return c.workers[i]
}

// forget lets go of the memory of the launch just done.
func (c *Crew) forget() {
	c.ctx = nil
	for _, w := range c.workers {
		if w != nil {
			for i := range w.cursors {
				w.cursors[i].forget()
			}
		}
	}
}

// run calls fn for chunks of [0, n), on this goroutine alone if there is but one.
func (c *Crew) run(ctx context.Context, n, grain int, fn func(worker, lo, hi int)) error {
	c.ctx = ctx
	if n <= grain {
		if err := ctx.Err(); err != nil {
			return err
		}
		fn(0, 0, n)
		return nil
	}
	return c.pool.Run(ctx, n, grain, fn)
}

// threads is the number of participants.
func (c *Crew) threads() int { return c.pool.Threads() }

// minChunk is the least work worth handing over, in passes over an element as
// vm.Code.Cost counts them.
const minChunk = 32 << 10

// grain is the number of units, of the given work each, that make a chunk worth
// handing to another thread: some 20 µs, but for large launches as much as leaves
// every thread eight chunks.
func (c *Crew) grain(units int, unitCost float64) int {
	if units == 1 {
		return 1
	}
	least := max(1, int(minChunk/max(unitCost, 1)))
	most := max(1, int(32*minChunk/max(unitCost, 1)))
	return max(least, min(most, units/(8*c.threads())))
}

// arena is memory for the length of a launch: take hands out pieces of it, reset
// takes them all back.
type arena struct {
	memory []byte
	used   int
	more   [][]byte // pieces that did not fit
	wanted int
}

const cacheLine = 64

// take returns aligned memory that holds anything.
func (a *arena) take(bytes int) unsafe.Pointer {
	bytes = (bytes + cacheLine - 1) &^ (cacheLine - 1)
	a.wanted += bytes
	if a.used+bytes > len(a.memory) {
		p := make([]byte, bytes+cacheLine)
		a.more = append(a.more, p)
		return align(p)
	}
	p := unsafe.Pointer(&a.memory[a.used])
	a.used += bytes
	return p
}

// reset takes everything back; the next launch of the same size finds it all in
// one piece.
func (a *arena) reset() {
	if a.wanted > len(a.memory) {
		p := make([]byte, a.wanted+cacheLine)
		skip := int(uintptr(align(p)) - uintptr(unsafe.Pointer(&p[0])))
		a.memory = p[skip : skip+a.wanted]
		a.more = nil
	}
	a.used, a.wanted = 0, 0
}

func align(p []byte) unsafe.Pointer {
	first := unsafe.Pointer(unsafe.SliceData(p))
	return unsafe.Add(first, int(-uintptr(first)%cacheLine))
}
