package ops

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/quern-go/quern/cpu"
	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/device/devicetest"
)

// job is work under faults. Its inputs are its own, since some jobs write over
// them.
type job struct {
	name string
	run  func(opts ...Option) ([]float64, error)
	// resident: a value is needed that may be on the failing device only.
	resident bool
	// inPlace: a source may be lost to the failure.
	inPlace bool
}

// wide is a result as float64, which holds all of the jobs' values.
func wide[E float32 | float64 | int](list []E, err error) ([]float64, error) {
	out := make([]float64, len(list))
	for i, x := range list {
		out[i] = float64(x)
	}
	return out, err
}

// samples are n values of either sign.
func samples(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = float64((i*37+11)%19-9) / 4
	}
	return out
}

// sameFloat compares bits, any NaN being equal to any other.
func sameFloat(a, b float64) bool {
	return math.Float64bits(a) == math.Float64bits(b) || a != a && b != b
}

func matrix(rows, cols int) Array[float64] { return FromSlice(samples(rows*cols), rows, cols) }

// evaluated makes a job whose first step stays on the device.
func evaluated(then func(x Array[float64], opts []Option) ([]float64, error)) func(...Option) ([]float64, error) {
	return func(opts ...Option) ([]float64, error) {
		x, err := matrix(6, 5).Exp().Eval(ctx, opts...)
		if err != nil {
			return nil, err
		}
		return then(x, opts)
	}
}

// overSource makes a job whose result takes the place of its source.
func overSource(make func(y []float64) (Array[float64], []float64)) func(...Option) ([]float64, error) {
	return func(opts ...Option) ([]float64, error) {
		y := samples(30)
		a, dst := make(y)
		return y, a.Into(ctx, dst, opts...)
	}
}

func jobs() []job {
	return []job{
		{name: "map", run: func(o ...Option) ([]float64, error) {
			return matrix(6, 5).Exp().Mul(matrix(6, 5)).Add(matrix(1, 5)).Data(ctx, o...)
		}},
		{name: "centred", run: func(o ...Option) ([]float64, error) {
			x := matrix(6, 6)
			return x.Add(x.T()).Sub(x.Mean(0)).Data(ctx, o...)
		}},
		{name: "sum", run: func(o ...Option) ([]float64, error) {
			x, err := matrix(60, 7).Sum().Scalar(ctx, o...)
			return []float64{x}, err
		}},
		{name: "deviation", run: func(o ...Option) ([]float64, error) { return matrix(12, 7).Std(0).Data(ctx, o...) }},
		{name: "positions", run: func(o ...Option) ([]float64, error) { return wide(matrix(12, 7).ArgMax(1).Ints(ctx, o...)) }},
		{name: "product", run: func(o ...Option) ([]float64, error) {
			return matrix(6, 5).MatMul(matrix(5, 4)).Data(ctx, o...)
		}},
		{name: "products", run: func(o ...Option) ([]float64, error) {
			return matrix(6, 5).MatMul(matrix(5, 4)).MatMul(matrix(4, 3)).Add(matrix(6, 1)).Data(ctx, o...)
		}},
		{name: "sum of a product", run: func(o ...Option) ([]float64, error) {
			x, err := matrix(6, 5).Square().MatMul(matrix(5, 4)).Sum().Scalar(ctx, o...)
			return []float64{x}, err
		}},
		{name: "nearest", run: func(o ...Option) ([]float64, error) {
			return wide(PairwiseDistance(matrix(6, 5), matrix(7, 5), CityBlock).ArgMin(1).Ints(ctx, o...))
		}},
		{name: "distances", run: func(o ...Option) ([]float64, error) {
			return PairwiseDistance(matrix(6, 5), matrix(7, 5), Cosine).Data(ctx, o...)
		}},
		{name: "simulation", run: func(o ...Option) ([]float64, error) {
			e, err := MonteCarloPi(ctx, 1000, 7, o...)
			return []float64{e.Mean, e.StdErr}, err
		}},
		{name: "random numbers", run: func(o ...Option) ([]float64, error) {
			return wide(Normal[float32](3, 5, 5).Add(Uniform[float32](4, 5)).Data(ctx, o...))
		}},
		{name: "conversion", run: func(o ...Option) ([]float64, error) {
			return Convert[float64](Convert[float32](matrix(6, 5)).Sin()).Sum(0).Data(ctx, o...)
		}},
		{name: "again and again", run: func(o ...Option) (all []float64, err error) {
			for i := range 2 { // the second time the launches are one
				x := matrix(6, 5).AddScalar(float64(i))
				y, err := x.Sub(x.Mean(0)).Square().Sum(1).Data(ctx, o...)
				if err != nil {
					return nil, err
				}
				all = append(all, y...)
			}
			return all, nil
		}},
		{name: "nothing", run: func(o ...Option) ([]float64, error) { return matrix(0, 3).Sum(0).Data(ctx, o...) }},
		{name: "evaluated and read", resident: true, run: evaluated(func(x Array[float64], o []Option) ([]float64, error) {
			return x.Data(ctx, o...)
		})},
		{name: "evaluated and used twice", resident: true, run: evaluated(func(x Array[float64], o []Option) ([]float64, error) {
			sums, err := x.Sum(1).Data(ctx, o...)
			if err != nil {
				return nil, err
			}
			product, err := x.MatMul(x.T()).Add(FromSlice(samples(6))).Data(ctx, o...)
			return append(sums, product...), err
		})},
		{name: "evaluated again", resident: true, run: evaluated(func(x Array[float64], o []Option) ([]float64, error) {
			y, err := x.Sub(x.Mean(0)).Eval(ctx, o...)
			if err != nil {
				return nil, err
			}
			return y.Mul(x).Slice(From(1)).Data(ctx, o...)
		})},
		{name: "in place", inPlace: true, run: overSource(func(y []float64) (Array[float64], []float64) {
			return FromSlice(y).Add(FromSlice(samples(30))), y
		})},
		{name: "in place after a reduction", inPlace: true, run: overSource(func(y []float64) (Array[float64], []float64) {
			x := FromSlice(y, 5, 6)
			return x.Sub(x.Mean(0)), y
		})},
		{name: "over a shifted source", inPlace: true, run: overSource(func(y []float64) (Array[float64], []float64) {
			return FromSlice(y[:29]).Neg(), y[1:]
		})},
	}
}

