package cuda

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/device/cuda/internal/cu"
	"github.com/quern-go/quern/device/cuda/internal/fakecuda"
	"github.com/quern-go/quern/device/devicetest"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/ptx"
)

// multiplied compares a product of float64 with the definition, bit for bit: of a (m, k) and
// b (k, n), or of matrices stored in columns, with numbers as a check has them.
func multiplied(dev *Device, k kernels.Kernel, m, n, depth int, transposed bool) error {
	prog, err := dev.Compile(k)
	if err != nil {
		return err
	}
	s, err := dev.NewStream()
	if err != nil {
		return err
	}
	defer s.Close()
	r := rand.New(rand.NewPCG(uint64(m*n), uint64(depth)))
	a, b := appendAwkward(nil, r, m*depth, m+depth), appendAwkward(nil, r, depth*n, m+depth)
	c := make([]byte, 8*m*n)
	var bufs []device.Buffer
	for _, bytes := range [][]byte{a, b, c} {
		buf, err := dev.Alloc(len(bytes))
		if err != nil {
			return err
		}
		defer buf.Release()
		bufs = append(bufs, buf)
		if err := s.Upload(buf, bytes); err != nil {
			return err
		}
	}
	ai, ak, bk, bj := depth, 1, n, 1
	if transposed {
		ai, ak, bk, bj = 1, m, 1, depth
	}
	err = s.Launch(prog, &device.Args{
		Shape: []int{m, n, depth},
		Ins:   []device.Operand{{Buffer: bufs[0], Strides: []int{ai, 0, ak}}, {Buffer: bufs[1], Strides: []int{0, bj, bk}}},
		Outs:  []device.Operand{{Buffer: bufs[2], Strides: []int{n, 1, 0}}},
	})
	if err == nil {
		err = s.Download(c, bufs[2])
	}
	if err == nil {
		err = s.Sync(context.Background())
	}
	if err != nil {
		return err
	}
	at := func(p []byte, i int) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(p[8*i:])) }
	for i := range m * n {
		want := 0.0
		for k := range depth {
			want = math.FMA(at(a, i/n*ai+k*ak), at(b, k*bk+i%n*bj), want)
		}
		if got := at(c, i); math.Float64bits(got) != math.Float64bits(want) && (got == got || want == want) {
			return fmt.Errorf("%w: %d×%d×%d: element (%d, %d) is %v, expected %v", errWrong, m, n, depth, i/n, i%n, got, want)
		}
	}
	return nil
}

