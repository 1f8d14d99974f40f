package opencl

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/kernels"
)

// counted makes nothing fail and counts calls.
func counted(d *Device) *nth {
	calls := &nth{}
	d.api.faults = calls
	return calls
}

// TestBinaryCache opens the device again and again with one cache: the second time
// programs come from their binaries, and a spoilt binary is built anew.
func TestBinaryCache(t *testing.T) {
	d := fresh(t)
	cache := &memoryCache{}
	k := halfPlusOne(t)
	use := func() (fromSource, fromBinary int) {
		dev, err := open(d, 0, Options{Cache: cache})
		if err != nil {
			t.Fatal(err)
		}
		dev.binaries = true // of PoCL too
		calls := counted(dev)
		if err := halve(t.Context(), dev, k, 5000); err != nil {
			t.Fatal(err)
		}
		if err := dev.Close(); err != nil {
			t.Fatal(err)
		}
		return calls.calls[createProgramFromSource], calls.calls[createProgramFromBinary]
	}
	check := func(when string, source, binary int) {
		t.Helper()
		if s, b := use(); s != source || b != binary {
			t.Errorf("%s: %d programs from source and %d from binaries, expected %d and %d", when, s, b, source, binary)
		}
	}
	check("at first", 1, 0)
	check("again", 0, 1)
	for key := range cache.data {
		if strings.HasPrefix(key, "program-") {
			cache.data[key] = []byte("12345678 this is no binary")
		}
	}
	check("with spoilt entries", 1, 1)
	check("after that", 0, 1)
	for key := range cache.data {
		cache.data[key] = nil
	}
	check("with empty entries", 1, 0)
}

// TestVerdict reads what an earlier Open has found out.
func TestVerdict(t *testing.T) {
	d := fresh(t)
	cache := &memoryCache{}
	f := d.devices[0]
	if err := cache.Put(f.facts.verdictKey(), []byte("it guesses")); err != nil {
		t.Fatal(err)
	}
	if info := d.probe(f, 0, cache); info.Reproducible || info.NotReproducible != "it guesses" {
		t.Errorf("probe: %+v", info)
	}
	if info := d.probe(f, 0, nil); info.Reproducible != (f.facts.promise() == "") {
		t.Errorf("probe without a cache: %+v", info)
	}
	dev, err := open(d, 0, Options{Cache: cache})
	if err != nil {
		t.Fatal(err)
	}
	defer dev.Close()
	if info := dev.Info(); info.Reproducible || info.NotReproducible != "it guesses" {
		t.Errorf("info: %+v", info)
	}
}

// TestExactComparison feeds wrong results to the comparison.
func TestExactComparison(t *testing.T) {
	types := []kernels.DType{kernels.F32, kernels.F64}
	k, err := exactKernel(types)
	if err != nil {
		t.Fatal(err)
	}
	ins := exactInputs(types)
	right := func() [][]byte {
		outs := make([][]byte, len(k.Outs()))
		for i := range exactCases {
			for o, bits := range k.Body.Eval(func(leaf *kernels.Inst) uint64 { return element(ins[leaf.Imm], leaf.Type, i) }, nil) {
				outs[o] = appendElement(outs[o], k.Outs()[o], bits)
			}
		}
		return outs
	}
	if got := compareExact(k, types, ins, right()); got != bitsVerdict {
		t.Errorf("right results: %s", got)
	}
	for o := range k.Outs() {
		outs := right()
		outs[o][0] ^= 1
		want := exactOps[o%len(exactOps)].name + " in " + types[o/len(exactOps)].String() + " is "
		if got := compareExact(k, types, ins, outs); !strings.HasPrefix(got, want) {
			t.Errorf("output %d wrong: %q, expected %q…", o, got, want)
		}
	}
}

// TestCasesTellShortCuts computes the cases by short cuts that compilers take; each
// must show.
func TestCasesTellShortCuts(t *testing.T) {
	for _, c := range []struct {
		name string
		cut  func(x, y, z float32) (got, want float32)
	}{
		{"fma by two roundings", func(x, y, z float32) (float32, float32) { return float32(x*y) + z, kernels.FMA32(x, y, z) }},
		{"fma through float64", func(x, y, z float32) (float32, float32) {
			return float32(float64(x)*float64(y) + float64(z)), kernels.FMA32(x, y, z)
		}},
		{"contraction", func(x, y, z float32) (float32, float32) { return kernels.FMA32(x, y, z), float32(x*y) + z }},
		{"division by a reciprocal", func(x, y, _ float32) (float32, float32) { return x * (1 / y), x / y }},
		{"denormals flushed", func(x, y, _ float32) (float32, float32) { return flushed(x * y), x * y }},
	} {
		shown := 0
		for i := range exactCases {
			var v [3]float32
			for n, bits := range exactCase(kernels.F32, i) {
				v[n] = float32FromBits(bits)
			}
			if got, want := c.cut(v[0], v[1], v[2]); got != want {
				shown++
			}
		}
		if shown == 0 {
			t.Errorf("%s shows in no case", c.name)
		}
	}
}

