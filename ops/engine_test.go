package ops

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/kernels"
)

// gpu is a device with memory of its own.
func gpu() *testDevice {
	return &testDevice{name: "gpu", rates: device.Rates{
		LaunchSeconds: 1e-5, BytesPerSecond: 1e12, TransferPerSec: 1e10, FlopsPerSecond32: 1e13, FlopsPerSecond64: 1e12,
	}}
}

// slow is a CPU device.
func slow() *hostDevice {
	return &hostDevice{testDevice{name: cpuSelector, rates: device.Rates{
		LaunchSeconds: 1e-7, BytesPerSecond: 1e10, FlopsPerSecond32: 1e11, FlopsPerSecond64: 1e11,
	}}}
}

var ctx = context.Background()

// TestDeviceMemory runs random expressions on a device without access to the
// program's memory; nothing may be left allocated but copies of sources.
func TestDeviceMemory(t *testing.T) {
	d := gpu()
	e := testEngine(d)
	for seed := range 100 {
		next := seededChoices(uint64(seed))
		checkExpression[float64](t, e, next, 2+seed%12)
	}
	waitFor(t, "device memory is freed", func() bool { return d.used() == 0 })
}

// waitFor runs the garbage collector until what it should bring about is there.
func waitFor(t *testing.T, what string, done func() bool) {
	t.Helper()
	for range 200 {
		if done() {
			return
		}
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
	t.Errorf("not within time: %s", what)
}

func TestTemporariesAreFreed(t *testing.T) {
	d := slow()
	e := WithEngine(testEngine(d))
	x := Uniform[float64](1, 40, 40)
	y := x.MatMul(x.T()).Exp().Slice(From(1)).MatMul(x).Sum(0)
	if err := y.Into(ctx, make([]float64, 40), e); err != nil {
		t.Fatal(err)
	}
	if d.peak == 0 || d.used() != 0 {
		t.Errorf("peak %d, in use %d: expected some and none", d.peak, d.used())
	}
	d.failLaunches = 1
	if err := y.Into(ctx, make([]float64, 40), e); err == nil {
		t.Error("a failed launch on the CPU gave no error")
	}
	if d.used() != 0 {
		t.Errorf("in use after a failure: %d", d.used())
	}
}

func TestEval(t *testing.T) {
	d := gpu()
	e := WithEngine(testEngine(d, slow()))
	on := OnDevice(d)
	x, err := iota3(3, 4).AddScalar(1).Eval(ctx, e, on)
	if err != nil {
		t.Fatal(err)
	}
	if d.used() != 2*12*8 { // the source and the result
		t.Errorf("%d bytes in use, expected 192", d.used())
	}
	sum, err := x.T().Sum().Scalar(ctx, e, on)
	if err != nil || sum != 78 {
		t.Errorf("sum %v (%v), expected 78", sum, err)
	}
	if data, err := x.Data(ctx, e); err != nil || data[11] != 12 {
		t.Errorf("data %v (%v)", data, err)
	}
	elsewhere, err := x.Square().Sum().Scalar(ctx, e, OnDevice(slow()))
	if err != nil || elsewhere != 650 {
		t.Errorf("sum of squares on another device %v (%v), expected 650", elsewhere, err)
	}
	again, err := x.Eval(ctx, e)
	if err != nil || again.n != x.n {
		t.Errorf("Eval of a value makes another (%v)", err)
	}
	runtime.KeepAlive(x)
	x, again = Array[float64]{}, Array[float64]{}
	waitFor(t, "results are freed", func() bool { return d.used() == 0 })
}

func TestFallback(t *testing.T) {
	contract := func(k kernels.Kernel) bool { _, ok := k.(*kernels.Contract); return ok }
	for _, c := range []struct {
		name   string
		dev    *testDevice
		reason string
	}{
		{"unsupported", &testDevice{name: "gpu", unsupported: contract}, "unsupported"},
		{"out of memory", &testDevice{name: "gpu", limit: 20}, "out of device memory"}, // 40 for one element in panels
		{"launch fails", &testDevice{name: "gpu", failLaunches: 100}, "launch failed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var log bytes.Buffer
			old := slog.Default()
			slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
			defer slog.SetDefault(old)
			engine := testEngine(c.dev, slow())
			on, e := OnDevice(c.dev), WithEngine(engine)
			a := iota3(2, 2).MatMul(iota3(2, 2))
			for range 2 {
				got, err := a.Data(ctx, on, e)
				if err != nil || !slices.Equal(got, []float64{2, 3, 6, 11}) {
					t.Fatalf("%v (%v)", got, err)
				}
			}
			if s := engine.Stats(); s.Fallbacks != 2 || s.Evaluations != 2 || s.InPanels != 0 {
				t.Errorf("counted %+v", s)
			}
			if n := strings.Count(log.String(), "WARN"); n != 1 || !strings.Contains(log.String(), c.reason) {
				t.Errorf("%d log lines, expected one with %q:\n%s", n, c.reason, &log)
			}
			if _, err := a.Data(ctx, on, e, Strict()); err == nil || !strings.Contains(err.Error(), c.reason) {
				t.Errorf("strict: error %v, expected %q", err, c.reason)
			}
			if c.dev.used() > 2*32 {
				t.Errorf("%d bytes in use", c.dev.used())
			}
		})
	}
}

