package cuda

import (
	"os"
	"testing"

	"github.com/quern-go/quern/device/devicetest"
)

// slowly makes a device's first slices so short that the interpreter does one in a
// moment.
func slowly(dev *Device) *Device {
	dev.owner.Guess = 1e6
	return dev
}

// TestConformanceFake runs the suite with kernels interpreted: what depends on the
// device, and some kernels of each kind. All of them are package ptx's to test;
// here they run if QUERN_LONG is 1.
func TestConformanceFake(t *testing.T) {
	d := fake(t, fakeOptions())
	dev, err := discover(d).open(0, Options{Cache: &memoryCache{}})
	if err != nil {
		t.Fatal(err)
	}
	slowly(dev)
	if os.Getenv("QUERN_LONG") == "1" {
		devicetest.Run(devicetest.Selected(t, ""), dev, devicetest.Short)
		return
	}
	devicetest.Run(devicetest.Selected(t, "Streams", "Compile", "Memory", "Cancel", "Accounts", "Close",
		"Primitives/con", "Random/Philox/scattered", "Map/M", "Map/Index", "Map/Layouts/f32", "Reduce/Layouts/tree/f32", "Reduce/NoInput",
		"Contract/Bodies/fma", "Contract/Fold/sqdiff/f32"), dev, devicetest.Short)
}

// TestConformanceContrary runs what is about several streams while they run in the least
// expected order.
func TestConformanceContrary(t *testing.T) {
	o := fakeOptions()
	o.Contrary = true
	dev := slowly(openFake(t, fake(t, o), Options{}))
	groups := []string{"Streams/OneBuffer", "Streams/AtOnce", "Streams/ReleasedEarly"}
	if testing.Short() {
		groups = groups[:1]
	}
	devicetest.Run(devicetest.Selected(t, groups...), dev, devicetest.Short)
}

// TestConformance runs the suite on every GPU of this machine.
func TestConformance(t *testing.T) {
	s := theSystem()
	if len(s.devices) == 0 {
		devicetest.Require(t, driverName, s.problems)
	}
	suite := devicetest.NewSuite()
	for i, f := range s.devices {
		t.Run(f.facts.name, func(t *testing.T) {
			dev, err := Open(i, Options{})
			if err != nil {
				t.Fatal(err)
			}
			suite.RunAll(t, dev)
		})
	}
}
