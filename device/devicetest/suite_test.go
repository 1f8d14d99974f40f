package devicetest

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/oracle"
)

// TestOracleDevice: the suite accepts a right device. The least effort is enough
// to compare the oracle with itself.
func TestOracleDevice(t *testing.T) { Run(testingT{t}, newOracleDevice(), Short) }

// TestSuiteRemembers: the second device finds every result known, and is judged
// by them.
func TestSuiteRemembers(t *testing.T) {
	suite := NewSuite()
	log := &record{}
	at := func(dev device.Device) {
		suite.Run(&recorder{only: "Reduce/Layouts/tree/f32", log: log}, dev, Short)
	}
	at(newOracleDevice())
	first, counts := len(suite.known), suite.Tally()
	at(newOracleDevice())
	if first == 0 || len(suite.known) != first || len(log.failures) > 0 {
		t.Errorf("%d results known, then %d; failures %q", first, len(suite.known), log.failures)
	}
	if counts.Kernels == 0 || counts.Launches < first || counts.Values < counts.Launches || counts != suite.Tally() {
		t.Errorf("counts %+v, then %+v; %d results known", counts, suite.Tally(), first)
	}
	wrong := newOracleDevice()
	wrong.launchHook = func(_ kernels.Kernel, args *oracle.Args) { args.Outs[0].Set(args.Outs[0].Offset, 0) }
	if at(wrong); len(log.failures) == 0 {
		t.Error("a wrong device passed by the remembered results")
	}
}

// recorder is a T that keeps what happens instead of failing.
type recorder struct {
	name   string
	only   string // runs only the sub-tests on the way to this name or below it
	log    *record
	failed bool
}

type record struct{ failures, skips []string }

func (r *recorder) Run(name string, f func(T)) bool {
	path := name
	if r.name != "" {
		path = r.name + "/" + name
	}
	if !strings.HasPrefix(path+"/", r.only+"/") && !strings.HasPrefix(r.only+"/", path+"/") {
		return true
	}
	sub := &recorder{name: path, only: r.only, log: r.log}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(sub)
	}()
	<-done
	r.failed = r.failed || sub.failed
	return !sub.failed
}

func (r *recorder) Helper()                  {}
func (r *recorder) Context() context.Context { return context.Background() }