func TestExplainShowsFallback(t *testing.T) {
	d := &testDevice{name: "gpu", unsupported: func(kernels.Kernel) bool { return true }}
	e := WithEngine(testEngine(d, slow()))
	p, err := iota3(3).Exp().Explain(e, OnDevice(d))
	if err != nil || p.Device != cpuSelector || !strings.Contains(p.String(), "fallback: compile map exp(a) for gpu") {
		t.Errorf("%v:\n%v", err, p)
	}
	if _, err := iota3(3).Exp().Explain(e, OnDevice(d), Strict()); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("strict: %v", err)
	}
}

// TestMemoryIsReclaimed fills a device with copies of sources, which it may
// drop, and results, which become garbage.
func TestMemoryIsReclaimed(t *testing.T) {
	d := gpu()
	d.limit = 4000
	engine := testEngine(d, slow())
	var kept []Array[float64]
	for range 20 {
		x := iota3(100)
		if _, err := x.Exp().Data(ctx, WithEngine(engine), OnDevice(d)); err != nil {
			t.Fatal(err)
		}
		kept = append(kept, x)
	}
	if f := engine.Stats().Fallbacks; f != 0 {
		t.Errorf("%d fallbacks, expected none: copies can be dropped", f)
	}
	runtime.KeepAlive(kept)
}

func TestChoiceOfDevice(t *testing.T) {
	d, c := gpu(), slow()
	e := WithEngine(testEngine(d, c))
	small, large := Uniform[float32](1, 10), Uniform[float32](1, 2000, 2000)
	for _, k := range []struct {
		name string
		a    Array[float32]
		want string
	}{
		{"small", small.Sum(), cpuSelector},
		{"large", large.Sum(), "gpu:0"},
		{"transfer costs more than it brings", FromSlice(make([]float32, 100_000)).Neg(), cpuSelector},
	} {
		if p, err := k.a.Explain(e); err != nil || p.Device != k.want {
			t.Errorf("%s: on %v (%v), expected %s", k.name, p.Device, err, k.want)
		}
	}
	if p, err := small.Sum().Explain(e, OnDevice(d)); err != nil || p.Device != "gpu:0" {
		t.Errorf("asked for gpu, got %v (%v)", p, err)
	}
}

func TestPlanCache(t *testing.T) {
	engine := oracleEngine(t)
	e := WithEngine(engine)
	run := func(a Array[float64]) {
		if _, err := a.Data(ctx, e); err != nil {
			t.Fatal(err)
		}
	}
	plans := func(want int64, what string) {
		t.Helper()
		if got := engine.Stats().Plans; got != want {
			t.Errorf("%s: %d plans, expected %d", what, got, want)
		}
	}
	x, y := iota3(4), iota3(4)
	sum := x.Add(y)
	run(sum)
	run(sum)
	run(iota3(4).Add(iota3(4)))
	plans(1, "same structure")
	run(x.Add(x))
	plans(2, "one source twice")
	run(x.AddScalar(2))
	run(y.AddScalar(3))
	plans(3, "another scalar")
	run(x.AddScalar(2).MulScalar(2))
	run(x.AddScalar(2).MulScalar(3))
	plans(5, "equal scalars")
	run(Uniform[float64](1, 5))
	run(Uniform[float64](2, 5))
	plans(6, "another seed")
	run(Uniform[float64](2, 6))
	plans(7, "another shape")
	run(x.Slice(From(1)).Neg())
	run(x.Slice(To(3)).Neg())
	plans(9, "another view")
	if _, err := sum.Data(ctx, e, Exact()); err != nil {
		t.Fatal(err)
	}
	plans(10, "exact")
}