func flushed(x float32) float32 {
	if x > -0x1p-126 && x < 0x1p-126 {
		return 0
	}
	return x
}

func TestBuildErrorHasTheLog(t *testing.T) {
	dev := openFirst(t)
	_, err := dev.build("__kernel void f(__global int *p) { p[0] = undeclared; }", []string{"f"})
	if err == nil || !strings.Contains(err.Error(), "CL_BUILD_PROGRAM_FAILURE (-11)") || !strings.Contains(err.Error(), "undeclared") {
		t.Errorf("error %v", err)
	}
	if _, err = dev.build("__kernel void f() {}", []string{"g"}); err == nil || !strings.Contains(err.Error(), "kernel g: clCreateKernel: CL_INVALID_KERNEL_NAME") {
		t.Errorf("error %v", err)
	}
}

// TestUnexplainedBuildFailure has the compiler fail and say nothing, once and for good.
func TestUnexplainedBuildFailure(t *testing.T) {
	dev := openFirst(t)
	for _, c := range []struct {
		last  int
		fails bool
	}{{1, false}, {2, true}} {
		dev.api.faults = &nth{function: buildProgram, first: 1, last: c.last, code: buildProgramFailure}
		x, err := dev.build("__kernel void f(__global int *p) { p[0] = 1; }", []string{"f"})
		if (err != nil) != c.fails || c.fails && !hasCode(err, buildProgramFailure) {
			t.Errorf("%d failures: %v", c.last, err)
		}
		if err == nil {
			x.release()
		}
	}
	dev.api.faults = nil
}

// TestManyAxes launches with more axes than the first build is for.
func TestManyAxes(t *testing.T) {
	dev := openFirst(t)
	prog, err := dev.Compile(halfPlusOne(t))
	if err != nil {
		t.Fatal(err)
	}
	s, err := dev.NewStream()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	buf, err := dev.Alloc(4 * 64)
	if err != nil {
		t.Fatal(err)
	}
	defer buf.Release()
	if err := s.Upload(buf, floats(64, func(i int) float32 { return float32(2 * i) })); err != nil {
		t.Fatal(err)
	}
	calls := counted(dev)
	for range 2 {
		// In place, axes in an order that cannot be joined.
		args := &device.Args{Shape: []int{2, 2, 2, 2, 2, 2}}
		args.Ins = []device.Operand{{Buffer: buf, Strides: []int{1, 4, 2, 16, 8, 32}}}
		args.Outs = args.Ins
		if err := s.Launch(prog, args); err != nil {
			t.Fatal(err)
		}
	}
	if n := calls.calls[buildProgram]; n > 1 {
		t.Errorf("%d builds for two launches", n)
	}
	got := make([]byte, 4*64)
	if err := s.Download(got, buf); err != nil {
		t.Fatal(err)
	}
	if err := s.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := floats(64, func(i int) float32 { return float32(i)/2 + 1.5 }); string(got) != string(want) {
		t.Errorf("got %v, expected %v", got, want)
	}
}

// TestAtOnce uses two openings of every device from several goroutines.
func TestAtOnce(t *testing.T) {
	d := fresh(t)
	k := halfPlusOne(t)
	var group sync.WaitGroup
	for range 2 {
		for i := range d.devices {
			dev, err := open(d, i, Options{Cache: verdicts(d)})
			if err != nil {
				t.Fatal(err)
			}
			var users sync.WaitGroup
			for w := range 4 {
				users.Go(func() {
					for round := range 5 {
						if err := halve(t.Context(), dev, k, 1000*(1+w)*(1+round)); err != nil {
							t.Error(err)
						}
						dev.Trim()
					}
				})
			}
			group.Go(func() {
				users.Wait()
				if err := dev.Close(); err != nil {
					t.Error(err)
				}
			})
		}
	}
	group.Wait()
	if left := d.api.leaked(); left != "" {
		t.Errorf("not released: %s", left)
	}
}

// TestCloseUnderWork closes a device that others are using: they get ErrClosed
// or are done, and nothing is left behind.
func TestCloseUnderWork(t *testing.T) {
	dev := openFirst(t)
	k := halfPlusOne(t)
	var users sync.WaitGroup
	started := make(chan struct{}, 4)
	for range 4 {
		users.Go(func() {
			for i := 0; ; i++ {
				err := halve(t.Context(), dev, k, 20000)
				if i == 0 {
					started <- struct{}{}
				}
				if err == nil {
					continue
				}
				if !errors.Is(err, device.ErrClosed) {
					t.Errorf("after Close: %v", err)
				}
				return
			}
		})
	}
	for range 4 {
		<-started
	}
	if err := dev.Close(); err != nil {
		t.Error(err)
	}
	users.Wait()
}
