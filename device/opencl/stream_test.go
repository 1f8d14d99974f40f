package opencl

import (
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/quern-go/quern/device"
)

func float32FromBits(bits uint64) float32 { return math.Float32frombits(uint32(bits)) }

// TestMemoryOfQueuedWork allocates what only released buffers of work that has
// not been waited for can give.
func TestMemoryOfQueuedWork(t *testing.T) {
	dev := openFirst(t)
	const n = 4 << 20
	room := dev.Memory().InUse + 2*4*n
	dev.owner.Memory = device.NewPool[uintptr](&backing{
		api: dev.api, context: dev.context, flags: memReadWrite, limit: room, largest: room,
	}, room)
	prog, err := dev.Compile(halfPlusOne(t))
	if err != nil {
		t.Fatal(err)
	}
	s, err := dev.NewStream()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for range 4 {
		a, err := dev.Alloc(4 * n)
		if err != nil {
			t.Fatal(err)
		}
		b, err := dev.Alloc(4 * n)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Launch(prog, flat(n, a, b)); err != nil {
			t.Fatal(err)
		}
		a.Release()
		b.Release()
	}
	if err := s.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := dev.Alloc(int(room) + 1<<20); !errors.Is(err, device.ErrOutOfMemory) {
		t.Errorf("more than there is: %v", err)
	}
}

// TestCancelDropsTheBacklog queues far more than may be in flight.
func TestCancelDropsTheBacklog(t *testing.T) {
	dev := openFirst(t)
	const n, launches = 1 << 22, 2000
	prog, err := dev.Compile(halfPlusOne(t))
	if err != nil {
		t.Fatal(err)
	}
	opened, err := dev.NewStream()
	if err != nil {
		t.Fatal(err)
	}
	s := opened.(*stream)
	defer s.Close()
	buf, err := dev.Alloc(4 * n)
	if err != nil {
		t.Fatal(err)
	}
	defer buf.Release()
	for range launches {
		if err := s.Launch(prog, flat(n, buf, buf)); err != nil {
			t.Fatal(err)
		}
	}
	if tasks, _ := s.Backlog(); tasks == 0 {
		t.Skip("the device is so fast that nothing waits")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if err := s.Sync(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("sync: %v", err)
	}
	if tasks, flights := s.Backlog(); tasks != 0 || flights != 0 {
		t.Errorf("%d tasks and %d flights after Sync", tasks, flights)
	}
	if b := buf.(*block); !b.Released() && dev.Memory().InUse != int64(b.Capacity()) {
		t.Errorf("%d bytes in use, of which %d are expected", dev.Memory().InUse, b.Capacity())
	}
}

// TestCloseDropsTheBacklog closes the device while a Sync has far more to do than
// may be in flight.
func TestCloseDropsTheBacklog(t *testing.T) {
	dev := openFirst(t)
	const n, launches = 1 << 22, 2000
	prog, err := dev.Compile(halfPlusOne(t))
	if err != nil {
		t.Fatal(err)
	}
	s, err := dev.NewStream()
	if err != nil {
		t.Fatal(err)
	}
	buf, err := dev.Alloc(4 * n)
	if err != nil {
		t.Fatal(err)
	}
	defer buf.Release()
	for range launches {
		if err := s.Launch(prog, flat(n, buf, buf)); err != nil {
			t.Fatal(err)
		}
	}
	if tasks, _ := s.(*stream).Backlog(); tasks == 0 {
		t.Skip("the device is so fast that nothing waits")
	}
	synced := make(chan error)
	go func() { synced <- s.Sync(context.Background()) }()
	time.Sleep(30 * time.Millisecond) // for Sync to begin; the work takes far longer
	if err := dev.Close(); err != nil {
		t.Error(err)
	}
	if err := <-synced; !errors.Is(err, device.ErrClosed) {
		t.Errorf("sync: %v, expected that the device was closed", err)
	}
}

// TestFailureIsToldBySync has queued work fail: later calls and Sync say so, and
// then the stream works again.
func TestFailureIsToldBySync(t *testing.T) {
	dev := openFirst(t)
	k := halfPlusOne(t)
	prog, err := dev.Compile(k)
	if err != nil {
		t.Fatal(err)
	}
	s, err := dev.NewStream()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	buf, err := dev.Alloc(4000)
	if err != nil {
		t.Fatal(err)
	}
	defer buf.Release()
	dev.api.faults = &nth{function: enqueueKernel, first: 1, last: 1, code: memObjectAllocationFailure}
	for range 2 {
		if err := s.Launch(prog, flat(1000, buf, buf)); !errors.Is(err, device.ErrOutOfMemory) {
			t.Errorf("launch: %v", err)
		}
	}
	if err := s.Sync(t.Context()); !errors.Is(err, device.ErrOutOfMemory) {
		t.Errorf("sync: %v", err)
	}
	dev.api.faults = nil
	if err := s.Launch(prog, flat(1000, buf, buf)); err != nil {
		t.Errorf("launch after that: %v", err)
	}
	if err := s.Sync(t.Context()); err != nil {
		t.Errorf("sync after that: %v", err)
	}
}

// TestLaunchAllocatesLittle holds the price of a launch down.
func TestLaunchAllocatesLittle(t *testing.T) {
	dev := openFirst(t)
	prog, err := dev.Compile(halfPlusOne(t))
	if err != nil {
		t.Fatal(err)
	}
	s, err := dev.NewStream()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	buf, err := dev.Alloc(4000)
	if err != nil {
		t.Fatal(err)
	}
	defer buf.Release()
	args, ctx := flat(1000, buf, buf), t.Context()
	allocs := testing.AllocsPerRun(50, func() {
		if s.Launch(prog, args) != nil || s.Sync(ctx) != nil {
			t.Fatal("failed")
		}
	})
	if allocs > 8 {
		t.Errorf("a launch allocates %v times", allocs)
	}
}

func BenchmarkLaunch(b *testing.B) {
	dev := openFirst(b)
	t := b
	prog, err := dev.Compile(halfPlusOne(t))
	if err != nil {
		t.Fatal(err)
	}
	s, err := dev.NewStream()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	buf, err := dev.Alloc(4000)
	if err != nil {
		t.Fatal(err)
	}
	defer buf.Release()
	args, ctx := flat(1000, buf, buf), t.Context()
	b.ReportAllocs()
	for b.Loop() {
		if s.Launch(prog, args) != nil || s.Sync(ctx) != nil {
			t.Fatal("failed")
		}
	}
}