var errPlain = errors.New("no reason given")

// faultKinds are the ways of a call to fail.
var faultKinds = []struct {
	name  string
	fault devicetest.Fault
}{
	{"plain", devicetest.Fault{Err: errPlain}},
	{"plain always", devicetest.Fault{Err: errPlain, Always: true}},
	{"plain late", devicetest.Fault{Err: errPlain, Late: true}},
	{"out of memory", devicetest.Fault{Err: device.ErrOutOfMemory}},
	{"out of memory always", devicetest.Fault{Err: device.ErrOutOfMemory, Always: true}},
	{"out of memory late", devicetest.Fault{Err: device.ErrOutOfMemory, Late: true}},
	{"unsupported", devicetest.Fault{Err: errors.ErrUnsupported}},
	{"lost", devicetest.Fault{Err: device.ErrLost}},
	{"lost late", devicetest.Fault{Err: device.ErrLost, Late: true}},
}

// unclosed keeps a device open for the next test.
type unclosed struct{ *cpu.Device }

func (unclosed) Close() error { return nil }

func openCPU(t *testing.T) *cpu.Device {
	t.Helper()
	dev, err := cpu.Open(cpu.Options{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := dev.Close(); err != nil {
			t.Error(err)
		}
	})
	return dev
}

func quiet(t *testing.T) {
	old := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	t.Cleanup(func() { slog.SetDefault(old) })
}

// TestFaults makes every call of every kind fail, one at a time, during every
// job: the result has the right bits or there is an error that says where and
// what, and nothing is left open.
func TestFaults(t *testing.T) {
	quiet(t)
	reference, faulty := openCPU(t), openCPU(t)
	for _, j := range jobs() {
		want, err := j.run(OnDevice(reference))
		if err != nil {
			t.Fatalf("%s: %v", j.name, err)
		}
		for _, onHost := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, on host %v", j.name, onHost), func(t *testing.T) {
				s := &faultSweep{job: j, onHost: onHost, want: want, faulty: faulty, reference: reference}
				for _, call := range devicetest.Calls() {
					s.call(t, call)
				}
				s.checkLeaks(t)
			})
		}
	}
	waitFor(t, "the memory of both devices is free", func() bool {
		return reference.Memory().InUse == 0 && faulty.Memory().InUse == 0
	})
}

