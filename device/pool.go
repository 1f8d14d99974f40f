package device

import (
	"container/list"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"sync"
	"sync/atomic"
)

// Backing is where a Pool gets memory from. B is the device's own handle: a
// byte slice, a device pointer, a memory object.
type Backing[B any] interface {
	// Allocate returns memory of a number of bytes; the error wraps
	// ErrOutOfMemory if there is no more.
	Allocate(bytes int) (B, error)
	// Free returns it. Blocks still in use when the Pool is closed come back
	// after that.
	Free(memory B, bytes int)
}

// Pool hands out blocks of device memory and keeps released ones for reuse, by
// exact size class: a class is never served by another's blocks. It is safe
// for concurrent use.
//
// Classes are multiples of 64 bytes up to 512; then eight to each power of two,
// so that at most an eighth is lost; from 16 MiB on multiples of 2 MiB, so that
// no more than that is lost however large the array.
type Pool[B any] struct {
	backing Backing[B]

	mu         sync.Mutex
	closed     bool
	cacheLimit int64
	byAge      *list.List              // of cached[B], least recently released first
	byClass    map[int][]*list.Element // the same, per class
	stats      MemoryStats
}

// cached is a released block.
type cached[B any] struct {
	memory B
	class  int
}

// NewPool returns a pool that keeps at most cacheLimit bytes for reuse.
func NewPool[B any](backing Backing[B], cacheLimit int64) *Pool[B] {
	return &Pool[B]{
		backing:    backing,
		cacheLimit: cacheLimit,
		byAge:      list.New(),
		byClass:    make(map[int][]*list.Element),
	}
}

// SizeClass is the size of the block that serves a request, or 0 if it would
// overflow an int.
func SizeClass(bytes int) int {
	const smallest, coarsest = 64, 2 << 20
	step := smallest
	if n := bits.Len(uint(max(bytes-1, 1))); n > 9 {
		step = min(1<<(n-4), coarsest)
	}
	if bytes > math.MaxInt-step {
		return 0
	}
	return max(smallest, (bytes+step-1)/step*step)
}

// Get returns a block of at least the given number of bytes, with unspecified
// contents. When the device has no more memory the cache is given back to it
// before a second attempt.
func (p *Pool[B]) Get(bytes int) (*Block[B], error) {
	if bytes < 0 {
		return nil, fmt.Errorf("allocate %d bytes: negative size", bytes)
	}
	class := SizeClass(bytes)
	if class == 0 {
		return nil, fmt.Errorf("allocate %d bytes: %w", bytes, ErrOutOfMemory)
	}
	memory, ok, err := p.take(class)
	if err == nil && !ok {
		memory, err = p.allocate(class)
	}
	if err != nil {
		return nil, fmt.Errorf("allocate %d bytes (%d in use): %w", bytes, p.Stats().InUse, err)
	}
	block := &Block[B]{pool: p, memory: memory, bytes: bytes, class: class}
	block.refs.Store(1)
	return block, nil
}

// take returns a cached block of the class, if there is one.
func (p *Pool[B]) take(class int) (memory B, ok bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return memory, false, ErrClosed
	}
	same := p.byClass[class]
	if len(same) == 0 {
		return memory, false, nil
	}
	memory = p.remove(same[len(same)-1])
	p.stats.Reused++
	p.count(class)
	return memory, true, nil
}

// allocate gets a new block from the backing.
func (p *Pool[B]) allocate(class int) (B, error) {
	memory, err := p.backing.Allocate(class)
	if errors.Is(err, ErrOutOfMemory) {
		p.Trim()
		memory, err = p.backing.Allocate(class)
	}
	if err != nil {
		return memory, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count(class)
	return memory, nil
}

// count enters a block handed out in the accounts; the lock is held.
func (p *Pool[B]) count(class int) {
	s := &p.stats
	s.Allocs++
	s.InUse += int64(class)
	s.Peak = max(s.Peak, s.InUse)
	s.PeakHeld = max(s.PeakHeld, s.InUse+s.Cached)
}

// remove takes an element out of the cache; the lock is held.
func (p *Pool[B]) remove(e *list.Element) B {
	c := p.byAge.Remove(e).(cached[B])
	same := p.byClass[c.class]
	for i := range same {
		if same[i] == e {
			same = append(same[:i], same[i+1:]...)
			break
		}
	}
	if p.byClass[c.class] = same; len(same) == 0 {
		delete(p.byClass, c.class)
	}
	p.stats.Cached -= int64(c.class)
	return c.memory
}

// put caches a block that is no longer used, then frees the least recently
// released ones beyond the limit.
func (p *Pool[B]) put(memory B, class int) {
	p.mu.Lock()
	p.stats.InUse -= int64(class)
	p.stats.Cached += int64(class)
	p.byClass[class] = append(p.byClass[class], p.byAge.PushBack(cached[B]{memory, class}))
	limit := p.cacheLimit
	if p.closed {
		limit = 0
	}
	old := p.evict(limit)
	p.mu.Unlock()
	p.free(old)
}

// evict takes the oldest blocks out of the cache until it is within the limit;
// the lock is held.
func (p *Pool[B]) evict(limit int64) []cached[B] {
	var old []cached[B]
	for p.stats.Cached > limit {
		e := p.byAge.Front()
		class := e.Value.(cached[B]).class
		old = append(old, cached[B]{p.remove(e), class})
	}
	return old
}

func (p *Pool[B]) free(blocks []cached[B]) {
	for _, c := range blocks {
		p.backing.Free(c.memory, c.class)
	}
}

// Trim returns all cached memory to the device.
func (p *Pool[B]) Trim() {
	p.mu.Lock()
	old := p.evict(0)
	p.mu.Unlock()
	p.free(old)
}

// Stats returns the accounts.
func (p *Pool[B]) Stats() MemoryStats {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stats
}

// Close frees the cache; blocks in use are freed when they are released. Closing
// twice is harmless.
func (p *Pool[B]) Close() {
	p.mu.Lock()
	p.closed = true
	old := p.evict(0)
	p.mu.Unlock()
	p.free(old)
}

// Block is memory from a Pool; it implements Buffer. It goes back to the pool
// when its owner has released it and every Retain has been undone by a Drop.
type Block[B any] struct {
	pool     *Pool[B]
	memory   B
	bytes    int
	class    int
	released atomic.Bool
	refs     atomic.Int64
}

// Bytes is the length asked for.
func (b *Block[B]) Bytes() int { return b.bytes }

// Memory is the device's handle. It must not be used after the last reference
// is gone.
func (b *Block[B]) Memory() B { return b.memory }

// Capacity is the length of the memory: the size class of Bytes.
func (b *Block[B]) Capacity() int { return b.class }

// Released reports whether the owner has released the block.
func (b *Block[B]) Released() bool { return b.released.Load() }

// Release ends the owner's use. Only the first call counts.
func (b *Block[B]) Release() {
	if b.released.CompareAndSwap(false, true) {
		b.Drop()
	}
}

// Retain keeps the memory from being reused while queued work needs it. The
// caller must hold a reference.
func (b *Block[B]) Retain() { b.refs.Add(1) }

// Drop undoes one Retain.
func (b *Block[B]) Drop() {
	if b.refs.Add(-1) == 0 {
		b.pool.put(b.memory, b.class)
	}
}