func (r *recorder) Errorf(format string, args ...any) {
	r.failed = true
	r.log.failures = append(r.log.failures, r.name+": "+fmt.Sprintf(format, args...))
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

func (r *recorder) Skipf(format string, args ...any) {
	r.log.skips = append(r.log.skips, r.name+": "+fmt.Sprintf(format, args...))
	runtime.Goexit()
}

// runOnly runs one part of the suite, at the least effort.
func runOnly(dev device.Device, only string) *record {
	log := &record{}
	Run(&recorder{only: only, log: log}, dev, Short)
	return log
}

// TestWrongDevicesFail: each device has one fault, and the named part of the
// suite must find it, and must not find any without it.
func TestWrongDevicesFail(t *testing.T) {
	for _, c := range []struct {
		fault string
		part  string
		spoil func(*oracleDevice)
		says  string // in the first failure
	}{
		{"one unit in the last place", "Primitives/add.f32", func(d *oracleDevice) {
			d.launchHook = func(_ kernels.Kernel, args *oracle.Args) {
				out := args.Outs[0]
				at := out.Offset + 5
				out.Set(at, out.At(at)^1)
			}
		}, fmt.Sprintf("element %d of the buffer's", guard+5)},
		{"a function one unit off", "Functions", func(d *oracleDevice) {
			d.launchHook = func(_ kernels.Kernel, args *oracle.Args) {
				out := args.Outs[0]
				out.Set(out.Offset, out.At(out.Offset)+1)
			}
		}, "call.f32"},
		{"minus zero lost", "Reduce/Nothing/tree/f64", func(d *oracleDevice) {
			d.launchHook = func(_ kernels.Kernel, args *oracle.Args) {
				if out := args.Outs[0]; out.At(out.Offset) == 1<<63 {
					out.Set(out.Offset, 0)
				}
			}
		}, "0x0000000000000000 (0), expected 0x8000000000000000 (-0)"},
		{"another order", "Reduce/Sizes/add/tree/f32", func(d *oracleDevice) {
			d.compileHook = func(k kernels.Kernel) kernels.Kernel {
				r := *k.(*kernels.Reduce)
				r.Order = kernels.Strided
				return &r
			}
		}, "reduce tree [add.f32]"},
		{"another start", "Contract/LongK/fma/f32", func(d *oracleDevice) {
			d.compileHook = func(k kernels.Kernel) kernels.Kernel {
				c := *k.(*kernels.Contract)
				c.Start = []uint64{1 << 31}
				return &c
			}
		}, "shape [2 3 0]"},
		{"a write past the end", "Map/Lengths/f32", func(d *oracleDevice) {
			d.launchHook = func(_ kernels.Kernel, args *oracle.Args) {
				out := args.Outs[0]
				out.Set(out.Offset+args.Shape[0], 0)
			}
		}, "it is not part of the output"},
		{"a write before the start", "Map/Fill/f64", func(d *oracleDevice) {
			d.launchHook = func(_ kernels.Kernel, args *oracle.Args) { args.Outs[0].Set(0, math.Float64bits(1)) }
		}, "element 0 of the buffer's"},
		{"a changed input", "Map/Lengths/f64", func(d *oracleDevice) {
			d.launchHook = func(_ kernels.Kernel, args *oracle.Args) { args.Ins[1].Set(3, 77) }
		}, "input 1 has changed"},
		{"a leak", "Memory/Accounts", func(d *oracleDevice) {
			d.leaks = true
		}, "bytes in use after release"},
		{"early reuse", "Streams/ReleasedEarly", func(d *oracleDevice) {
			d.hasty = true
		}, "reused while a launch needed it"},
		{"a deaf sync", "Cancel/Before", func(d *oracleDevice) {
			d.syncHook = func(ctx context.Context) context.Context {
				if ctx.Err() == nil {
					return ctx
				}
				deaf, cancel := context.WithTimeout(context.Background(), 1)
				_ = cancel
				return deaf
			}
		}, "expected context canceled"},
	} {
		t.Run(c.fault, func(t *testing.T) {
			if right := runOnly(newOracleDevice(), c.part); len(right.failures) > 0 {
				t.Fatalf("the right device fails: %s", right.failures[0])
			}
			d := newOracleDevice()
			c.spoil(d)
			log := runOnly(d, c.part)
			if len(log.failures) == 0 {
				t.Fatalf("%s did not find the fault", c.part)
			}
			if !strings.Contains(log.failures[0], c.says) {
				t.Errorf("the failure does not say %q:\n%s", c.says, log.failures[0])
			}
		})
	}
}

// TestUnsupportedIsSkipped: a device that refuses a kernel is not wrong.
func TestUnsupportedIsSkipped(t *testing.T) {
	d := newOracleDevice()
	d.compileHook = func(kernels.Kernel) kernels.Kernel { return nil }
	log := runOnly(d, "Map/Lengths")
	if len(log.failures) > 0 {
		t.Errorf("failed: %s", log.failures[0])
	}
	if !slices.ContainsFunc(log.skips, func(s string) bool { return strings.Contains(s, "unsupported operation") }) {
		t.Errorf("skips %q, expected the device's reason", log.skips)
	}
}

// TestEveryOpIsTested: no primitive is left out.
func TestEveryOpIsTested(t *testing.T) {
	seen := make(map[kernels.Op]bool)
	for _, p := range everyPrimitive() {
		seen[p.op] = true
	}
	for op := kernels.OpAdd; op < kernels.OpCall; op++ {
		if !seen[op] {
			t.Errorf("%s is in no primitive test", op)
		}
	}
	if n := len(everyPrimitive()); n < 100 {
		t.Errorf("%d primitives, expected over 100", n)
	}
}

// TestArrange: elements of an arrangement are distinct and keep the guard bands.
func TestArrange(t *testing.T) {
	for how := range stretched {
		for _, shape := range mapShapes {
			strides, offset, length := arrange(shape, how)
			seen := make(map[int]bool)
			for i := range kernels.Contiguous(shape...).Len() {
				at, rest := offset, i
				for axis := len(shape) - 1; axis >= 0; axis-- {
					at += rest % shape[axis] * strides[axis]
					rest /= shape[axis]
				}
				if seen[at] || at < guard || at >= length-guard {
					t.Fatalf("%s %v: element %d is at %d of %d", how, shape, i, at, length)
				}
				seen[at] = true
			}
		}
	}
}
