package queue

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/kernels/grid"
)

// script is a driver's queue that does what a test says: work ends when the test lets
// it, and one call may fail. Buffers' handles are byte slices.
type script struct {
	next    uintptr // the last mark given
	ended   uintptr // marks up to this one have ended
	fail    string  // the call that fails
	finish  int     // calls of Finish
	quiesce int
	idle    bool // nothing is left behind a Read
}

var errScript = errors.New("as the script says")

func (s *script) step(call string) error {
	if s.fail == call {
		return errScript
	}
	return nil
}

func (s *script) Begin() error { return s.step("begin") }
func (s *script) End()         {}
func (s *script) Ended(m Mark) (bool, time.Duration, error) {
	return m.End <= s.ended, time.Millisecond, s.step("ended")
}
func (s *script) Wait(m Mark) error {
	s.ended = max(s.ended, m.End)
	return s.step("wait")
}
func (s *script) Forget(Mark) {}
func (s *script) Finish() error {
	s.finish++
	s.ended = s.next
	return s.step("finish")
}
func (s *script) Quiesce()     { s.quiesce++ }
func (s *script) Synced(error) {}
func (s *script) Close(error) error {
	return s.step("close")
}
func (s *script) Write(dst *device.Block[[]byte], src []byte) error {
	copy(dst.Memory(), src)
	return s.step("write")
}
func (s *script) Read(_ context.Context, dst []byte, src *device.Block[[]byte]) (idle bool, err error) {
	copy(dst, src.Memory())
	return s.idle, s.step("read")
}

// job is a launch of one pass of a number of groups.
type job struct {
	Launch[[]byte]
	line *script
	pace Pace
	runs []int // the groups of each run
	free int
}

func (j *job) Plan(_ *grid.Args, into *grid.Plan) error {
	into.Reset()
	p := into.Add(0, 8)
	p.Groups, p.Work = 1000, 1
	return nil
}
func (j *job) Entry(int) (*Pace, int) { return &j.pace, 1 << 20 }
func (j *job) Recycle()               { j.free++ }
func (j *job) Enqueue(_, groups int, marked bool) (m Mark, err error) {
	j.runs = append(j.runs, groups)
	if marked {
		j.line.next++
		m.End = j.line.next
	}
	return m, j.line.step("enqueue")
}

type heap struct{}

func (heap) Allocate(bytes int) ([]byte, error) { return make([]byte, bytes), nil }
func (heap) Free([]byte, int)                   {}

// opened is a stream whose slices are 100 groups of a job.
func opened(t *testing.T) (*Owner[[]byte], *Stream[[]byte], *script) {
	t.Helper()
	line := new(script)
	o := &Owner[[]byte]{
		Info: &device.Info{Driver: "script", ComputeUnits: 1}, Guess: 100 / sliceSeconds,
		Lost: new(atomic.Bool), Memory: device.NewPool[[]byte](heap{}, 1<<20),
	}
	s := new(Stream[[]byte])
	if !s.Open(o, line) {
		t.Fatal("the device is closed")
	}
	t.Cleanup(func() {
		line.fail = ""
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if used := o.Memory.Stats().InUse; used != 0 {
			t.Errorf("%d bytes in use after Close", used)
		}
	})
	return o, s, line
}

// enqueue queues a job over a buffer that the caller releases.
func enqueue(t *testing.T, o *Owner[[]byte], s *Stream[[]byte], line *script) (*job, error) {
	t.Helper()
	b, err := o.Alloc(64)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Release()
	j := &job{line: line}
	args := &device.Args{Shape: []int{1}, Outs: []device.Operand{{Buffer: b, Strides: []int{1}}}}
	if err := j.Prepare(o, Operands{Outs: 1}, j, args); err != nil {
		t.Fatal(err)
	}
	return j, s.Enqueue(j)
}

