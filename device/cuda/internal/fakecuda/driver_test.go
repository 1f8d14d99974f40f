package fakecuda

import (
	"errors"
	"iter"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"github.com/quern-go/quern/device/cuda/internal/cu"
)

// script is a driver with one device, initialised, on a thread of the test's own.
type script struct {
	*testing.T
	*Driver
	context cu.Context
}

// one is a Machine whose only program is a kernel that writes 1 to the address in
// its first parameter, or fails as told.
type one struct{ err error }

func (o one) Load(string) (Program, error) { return o, nil }
func (o one) Entry(string) (Entry, bool)   { return o, true }
func (o one) Run(l *cu.Launch, memory iter.Seq2[uint64, []byte]) error {
	address := *(*uint64)(unsafe.Pointer(&l.Params[0]))
	for base, bytes := range memory {
		if base <= address && address < base+uint64(len(bytes)) {
			bytes[address-base] = 1
			return o.err
		}
	}
	return cu.NewError("", cu.IllegalAddress)
}

func start(t *testing.T, m Machine) *script { return startWith(t, Options{Machine: m, Late: true}) }

// startWith is start with a driver that is told when to work; its kernels write 1 if
// nothing else is said.
func startWith(t *testing.T, o Options) *script {
	runtime.LockOSThread()
	t.Cleanup(runtime.UnlockOSThread)
	o.Devices = []Device{{Memory: 1 << 20, Attributes: map[cu.Attribute]int{cu.MaxThreadsPerBlock: 1024}}}
	o.Version = 12040
	if o.Machine == nil {
		o.Machine = one{}
	}
	d := New(o)
	s := &script{T: t, Driver: d}
	s.must(d.Init())
	s.context = got[cu.Context](s)(d.PrimaryCtxRetain(0))
	s.must(d.CtxPush(s.context))
	return s
}

func (s *script) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func got[V any](s *script) func(v V, err error) V {
	return func(v V, err error) V {
		s.Helper()
		s.must(err)
		return v
	}
}

// launch queues the kernel on a new stream.
func (s *script) launch(at cu.Address) cu.Stream {
	s.Helper()
	m, _, err := s.ModuleLoadData([]byte("text\x00"))
	s.must(err)
	f := got[cu.Function](s)(s.ModuleGetFunction(m, "one"))
	stream := got[cu.Stream](s)(s.StreamCreate())
	params := make([]byte, 8)
	*(*cu.Address)(unsafe.Pointer(&params[0])) = at
	s.must(s.LaunchKernel(&cu.Launch{Function: f, Grid: 1, Block: 1, Stream: stream, Params: params}))
	return stream
}

// TestViolations breaks the driver's rules one by one.
func TestViolations(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(s *script)
		want string
	}{
		{"no context", func(s *script) {
			s.must(s.CtxPop())
			_, _ = s.MemAlloc(10)
		}, "cuMemAlloc_v2: no context is current"},
		{"a pop too many", func(s *script) {
			s.must(s.CtxPop())
			_ = s.CtxPop()
		}, "cuCtxPopCurrent_v2: no context is current"},
		{"freed twice", func(s *script) {
			p := got[cu.Address](s)(s.MemAlloc(10))
			s.must(s.MemFree(p))
			_ = s.MemFree(p)
		}, "is no allocation"},
		{"freed under queued work", func(s *script) {
			p := got[cu.Address](s)(s.MemAlloc(10))
			s.launch(p)
			other := got[cu.Stream](s)(s.StreamCreate())
			_ = s.MemFreeAsync(p, other)
		}, "is needed by one, queued on stream"},
		{"a destroyed stream", func(s *script) {
			st := got[cu.Stream](s)(s.StreamCreate())
			s.must(s.StreamDestroy(st))
			_ = s.StreamSynchronize(st)
		}, "is no stream of the current context"},
		{"a destroyed event", func(s *script) {
			e := got[cu.Event](s)(s.EventCreate())
			s.must(s.EventDestroy(e))
			_, _ = s.EventQuery(e)
		}, "is no event of the current context"},
		{"an unloaded module", func(s *script) {
			m, _, err := s.ModuleLoadData([]byte("text\x00"))
			s.must(err)
			f := got[cu.Function](s)(s.ModuleGetFunction(m, "one"))
			s.must(s.ModuleUnload(m))
			_ = s.LaunchKernel(&cu.Launch{Function: f, Grid: 1, Block: 1})
		}, "is no function of a loaded module"},
		{"a module unloaded under queued work", func(s *script) {
			p := got[cu.Address](s)(s.MemAlloc(10))
			s.launch(p)
			for m := range s.modules {
				_ = s.ModuleUnload(m)
			}
		}, "is queued on stream"},
		{"text without an end", func(s *script) { _, _, _ = s.ModuleLoadData([]byte("text")) }, "does not end in a zero byte"},
		{"an empty grid", func(s *script) {
			m, _, err := s.ModuleLoadData([]byte("text\x00"))
			s.must(err)
			f := got[cu.Function](s)(s.ModuleGetFunction(m, "one"))
			_ = s.LaunchKernel(&cu.Launch{Function: f, Block: 1, Stream: got[cu.Stream](s)(s.StreamCreate())})
		}, "0 blocks of 1 threads"},
		{"released with memory left", func(s *script) {
			got[cu.Address](s)(s.MemAlloc(10))
			s.must(s.CtxPop())
			s.must(s.PrimaryCtxRelease(0))
		}, "1 allocations are left"},
		{"an event that has not happened", func(s *script) {
			e := got[cu.Event](s)(s.EventCreate())
			_, _ = s.EventElapsedTime(e, e)
		}, "an event that has not happened"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := start(t, one{})
			c.do(s)
			if all := strings.Join(s.Violations(), "\n"); !strings.Contains(all, c.want) {
				t.Errorf("violations %q, expected %q", all, c.want)
			}
		})
	}
}

