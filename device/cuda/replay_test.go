package cuda

import (
	"bytes"
	"context"
	"errors"
	"math"
	"testing"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/device/cuda/internal/cu"
	"github.com/quern-go/quern/device/cuda/internal/fakecuda"
	"github.com/quern-go/quern/kernels"
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

// TestSequenceFailsBetween has a launch of a sequence fail after one of its nodes has
// become another function: the graph that there was is not launched for the next.
func TestSequenceFailsBetween(t *testing.T) {
	d := fake(t, fakeOptions())
	dev := openFake(t, d, Options{})
	var programs []device.Program
	for _, k := range []kernels.Kernel{halfPlusOne(t), negated(t)} {
		p, err := dev.Compile(k)
		if err != nil {
			t.Fatal(err)
		}
		programs = append(programs, p)
	}
	stream, err := dev.NewStream()
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Close()
	q, err := dev.NewSequence(programs)
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	const n = 1 << 13 // vectors one way, single elements the other
	in, middle, out := buffer(t, dev, 4*n), buffer(t, dev, 4*n), buffer(t, dev, 4*n)
	if err := stream.Upload(in, floats(n, func(i int) float32 { return float32(2 * i) })); err != nil {
		t.Fatal(err)
	}
	backwards := func(a *device.Args) device.Args {
		a.Ins[0].Offset, a.Ins[0].Strides = n-1, []int{-1}
		return *a
	}
	forth, back := []device.Args{*flat(n, in, middle), *flat(n, middle, out)}, []device.Args{backwards(flat(n, in, middle)), backwards(flat(n, middle, out))}
	mixed := []device.Args{back[0], forth[1]}
	if err := stream.Launch(programs[0], &back[0]); err != nil { // compiles the first
		t.Fatal(err)
	}
	for _, step := range []struct {
		name  string
		args  []device.Args
		fault bool
		want  func(i int) float32
	}{
		{"the first time", forth, false, func(i int) float32 { return -float32(i + 1) }},
		{"the second kernel does not compile", back, true, nil},
		{"the first is another", mixed, false, func(i int) float32 { return -float32(n - i) }},
		{"both are", back, false, func(i int) float32 { return -float32(i + 1) }},
	} {
		d.Inject(nil)
		if step.fault {
			d.Inject((&fault{"cuModuleLoadDataEx", 1, math.MaxInt, cu.OutOfMemory}).inject)
		}
		err := q.Launch(stream, step.args)
		got := make([]byte, 4*n)
		if err == nil {
			err = stream.Download(got, out)
		}
		err = errors.Join(err, stream.Sync(t.Context()))
		switch {
		case step.fault && err == nil || !step.fault && err != nil:
			t.Errorf("%s: error %v", step.name, err)
		case !step.fault && !bytes.Equal(got, floats(n, step.want)):
			t.Errorf("%s: other values", step.name)
		}
	}
}

// TestSequenceOutlivesContext closes a sequence when its device has been lost and closed,
// and no context could be made current for that.
func TestSequenceOutlivesContext(t *testing.T) {
	d := fakecuda.New(fakeOptions())
	dev, err := discover(d).open(0, Options{})
	if err != nil {
		t.Fatal(err)
	}
	q := replayOnce(t, dev)
	d.Inject((&fault{"cuCtxPushCurrent_v2", 1, math.MaxInt, cu.IllegalAddress}).inject)
	if _, err := dev.NewStream(); !errors.Is(err, device.ErrLost) {
		t.Fatalf("new stream: %v", err)
	}
	_ = dev.Close()
	d.Inject(nil)
	if err := q.Close(); err != nil {
		t.Error(err)
	}
	if calls := d.Calls(); calls["cuGraphInstantiateWithFlags"] == 0 || calls["cuGraphExecDestroy"] > 0 {
		t.Errorf("calls of a context that is gone: %v", calls)
	}
	for _, v := range d.Violations() {
		t.Errorf("violation: %s", v)
	}
}

// replayOnce is a sequence whose graph has been launched.
func replayOnce(t *testing.T, dev *Device) device.Sequence {
	p, err := dev.Compile(halfPlusOne(t))
	if err != nil {
		t.Fatal(err)
	}
	stream, err := dev.NewStream()
	if err != nil {
		t.Fatal(err)
	}
	q, err := dev.NewSequence([]device.Program{p, p})
	if err != nil {
		t.Fatal(err)
	}
	in, out := buffer(t, dev, 400), buffer(t, dev, 400)
	if err := q.Launch(stream, []device.Args{*flat(100, in, out), *flat(100, out, in)}); err != nil {
		t.Fatal(err)
	}
	if err := stream.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	return q
}

// buffer is memory until the test ends.
func buffer(t *testing.T, dev *Device, bytes int) device.Buffer {
	b, err := dev.Alloc(bytes)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Release)
	return b
}

// negated is −x.
func negated(t *testing.T) *kernels.Map {
	b := kernels.NewBuilder()
	body, err := b.Build(b.Neg(b.Load(0, kernels.F32)))
	if err != nil {
		t.Fatal(err)
	}
	return &kernels.Map{Signature: kernels.Signature{Ins: []kernels.DType{kernels.F32}}, Body: body}
}
