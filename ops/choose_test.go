package ops

import (
	"errors"
	"runtime"
	"slices"
	"testing"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/device/devicetest"
)

// desktop are a CPU and a GPU with the speeds of a good desktop computer's.
func desktop() (*testDevice, *hostDevice) {
	g, c := gpu(), slow()
	g.rates = device.Rates{LaunchSeconds: 1e-5, BytesPerSecond: 8e11, TransferPerSec: 2e10, FlopsPerSecond32: 3e13, FlopsPerSecond64: 5e11}
	c.rates = device.Rates{LaunchSeconds: 5e-7, BytesPerSecond: 5e10, FlopsPerSecond32: 1e12, FlopsPerSecond64: 5e11}
	return g, c
}

func TestChoiceByPredictedTime(t *testing.T) {
	g, c := desktop()
	engine := testEngine(g, c)
	e := WithEngine(engine)
	host := func(n ...int) Array[float32] { return FromSlice(make([]float32, n[0]*n[1]), n...) }
	onGPU := func(n ...int) Array[float32] {
		x, err := Uniform[float32](1, n...).Eval(ctx, e, OnDevice(g))
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	uploaded := host(600, 600)
	if _, err := uploaded.Sum().Scalar(ctx, e, OnDevice(g)); err != nil {
		t.Fatal(err)
	}
	resident, tiny := onGPU(600, 600), onGPU(8, 8)
	for _, k := range []struct {
		name string
		a    Array[float32]
		want string
	}{
		{"1,024 elements", host(1, 1024).Add(host(1, 1024)), cpuSelector},
		{"1,024 random numbers", Normal[float32](1, 1024), cpuSelector},
		{"a sum of 10⁹ random numbers", Normal[float32](1, 1000, 1000, 1000).Sum(), "gpu:0"},
		{"10⁸ random numbers, brought to the host", Uniform[float32](1, 10_000, 10_000), cpuSelector},
		{"10⁷ elements, once each", host(1, 1e7).Add(host(1, 1e7)), cpuSelector},
		{"a small product", host(30, 30).MatMul(host(30, 30)), cpuSelector},
		{"a large product", host(2000, 2000).MatMul(host(2000, 2000)), "gpu:0"},
		{"nearest of many", nearestDistance(host(5000, 100), host(5000, 100)), "gpu:0"},
		{"a source that is not there", host(600, 600).Exp().Sum(), cpuSelector},
		{"a source that is there", uploaded.Exp().Sum(), "gpu:0"},
		{"a result that is there", resident.Exp().Sum(), "gpu:0"},
		{"a small result that is there", tiny.Sum(), "gpu:0"},
		{"a result that is there, with a large source that is not", tiny.Sum().Add(host(1, 1e6)).Sum(), cpuSelector},
	} {
		if p, err := k.a.Explain(e, Strict()); err != nil || p.Device != k.want {
			t.Errorf("%s: on %v (%v), expected %s", k.name, p.Device, err, k.want)
		}
	}
	runtime.KeepAlive([]Array[float32]{resident, tiny, uploaded})
}

// nearestDistance is the smallest distance from each row of x.
func nearestDistance(x, y Array[float32]) Array[float32] {
	return PairwiseDistance(x, y, Euclidean).Min(1)
}

// TestUnknownSpeed: a device that does not know its speed is not chosen before
// one that does.
func TestUnknownSpeed(t *testing.T) {
	g, c := desktop()
	unknown := &testDevice{name: "unknown"}
	for _, k := range []struct {
		name string
		devs []device.Device
		want string
	}{
		{"beside known ones", []device.Device{unknown, g, c}, "gpu:0"},
		{"beside the CPU", []device.Device{unknown, c}, cpuSelector},
		{"nothing is known", []device.Device{unknown, &testDevice{name: "other"}}, "unknown:0"},
	} {
		engine := testEngine(k.devs...)
		if p, err := Normal[float32](1, 1e6).Sum().Explain(WithEngine(engine)); err != nil || p.Device != k.want {
			t.Errorf("%s: on %v (%v), expected %s", k.name, p.Device, err, k.want)
		}
	}
}

// TestChoiceIsCheap: the kernels' time is predicted once for each plan and device.
func TestChoiceIsCheap(t *testing.T) {
	engine := choosingEngine()
	x, y, dst := iota3(1024), iota3(1024), make([]float64, 1024)
	sum, e := x.Add(y), []Option{WithEngine(engine)}
	run := func() {
		if err := sum.Into(ctx, dst, e...); err != nil {
			t.Fatal(err)
		}
	}
	run()
	b, err := engine.bind(sum.n, new(Option))
	if err != nil {
		t.Fatal(err)
	}
	predicted := b.entry.seconds.Load()
	if n := testing.AllocsPerRun(100, run); n > 2 && !raceDetector {
		t.Errorf("%v allocations with a choice of devices, expected 2 at most", n)
	}
	if len(*predicted) != 2 || b.entry.seconds.Load() != predicted {
		t.Errorf("predicted %v, then %v", predicted, b.entry.seconds.Load())
	}
}

// probed is a driver of one device that is faster than anything, but not to be
// chosen unasked.
type probed struct{ info device.Info }

func (p probed) Name() string                  { return p.info.Driver }
func (p probed) Probe() ([]device.Info, error) { return []device.Info{p.info}, nil }

func (p probed) Open(int) (device.Device, error) {
	d := eagerDevice(0, devicetest.Fault{})
	d.Present(func(i *device.Info) { *i = p.info })
	return d, nil
}

// TestNeverUnasked: emulated devices, and those that give other bits, are used
// only when they are named.
func TestNeverUnasked(t *testing.T) {
	quiet(t)
	t.Setenv(device.EnvDevice, "")
	names := []string{"test-emulated", "test-other-bits"}
	device.Register(probed{device.Info{Driver: names[0], Software: true, Float64: true, Reproducible: true}})
	device.Register(probed{device.Info{Driver: names[1], Float64: true}})
	var e Engine
	defer e.Close()
	infos, err := e.Devices()
	if err != nil || slices.ContainsFunc(infos, func(i device.Info) bool { return slices.Contains(names, i.Driver) }) {
		t.Errorf("to choose from: %v (%v)", infos, err)
	}
	a := Normal[float32](1, 1000, 1000, 1000).Sum()
	if p, err := a.Explain(WithEngine(&e)); err != nil || slices.Contains(names, p.Device) {
		t.Errorf("chosen unasked: %v (%v)", p.Device, err)
	}
	for _, name := range names {
		if p, err := a.Explain(WithEngine(&e), On(name)); err != nil || p.Device != name {
			t.Errorf("asked for %s: on %v (%v)", name, p.Device, err)
		}
		t.Setenv(device.EnvDevice, name)
		asked, err := NewEngine()
		if err != nil {
			t.Fatal(err)
		}
		if p, err := a.Explain(WithEngine(asked)); err != nil || p.Device != name {
			t.Errorf("%s=%s: on %v (%v)", device.EnvDevice, name, p.Device, err)
		}
		if err := asked.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := NewEngine("test-absent"); err == nil || errors.Is(err, errClosed) {
		t.Errorf("a driver that is not there: error %v", err)
	}
}

func TestOneDriverForOneDevice(t *testing.T) {
	units := []*unit{{info: device.Info{Driver: "cuda", Name: "GPU A"}}, {info: device.Info{Driver: "cpu", Name: "CPU"}}}
	for _, c := range []struct {
		info device.Info
		want bool
	}{
		{device.Info{Driver: "opencl", Name: "GPU A"}, true},
		{device.Info{Driver: "opencl", Name: "GPU B"}, false},
		{device.Info{Driver: "cuda", Ordinal: 1, Name: "GPU A"}, false},
	} {
		if got := isReached(c.info, units); got != c.want {
			t.Errorf("%+v: %v", c.info, got)
		}
	}
}
