package devicetest

import (
	"encoding/binary"
	"fmt"
	"math"
	"sync"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/kernels"
)

func (s *tester) streams(t T) {
	t.Run("InOrder", s.streamInOrder)
	t.Run("AtOnce", s.streamsAtOnce)
	t.Run("OneBuffer", s.partsAtOnce)
	t.Run("ReleasedEarly", s.releasedEarly)
	t.Run("ReusedArguments", s.reusedArguments)
	t.Run("SyncEmpty", s.syncEmpty)
	t.Run("Fresh", s.manyStreams)
	t.Run("Sequence", s.sequence)
}

// step is x·1.5 + 1 in place: doing it in another order or another number of
// times gives other values.
func stepKernel(t T) *kernels.Map {
	return &kernels.Map{
		Signature: kernels.Signature{Ins: []kernels.DType{kernels.F32}},
		Body: body(t, func(b *kernels.Builder) values {
			return values{b.FMA(b.Load(0, kernels.F32), b.Float(kernels.F32, 1.5), b.Float(kernels.F32, 1))}
		}),
	}
}

// stepped is what n steps make of x.
func stepped(x float32, n int) float32 {
	for range n {
		x = kernels.FMA32(x, 1.5, 1)
	}
	return x
}

// contiguous are the arguments of a Map from one flat buffer to another.
func contiguous(n int, in, out device.Buffer) *device.Args {
	return &device.Args{
		Shape: []int{n},
		Ins:   []device.Operand{{Buffer: in, Strides: []int{1}}},
		Outs:  []device.Operand{{Buffer: out, Strides: []int{1}}},
	}
}

func encode(values ...float32) []byte {
	p := make([]byte, 4*len(values))
	for i, v := range values {
		binary.LittleEndian.PutUint32(p[4*i:], math.Float32bits(v))
	}
	return p
}

// ramp is 0, 1, 2, … plus from.
func ramp(n int, from float32) []float32 {
	vs := make([]float32, n)
	for i := range vs {
		vs[i] = from + float32(i%1000)
	}
	return vs
}

// checkStepped compares downloaded bytes with ramp after some steps.
func checkStepped(got []byte, from float32, steps int) error {
	for i, x := range ramp(len(got)/4, from) {
		have := math.Float32frombits(binary.LittleEndian.Uint32(got[4*i:]))
		if want := stepped(x, steps); have != want {
			return fmt.Errorf("element %d of %d is %v after %d steps from %v, expected %v", i, len(got)/4, have, steps, x, want)
		}
	}
	return nil
}

// streamInOrder queues uploads, steps and downloads of small and large arrays
// without a Sync between them.
func (s *tester) streamInOrder(t T) {
	prog := s.compile(t, stepKernel(t))
	stream := s.stream(t)
	defer stream.Close()
	for _, n := range []int{1, 1024, pick(s.effort, 50000, 300000, 300000)} {
		const rounds, steps = 3, 9
		buf := s.upload(t, stream, make([]byte, 4*n))
		defer buf.Release()
		got := make([][]byte, rounds)
		for r := range rounds {
			src := encode(ramp(n, float32(r))...)
			if err := stream.Upload(buf, src); err != nil {
				t.Fatalf("upload: %v", err)
			}
			clear(src) // Upload has taken what it needs
			for range steps {
				if err := stream.Launch(prog, contiguous(n, buf, buf)); err != nil {
					t.Fatalf("launch: %v", err)
				}
			}
			got[r] = make([]byte, 4*n)
			if err := stream.Download(got[r], buf); err != nil {
				t.Fatalf("download: %v", err)
			}
		}
		if err := stream.Sync(t.Context()); err != nil {
			t.Fatalf("sync: %v", err)
		}
		for r := range rounds {
			if err := checkStepped(got[r], float32(r), steps); err != nil {
				t.Fatalf("round %d: %v", r, err)
			}
		}
	}
}

// streamsAtOnce runs several streams from several goroutines, each allocating,
// compiling, launching and releasing.
func (s *tester) streamsAtOnce(t T) {
	k := stepKernel(t)
	s.compile(t, k) // skips if unsupported
	const workers = 8
	errs := make([]error, workers)
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() {
			for round := range pick(s.effort, 2, 5, 50) {
				n := []int{100, 5000, 70000}[(w+round)%3]
				if errs[w] = s.oneStream(t, k, n, float32(w), 5+w); errs[w] != nil {
					return
				}
			}
		})
	}
	group.Wait()
	for w, err := range errs {
		if err != nil {
			t.Errorf("stream %d: %v", w, err)
		}
	}
}

func (s *tester) oneStream(t T, k kernels.Kernel, n int, from float32, steps int) error {
	prog, err := s.dev.Compile(k)
	if err != nil {
		return fmt.Errorf("compile: %w", err)
	}
	stream, err := s.dev.NewStream()
	if err != nil {
		return fmt.Errorf("new stream: %w", err)
	}
	defer stream.Close()
	buf, err := s.dev.Alloc(4 * n)
	if err != nil {
		return fmt.Errorf("alloc: %w", err)
	}
	defer buf.Release()
	if err := stream.Upload(buf, encode(ramp(n, from)...)); err != nil {
		return fmt.Errorf("upload: %w", err)
	}
	for range steps {
		if err := stream.Launch(prog, contiguous(n, buf, buf)); err != nil {
			return fmt.Errorf("launch: %w", err)
		}
	}
	got := make([]byte, 4*n)
	if err := stream.Download(got, buf); err != nil {
		return fmt.Errorf("download: %w", err)
	}
	if err := stream.Sync(t.Context()); err != nil {
		return fmt.Errorf("sync: %w", err)
	}
	return checkStepped(got, from, steps)
}

