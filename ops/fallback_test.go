package ops

import (
	"bytes"
	"errors"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/device/devicetest"
	"github.com/quern-go/quern/kernels"
)

// numbered is a device with memory of its own that fails as told. With gpu's
// rates it is slower for small work than the CPU.
func numbered(ordinal int, f devicetest.Fault) *devicetest.FaultyDevice {
	return faultyGPU(gpu(), ordinal, f)
}

// eagerDevice is one that is predicted to win whatever the work.
func eagerDevice(ordinal int, f devicetest.Fault) *devicetest.FaultyDevice {
	g := gpu()
	g.rates = device.Rates{LaunchSeconds: 1e-12, BytesPerSecond: 1e15, TransferPerSec: 1e15, FlopsPerSecond32: 1e18, FlopsPerSecond64: 1e18}
	return faultyGPU(g, ordinal, f)
}

func faultyGPU(g *testDevice, ordinal int, f devicetest.Fault) *devicetest.FaultyDevice {
	d := devicetest.Faulty(g, f)
	d.Present(func(i *device.Info) { i.Ordinal = ordinal })
	return d
}

// lostAt is the loss of the device at the n-th launch.
func lostAt(n int) devicetest.Fault {
	return devicetest.Fault{Call: devicetest.CallLaunch, N: n, Err: device.ErrLost}
}

// heavy is work without inputs.
func heavy() Array[float64] { return Uniform[float64](1, 60, 70).Exp().Sum() }

func TestNextDevice(t *testing.T) {
	quiet(t)
	want := mustData(t, heavy())
	always := devicetest.Fault{Call: devicetest.CallLaunch, N: 1, Always: true, Err: errPlain}
	present := func(d *devicetest.FaultyDevice, change func(*device.Info)) *devicetest.FaultyDevice {
		d.Present(change)
		return d
	}
	for _, c := range []struct {
		name   string
		second *devicetest.FaultyDevice
		want   string // where the work ends
	}{
		{"another GPU, though predicted slower than the CPU", numbered(1, devicetest.Fault{}), "fault:1"},
		{"it fails too", numbered(1, always), cpuSelector},
		{"it is lost", numbered(1, lostAt(1)), cpuSelector},
		{"it is emulated", present(numbered(1, devicetest.Fault{}), func(i *device.Info) { i.Software = true }), cpuSelector},
		{"it gives other bits", present(numbered(1, devicetest.Fault{}), func(i *device.Info) { i.Reproducible = false }), cpuSelector},
	} {
		t.Run(c.name, func(t *testing.T) {
			last := slow()
			engine := testEngine(eagerDevice(0, always), c.second, last)
			defer engine.Close()
			x, err := heavy().Eval(ctx, WithEngine(engine))
			if err != nil {
				t.Fatal(err)
			}
			if got := x.n.Data.(*data).recent.Load().unit.name; got != c.want {
				t.Errorf("the work was done on %s, expected %s", got, c.want)
			}
			got, err := x.Data(ctx)
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("%v (%v), expected %v", got, err, want)
			}
			if f := engine.Stats().Fallbacks; f != 1 {
				t.Errorf("%d fallbacks counted, expected 1", f)
			}
		})
	}
}

func TestLostDeviceIsLeftAlone(t *testing.T) {
	var log bytes.Buffer
	old := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	defer slog.SetDefault(old)
	first, second := eagerDevice(0, lostAt(1)), numbered(1, devicetest.Fault{})
	engine := testEngine(first, second, slow())
	e := WithEngine(engine)
	want := mustData(t, heavy())
	if name, err := DeviceName(e); err != nil || name != "fault:0" {
		t.Errorf("at first the device is %s (%v)", name, err)
	}
	for range 3 {
		if got, err := heavy().Data(ctx, e); err != nil || !slices.Equal(got, want) {
			t.Fatalf("%v (%v), expected %v", got, err, want)
		}
	}
	if f := engine.Stats().Fallbacks; f != 1 {
		t.Errorf("%d fallbacks, expected 1: after that the device is not chosen", f)
	}
	if c := first.Counts(); c.Streams != 0 {
		t.Errorf("the lost device has %+v", c)
	}
	if name, err := DeviceName(e); err != nil || name != "fault:1" {
		t.Errorf("then the device is %s (%v)", name, err)
	}
	infos, err := engine.Devices()
	if err != nil || len(infos) != 3 || len(infos[0].Details) != 1 || infos[0].Details[0].Name != "lost" || len(infos[1].Details) != 0 {
		t.Errorf("devices %+v (%v)", infos, err)
	}
	p, err := heavy().Explain(e)
	if err != nil || p.Device == "fault:0" || !strings.Contains(p.Fallback, "fault:0 has been lost: launch") {
		t.Errorf("explained as %v (%v)", p, err)
	}
	on := OnDevice(first)
	if got, err := heavy().Data(ctx, e, on); err != nil || !slices.Equal(got, want) || engine.Stats().Fallbacks != 2 {
		t.Errorf("asked for the lost device: %v (%v), %d fallbacks", got, err, engine.Stats().Fallbacks)
	}
	for _, err := range []error{
		func() error { _, err := heavy().Data(ctx, e, on, Strict()); return err }(),
		func() error { _, err := heavy().Explain(e, on, Strict()); return err }(),
	} {
		if !errors.Is(err, device.ErrLost) || !strings.Contains(err.Error(), "fault:0") {
			t.Errorf("strict: error %v", err)
		}
	}
	if n := strings.Count(log.String(), "WARN"); n != 1 {
		t.Errorf("%d log lines, expected one:\n%s", n, &log)
	}
}

