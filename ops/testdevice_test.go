package ops

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/oracle"
)

// testDevice computes by the oracle. It keeps accounts of its buffers and fails
// on demand.
type testDevice struct {
	name string

	mu       sync.Mutex
	inUse    int // bytes
	peak     int
	launches int
	limit    int  // of bytes in use; 0: none
	known    bool // the limit is told
	engines  int  // that copy beside launches

	unsupported  func(kernels.Kernel) bool
	failLaunches int // how many launches fail
	failAt       int // the number of one that fails, from 1
	launched     func(n int)
	rates        device.Rates
}

func (d *testDevice) Info() device.Info {
	info := device.Info{Driver: d.name, Name: "test", Float64: true, Reproducible: true, CopyEngines: d.engines}
	if d.known {
		info.MemoryBytes = int64(d.limit)
	}
	return info
}

func (d *testDevice) Rates() device.Rates { return d.rates }

func (d *testDevice) Compile(k kernels.Kernel) (device.Program, error) {
	if d.unsupported != nil && d.unsupported(k) {
		return nil, fmt.Errorf("test device: %w", errors.ErrUnsupported)
	}
	return testProgram{k}, k.Validate()
}

func (d *testDevice) Alloc(bytes int) (device.Buffer, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.limit > 0 && d.inUse+bytes > d.limit {
		return nil, fmt.Errorf("test device: %d bytes: %w", bytes, device.ErrOutOfMemory)
	}
	d.inUse += bytes
	d.peak = max(d.peak, d.inUse)
	return &testBuffer{dev: d, mem: make([]byte, bytes), counted: true}, nil
}

func (d *testDevice) NewStream() (device.Stream, error) { return &testStream{dev: d}, nil }
func (d *testDevice) Close() error                      { return nil }

func (d *testDevice) used() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.inUse
}

// hostDevice also computes on the program's memory, as the CPU device does.
type hostDevice struct{ testDevice }

func (d *hostDevice) Wrap(p []byte) (device.Buffer, error) { return &testBuffer{mem: p}, nil }

func (d *hostDevice) HostBytes(b device.Buffer) ([]byte, error) { return b.(*testBuffer).mem, nil }

type testProgram struct{ k kernels.Kernel }

func (p testProgram) Kernel() kernels.Kernel { return p.k }

type testBuffer struct {
	dev     *testDevice
	mem     []byte
	counted bool
	once    sync.Once
}

func (b *testBuffer) Bytes() int { return len(b.mem) }

func (b *testBuffer) Release() {
	b.once.Do(func() {
		if b.counted {
			b.dev.mu.Lock()
			b.dev.inUse -= len(b.mem)
			b.dev.mu.Unlock()
		}
	})
}

// testStream queues work until Sync.
type testStream struct {
	dev   *testDevice
	queue []func() error
}

func (s *testStream) Upload(dst device.Buffer, src []byte) error {
	kept := append([]byte(nil), src...)
	s.queue = append(s.queue, func() error { copy(dst.(*testBuffer).mem, kept); return nil })
	return nil
}

func (s *testStream) Download(dst []byte, src device.Buffer) error {
	s.queue = append(s.queue, func() error { copy(dst, src.(*testBuffer).mem); return nil })
	return nil
}

func (s *testStream) Launch(p device.Program, args *device.Args) error {
	s.dev.mu.Lock()
	defer s.dev.mu.Unlock()
	s.dev.launches++
	if s.dev.launched != nil {
		s.dev.launched(s.dev.launches)
	}
	if s.dev.failLaunches > 0 || s.dev.failAt == s.dev.launches {
		s.dev.failLaunches--
		return errors.New("test device: launch failed")
	}
	k := p.Kernel()
	run := &oracle.Args{Shape: args.Shape, Reduced: args.Reduced, Indices: args.Indices, Params: append([]uint64(nil), args.Params...)}
	convert := func(list []device.Operand, types []kernels.DType) (out []oracle.Operand) {
		for i, o := range list {
			mem := o.Buffer.(*testBuffer).mem
			out = append(out, oracle.Operand{Array: oracle.Array{Type: types[i], Bytes: mem}, Offset: o.Offset, Strides: o.Strides})
		}
		return out
	}
	run.Ins, run.Outs = convert(args.Ins, k.Inputs().Ins), convert(args.Outs, k.Outs())
	s.queue = append(s.queue, func() error { return oracle.Run(k, run) })
	return nil
}

func (s *testStream) Sync(ctx context.Context) error {
	queue := s.queue
	s.queue = nil
	for _, f := range queue {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := f(); err != nil {
			return err
		}
	}
	return nil
}

func (s *testStream) Close() error { return nil }

// testEngine chooses among the devices given; the last is the one to fall back
// on.
func testEngine(devs ...device.Device) *Engine {
	e := &Engine{given: make(map[device.Device]*unit)}
	e.opening.Do(func() {})
	for _, d := range devs {
		u := newUnit(d, false)
		e.units = append(e.units, u)
		e.given[d] = u
	}
	e.fallback = e.units[len(e.units)-1]
	return e
}

// oracleEngine evaluates by the oracle in the program's memory.
func oracleEngine(testing.TB) *Engine { return testEngine(&hostDevice{testDevice{name: cpuSelector}}) }

// namedEngine is an engine with the name of its device.
type namedEngine struct {
	name string
	*Engine
}

// engines are the oracle, the CPU device, and what QUERN_DEVICE selects: see drivers_test.go.
func engines(t testing.TB) []namedEngine {
	t.Helper()
	list := []namedEngine{{"oracle", oracleEngine(t)}, openedEngine(t, cpuSelector)}
	if s := device.DefaultSelector(); s != "" && s != cpuSelector {
		if _, err := DefaultEngine().Devices(); err != nil { // which keeps a GPU's context from one test to the next
			t.Fatal(err)
		}
		list = append(list, openedEngine(t, s))
	}
	return list
}

// openedEngine is an engine of one device until the test ends.
func openedEngine(t testing.TB, selector string) namedEngine {
	t.Helper()
	e, err := NewEngine(selector)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return namedEngine{selector, e}
}
