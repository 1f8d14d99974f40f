package cuda

import (
	"os"
	"testing"
	"time"

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

// BenchmarkHardware is a launch of one element through this machine's first GPU: queued,
// and waited for. Before that the GPU is kept busy until its clocks have risen.
func BenchmarkHardware(b *testing.B) {
	s := theSystem()
	if len(s.devices) == 0 {
		b.Skipf("no CUDA device: %v", s.problems)
	}
	dev, err := Open(0, Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer dev.Close()
	prog, err := dev.Compile(halfPlusOne(b))
	if err != nil {
		b.Fatal(err)
	}
	buf, err := dev.Alloc(4)
	if err != nil {
		b.Fatal(err)
	}
	defer buf.Release()
	st, err := dev.NewStream()
	if err != nil {
		b.Fatal(err)
	}
	defer st.Close()
	args := flat(1, buf, buf)
	launch := func(b *testing.B, i, each int) {
		if err := st.Launch(prog, args); err != nil {
			b.Fatal(err)
		}
		if i%each == 0 {
			if err := st.Sync(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	}
	for i, start := 0, time.Now(); time.Since(start) < time.Second; i++ {
		launch(b, i, 100)
	}
	b.Run("8 launches", func(b *testing.B) { newReplayed(b, dev).benchmark(b) })
	for name, each := range map[string]int{"queued": 100, "waited for": 1} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				launch(b, i, each)
			}
		})
	}
}