// TestDataOfLostDevice: what only a lost device holds is gone, and what it holds
// besides others is not.
func TestDataOfLostDevice(t *testing.T) {
	quiet(t)
	for _, c := range []struct {
		name   string
		before func(t *testing.T, x Array[float64], other Option) // the loss
		kept   bool
	}{
		{"nowhere else", func(*testing.T, Array[float64], Option) {}, false},
		{"downloaded before", func(t *testing.T, x Array[float64], other Option) {
			if _, err := x.Exp().Data(ctx, other); err != nil {
				t.Error(err)
			}
		}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			first, second := eagerDevice(0, lostAt(2)), numbered(1, devicetest.Fault{})
			engine := testEngine(first, second, slow())
			e := WithEngine(engine)
			x, err := iota3(4).AddScalar(1).Eval(ctx, e)
			if err != nil {
				t.Fatal(err)
			}
			c.before(t, x, OnDevice(second))
			if _, err := iota3(5).Exp().Data(ctx, e); err != nil { // the loss
				t.Fatal(err)
			}
			for name, use := range map[string]func() ([]float64, error){
				"read":                  func() ([]float64, error) { return x.Data(ctx, e) },
				"used":                  func() ([]float64, error) { return x.AddScalar(0).Data(ctx, e) },
				"used on the lost one":  func() ([]float64, error) { return x.AddScalar(0).Data(ctx, e, OnDevice(first)) },
				"used on a device":      func() ([]float64, error) { return x.AddScalar(0).Data(ctx, e, OnDevice(second)) },
				"used in another shape": func() ([]float64, error) { return x.Reshape(2, 2).T().Data(ctx, e) },
			} {
				got, err := use()
				if c.kept {
					if err != nil || len(got) != 4 {
						t.Errorf("%s: %v (%v)", name, got, err)
					}
				} else if !errors.Is(err, device.ErrLost) || strings.Count(err.Error(), errNowhereElse.Error()) != 1 || !strings.Contains(err.Error(), "fault:0 has been lost") {
					t.Errorf("%s: error %v, expected one that says where the array was", name, err)
				}
			}
		})
	}
}

// TestResidentInputs: what one device has computed reaches another through the
// host.
func TestResidentInputs(t *testing.T) {
	first, second := numbered(0, devicetest.Fault{}), numbered(1, devicetest.Fault{})
	engine := testEngine(first, second, slow())
	e := WithEngine(engine)
	x, err := iota3(3, 4).AddScalar(1).Eval(ctx, e, OnDevice(first))
	if err != nil {
		t.Fatal(err)
	}
	y, err := x.MatMul(x.T()).Eval(ctx, e, OnDevice(second))
	if err != nil {
		t.Fatal(err)
	}
	got, err := x.Sum(1).Add(y.Sum(1)).Data(ctx, e, Strict())
	if err != nil {
		t.Fatal(err)
	}
	checkValues(t, got, mustData(t, iota3(3, 4).AddScalar(1).Sum(1).Add(
		iota3(3, 4).AddScalar(1).MatMul(iota3(3, 4).AddScalar(1).T()).Sum(1))))
	if f := engine.Stats().Fallbacks; f != 0 {
		t.Errorf("%d fallbacks", f)
	}
	runtime.KeepAlive([]any{x, y})
	x, y = Array[float64]{}, Array[float64]{}
	waitFor(t, "the memory of both devices is free", func() bool {
		return first.Counts().Buffers == 0 && second.Counts().Buffers == 0
	})
}

