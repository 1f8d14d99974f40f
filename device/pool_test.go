package device

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
)

var _ Buffer = (*Block[int])(nil)

// counted is a backing with a limit that checks how it is used.
type counted struct {
	mu    sync.Mutex
	limit int
	held  int
	live  map[int]int // size of each block out there
	next  int
	wrong []string
}

func newCounted(limit int) *counted { return &counted{limit: limit, live: make(map[int]int)} }

func (c *counted) Allocate(bytes int) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if bytes > c.limit-c.held {
		return 0, fmt.Errorf("no room: %w", ErrOutOfMemory)
	}
	c.next++
	c.live[c.next] = bytes
	c.held += bytes
	return c.next, nil
}

func (c *counted) Free(id, bytes int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.live[id] != bytes {
		c.wrong = append(c.wrong, fmt.Sprintf("block %d of %d bytes freed as %d", id, c.live[id], bytes))
	}
	delete(c.live, id)
	c.held -= bytes
}

func mustGet(t *testing.T, p *Pool[int], bytes int) *Block[int] {
	t.Helper()
	b, err := p.Get(bytes)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func checkStats(t *testing.T, p *Pool[int], inUse, cached, peak, peakHeld int64) {
	t.Helper()
	s := p.Stats()
	if s.InUse != inUse || s.Cached != cached || s.Peak != peak || s.PeakHeld != peakHeld {
		t.Errorf("in use %d, cached %d, peak %d, peak held %d, expected %d, %d, %d, %d",
			s.InUse, s.Cached, s.Peak, s.PeakHeld, inUse, cached, peak, peakHeld)
	}
}

func TestSizeClass(t *testing.T) {
	for _, c := range [][2]int{
		{0, 64}, {1, 64}, {64, 64}, {65, 128}, {512, 512}, {513, 576}, {1024, 1024}, {1025, 1152},
		{4000, 4096}, {4097, 4608}, {1 << 20, 1 << 20}, {1<<20 + 1, 1<<20 + 1<<17},
		{16 << 20, 16 << 20}, {16<<20 + 1, 18 << 20}, {1<<30 + 1, 1<<30 + 2<<20},
		{math.MaxInt, 0}, {math.MaxInt - 2<<20 + 1, 0},
	} {
		if got := SizeClass(c[0]); got != c[1] {
			t.Errorf("class of %d is %d, expected %d", c[0], got, c[1])
		}
	}
	for range 10000 {
		n := rand.IntN(1 << rand.IntN(40))
		class := SizeClass(n)
		if class < n || class%64 != 0 || SizeClass(class) != class || n >= 512 && class-n >= n/8+1 || class-n >= 2<<20 {
			t.Fatalf("class of %d is %d", n, class)
		}
	}
}

func TestPoolReusesBySizeClass(t *testing.T) {
	c := newCounted(1 << 20)
	p := NewPool[int](c, 1<<20)
	a := mustGet(t, p, 1000)
	if a.Bytes() != 1000 || a.Capacity() != 1024 {
		t.Errorf("block of %d bytes, capacity %d", a.Bytes(), a.Capacity())
	}
	checkStats(t, p, 1024, 0, 1024, 1024)
	a.Release()
	checkStats(t, p, 0, 1024, 1024, 1024)
	b := mustGet(t, p, 1024) // the same class: the same memory
	if b.Memory() != a.Memory() {
		t.Error("the cached block was not reused")
	}
	d := mustGet(t, p, 1025) // another class
	if d.Memory() == b.Memory() {
		t.Error("one block given out twice")
	}
	checkStats(t, p, 1024+1152, 0, 1024+1152, 1024+1152)
	if s := p.Stats(); s.Allocs != 3 || s.Reused != 1 {
		t.Errorf("%d allocs, %d reused, expected 3 and 1", s.Allocs, s.Reused)
	}
	b.Release()
	e := mustGet(t, p, 64)
	checkStats(t, p, 1152+64, 1024, 1024+1152, 1024+1152+64)
	for range 3 { // a second and third release must not count
		d.Release()
		e.Release()
	}
	checkStats(t, p, 0, 1024+1152+64, 1024+1152, 1024+1152+64)
	p.Trim()
	if c.held != 0 {
		t.Errorf("%d bytes held after Trim", c.held)
	}
	checkStats(t, p, 0, 0, 1024+1152, 1024+1152+64)
}

func TestPoolCacheLimitDropsTheOldest(t *testing.T) {
	c := newCounted(1 << 20)
	p := NewPool[int](c, 256)
	blocks := []*Block[int]{mustGet(t, p, 64), mustGet(t, p, 128), mustGet(t, p, 128), mustGet(t, p, 512)}
	oldest := blocks[0].Memory()
	for _, b := range blocks[:3] {
		b.Release()
	}
	checkStats(t, p, 512, 256, 832, 832) // 64 + 128 + 128 is over 256
	if _, ok := c.live[oldest]; ok {
		t.Error("the oldest block was kept")
	}
	blocks[3].Release() // too large to keep; it pushes the others out
	checkStats(t, p, 0, 0, 832, 832)
	if c.held != 0 {
		t.Errorf("%d bytes held", c.held)
	}
}

func TestPoolTrimsAndRetriesWhenOutOfMemory(t *testing.T) {
	c := newCounted(4096)
	p := NewPool[int](c, 1<<20)
	mustGet(t, p, 4096).Release()
	b := mustGet(t, p, 2048) // fits only after the cached block is gone
	checkStats(t, p, 2048, 0, 4096, 4096)
	_, err := p.Get(4000)
	if !errors.Is(err, ErrOutOfMemory) || !strings.Contains(err.Error(), "allocate 4000 bytes (2048 in use)") {
		t.Errorf("error %v", err)
	}
	checkStats(t, p, 2048, 0, 4096, 4096) // a failure leaves no trace
	b.Release()
	for _, bytes := range []int{math.MaxInt, math.MaxInt - 100} {
		if _, err := p.Get(bytes); !errors.Is(err, ErrOutOfMemory) {
			t.Errorf("%d bytes: error %v", bytes, err)
		}
	}
	if _, err := p.Get(-1); err == nil || errors.Is(err, ErrOutOfMemory) {
		t.Errorf("-1 bytes: error %v", err)
	}
}

func TestPoolClose(t *testing.T) {
	c := newCounted(1 << 20)
	p := NewPool[int](c, 1<<20)
	a, b := mustGet(t, p, 100), mustGet(t, p, 100)
	a.Release()
	p.Close()
	p.Close()
	if len(c.live) != 1 {
		t.Errorf("%d blocks live after Close, expected the one in use", len(c.live))
	}
	if _, err := p.Get(100); !errors.Is(err, ErrClosed) {
		t.Errorf("error %v", err)
	}
	b.Release()
	a.Release()
	checkStats(t, p, 0, 0, 256, 256)
	if len(c.live) != 0 {
		t.Errorf("%d blocks live", len(c.live))
	}
}

// TestPoolCloseDuringAllocate: the pool is closed while the backing allocates.
func TestPoolCloseDuringAllocate(t *testing.T) {
	c := newCounted(1 << 20)
	var p *Pool[int]
	p = NewPool[int](closing{c, func() { p.Close() }}, 1<<20)
	b := mustGet(t, p, 100)
	b.Release()
	checkStats(t, p, 0, 0, 128, 128)
	if len(c.live) != 0 {
		t.Errorf("%d blocks live", len(c.live))
	}
}

type closing struct {
	*counted
	during func()
}

func (c closing) Allocate(bytes int) (int, error) {
	c.during()
	return c.counted.Allocate(bytes)
}

func TestRetainedBlockIsNotReused(t *testing.T) {
	p := NewPool[int](newCounted(1<<20), 1<<20)
	a := mustGet(t, p, 100)
	a.Retain() // queued work
	if a.Released() {
		t.Error("released before Release")
	}
	a.Release()
	if !a.Released() {
		t.Error("not released by Release")
	}
	b := mustGet(t, p, 100)
	if a.Memory() == b.Memory() {
		t.Error("memory reused while retained")
	}
	checkStats(t, p, 256, 0, 256, 256)
	a.Drop()
	checkStats(t, p, 128, 128, 256, 256)
	if d := mustGet(t, p, 100); d.Memory() != a.Memory() {
		t.Error("memory not reused after the last reference")
	}
}

func TestPoolConcurrently(t *testing.T) {
	c := newCounted(40000)
	p := NewPool[int](c, 8000)
	var owners sync.Map // memory → worker
	var group sync.WaitGroup
	for w := range 8 {
		group.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(w), 0))
			for range 2000 {
				b, err := p.Get(rng.IntN(5000))
				if err != nil {
					if !errors.Is(err, ErrOutOfMemory) {
						t.Error(err)
					}
					continue
				}
				if other, taken := owners.LoadOrStore(b.Memory(), w); taken {
					t.Errorf("memory of worker %v given to worker %d", other, w)
				}
				owners.Delete(b.Memory())
				b.Release()
				if rng.IntN(50) == 0 {
					p.Trim()
				}
			}
		})
	}
	group.Wait()
	if s := p.Stats(); s.InUse != 0 || s.Cached != int64(c.held) {
		t.Errorf("in use %d, cached %d, backing holds %d", s.InUse, s.Cached, c.held)
	}
	p.Close()
	if c.held != 0 || len(c.wrong) > 0 {
		t.Errorf("%d bytes held after Close; %v", c.held, c.wrong)
	}
}