// TestWorkRunsLate reads page-locked memory before and after the wait.
func TestWorkRunsLate(t *testing.T) {
	s := start(t, one{})
	p := got[cu.Address](s)(s.MemAlloc(8))
	st := s.launch(p)
	host := got[unsafe.Pointer](s)(s.MemHostAlloc(8))
	s.must(s.MemcpyDtoHAsync(host, p, 8, st))
	if *(*byte)(host) != 0 {
		t.Error("a copy was done before anybody waited")
	}
	s.must(s.StreamSynchronize(st))
	if *(*byte)(host) != 1 {
		t.Error("a copy was not done though the stream was waited for")
	}
	if v := s.Violations(); v != nil {
		t.Errorf("violations %q", v)
	}
}

// TestBrokenContext has a kernel fail: every call answers with that until the reset.
func TestBrokenContext(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		code cu.Code
	}{
		{"as the driver fails", cu.NewError("", cu.IllegalAddress), cu.IllegalAddress},
		{"in a way of its own", errors.New("wrong kernel"), cu.LaunchFailed},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := start(t, one{c.err})
			p := got[cu.Address](s)(s.MemAlloc(8))
			st := s.launch(p)
			if err := s.StreamSynchronize(st); cu.CodeOf(err) != c.code {
				t.Errorf("synchronize: %v", err)
			}
			if _, err := s.MemAlloc(8); cu.CodeOf(err) != c.code {
				t.Errorf("alloc: %v", err)
			}
			s.must(s.PrimaryCtxReset(0))
			if _, err := s.MemAlloc(8); err != nil {
				t.Errorf("alloc after the reset: %v", err)
			}
		})
	}
}

func TestLeaks(t *testing.T) {
	s := start(t, one{})
	got[cu.Address](s)(s.MemAlloc(8))
	got[cu.Stream](s)(s.StreamCreate())
	got[cu.Event](s)(s.EventCreate())
	got[unsafe.Pointer](s)(s.MemHostAlloc(8))
	const want = "1 contexts retained, 1 contexts current, 1 streams, 1 events, 1 allocations, 1 page-locked allocations"
	if left := s.Leaks(); left != want {
		t.Errorf("leaks %q, expected %q", left, want)
	}
	if n := s.Calls()["cuMemAlloc_v2"]; n != 1 {
		t.Errorf("%d allocations counted", n)
	}
}

// TestContrary: of two works on different streams either may be done first, unless one
// has been waited for.
func TestContrary(t *testing.T) {
	for _, waits := range []bool{false, true} {
		seen := make(map[byte]int)
		for seed := range uint64(40) {
			s := startWith(t, Options{Contrary: true, Seed: seed})
			p := got[cu.Address](s)(s.MemAlloc(1))
			two := []byte{2}
			st := got[cu.Stream](s)(s.StreamCreate())
			s.must(s.MemcpyHtoDAsync(p, unsafe.Pointer(&two[0]), 1, st))
			if waits {
				e := got[cu.Event](s)(s.EventCreate())
				s.must(s.EventRecord(e, st))
				s.must(s.EventSynchronize(e))
			}
			kernel := s.launch(p) // writes 1
			s.must(s.StreamSynchronize(kernel))
			s.must(s.StreamSynchronize(st))
			result := []byte{0}
			s.must(s.MemcpyDtoHAsync(unsafe.Pointer(&result[0]), p, 1, st))
			seen[result[0]]++
		}
		if want := map[bool]int{false: 2, true: 1}[waits]; len(seen) != want {
			t.Errorf("waits %v: results %v, expected %d different ones", waits, seen, want)
		}
	}
}

// TestHeld: who waits for work that is held goes on when others have come.
func TestHeld(t *testing.T) {
	held := 0
	s := startWith(t, Options{Late: true, Hold: func(h Held) bool {
		if h.Kernel && h.Queued.Kernels == 1 && h.Done.Kernels == 0 {
			held++
		}
		return h.Kernel && held < 3
	}})
	p := got[cu.Address](s)(s.MemAlloc(1))
	kernel := s.launch(p)
	e := got[cu.Event](s)(s.EventCreate())
	s.must(s.EventRecord(e, kernel))
	if done, err := s.EventQuery(e); done || err != nil {
		t.Errorf("done %v, error %v while the kernel is held", done, err)
	}
	s.must(s.EventSynchronize(e))
	if queued := s.Queued(); held != 3 || queued != (Work{Kernels: 1}) {
		t.Errorf("held %d times, queued %+v", held, queued)
	}
}
