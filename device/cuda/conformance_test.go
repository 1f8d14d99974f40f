package cuda

import (
	"testing"

	"github.com/quern-go/quern/device/devicetest"
)

// slowly makes a device's first slices so short that the interpreter does one in a
// moment.
func slowly(dev *Device) *Device {
	dev.guess = 1e6
	return dev
}

// TestConformanceFake runs the suite with kernels interpreted.
func TestConformanceFake(t *testing.T) {
	d := fake(t, fakeOptions())
	dev, err := discover(d).open(0, Options{Cache: &memoryCache{}})
	if err != nil {
		t.Fatal(err)
	}
	devicetest.RunAll(t, slowly(dev))
}
