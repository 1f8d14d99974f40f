package cuda

import (
	"context"
	"testing"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/device/cuda/internal/cu"
	"github.com/quern-go/quern/device/cuda/internal/fakecuda"
)

// replayed are launches in a row, from one buffer to the next.
type replayed struct {
	stream   device.Stream
	sequence device.Sequence
	programs []device.Program
	args     []device.Args
}

const replayedLaunches = 8

// newReplayed prepares launches of a small kernel.
func newReplayed(t testing.TB, dev *Device) *replayed {
	prog, err := dev.Compile(halfPlusOne(t))
	if err != nil {
		t.Fatal(err)
	}
	r := &replayed{}
	var bufs []device.Buffer
	for range replayedLaunches + 1 {
		b, err := dev.Alloc(400)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(b.Release)
		bufs = append(bufs, b)
	}
	for i := range replayedLaunches {
		r.programs, r.args = append(r.programs, prog), append(r.args, *flat(100, bufs[i], bufs[i+1]))
	}
	if r.stream, err = dev.NewStream(); err != nil {
		t.Fatal(err)
	}
	if r.sequence, err = dev.NewSequence(r.programs); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, err := range []error{r.sequence.Close(), r.sequence.Close(), r.stream.Close()} {
			if err != nil {
				t.Error(err)
			}
		}
	})
	if err := r.stream.Upload(bufs[0], floats(100, func(i int) float32 { return float32(i) })); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		r.replay(t)
	}
	return r
}

func (r *replayed) replay(t testing.TB) {
	if err := r.sequence.Launch(r.stream, r.args); err != nil {
		t.Fatal(err)
	}
	r.sync(t)
}

func (r *replayed) single(t testing.TB) {
	for i, p := range r.programs {
		if err := r.stream.Launch(p, &r.args[i]); err != nil {
			t.Fatal(err)
		}
	}
	r.sync(t)
}

func (r *replayed) sync(t testing.TB) {
	if err := r.stream.Sync(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func (instant) GraphLaunch(cu.Exec, cu.Stream) error { return nil }

// instantly has a device's driver cost nothing until the test ends.
func (r *replayed) instantly(t testing.TB, dev *Device) {
	line := r.stream.(*stream).line
	real := dev.primary.api
	dev.primary.api = instant{real.(*fakecuda.Driver)}
	line.api = dev.primary.api
	t.Cleanup(func() { dev.primary.api, line.api = real, real })
}

func TestReplaysAllocateNothing(t *testing.T) {
	d := fake(t, fakeOptions())
	dev := openFake(t, d, Options{})
	r := newReplayed(t, dev)
	if n := d.Calls()["cuGraphLaunch"]; n == 0 {
		t.Error("no graph was launched")
	}
	r.instantly(t, dev)
	for range 10 {
		r.replay(t)
	}
	if n := testing.AllocsPerRun(100, func() { r.replay(t) }); n != 0 {
		t.Errorf("%v allocations a replay", n)
	}
}

// BenchmarkReplay is the part of the cost of eight launches and a wait that is ours.
func BenchmarkReplay(b *testing.B) {
	dev := openFake(b, fake(b, fakeOptions()), Options{})
	r := newReplayed(b, dev)
	r.instantly(b, dev)
	r.benchmark(b)
}

func (r *replayed) benchmark(b *testing.B) {
	for name, run := range map[string]func(testing.TB){"one by one": r.single, "replayed": r.replay} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				run(b)
			}
		})
	}
}
