package devicetest

import (
	"bytes"
	"errors"
	"math"

	"github.com/quern-go/quern/device"
)

// memoryRules tests allocation: sizes that cannot be, empty buffers, double
// release, and the accounts.
func (s *tester) memoryRules(t T) {
	for _, c := range []struct {
		name  string
		bytes int
	}{{"Absurd", fit(1 << 55)}, {"MaxInt", math.MaxInt}} {
		t.Run(c.name, func(t T) {
			buf, err := s.dev.Alloc(c.bytes)
			if err == nil {
				buf.Release()
				t.Fatalf("alloc of %d bytes succeeded", c.bytes)
			}
			if !errors.Is(err, device.ErrOutOfMemory) {
				t.Errorf("alloc of %d bytes: %v, expected an error that wraps ErrOutOfMemory", c.bytes, err)
			}
		})
	}
	t.Run("Negative", func(t T) {
		if _, err := s.dev.Alloc(-1); err == nil {
			t.Errorf("alloc of -1 bytes succeeded")
		}
	})
	t.Run("Empty", func(t T) {
		buf, err := s.dev.Alloc(0)
		if err != nil {
			t.Fatalf("alloc of 0 bytes: %v", err)
		}
		defer buf.Release()
		if buf.Bytes() != 0 {
			t.Errorf("a buffer of 0 bytes has %d", buf.Bytes())
		}
	})
	t.Run("Accounts", s.accounts)
	t.Run("HostBytes", s.hostBytes)
	t.Run("Wrap", s.wrap)
}

// accounts follows the statistics through allocations and releases.
func (s *tester) accounts(t T) {
	start, ok := s.memory()
	if !ok {
		t.Skipf("the device keeps no accounts")
	}
	var bufs []device.Buffer
	asked := int64(0)
	for _, n := range []int{1, 64, 1000, 1 << 20, 3<<20 + 5, 1000} {
		buf, err := s.dev.Alloc(n)
		if err != nil {
			t.Fatalf("alloc %d bytes: %v", n, err)
		}
		if buf.Bytes() != n {
			t.Errorf("a buffer of %d bytes says %d", n, buf.Bytes())
		}
		bufs, asked = append(bufs, buf), asked+int64(n)
	}
	during, _ := s.memory()
	if grown := during.InUse - start.InUse; grown < asked || grown > 2*asked+4096 {
		t.Errorf("%d bytes asked for, %d more in use", asked, grown)
	}
	if during.Peak < during.InUse {
		t.Errorf("peak %d is below %d in use", during.Peak, during.InUse)
	}
	for _, buf := range bufs {
		buf.Release()
		buf.Release() // harmless
	}
	if after, _ := s.memory(); after.InUse != start.InUse {
		t.Errorf("%d bytes in use after release, %d before", after.InUse, start.InUse)
	}
	s.dev.(device.MemoryReporter).Trim()
	if trimmed, _ := s.memory(); trimmed.Cached != 0 {
		t.Errorf("%d bytes cached after Trim", trimmed.Cached)
	}
}

// hostBytes reads and writes a buffer in place.
func (s *tester) hostBytes(t T) {
	mapper, ok := s.dev.(device.HostMapper)
	if !ok {
		t.Skipf("buffers are not in host memory")
	}
	prog := s.compile(t, stepKernel(t))
	stream := s.stream(t)
	defer stream.Close()
	const n = 1000
	buf := s.upload(t, stream, encode(ramp(n, 0)...))
	defer buf.Release()
	for round := range 2 {
		if err := stream.Sync(t.Context()); err != nil {
			t.Fatalf("sync: %v", err)
		}
		p, err := mapper.HostBytes(buf)
		if err != nil || len(p) != 4*n {
			t.Fatalf("host bytes: %d bytes, %v", len(p), err)
		}
		if err := checkStepped(p, float32(round), round); err != nil {
			t.Fatalf("host bytes: %v", err)
		}
		copy(p, encode(ramp(n, float32(round+1))...))
		if err := stream.Launch(prog, contiguous(n, buf, buf)); err != nil {
			t.Fatalf("launch: %v", err)
		}
	}
	if err := stream.Sync(t.Context()); err != nil {
		t.Fatalf("sync: %v", err)
	}
}

// rewrap is Rewrap where the device has it and there is an old buffer.
func rewrap(w device.HostWrapper, p []byte, old device.Buffer) (device.Buffer, error) {
	if r, ok := w.(device.HostRewrapper); ok && old != nil {
		return r.Rewrap(p, old)
	}
	return w.Wrap(p)
}

// wrap computes on host memory, which stays the caller's after Release.
func (s *tester) wrap(t T) {
	wrapper, ok := s.dev.(device.HostWrapper)
	if !ok {
		t.Skipf("the device does not compute on host memory")
	}
	prog := s.compile(t, stepKernel(t))
	stream := s.stream(t)
	defer stream.Close()
	const n = 3001
	before, _ := s.memory()
	var old device.Buffer
	for _, skip := range []int{0, 1, 7} { // unaligned memory too
		source := encode(ramp(n+skip, 0)...)
		want := bytes.Clone(source)
		out := make([]byte, 4*n)
		src, err := wrapper.Wrap(source[4*skip:])
		if err != nil {
			t.Fatalf("wrap: %v", err)
		}
		dst, err := rewrap(wrapper, out, old)
		if err != nil {
			t.Fatalf("wrap: %v", err)
		}
		old = dst
		if err := stream.Launch(prog, contiguous(n, src, dst)); err != nil {
			t.Fatalf("launch: %v", err)
		}
		if err := stream.Sync(t.Context()); err != nil {
			t.Fatalf("sync: %v", err)
		}
		for range 2 {
			src.Release()
			dst.Release()
		}
		for i := range n {
			if err := checkOne(out[4*i:], float32((i+skip)%1000)); err != nil {
				t.Fatalf("element %d: %v", i, err)
			}
		}
		if !bytes.Equal(source, want) {
			t.Errorf("the wrapped input has changed")
		}
	}
	if after, _ := s.memory(); after.InUse != before.InUse {
		t.Errorf("%d bytes in use after wrapping, %d before", after.InUse, before.InUse)
	}
}

// checkOne checks that p starts with x after one step.
func checkOne(p []byte, x float32) error { return checkStepped(p[:4], x, 1) }
