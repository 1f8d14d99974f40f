package cpu

import (
	"context"
	"errors"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/internal/diskcache"
	"github.com/quern-go/quern/kernels"
)

func open(t *testing.T, o Options) *Device {
	t.Helper()
	d, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func TestSelectors(t *testing.T) {
	best := Options{}
	table, err := best.table()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		selector string
		platform string
		threads  int // 0: any
	}{
		{"cpu", table.Level.String(), 0},
		{"cpu:0", table.Level.String(), 0},
		{"cpu:1thread", table.Level.String(), 1},
		{"cpu:generic", "generic", 0},
		{"cpu:generic,7threads", "generic", 7},
		{"cpu:3threads,generic", "generic", 3},
	} {
		t.Run(c.selector, func(t *testing.T) {
			d, err := device.Open(c.selector)
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			info := d.Info()
			if info.Platform != c.platform || c.threads > 0 && info.ComputeUnits != c.threads || info.ComputeUnits < 1 {
				t.Errorf("%s with %d threads, expected %s with %d", info.Platform, info.ComputeUnits, c.platform, c.threads)
			}
			if !info.Reproducible || !info.Float64 || info.Name == "" {
				t.Errorf("incomplete info: %+v", info)
			}
		})
	}
}

func TestBadSelectors(t *testing.T) {
	for _, selector := range []string{"cpu:1", "cpu:avx1024", "cpu:0threads", "cpu:threads", "cpu:99999999threads", "cpu:avx2,,", "cpu:-1threads"} {
		t.Run(selector, func(t *testing.T) {
			d, err := device.Open(selector)
			if err == nil {
				d.Close()
				t.Fatal("opened")
			}
			if !strings.Contains(err.Error(), selector) {
				t.Errorf("the error does not name the selector: %v", err)
			}
		})
	}
}