// partsAtOnce has several streams write different parts of one buffer, as devices let them
// that have engines for copies.
func (s *tester) partsAtOnce(t T) {
	if s.dev.Info().CopyEngines == 0 {
		t.Skipf("the device does not copy while it computes")
	}
	const workers, n, steps = 3, 5001, 4
	prog := s.compile(t, stepKernel(t))
	first := s.stream(t)
	defer first.Close()
	buf := s.upload(t, first, encode(ramp(workers*n, 0)...))
	defer buf.Release()
	if err := first.Sync(t.Context()); err != nil {
		t.Fatalf("sync: %v", err)
	}
	errs := make([]error, workers)
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() {
			stream, err := s.dev.NewStream()
			if err != nil {
				errs[w] = fmt.Errorf("new stream: %w", err)
				return
			}
			defer stream.Close()
			args := contiguous(n, buf, buf)
			args.Ins[0].Offset, args.Outs[0].Offset = w*n, w*n
			for range steps {
				if err := stream.Launch(prog, args); err != nil {
					errs[w] = fmt.Errorf("launch: %w", err)
					return
				}
			}
			errs[w] = stream.Sync(t.Context())
		})
	}
	group.Wait()
	for w, err := range errs {
		if err != nil {
			t.Fatalf("stream %d: %v", w, err)
		}
	}
	got := make([]byte, 4*workers*n)
	if err := first.Download(got, buf); err != nil {
		t.Fatalf("download: %v", err)
	}
	if err := first.Sync(t.Context()); err != nil {
		t.Fatalf("sync: %v", err)
	}
	if err := checkStepped(got, 0, steps); err != nil {
		t.Fatalf("parts of one buffer written by several streams: %v", err)
	}
}

// releasedEarly releases a launch's input before the launch has run, then
// overwrites whatever memory the next Alloc returns from another stream.
func (s *tester) releasedEarly(t T) {
	const n, chain = 200000, 6
	prog := s.compile(t, stepKernel(t))
	first, second := s.stream(t), s.stream(t)
	defer first.Close()
	defer second.Close()
	for round := range 5 {
		buf := s.upload(t, first, encode(ramp(n, float32(round))...))
		for range chain {
			next, err := s.dev.Alloc(4 * n)
			if err != nil {
				t.Fatalf("alloc: %v", err)
			}
			if err := first.Launch(prog, contiguous(n, buf, next)); err != nil {
				t.Fatalf("launch: %v", err)
			}
			buf.Release()
			buf = next
			other := s.upload(t, second, make([]byte, 4*n))
			other.Release()
		}
		got := make([]byte, 4*n)
		if err := first.Download(got, buf); err != nil {
			t.Fatalf("download: %v", err)
		}
		buf.Release()
		for _, stream := range []device.Stream{second, first} {
			if err := stream.Sync(t.Context()); err != nil {
				t.Fatalf("sync: %v", err)
			}
		}
		if err := checkStepped(got, float32(round), chain); err != nil {
			t.Fatalf("round %d: a buffer was reused while a launch needed it: %v", round, err)
		}
	}
}

// reusedArguments changes Args and its slices as soon as Launch has returned.
func (s *tester) reusedArguments(t T) {
	const n = 100000
	prog := s.compile(t, stepKernel(t))
	stream := s.stream(t)
	defer stream.Close()
	buf := s.upload(t, stream, encode(ramp(n, 0)...))
	defer buf.Release()
	scratch := s.upload(t, stream, make([]byte, 4*n))
	defer scratch.Release()
	args := contiguous(n, buf, buf)
	for range 4 {
		if err := stream.Launch(prog, args); err != nil {
			t.Fatalf("launch: %v", err)
		}
		args.Shape[0] = 1
		args.Ins[0].Buffer, args.Outs[0].Buffer = scratch, scratch
		args.Ins[0].Strides[0], args.Outs[0].Strides[0] = 0, 0
		args.Ins[0].Offset, args.Outs[0].Offset = 3, 3
		*args = *contiguous(n, buf, buf)
	}
	got := make([]byte, 4*n)
	if err := stream.Download(got, buf); err != nil {
		t.Fatalf("download: %v", err)
	}
	if err := stream.Sync(t.Context()); err != nil {
		t.Fatalf("sync: %v", err)
	}
	if err := checkStepped(got, 0, 4); err != nil {
		t.Fatalf("launch kept a reference to its arguments: %v", err)
	}
}

// syncEmpty syncs with nothing queued, twice, and closes twice.
func (s *tester) syncEmpty(t T) {
	stream := s.stream(t)
	for range 2 {
		if err := stream.Sync(t.Context()); err != nil {
			t.Errorf("sync of an empty stream: %v", err)
		}
	}
	for range 2 {
		if err := stream.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
}

// manyStreams opens and closes more streams than a device could keep.
func (s *tester) manyStreams(t T) {
	for i := range pick(s.effort, 50, 300, 3000) {
		stream, err := s.dev.NewStream()
		if err != nil {
			t.Fatalf("stream number %d: %v", i, err)
		}
		if err := stream.Close(); err != nil {
			t.Fatalf("close of stream number %d: %v", i, err)
		}
	}
}