// faultSweep is one job under all faults.
type faultSweep struct {
	job               job
	onHost            bool
	want              []float64
	faulty, reference *cpu.Device
	devices           []*devicetest.FaultyDevice
}

// call makes the first, second, … call of a kind fail, until there are no more.
func (s *faultSweep) call(t *testing.T, call devicetest.Call) {
	t.Helper()
	for _, kind := range faultKinds {
		for _, strict := range []bool{false, true} {
			if strict && testing.Short() {
				continue
			}
			overwritten := false // by the last call, if at all
			for n := 1; ; n++ {
				f := kind.fault
				f.Call, f.N = call, n
				name := fmt.Sprintf("%s number %d, %s, strict %v", call, n, kind.name, strict)
				fired, err := s.run(t, name, f, strict)
				if !fired {
					break
				}
				if overwritten {
					t.Errorf("%s: a call after that which may write over a source", name)
				}
				overwritten = errors.Is(err, errOverwritten)
			}
		}
	}
}

// run does the job under one fault and reports whether the fault came up.
func (s *faultSweep) run(t *testing.T, name string, f devicetest.Fault, strict bool) (fired bool, err error) {
	t.Helper()
	d := devicetest.Faulty(unclosed{s.faulty}, f)
	s.devices = append(s.devices, d)
	var dev device.Device = d
	if s.onHost {
		dev = d.OnHost()
	}
	engine := testEngine(dev, s.reference)
	defer engine.Close()
	opts := []Option{WithEngine(engine), OnDevice(dev)}
	if strict {
		opts = append(opts, Strict())
	}
	got, err := s.job.run(opts...)
	if err == nil && !slices.EqualFunc(got, s.want, sameFloat) {
		t.Errorf("%s: got %v, expected %v", name, got, s.want)
	}
	stats := engine.Stats()
	again := f.Call == devicetest.CallNewSequence && !errors.Is(f.Err, device.ErrLost) ||
		errors.Is(f.Err, device.ErrOutOfMemory) && (!f.Always || f.Call == devicetest.CallReplay) // the same device does it in another way
	switch {
	case !d.Fired():
		if err != nil || stats.Fallbacks > 0 {
			t.Errorf("%s: no fault, but %d fallbacks, error %v", name, stats.Fallbacks, err)
		}
	case err == nil && (stats.Fallbacks > 0) == again, err == nil && strict && !again:
		t.Errorf("%s: no error, %d fallbacks", name, stats.Fallbacks)
	case err != nil && !strict && !s.excusable(f, err):
		t.Errorf("%s: error %v, expected none", name, err)
	case err != nil && (!errors.Is(err, f.Err) || !strings.Contains(err.Error(), "fault:0")):
		t.Errorf("%s: error %q, expected one that wraps %q and names the device", name, err, f.Err)
	}
	return d.Fired(), err
}

// excusable says whether a failure cannot be made good: the only copy of a value
// is out of reach, or a source was written over.
func (s *faultSweep) excusable(f devicetest.Fault, err error) bool {
	reading := f.Call == devicetest.CallDownload || f.Call == devicetest.CallSync
	switch {
	case errors.Is(err, errOverwritten):
		return s.job.inPlace
	case errors.Is(f.Err, device.ErrLost):
		return s.job.resident && errors.Is(err, errNowhereElse)
	}
	return s.job.resident && reading && !s.onHost
}

// checkLeaks looks at what the devices have open when the garbage is collected.
func (s *faultSweep) checkLeaks(t *testing.T) {
	t.Helper()
	waitFor(t, "buffers and sequences are released", func() bool {
		return !slices.ContainsFunc(s.devices, func(d *devicetest.FaultyDevice) bool {
			c := d.Counts()
			return c.Buffers != 0 || c.Sequences != 0
		})
	})
	for _, d := range s.devices {
		if c := d.Counts(); c != (devicetest.Counts{}) {
			t.Errorf("left open: %+v", c)
		}
		if err := d.Misuse(); err != nil {
			t.Error(err)
		}
	}
	runtime.KeepAlive(s.devices)
}
