package cuda

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/device/cuda/internal/cu"
	"github.com/quern-go/quern/device/cuda/internal/fakecuda"
)

func TestHalve(t *testing.T) {
	for _, c := range []struct {
		name    string
		without []cu.Ability
		cache   Cache
	}{
		{"as it comes", nil, nil},
		{"with a cache", nil, &memoryCache{}},
		{"no stream-ordered allocation", []cu.Ability{cu.StreamOrderedMemory}, nil},
		{"no linking", []cu.Ability{cu.Linking}, &memoryCache{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := fakeOptions()
			o.Without = c.without
			dev := openFake(t, fake(t, o), Options{Cache: c.cache})
			for _, n := range []int{1, 255, 5000} {
				if err := halve(t.Context(), dev, halfPlusOne(t), n); err != nil {
					t.Errorf("%d elements: %v", n, err)
				}
			}
		})
	}
}

func TestTransfers(t *testing.T) {
	for _, way := range []struct {
		name string
		code cu.Code // of cuMemHostAlloc
	}{{"staged", cu.Success}, {"no page-locked memory", cu.OutOfMemory}} {
		t.Run(way.name, func(t *testing.T) {
			d := fake(t, fakeOptions())
			dev := openFake(t, d, Options{})
			d.Inject((&fault{"cuMemHostAlloc", 1, 1000, way.code}).inject)
			for _, n := range []int{0, 1, 1000, stageBytes - 1, stageBytes, stageBytes + 1, 3*stageBytes + 5} {
				if err := roundTrip(dev, n); err != nil {
					t.Errorf("%d bytes: %v", n, err)
				}
			}
		})
	}
}