func TestCommonSubexpressions(t *testing.T) {
	d := slow()
	e := WithEngine(testEngine(d))
	x := iota3(6, 6)
	a := x.MatMul(x).Add(x.MatMul(x).T()).Add(x.Mean(0)).Sub(x.Mean(0))
	if _, err := a.Data(ctx, e); err != nil {
		t.Fatal(err)
	}
	if d.launches != 3 {
		t.Errorf("%d kernels, expected 3: the product, the mean and the rest", d.launches)
	}
}

func TestInPlace(t *testing.T) {
	for _, dev := range []device.Device{slow(), gpu()} {
		e := WithEngine(testEngine(dev))
		slice := func() []float64 { return []float64{1, 2, 3, 4, 5, 6} }
		for _, c := range []struct {
			name string
			make func(y []float64) (a Array[float64], dst []float64)
			want []float64 // all of y
		}{
			{"same positions", func(y []float64) (Array[float64], []float64) {
				return FromSlice(y).AddScalar(1), y
			}, []float64{2, 3, 4, 5, 6, 7}},
			{"reversed", func(y []float64) (Array[float64], []float64) {
				return FromSlice(y).Slice(All().By(-1)), y
			}, []float64{6, 5, 4, 3, 2, 1}},
			{"both", func(y []float64) (Array[float64], []float64) {
				x := FromSlice(y)
				return x.Add(x.Slice(All().By(-1))), y
			}, []float64{7, 7, 7, 7, 7, 7}},
			{"shifted", func(y []float64) (Array[float64], []float64) {
				return FromSlice(y[:5]).AddScalar(0), y[1:]
			}, []float64{1, 1, 2, 3, 4, 5}},
			{"transposed", func(y []float64) (Array[float64], []float64) {
				return FromSlice(y, 2, 3).T().MulScalar(10), y
			}, []float64{10, 40, 20, 50, 30, 60}},
			{"a reduction before", func(y []float64) (Array[float64], []float64) {
				x := FromSlice(y)
				return x.Sub(x.Mean()), y
			}, []float64{-2.5, -1.5, -.5, .5, 1.5, 2.5}},
			{"a product of itself", func(y []float64) (Array[float64], []float64) {
				x := FromSlice(y[:4], 2, 2)
				return x.MatMul(x), y[:4]
			}, []float64{7, 10, 15, 22, 5, 6}},
			{"two sources", func(y []float64) (Array[float64], []float64) {
				return FromSlice(y).Add(FromSlice(y[:1])), y
			}, []float64{2, 3, 4, 5, 6, 7}},
			{"the same array twice", func(y []float64) (Array[float64], []float64) {
				return FromSlice(y).Add(FromSlice(y)), y
			}, []float64{2, 4, 6, 8, 10, 12}},
			{"a copy", func(y []float64) (Array[float64], []float64) {
				return FromSlice(y[:5]), y[1:]
			}, []float64{1, 1, 2, 3, 4, 5}},
		} {
			t.Run(dev.Info().Driver+" "+c.name, func(t *testing.T) {
				y := slice()
				a, dst := c.make(y)
				if err := a.Into(ctx, dst, e); err != nil {
					t.Fatal(err)
				}
				checkValues(t, y, c.want)
			})
		}
		y := slice()
		sum := FromSlice(y).Add(FromSlice(slice()))
		for range 3 {
			if err := sum.Into(ctx, y, e); err != nil {
				t.Fatal(err)
			}
		}
		checkValues(t, y, []float64{4, 8, 12, 16, 20, 24})
	}
}

func TestCancelled(t *testing.T) {
	done, cancel := context.WithCancel(ctx)
	cancel()
	d := slow()
	e := WithEngine(testEngine(d))
	for _, err := range []error{
		iota3(4).Exp().Into(done, make([]float64, 4), e),
		func() error { _, err := iota3(4).Sum().Scalar(done, e); return err }(),
		func() error { _, err := iota3(4).Exp().Eval(done, e); return err }(),
		func() error { _, err := MonteCarloPi(done, 1000, 1, e); return err }(),
		func() error { _, err := Ones[float64](3).Data(done, e); return err }(),
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, expected %v", err, context.Canceled)
		}
	}
	if d.launches != 0 || d.used() != 0 {
		t.Errorf("%d launches, %d bytes in use", d.launches, d.used())
	}
}

