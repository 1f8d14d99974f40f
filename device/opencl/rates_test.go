package opencl

import (
	"testing"

	"github.com/quern-go/quern/device"
)

func TestRates(t *testing.T) {
	t.Setenv("QUERN_CACHE_DIR", t.TempDir())
	dev := openFirst(t)
	r := dev.Rates()
	t.Logf("%+v", r)
	for name, v := range map[string]float64{
		"launch": r.LaunchSeconds, "memory": r.BytesPerSecond, "transfer": r.TransferPerSec, "float32": r.FlopsPerSecond32,
	} {
		if v <= 0 {
			t.Errorf("%s: %v", name, v)
		}
	}
	if got := r.FlopsPerSecond64 > 0; got != dev.info.Float64 {
		t.Errorf("float64: %v flops a second on a device whose float64 is %v", r.FlopsPerSecond64, dev.info.Float64)
	}
	if s := dev.Memory(); s.InUse != 0 {
		t.Errorf("%d bytes in use", s.InUse)
	}

	// Another opening of the device finds them in the cache and computes nothing.
	again, err := open(&discovery{api: dev.api, devices: []*found{dev.found}}, 0, dev.options)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	calls := &nth{}
	dev.api.faults = calls
	defer func() { dev.api.faults = nil }()
	if got := again.Rates(); got != r || calls.calls[buildProgram] != 0 {
		t.Errorf("rates %+v after %d builds, expected those in the cache", got, calls.calls[buildProgram])
	}
}

func TestRatesOfALostDevice(t *testing.T) {
	t.Setenv("QUERN_CACHE_DIR", t.TempDir())
	dev := openFirst(t)
	dev.api.faults = &nth{function: finish, first: 1, last: 1, code: deviceNotAvailable}
	if r := dev.Rates(); r != (device.Rates{}) {
		t.Errorf("rates %+v", r)
	}
	dev.api.faults = nil
}