// TestSmallUploads puts many small arrays on the device without a wait between.
func TestSmallUploads(t *testing.T) {
	dev := openFake(t, fake(t, fakeOptions()), Options{})
	s, err := dev.NewStream()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	const n, count = 300_000, 40 // more than both halves of a stage hold
	var bufs []device.Buffer
	for i := range count {
		b, err := dev.Alloc(n)
		if err != nil {
			t.Fatal(err)
		}
		defer b.Release()
		if err := s.Upload(b, bytes.Repeat([]byte{byte(i)}, n)); err != nil {
			t.Fatal(err)
		}
		bufs = append(bufs, b)
	}
	got := make([][]byte, count)
	for i, b := range bufs {
		got[i] = make([]byte, n)
		if err := s.Download(got[i], b); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i := range got {
		if !bytes.Equal(got[i], bytes.Repeat([]byte{byte(i)}, n)) {
			t.Errorf("array %d has other bytes", i)
		}
	}
}

func TestMachineCodeIsCached(t *testing.T) {
	cache := &memoryCache{}
	k := halfPlusOne(t)
	for round := range 2 {
		d := fake(t, fakeOptions())
		dev := openFake(t, d, Options{Cache: cache})
		if err := halve(t.Context(), dev, k, 100); err != nil {
			t.Fatal(err)
		}
		if linked := d.Calls()["cuLinkComplete"]; linked != 1-round {
			t.Errorf("round %d: compiled %d times", round, linked)
		}
	}
	for key := range cache.data {
		cache.data[key] = []byte("\x7fthis is no cubin")
	}
	dev := openFake(t, fake(t, fakeOptions()), Options{Cache: cache})
	if err := halve(t.Context(), dev, k, 100); err != nil {
		t.Errorf("with damaged machine code in the cache: %v", err)
	}
}

// complaining is a machine that compiles nothing.
type complaining struct{}

func (complaining) Load(string) (fakecuda.Program, error) {
	return nil, errors.New("ptxas application ptx input, line 5; error: Unknown symbol 'r1'")
}

func TestCompilersLog(t *testing.T) {
	for _, cache := range []Cache{nil, &memoryCache{}} {
		o := fakeOptions()
		o.Machine = complaining{}
		dev := openFake(t, fake(t, o), Options{Cache: cache})
		err := halve(t.Context(), dev, halfPlusOne(t), 100)
		if err == nil || !strings.Contains(err.Error(), "CUDA_ERROR_INVALID_PTX") || !strings.Contains(err.Error(), "Unknown symbol 'r1'") {
			t.Errorf("error %v, expected the compiler's log", err)
		}
	}
}

// TestReleasedAfterClose releases a buffer of a closed device: its context stays
// until then.
func TestReleasedAfterClose(t *testing.T) {
	d := fake(t, fakeOptions())
	dev, err := discover(d).open(0, Options{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := dev.Alloc(1000)
	if err != nil {
		t.Fatal(err)
	}
	if err := dev.Close(); err != nil {
		t.Fatal(err)
	}
	if left := d.Leaks(); !strings.Contains(left, "1 allocations") || !strings.Contains(left, "1 contexts retained") {
		t.Errorf("alive after Close: %q", left)
	}
	b.Release()
	if left := d.Leaks(); left != "" {
		t.Errorf("alive after Release: %q", left)
	}
}

// TestSlices cuts a launch into several, and stops between them.
func TestSlices(t *testing.T) {
	k := halfPlusOne(t)
	start := func() (*fakecuda.Driver, *Device) {
		d := fake(t, fakeOptions())
		dev := openFake(t, d, Options{})
		dev.owner.Guess, dev.info.ComputeUnits = 1e5, 1
		return d, dev
	}
	d, dev := start()
	if err := halve(t.Context(), dev, k, 200_000); err != nil {
		t.Fatal(err)
	}
	if n := d.Calls()["cuLaunchKernel"]; n < 2 {
		t.Errorf("the launch was not cut")
	}
	d, dev = start()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := halve(ctx, dev, k, 200_000); !errors.Is(err, context.Canceled) {
		t.Errorf("sync with a context that has ended: %v", err)
	}
	if n := d.Calls()["cuLaunchKernel"]; n > 4 {
		t.Errorf("%d launches though the context had ended", n)
	}
}

func TestRates(t *testing.T) {
	d := fake(t, fakeOptions())
	dev := openFake(t, d, Options{})
	r, err := dev.measureRates()
	if err != nil || r.LaunchSeconds <= 0 || r.BytesPerSecond <= 0 || r.TransferPerSec <= 0 || r.FlopsPerSecond32 < 66e12 || r.FlopsPerSecond64 < 33e12 {
		t.Errorf("rates %+v, %v", r, err)
	}
	d.Inject((&fault{"cuMemcpyDtoDAsync_v2", 1, 100, cu.InvalidValue}).inject)
	if r, err := dev.measureRates(); err == nil || r.FlopsPerSecond32 == 0 || r.TransferPerSec != 0 {
		t.Errorf("rates of which some could not be measured: %+v, %v", r, err)
	}
}

// instant is a driver whose launches take no time and that allocates nothing for
// them.
type instant struct{ *fakecuda.Driver }

func (instant) CtxPush(cu.Context) error                        { return nil }
func (instant) CtxPop() error                                   { return nil }
func (instant) EventCreate() (cu.Event, error)                  { return 0, nil }
func (instant) LaunchKernel(*cu.Launch) error                   { return nil }
func (instant) EventRecord(cu.Event, cu.Stream) error           { return nil }
func (instant) EventQuery(cu.Event) (bool, error)               { return true, nil }
func (instant) StreamQuery(cu.Stream) (bool, error)             { return true, nil }
func (instant) EventSynchronize(cu.Event) error                 { return nil }
func (instant) EventElapsedTime(_, _ cu.Event) (float64, error) { return 1e-6, nil }

// launchOf prepares launches of a small kernel on a device whose driver costs nothing.
func launchOf(t testing.TB) func() {
	d := fake(t, fakeOptions())
	dev := openFake(t, d, Options{})
	k := halfPlusOne(t)
	if err := halve(t.Context(), dev, k, 100); err != nil {
		t.Fatal(err)
	}
	prog, err := dev.Compile(k)
	if err != nil {
		t.Fatal(err)
	}
	b, err := dev.Alloc(400)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Release)
	opened, err := dev.NewStream()
	if err != nil {
		t.Fatal(err)
	}
	s, args := opened.(*stream), flat(100, b, b)
	real := dev.primary.api
	dev.primary.api = instant{d}
	s.line.api = dev.primary.api
	t.Cleanup(func() {
		_ = s.Sync(context.Background())
		dev.primary.api, s.line.api = real, real
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return func() {
		if err := s.Launch(prog, args); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLaunchesAllocateNothing(t *testing.T) {
	launch := launchOf(t)
	for range 200 {
		launch()
	}
	if n := testing.AllocsPerRun(200, launch); n != 0 {
		t.Errorf("%v allocations a launch", n)
	}
}

// BenchmarkLaunch is the part of a launch's cost that is ours.
func BenchmarkLaunch(b *testing.B) {
	launch := launchOf(b)
	b.ReportAllocs()
	for b.Loop() {
		launch()
	}
}

// TestSyncSeesTheContextFirst syncs where all work has been queued with the device.
func TestSyncSeesTheContextFirst(t *testing.T) {
	dev := openFake(t, fake(t, fakeOptions()), Options{})
	s, err := dev.NewStream()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	b, err := dev.Alloc(4)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Release()
	if err := s.Upload(b, make([]byte, 4)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), -time.Second)
	defer cancel()
	if err := s.Sync(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("sync: %v", err)
	}
	if err := s.Sync(t.Context()); err != nil {
		t.Errorf("the next sync: %v", err)
	}
}

func TestForeignBuffersAndPrograms(t *testing.T) {
	d := fake(t, fakeOptions())
	s := discover(d)
	var devs [2]*Device
	for i := range devs {
		var err error
		if devs[i], err = s.open(0, Options{}); err != nil {
			t.Fatal(err)
		}
		defer devs[i].Close()
	}
	prog, err := devs[0].Compile(halfPlusOne(t))
	if err != nil {
		t.Fatal(err)
	}
	st, err := devs[1].NewStream()
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	b, err := devs[1].Alloc(4)
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Launch(prog, flat(1, b, b)); err == nil {
		t.Error("a program of another device was launched")
	}
	own, err := devs[1].Compile(halfPlusOne(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Launch(own, &device.Args{Shape: []int{1}}); err == nil {
		t.Error("a launch without operands")
	}
	b.Release()
	for name, err := range map[string]error{
		"launch":          st.Launch(own, flat(1, b, b)),
		"upload":          st.Upload(b, make([]byte, 4)),
		"download":        st.Download(make([]byte, 4), b),
		"foreign buffer":  st.Upload(foreign{}, make([]byte, 4)),
		"foreign program": st.Launch(nil, flat(1, b, b)),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// foreign is a buffer of another device.
type foreign struct{}

func (foreign) Bytes() int { return 4 }
func (foreign) Release()   {}