func TestConcurrent(t *testing.T) {
	d := gpu()
	e := WithEngine(testEngine(d, slow()))
	x := iota3(8, 8)
	shared := x.MatMul(x.T()).Add(x.Mean(0))
	want := mustData(t, shared)
	var wait sync.WaitGroup
	for i := range 8 {
		wait.Go(func() {
			for range 20 {
				a, opts := shared, []Option{e}
				if i%2 == 0 {
					a = x.MatMul(x.T()).Add(x.Mean(0))
				}
				if i%3 == 0 {
					opts = append(opts, OnDevice(d))
				}
				got, err := a.Data(ctx, opts...)
				if err != nil || !slices.Equal(got, want) {
					t.Errorf("%v (%v)", got, err)
				}
			}
		})
	}
	wait.Wait()
}

func TestCloseEngine(t *testing.T) {
	e := oracleEngine(t)
	a := iota3(3).Exp()
	if _, err := a.Data(ctx, WithEngine(e)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := a.Data(ctx, WithEngine(e)); !errors.Is(err, errClosed) {
		t.Errorf("error %v, expected %v", err, errClosed)
	}
}

func TestZeroEngine(t *testing.T) {
	var e Engine
	defer e.Close()
	dev := &testDevice{name: "test"}
	for _, opts := range [][]Option{{WithEngine(&e)}, {WithEngine(&e), On(cpuSelector)}, {WithEngine(&e), OnDevice(dev)}} {
		got, err := iota3(3).AddScalar(1).Data(ctx, opts...)
		if err != nil {
			t.Fatal(err)
		}
		checkValues(t, got, []float64{1, 2, 3})
	}
}

// TestResultThatDoesNotFit: a result is refused if memory cannot hold it beside
// the temporaries, both of which take their pages only when they are written.
func TestResultThatDoesNotFit(t *testing.T) {
	const size = largeResult / 8
	known := availableBytes
	defer func() { availableBytes = known }()
	x := Uniform[float64](1, 1, 1)
	column := x.BroadcastTo(8192, 1)
	product := column.MatMul(column.Reshape(1, 8192)).Slice(All(), To(size/8192)) // a temporary of 512 MiB
	for _, c := range []struct {
		name      string
		available int64
		a         Array[float64]
		fits      bool
	}{
		{"result", largeResult - 1, Zeros[float64](size), false},
		{"fits", largeResult, Zeros[float64](size), true},
		{"temporaries", largeResult + hostBudget/2, product.Add(product.Slice(All().By(-1))), false},
	} {
		availableBytes = func() (int64, bool) { return c.available, true }
		_, err := c.a.Data(ctx, On(cpuSelector))
		if errors.Is(err, device.ErrOutOfMemory) == c.fits {
			t.Errorf("%s: error %v", c.name, err)
		}
	}
}

// TestAllocations: an evaluation with a known plan into memory of the program's
// leaves no garbage.
func TestAllocations(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector allocates")
	}
	engine, err := NewEngine(cpuSelector)
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	opts := []Option{WithEngine(engine)}
	named := append(opts, On("cpu:1thread"))
	x, y, dst := iota3(1024), iota3(1024), make([]float64, 1024)
	sum, total, chain := x.Add(y), x.Sum(), x.Add(y).Mul(x).Exp()
	rows, product := x.Reshape(32, 32).Mean(1), x.Reshape(32, 32).MatMul(y.Reshape(32, 32))
	for name, evaluate := range map[string]func() error{
		"into":    func() error { return sum.Into(ctx, dst, opts...) },
		"named":   func() error { return sum.Into(ctx, dst, named...) },
		"scalar":  func() error { _, err := total.Scalar(ctx, opts...); return err },
		"chain":   func() error { return chain.Into(ctx, dst, opts...) },
		"rows":    func() error { return rows.Into(ctx, dst[:32], opts...) },
		"product": func() error { return product.Into(ctx, dst, opts...) },
	} {
		if n := testing.AllocsPerRun(100, func() {
			if err := evaluate(); err != nil {
				t.Fatal(err)
			}
		}); n > 0 {
			t.Errorf("%s: %v allocations for an evaluation with a known plan", name, n)
		}
	}
}
