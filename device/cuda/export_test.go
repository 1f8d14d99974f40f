package cuda

import (
	"testing"
	"time"

	"github.com/quern-go/quern/device/cuda/internal/cu"
	"github.com/quern-go/quern/device/cuda/internal/cublas"
	"github.com/quern-go/quern/device/cuda/internal/fakecuda"
)

// OpenFake opens a device of the fake driver.
func OpenFake(t testing.TB) *Device { return slowly(openFake(t, fake(t, fakeOptions()), Options{})) }

// OpenFakeWithBLAS opens a device of the fake driver beside which there is a cuBLAS;
// calls are how often its product has been called.
func OpenFakeWithBLAS(t testing.TB) (dev *Device, calls func() int) {
	d := fake(t, fakeOptions())
	return slowly(openFakeWithBLAS(t, d)), func() int { return d.Calls()["cublasSgemm_v2"] }
}

func openFakeWithBLAS(t testing.TB, d *fakecuda.Driver) *Device {
	s := discover(d)
	s.blas = func() (cublas.API, error) { return fakecuda.BLAS{Driver: d}, nil }
	dev, err := s.open(0, Options{})
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

// FaultCodes are those that functions are made to fail with.
func FaultCodes() []cu.Code { return faultCodes }

// OpenFakeWithFault opens a device beside a cuBLAS of which a function fails. That the
// device then may not close is no failure of the test.
func OpenFakeWithFault(t testing.TB, function string, code cu.Code) *Device {
	d := fakecuda.New(fakeOptions())
	f := &fault{function: function, first: 1, last: 1 << 30, code: code}
	d.Inject(f.inject)
	return openFaulty(t, d, f)
}

func openFaulty(t testing.TB, d *fakecuda.Driver, f *fault) *Device {
	s := discover(d)
	s.blas = func() (cublas.API, error) { return fakecuda.BLAS{Driver: d}, nil }
	dev, err := s.open(0, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = dev.Close()
		for _, v := range d.Violations() {
			t.Errorf("%v: violation: %s", f, v)
		}
		if left := d.Leaks(); left != "" {
			t.Errorf("%v: not released: %s", f, left)
		}
	})
	return slowly(dev)
}

// OpenSmallWithFault opens a device with so many bytes of memory of which a call of a
// function fails, counted from when the device is open.
func OpenSmallWithFault(t testing.TB, memory int64, function string, call int, code cu.Code) *Device {
	o := fakeOptions()
	o.Devices[0].Memory = memory
	d := fakecuda.New(o)
	f := &fault{function: function, code: code}
	dev := openFaulty(t, d, f)
	f.first = d.Calls()[function] + call
	f.last = f.first
	d.Inject(f.inject)
	return dev
}

// OpenCounted opens a device of a fake driver that lacks some abilities; calls counts
// those of a function.
func OpenCounted(t testing.TB, without ...cu.Ability) (dev *Device, calls func(function string) int) {
	o := fakeOptions()
	o.Without, o.Took = without, time.Microsecond
	d := fake(t, o)
	return openFake(t, d, Options{}), func(function string) int { return d.Calls()[function] }
}

// OpenSmallCounted is OpenCounted for a device with so many bytes of memory.
func OpenSmallCounted(t testing.TB, memory int64) (dev *Device, calls func(function string) int) {
	o := fakeOptions()
	o.Devices[0].Memory, o.Took = memory, time.Microsecond
	d := fake(t, o)
	return openFake(t, d, Options{}), func(function string) int { return d.Calls()[function] }
}

// OpenPrompt opens a device whose work is done as soon as it is queued; calls are those of
// all functions.
func OpenPrompt(t testing.TB) (dev *Device, calls func() map[string]int) {
	o := fakeOptions()
	o.Prompt = true
	d := fake(t, o)
	return openFake(t, d, Options{}), d.Calls
}

// OpenSlow is OpenCounted for a device that takes long for everything.
func OpenSlow(t testing.TB) (dev *Device, calls func(function string) int) {
	o := fakeOptions()
	o.Took = 30 * time.Millisecond
	d := fake(t, o)
	return slowly(openFake(t, d, Options{})), func(function string) int { return d.Calls()[function] }
}

// OpenSmall opens the second of two devices, with so many bytes of memory.
func OpenSmall(t testing.TB, memory int64) *Device {
	o := fakeOptions()
	small := gpu(1)
	small.Memory = memory
	o.Devices = append(o.Devices, small)
	d := fake(t, o)
	dev, err := discover(d).open(1, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := dev.Close(); err != nil {
			t.Error(err)
		}
	})
	return slowly(dev)
}

// FakeOptions say when the fake driver works, Held is work of it that waits, and FakeWork
// is how much there is.
type (
	FakeOptions = fakecuda.Options
	Held        = fakecuda.Held
	FakeWork    = fakecuda.Work
)

// OpenSmallWith opens a device with so many bytes of memory. What the options do not say is
// as in OpenFake.
func OpenSmallWith(t testing.TB, memory int64, o fakecuda.Options) (*Device, *fakecuda.Driver) {
	base := fakeOptions()
	base.Devices[0].Memory = memory
	o.Devices, o.Version, o.Machine = base.Devices, base.Version, base.Machine
	d := fake(t, o)
	return slowly(openFake(t, d, Options{})), d
}