// TestProduct64 has the units chosen: those whose bits are the definition's, of a device
// that is fast at them; the bits of products are the definition's in any case.
func TestProduct64(t *testing.T) {
	k := product(t, kernels.F64)
	for _, c := range []struct {
		name       string
		capability int
		version    int
		shared     int
		descending bool
		env        string
		form       ptx.Product64
		why        string // a part of it
	}{
		{name: "Hopper", capability: 90, form: ptx.M16N8K8, why: "its bits are the definition's"},
		{name: "another order", capability: 90, descending: true, why: "none: m8n8k4 has other bits"},
		{name: "turned off", capability: 90, env: "off", why: "none: turned off by QUERN_DMMA=off"},
		{name: "one form", capability: 90, env: "m8n8k4", form: ptx.M8N8K4},
		{name: "no form", capability: 90, env: "m8", why: "QUERN_DMMA=m8 is none of those"},
		{name: "a driver before PTX 7.8", capability: 90, version: 11040, form: ptx.M8N8K4},
		{name: "Ampere", capability: 80, shared: 163 << 10, form: ptx.M8N8K4},
		{name: "little shared memory", capability: 80, shared: 99 << 10, why: "does not suffice"},
		{name: "slow ones", capability: 86, why: "compute capability 8.6 has no fast ones"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.env != "" {
				t.Setenv(env64, c.env)
			}
			o := fakeOptions()
			o.Machine = machine{descending: c.descending}
			if c.version != 0 {
				o.Version = c.version
			}
			attributes := o.Devices[0].Attributes
			attributes[cu.ComputeCapabilityMajor], attributes[cu.ComputeCapabilityMinor] = c.capability/10, c.capability%10
			if c.shared != 0 {
				attributes[cu.MaxSharedMemoryPerBlockOptin] = c.shared
			}
			dev := slowly(openFake(t, fake(t, o), Options{}))
			if got := dev.product64(); got.form != c.form || !strings.Contains(got.String(), c.why) {
				t.Errorf("%s, expected form %s and %q", got, c.form, c.why)
			}
			p := dev.program(k)
			m, err := p.module(1)
			if err != nil {
				t.Fatal(err)
			}
			if got := m.rendered.Product64(); got != c.form {
				t.Errorf("products by %s, expected %s", got, c.form)
			}
			for _, transposed := range []bool{false, true} {
				if err := multiplied(dev, k, 33, 20, 21, transposed); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// TestProduct64Remembered: the verdict is kept, and detect has it from there.
func TestProduct64Remembered(t *testing.T) {
	for _, descending := range []bool{false, true} {
		o := fakeOptions()
		o.Machine = machine{descending}
		d, c := fake(t, o), &memoryCache{}
		var told []string
		for range 2 {
			before := d.Calls()["cuLaunchKernel"]
			told = append(told, openFake(t, d, Options{Cache: c}).product64().String())
			if ran := d.Calls()["cuLaunchKernel"] > before; ran == (len(told) > 1) {
				t.Errorf("descending %v: opened for time %d: checked %v", descending, len(told), ran)
			}
		}
		for _, detail := range discover(d).details(0, c, nil, errors.New("no library")) {
			if detail.Name == "float64 tensor units" {
				told = append(told, detail.Value)
			}
		}
		if len(told) != 3 || len(slices.Compact(told)) != 1 || strings.HasPrefix(told[0], "none") != descending {
			t.Errorf("descending %v: told %q", descending, told)
		}
	}
}

// TestProduct64Faults has every function of the driver fail while units are checked and
// used: the bits are right or there is an error, and nothing is left behind.
func TestProduct64Faults(t *testing.T) {
	k := product(t, kernels.F64)
	compute := func(dev *Device) error {
		keepNothing(dev)
		return multiplied(slowly(dev), k, 20, 20, 5, false)
	}
	o := fakeOptions()
	count := fakecuda.New(o)
	if err := everything(count, nil, compute); err != nil {
		t.Fatal(err)
	}
	functions := []string{"cuLaunchKernel", "cuModuleLoadDataEx", "cuModuleGetFunction", "cuModuleUnload", "cuFuncSetAttribute", "cuStreamSynchronize", "cuMemAllocAsync"}
	for _, name := range functions {
		calls := count.Calls()[name]
		if calls == 0 {
			t.Errorf("%s is not called", name)
		}
		for _, code := range faultCodes {
			for n := 1; n <= min(calls, callsTried()); n++ {
				oneFault(t, o, &fault{name, n, n, code}, nil, compute)
			}
		}
	}
}

// TestProduct64OnHardware compares products with the definition on every GPU of this
// machine: of every length up to some slices, of rows and columns that fill no tile.
func TestProduct64OnHardware(t *testing.T) {
	s := theSystem()
	if len(s.devices) == 0 {
		devicetest.Require(t, driverName, s.problems)
	}
	k := product(t, kernels.F64)
	for i, f := range s.devices {
		t.Run(f.facts.name, func(t *testing.T) {
			dev, err := Open(i, Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer dev.Close()
			t.Logf("float64 tensor units: %s", dev.product64())
			for depth := 1; depth <= 67; depth++ {
				for _, size := range [][2]int{{17, 19}, {64, 64}, {130, 257}, {1500, 1301}} {
					if size[0] > 1000 && depth%16 > 1 {
						continue
					}
					for _, transposed := range []bool{false, true} {
						if err := multiplied(dev, k, size[0], size[1], depth, transposed); err != nil {
							t.Error(err)
						}
					}
				}
			}
			if err := multiplied(dev, k, 129, 131, 3001, false); err != nil {
				t.Error(err)
			}
		})
	}
}