// launches are launches of every kind of kernel but Contract.
func launches(t *testing.T, d *Device, n int) map[string]func(s device.Stream) {
	t.Helper()
	alloc := func(elements int) device.Operand {
		b, err := d.Alloc(4 * elements)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(b.Release)
		clear(must(d.HostBytes(b)))
		return flat(b)
	}
	x, out := alloc(n*n), alloc(n*n)
	square := func(o device.Operand, strides ...int) []device.Operand {
		return []device.Operand{{Buffer: o.Buffer, Strides: strides}}
	}
	launch := func(k kernels.Kernel, args *device.Args) func(device.Stream) {
		p, err := d.Compile(k)
		if err != nil {
			t.Fatal(err)
		}
		return func(s device.Stream) {
			if err := s.Launch(p, args); err != nil {
				t.Fatal(err)
			}
			if err := s.Sync(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
	}
	reduce := func(order kernels.Order, strides ...int) func(device.Stream) {
		return launch(sum(t, order, kernels.F32), &device.Args{
			Shape: []int{n, n}, Reduced: 1, Ins: square(x, strides...), Outs: square(out, 1),
		})
	}
	return map[string]func(device.Stream){
		"map":            launch(doubling(t), &device.Args{Shape: []int{n * n}, Ins: []device.Operand{x}, Outs: []device.Operand{out}}),
		"transposed":     launch(doubling(t), &device.Args{Shape: []int{n, n}, Ins: square(x, 1, n), Outs: square(out, n, 1)}),
		"tree":           reduce(kernels.Tree, n, 1),
		"tree across":    reduce(kernels.Tree, 1, n),
		"strided":        reduce(kernels.Strided, 1, n),
		"strided across": reduce(kernels.Strided, n, 1),
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestSteadyLaunchesAllocateNothing(t *testing.T) {
	d := open(t, Options{Threads: 1})
	for _, n := range []int{8, 32, 300} {
		for name, launch := range launches(t, d, n) {
			s := must(d.NewStream())
			launch(s)
			launch(s)
			if got := testing.AllocsPerRun(20, func() { launch(s) }); got != 0 {
				t.Errorf("%s of %d×%d: %v allocations a launch", name, n, n, got)
			}
			s.Close()
		}
	}
}

// TestSwitchingPrograms runs programs in turn on one stream: their states and
// bindings are reused.
func TestSwitchingPrograms(t *testing.T) {
	d := open(t, Options{Threads: 1})
	s := must(d.NewStream())
	defer s.Close()
	all := launches(t, d, 32)
	for range 2 {
		for _, launch := range all {
			launch(s)
		}
	}
	for name, launch := range all {
		launch(s)
		if got := testing.AllocsPerRun(5, func() { launch(s) }); got != 0 {
			t.Errorf("%s: %v allocations a launch", name, got)
		}
	}
}

// TestLaunchesAgain: launches that follow each other on one stream, of one program,
// with other memory, layouts and parameters, or the same.
func TestLaunchesAgain(t *testing.T) {
	d := open(t, Options{Threads: 1})
	s := must(d.NewStream())
	defer s.Close()
	const n = 100
	b := kernels.NewBuilder()
	sum := b.Add(b.Add(b.Load(0, kernels.F64), b.Load(1, kernels.F64)), b.Param(0, kernels.F64))
	k := &kernels.Map{Signature: kernels.Signature{Ins: []kernels.DType{kernels.F64, kernels.F64}, Params: []kernels.DType{kernels.F64}}}
	k.Body = must(b.Build(sum))
	prog := must(d.Compile(k))
	arrays := make([][]float64, 3)
	buffers := make([]device.Buffer, 3)
	for i := range arrays {
		buffers[i] = must(d.Alloc(8 * 2 * n))
		arrays[i] = unsafe.Slice((*float64)(unsafe.Pointer(&must(d.HostBytes(buffers[i]))[0])), 2*n)
	}
	for i, c := range []struct {
		x, y, out, offset, stride int // the second input goes through offset + i·stride
	}{
		{0, 1, 2, 0, 1}, {0, 1, 2, 0, 1}, {1, 0, 2, 0, 1}, {0, 1, 2, n - 1, -1}, {1, 0, 2, n - 1, -1}, {0, 1, 2, 5, 1},
		{0, 1, 0, 0, 1}, {1, 2, 1, 0, 1}, {0, 1, 2, 0, 1}, {0, 1, 2, 0, 2}, {2, 1, 0, 7, 0}, {2, 1, 0, 8, 0},
	} {
		for a := range arrays {
			for j := range arrays[a] {
				arrays[a][j] = float64(1000*a + j*j)
			}
		}
		want := make([]float64, n)
		for j := range want {
			want[j] = arrays[c.x][j] + arrays[c.y][c.offset+j*c.stride] + float64(i)
		}
		err := s.Launch(prog, &device.Args{
			Shape: []int{n}, Params: []uint64{math.Float64bits(float64(i))},
			Ins: []device.Operand{
				{Buffer: buffers[c.x], Strides: []int{1}},
				{Buffer: buffers[c.y], Offset: c.offset, Strides: []int{c.stride}},
			},
			Outs: []device.Operand{{Buffer: buffers[c.out], Strides: []int{1}}},
		})
		if err == nil {
			err = s.Sync(context.Background())
		}
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(arrays[c.out][:n], want) {
			t.Errorf("launch %d, %+v: other values", i, c)
		}
	}
}

func TestMissedGather(t *testing.T) {
	d := open(t, Options{})
	k := &kernels.Map{Signature: kernels.Signature{Ins: []kernels.DType{kernels.F32}, Indices: 1},
		Body: build(t, func(b *kernels.Builder) []kernels.Value { return []kernels.Value{b.Gather(0, kernels.F32, b.Index(0))} })}
	p := must(d.Compile(k))
	s := must(d.NewStream())
	defer s.Close()
	src, out := must(d.Alloc(4*100)), must(d.Alloc(4*200))
	defer src.Release()
	defer out.Release()
	args := func(n int) *device.Args {
		return &device.Args{Shape: []int{n}, Ins: []device.Operand{{Buffer: src, Strides: []int{0}}}, Outs: []device.Operand{flat(out)},
			Indices: []kernels.Layout{kernels.Contiguous(n)}}
	}
	for _, c := range []struct {
		n    int
		fail bool
	}{{100, false}, {101, true}, {200, true}, {100, false}} {
		if err := s.Launch(p, args(c.n)); err != nil {
			t.Fatal(err)
		}
		if err := s.Sync(t.Context()); (err != nil) != c.fail {
			t.Errorf("gather of %d elements from 100: %v", c.n, err)
		}
	}
}

// TestCancelledQuickly stops each kind of long work within a second or so.
func TestCancelledQuickly(t *testing.T) {
	for _, threads := range []int{1, 3} {
		d := open(t, Options{Threads: threads})
		s := must(d.NewStream())
		out := must(d.Alloc(4 * 1000))
		const n = 1 << 36
		for name, args := range map[string]*device.Args{
			"tree":         {Shape: []int{n}, Reduced: 1, Outs: []device.Operand{{Buffer: out}}},
			"strided":      {Shape: []int{n}, Reduced: 1, Outs: []device.Operand{{Buffer: out}}},
			"strided wide": {Shape: []int{1000, n}, Reduced: 1, Outs: []device.Operand{flat(out)}},
			"tree rows":    {Shape: []int{1000, n}, Reduced: 1, Outs: []device.Operand{flat(out)}},
		} {
			order := kernels.Tree
			if strings.HasPrefix(name, "strided") {
				order = kernels.Strided
			}
			k := sum(t, order, kernels.F32)
			k.Signature = kernels.Signature{Params: []kernels.DType{kernels.F32}}
			k.Pre = build(t, func(b *kernels.Builder) []kernels.Value { return []kernels.Value{b.Param(0, kernels.F32)} })
			args.Params = []uint64{0x3f800000}
			p := must(d.Compile(k))
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
			if err := s.Launch(p, args); err != nil {
				t.Fatal(err)
			}
			if err := s.Sync(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s with %d threads: %v, expected %v", name, threads, err, context.DeadlineExceeded)
			}
			cancel()
		}
		out.Release()
		s.Close()
		if used := d.Memory().InUse; used != 0 {
			t.Errorf("%d bytes in use after cancelling", used)
		}
	}
}

func TestOutOfMemory(t *testing.T) {
	d := open(t, Options{})
	if _, err := d.Alloc(1 << 50); !errors.Is(err, device.ErrOutOfMemory) {
		t.Errorf("alloc of 2⁵⁰ bytes: %v, expected %v", err, device.ErrOutOfMemory)
	}
	b, err := d.Alloc(1 << 20)
	if err != nil {
		t.Fatalf("alloc after that: %v", err)
	}
	b.Release()
}

func TestUseAfterClose(t *testing.T) {
	d := open(t, Options{Threads: 2})
	s := must(d.NewStream())
	b := must(d.Alloc(64))
	p := must(d.Compile(doubling(t)))
	d.Close()
	d.Close()
	for name, err := range map[string]error{
		"launch": s.Launch(p, &device.Args{Shape: []int{1}, Ins: []device.Operand{flat(b)}, Outs: []device.Operand{flat(b)}}),
		"upload": s.Upload(b, make([]byte, 4)),
		"sync":   s.Sync(t.Context()),
	} {
		if !errors.Is(err, device.ErrClosed) {
			t.Errorf("%s on a closed device: %v, expected %v", name, err, device.ErrClosed)
		}
	}
	b.Release()
	if err := s.Close(); err != nil {
		t.Errorf("close of a stream of a closed device: %v", err)
	}
}

func TestReleasedAndForeignBuffers(t *testing.T) {
	d := open(t, Options{})
	s := must(d.NewStream())
	defer s.Close()
	p := must(d.Compile(doubling(t)))
	released := must(d.Alloc(64))
	released.Release()
	for name, b := range map[string]device.Buffer{"released": released, "foreign": foreign{}} {
		if err := s.Launch(p, &device.Args{Shape: []int{1}, Ins: []device.Operand{flat(b)}, Outs: []device.Operand{flat(b)}}); err == nil {
			t.Errorf("launch with a %s buffer succeeded", name)
		}
		if _, err := d.HostBytes(b); err == nil {
			t.Errorf("host bytes of a %s buffer succeeded", name)
		}
	}
}

type foreign struct{}

func (foreign) Bytes() int { return 64 }
func (foreign) Release()   {}

func TestCloseEndsWorkers(t *testing.T) {
	before := runtime.NumGoroutine()
	d := must(Open(Options{Threads: 7}))
	d.Close()
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Errorf("%d goroutines after Close, %d before Open", runtime.NumGoroutine(), before)
}

func TestRates(t *testing.T) {
	t.Setenv(diskcache.EnvDirectory, t.TempDir()) // measured now
	r := open(t, Options{}).Rates()
	if r.BytesPerSecond <= 0 || r.FlopsPerSecond32 <= 0 || r.FlopsPerSecond64 <= 0 || r.LaunchSeconds <= 0 || r.TransferPerSec != 0 {
		t.Errorf("rates %+v", r)
	}
}