func TestDeviceWithoutFloat64(t *testing.T) {
	quiet(t)
	first := eagerDevice(0, devicetest.Fault{})
	first.Present(func(i *device.Info) { i.Float64 = false })
	second := numbered(1, devicetest.Fault{})
	engine := testEngine(first, second, slow())
	e := WithEngine(engine)
	single := Uniform[float32](1, 30).Exp()
	if p, err := single.Explain(e, Strict()); err != nil || p.Device != "fault:0" || p.Fallback != "" {
		t.Errorf("float32: %v (%v)", p, err)
	}
	for n, a := range map[string]Array[float64]{"map": heavy(), "conversion": Convert[float64](single)} {
		p, err := a.Explain(e)
		if err != nil || p.Device != "fault:1" || !strings.Contains(p.Fallback, "for fault:0: float64") {
			t.Errorf("%s: explained as %v (%v)", n, p, err)
		}
		before := engine.Stats().Fallbacks
		if got, err := a.Data(ctx, e); err != nil || !slices.Equal(got, mustData(t, a)) || engine.Stats().Fallbacks != before+1 {
			t.Errorf("%s: %v (%v), %d fallbacks", n, got, err, engine.Stats().Fallbacks-before)
		}
		if _, err := a.Data(ctx, e, Strict()); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%s: strict: error %v", n, err)
		}
	}
	estimate := func(opts ...Option) (Estimate, error) { return MonteCarloPi(ctx, 1000, 1, append(opts, e)...) }
	want, err := MonteCarloPi(ctx, 1000, 1)
	if got, err2 := estimate(); got != want || err != nil || err2 != nil {
		t.Errorf("simulation: %v (%v), expected %v (%v)", got, err2, want, err)
	}
	if _, err := estimate(Strict()); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("strict: simulation, whose sums are float64: error %v", err)
	}
}

// TestStaleCopies: a slice written over by the CPU is uploaded again.
func TestStaleCopies(t *testing.T) {
	first, last := numbered(0, devicetest.Fault{}), slow()
	e := WithEngine(testEngine(first, last))
	slice := []float64{1, 2, 3}
	y := FromSlice(slice)
	for round := 1.0; round < 4; round++ {
		got, err := y.MulScalar(1).Data(ctx, e, OnDevice(first))
		if err != nil {
			t.Fatal(err)
		}
		checkValues(t, got, []float64{round, round + 1, round + 2})
		if err := y.AddScalar(1).Into(ctx, slice, e, OnDevice(last)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestWarnings: a device that runs out of memory for every size is one line.
func TestWarnings(t *testing.T) {
	var log bytes.Buffer
	old := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	defer slog.SetDefault(old)
	d := &testDevice{name: "gpu", limit: 20, unsupported: func(k kernels.Kernel) bool { _, ok := k.(*kernels.Contract); return ok }}
	e := WithEngine(testEngine(d, slow()))
	for n := range 5 {
		if _, err := iota3(10+n, 3).Exp().Data(ctx, e, OnDevice(d)); err != nil {
			t.Fatal(err)
		}
	}
	if n := strings.Count(log.String(), "WARN"); n != 1 {
		t.Errorf("%d log lines, expected one:\n%s", n, &log)
	}
}

// TestLostWhileBusy loses a device while several goroutines use it.
func TestLostWhileBusy(t *testing.T) {
	quiet(t)
	first, second := eagerDevice(0, lostAt(25)), numbered(1, devicetest.Fault{})
	engine := testEngine(first, second, slow())
	x := iota3(8, 8)
	shared := x.MatMul(x.T()).Add(x.Mean(0))
	want := mustData(t, shared)
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 10 {
				got, err := shared.Data(ctx, WithEngine(engine))
				if err != nil || !slices.Equal(got, want) {
					t.Errorf("%v (%v), expected %v", got, err, want)
				}
			}
		})
	}
	wait.Wait()
	if err := engine.Close(); err != nil {
		t.Error(err)
	}
	runtime.KeepAlive(x)
	x, shared = Array[float64]{}, Array[float64]{}
	waitFor(t, "nothing is left open", func() bool {
		return first.Counts() == devicetest.Counts{} && second.Counts() == devicetest.Counts{}
	})
	for _, d := range []*devicetest.FaultyDevice{first, second} {
		if err := d.Misuse(); err != nil {
			t.Error(err)
		}
	}
	if f := engine.Stats().Fallbacks; f < 1 || f > 8 {
		t.Errorf("%d fallbacks, expected one for each goroutine at most", f)
	}
}
