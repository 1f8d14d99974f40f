package devicetest

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/kernels"
)

// longWork is a reduction with no input that keeps any device busy for a while:
// some 2³¹ draws.
func longWork(t T) (*kernels.Reduce, func(out device.Buffer) *device.Args) {
	f32, u64 := kernels.F32, kernels.U64
	accs := []kernels.Acc{{Type: f32, Combine: kernels.CombineAdd}}
	k := &kernels.Reduce{Signature: kernels.Signature{Indices: 1}, Accs: accs, Post: accsOf(t, accs)}
	k.Pre = body(t, func(b *kernels.Builder) values {
		return values{b.Convert(f32, b.Philox(b.Index(0), b.Int(u64, 1), b.Int(u64, 2), 0, 0))}
	})
	shape := []int{math.MaxInt32}
	return k, func(out device.Buffer) *device.Args {
		return &device.Args{
			Shape: shape, Reduced: 1,
			Outs:    []device.Operand{{Buffer: out, Strides: []int{}}},
			Indices: []kernels.Layout{kernels.Contiguous(shape...)},
		}
	}
}

// cancelling tests that Sync gives up when its context has ended, and that the
// stream goes on working.
func (s *tester) cancelling(t T) {
	if s.effort == Short && s.info.Software {
		t.Skipf("the long launch takes too long on an emulated device")
	}
	t.Run("Before", func(t T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		s.cancelled(t, ctx, context.Canceled, false)
	})
	t.Run("During", func(t T) {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		s.cancelled(t, ctx, context.DeadlineExceeded, true)
	})
}

// cancelled queues long work and syncs with ctx; mayFinish says that a device
// may be so fast that there is nothing left to cancel.
func (s *tester) cancelled(t T, ctx context.Context, want error, mayFinish bool) {
	k, args := longWork(t)
	prog := s.compile(t, k)
	stream := s.stream(t)
	defer stream.Close()
	out, err := s.dev.Alloc(4)
	if err != nil {
		t.Fatalf("alloc: %v", err)
	}
	defer out.Release()
	if err := stream.Launch(prog, args(out)); err != nil {
		t.Fatalf("launch: %v", err)
	}
	if err := stream.Sync(ctx); !errors.Is(err, want) && !(err == nil && mayFinish) {
		t.Errorf("sync with a context that ended: %v, expected %v", err, want)
	}

	const n = 1000
	step := s.compile(t, stepKernel(t))
	buf := s.upload(t, stream, encode(ramp(n, 0)...))
	defer buf.Release()
	if err := stream.Launch(step, contiguous(n, buf, buf)); err != nil {
		t.Fatalf("launch after cancelling: %v", err)
	}
	got := make([]byte, 4*n)
	if err := stream.Download(got, buf); err != nil {
		t.Fatalf("download after cancelling: %v", err)
	}
	if err := stream.Sync(t.Context()); err != nil {
		t.Fatalf("sync after cancelling: %v", err)
	}
	if err := checkStepped(got, 0, 1); err != nil {
		t.Errorf("after cancelling: %v", err)
	}
}