func TestOnlySomeSlicesAreInFlight(t *testing.T) {
	o, s, line := opened(t)
	j, err := enqueue(t, o, s, line)
	if err != nil {
		t.Fatal(err)
	}
	if len(j.runs) != 3 || j.free != 0 {
		t.Errorf("runs of %v groups queued at once, expected three", j.runs)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Sync(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("sync: %v", err)
	}
	if tasks, flights := s.Backlog(); len(j.runs) != 3 || j.free != 1 || tasks != 0 || flights != 0 {
		t.Errorf("after a Sync under an ended context: runs %v, %d tasks and %d flights", j.runs, tasks, flights)
	}
	if j, err = enqueue(t, o, s, line); err != nil {
		t.Fatal(err)
	}
	if err := s.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	groups := 0
	for _, n := range j.runs {
		groups += n
	}
	if groups != 1000 || j.free != 1 {
		t.Errorf("runs of %v groups, recycled %d times", j.runs, j.free)
	}
}

// TestNothingIsWaitedForTwice: behind a copy to the host that leaves nothing on the line
// there is nothing to finish; behind one that may, there is.
func TestNothingIsWaitedForTwice(t *testing.T) {
	for _, idle := range []bool{true, false} {
		o, s, line := opened(t)
		line.idle = idle
		b, err := o.Alloc(64)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := s.Upload(b, make([]byte, 64)); err != nil { // work without a mark
				t.Fatal(err)
			}
			if err := s.Download(make([]byte, 64), b); err != nil {
				t.Fatal(err)
			}
			if err := s.Sync(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		b.Release()
		want := 2
		if idle {
			want = 0
		}
		if line.finish != want {
			t.Errorf("idle %v: finished %d times, expected %d", idle, line.finish, want)
		}
		if used := o.Memory.Stats().InUse; used != 0 {
			t.Errorf("idle %v: %d bytes in use", idle, used)
		}
	}
}

// tight is a heap of two blocks.
type tight struct{ taken *int }

func (h tight) Allocate(bytes int) ([]byte, error) {
	if *h.taken+bytes > 128 {
		return nil, device.ErrOutOfMemory
	}
	*h.taken += bytes
	return make([]byte, bytes), nil
}

func (h tight) Free(_ []byte, bytes int) { *h.taken -= bytes }

// TestAllocWaitsForNoMoreThanItNeeds: of two launches in the queue, each of which holds
// a block, the first ends.
func TestAllocWaitsForNoMoreThanItNeeds(t *testing.T) {
	o, s, line := opened(t)
	o.Memory = device.NewPool[[]byte](tight{new(int)}, 1<<20)
	groups := func(j *job) (n int) {
		for _, run := range j.runs {
			n += run
		}
		return n
	}
	var jobs [2]*job
	for i := range jobs {
		var err error
		if jobs[i], err = enqueue(t, o, s, line); err != nil {
			t.Fatal(err)
		}
	}
	b, err := o.Alloc(64)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Release()
	if first, second := groups(jobs[0]), groups(jobs[1]); first != 1000 || second == 1000 {
		t.Errorf("%d groups of the first launch have run and %d of the second", first, second)
	}
	if _, err := o.Alloc(128); !errors.Is(err, device.ErrOutOfMemory) || groups(jobs[1]) != 1000 {
		t.Errorf("more than there is: error %v, %d groups of the second launch have run", err, groups(jobs[1]))
	}
	if err := s.Sync(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestSyncSeesTheContextFirst has nothing left to do.
func TestSyncSeesTheContextFirst(t *testing.T) {
	_, s, line := opened(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Sync(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("sync: %v", err)
	}
	if line.finish != 0 {
		t.Error("the device was waited for though nothing was queued")
	}
}

func TestFailures(t *testing.T) {
	for _, call := range []string{"begin", "enqueue", "ended", "wait", "finish", "read", "write"} {
		t.Run(call, func(t *testing.T) {
			o, s, line := opened(t)
			b, err := o.Alloc(8)
			if err != nil {
				t.Fatal(err)
			}
			defer b.Release()
			line.fail = call
			_, launch := enqueue(t, o, s, line)
			download := s.Download(make([]byte, 8), b)
			sync := s.Sync(t.Context())
			upload := s.Upload(b, make([]byte, 8))
			if call == "finish" && line.quiesce == 0 {
				t.Error("the device was not waited for")
			}
			if !errors.Is(errors.Join(launch, download, sync, upload), errScript) {
				t.Errorf("no error: launch %v, download %v, sync %v, upload %v", launch, download, sync, upload)
			}
			line.fail = ""
			_ = s.Sync(t.Context()) // tells of the upload
			if _, err := enqueue(t, o, s, line); err != nil {
				t.Errorf("launch after that: %v", err)
			}
			if err := s.Sync(t.Context()); err != nil {
				t.Errorf("sync after that: %v", err)
			}
		})
	}
}

// TestDroppedDownloadKeepsItsSource drops a copy that is in the list and looks at the
// buffer before the device has been waited for.
func TestDroppedDownloadKeepsItsSource(t *testing.T) {
	o, s, line := opened(t)
	b, err := o.Alloc(64)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := enqueue(t, o, s, line); err != nil {
		t.Fatal(err)
	}
	if err := s.Download(make([]byte, 8), b); err != nil {
		t.Fatal(err)
	}
	b.Release()
	s.mu.Lock()
	s.abandon()
	if used := o.Memory.Stats().InUse; used != 128 {
		t.Errorf("%d bytes in use before the device has been waited for, expected 128", used)
	}
	_ = s.finish()
	s.mu.Unlock()
	if used := o.Memory.Stats().InUse; used != 0 {
		t.Errorf("%d bytes in use after that", used)
	}
}

func TestEqualLaunchesArePlannedOnce(t *testing.T) {
	o, _, line := opened(t)
	j := &planCounter{job: job{line: line}}
	b, err := o.Alloc(8)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Release()
	for i, shape := range []int{5, 5, 6, 6, 5} {
		args := &device.Args{Shape: []int{shape}, Outs: []device.Operand{{Buffer: b, Strides: []int{1}}}}
		if err := j.Prepare(o, Operands{Outs: 1}, j, args); err != nil {
			t.Fatal(err)
		}
		Release(j)
		if want := []int{1, 1, 2, 2, 3}[i]; j.plans != want {
			t.Errorf("launch %d: planned %d times, expected %d", i, j.plans, want)
		}
	}
}

type planCounter struct {
	job
	plans int
}

func (p *planCounter) Plan(args *grid.Args, into *grid.Plan) error {
	p.plans++
	return p.job.Plan(args, into)
}

func TestBuildsTryAgain(t *testing.T) {
	var b Builds[string, int]
	calls := 0
	build := func() (int, error) {
		if calls++; calls == 1 {
			return 0, errScript
		}
		return calls, nil
	}
	if _, err := b.Get("k", build); !errors.Is(err, errScript) {
		t.Errorf("the first build: %v", err)
	}
	for range 2 {
		if v, err := b.Get("k", build); v != 2 || err != nil {
			t.Errorf("got %d, %v; expected the second build's 2", v, err)
		}
	}
	if got := b.Take(); len(got) != 1 || len(b.Take()) != 0 {
		t.Errorf("took %v", got)
	}
}
