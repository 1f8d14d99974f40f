package devicetest

import (
	"testing"

	"github.com/quern-go/quern/device"
)

// RunAll runs the whole suite, or the share of it that EnvShard asks for, on a device and
// closes it.
func RunAll(t *testing.T, dev device.Device) {
	t.Helper()
	new(Suite).RunAll(t, dev)
}

// Run is RunAll for any T, at a chosen effort.
func Run(t T, dev device.Device, effort Effort) { new(Suite).Run(t, dev, effort) }

// Suite runs on several devices, one after the other, such as one device at
// every SIMD level. One that NewSuite made keeps what the oracle made of each
// launch, so that this most costly part happens once.
type Suite struct {
	known   memo // nil: remember nothing
	counter counter
}

// NewSuite returns a Suite that knows nothing yet.
func NewSuite() *Suite { return &Suite{known: make(memo)} }

// RunAll runs the whole suite, or the share of it that EnvShard asks for, on a device and
// closes it.
func (s *Suite) RunAll(t *testing.T, dev device.Device) {
	t.Helper()
	s.Run(sharded(t), dev, testEffort())
}

// Tally is what has been done on the device on which the suite runs, or ran last.
// It may be asked for while the suite runs.
func (s *Suite) Tally() Tally { return s.counter.read() }

// tester is one run of the suite on one device.
type tester struct {
	*Suite
	dev    device.Device
	info   device.Info
	effort Effort
}

// Run is RunAll for any T, at a chosen effort.
func (s *Suite) Run(t T, dev device.Device, effort Effort) {
	t.Helper()
	s.counter.reset()
	(&tester{Suite: s, dev: dev, info: dev.Info(), effort: effort}).run(t)
}

func (s *tester) run(t T) {
	t.Helper()
	before, reports := s.memory()
	for _, group := range []struct {
		name string
		run  func(T)
	}{
		{"Primitives", s.primitives},
		{"Functions", s.functions},
		{"Random", s.random},
		{"Map", s.maps},
		{"Loop", s.loops},
		{"Reduce", s.reduces},
		{"Contract", s.contracts},
		{"Scan", s.scans},
		{"Streams", s.streams},
		{"Compile", s.compiling},
		{"Memory", s.memoryRules},
		{"Cancel", s.cancelling},
	} {
		t.Run(group.name, group.run)
	}
	t.Run("Accounts", func(t T) {
		if !reports {
			t.Skipf("the device keeps no accounts")
		}
		if after, _ := s.memory(); after.InUse != before.InUse {
			t.Errorf("%d bytes in use after the suite, %d before it", after.InUse, before.InUse)
		}
	})
	t.Run("Close", s.closing)
}

// memory is the device's accounts, if it keeps any.
func (s *tester) memory() (stats device.MemoryStats, ok bool) {
	if r, has := s.dev.(device.MemoryReporter); has {
		return r.Memory(), true
	}
	return stats, false
}

// closing closes the device twice; after that its methods are errors and a
// buffer's Release is harmless.
func (s *tester) closing(t T) {
	buf, err := s.dev.Alloc(1000)
	if err != nil {
		t.Fatalf("alloc: %v", err)
	}
	for range 2 {
		if err := s.dev.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	buf.Release()
	if _, err := s.dev.Alloc(10); err == nil {
		t.Errorf("alloc on a closed device succeeded")
	}
	if _, err := s.dev.NewStream(); err == nil {
		t.Errorf("new stream on a closed device succeeded")
	}
	if _, err := s.dev.Compile(stepKernel(t)); err == nil {
		t.Errorf("compile on a closed device succeeded")
	}
}
