package cuda

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math"
	"sync"
	"testing"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/device/cuda/internal/cu"
	"github.com/quern-go/quern/device/cuda/internal/fakecuda"
	"github.com/quern-go/quern/kernels"
)

// gpu is a device of the fake driver, with the numbers of an H200.
func gpu(number byte) fakecuda.Device {
	return fakecuda.Device{
		Name: "Fake H200", UUID: [16]byte{0xd0, 15: number}, PCIBusID: "0000:1B:00.0", Memory: 1 << 30,
		Attributes: map[cu.Attribute]int{
			cu.ComputeCapabilityMajor: 9, cu.ComputeCapabilityMinor: 0,
			cu.MultiprocessorCount: 132, cu.ClockRate: 1_980_000,
			cu.MemoryClockRate: 3_201_000, cu.GlobalMemoryBusWidth: 6144, cu.L2CacheSize: 60 << 20,
			cu.MaxThreadsPerBlock: 1024, cu.MaxSharedMemoryPerBlock: 48 << 10, cu.MaxSharedMemoryPerBlockOptin: 227 << 10,
			cu.ECCEnabled: 1, cu.AsyncEngineCount: 3, cu.MemoryPoolsSupported: 1,
		},
	}
}

// fakeOptions describe a driver with one device that runs kernels.
func fakeOptions() fakecuda.Options {
	return fakecuda.Options{Devices: []fakecuda.Device{gpu(0)}, Version: 12040, Machine: machine{}}
}

// fake is a driver whose violations and leaks fail the test.
func fake(t testing.TB, o fakecuda.Options) *fakecuda.Driver {
	t.Helper()
	d := fakecuda.New(o)
	t.Cleanup(func() {
		for _, v := range d.Violations() {
			t.Errorf("violation: %s", v)
		}
		if left := d.Leaks(); left != "" {
			t.Errorf("not released: %s", left)
		}
	})
	return d
}

// openFake opens the first device of a driver; the test closes it.
func openFake(t testing.TB, d *fakecuda.Driver, o Options) *Device {
	t.Helper()
	dev, err := discover(d).open(0, o)
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

// memoryCache is a Cache in memory.
type memoryCache struct {
	mu   sync.Mutex
	data map[string][]byte
	hits int
}

func (c *memoryCache) Get(key string) ([]byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	data, ok := c.data[key]
	if ok {
		c.hits++
	}
	return bytes.Clone(data), ok
}

func (c *memoryCache) Put(key string, data []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.data == nil {
		c.data = make(map[string][]byte)
	}
	c.data[key] = bytes.Clone(data)
	return nil
}

// halfPlusOne is x/2 + 1, exact for small whole numbers.
func halfPlusOne(t testing.TB) *kernels.Map {
	t.Helper()
	b := kernels.NewBuilder()
	body, err := b.Build(b.FMA(b.Load(0, kernels.F32), b.Float(kernels.F32, 0.5), b.Float(kernels.F32, 1)))
	if err != nil {
		t.Fatal(err)
	}
	return &kernels.Map{Signature: kernels.Signature{Ins: []kernels.DType{kernels.F32}}, Body: body}
}

// flat are the arguments of a Map over n contiguous elements.
func flat(n int, in, out device.Buffer) *device.Args {
	return &device.Args{
		Shape: []int{n},
		Ins:   []device.Operand{{Buffer: in, Strides: []int{1}}},
		Outs:  []device.Operand{{Buffer: out, Strides: []int{1}}},
	}
}

func floats(n int, f func(i int) float32) []byte {
	p := make([]byte, 0, 4*n)
	for i := range n {
		p = binary.LittleEndian.AppendUint32(p, math.Float32bits(f(i)))
	}
	return p
}

// roundTrip moves bytes to the device and back.
func roundTrip(dev *Device, bytesMoved int) error {
	s, err := dev.NewStream()
	if err != nil {
		return err
	}
	defer s.Close()
	b, err := dev.Alloc(bytesMoved)
	if err != nil {
		return err
	}
	defer b.Release()
	src := make([]byte, bytesMoved)
	for i := range src {
		src[i] = byte(i ^ i>>8 ^ i>>16)
	}
	want := bytes.Clone(src)
	if err := s.Upload(b, src); err != nil {
		return err
	}
	clear(src) // Upload has taken what it needs
	if err := s.Download(src, b); err != nil {
		return err
	}
	if err := s.Sync(context.Background()); err != nil {
		return err
	}
	if !bytes.Equal(src, want) {
		return errWrong
	}
	return nil
}

// errWrong says that a result has other bits than it should.
var errWrong = errors.New("wrong result")

// halve runs halfPlusOne over n elements and checks the result.
func halve(ctx context.Context, dev *Device, k *kernels.Map, n int) error {
	prog, err := dev.Compile(k)
	if err != nil {
		return err
	}
	s, err := dev.NewStream()
	if err != nil {
		return err
	}
	defer s.Close()
	var bufs [2]device.Buffer
	for i := range bufs {
		if bufs[i], err = dev.Alloc(4 * n); err != nil {
			return err
		}
		defer bufs[i].Release()
	}
	if err := s.Upload(bufs[0], floats(n, func(i int) float32 { return float32(i % 1000) })); err != nil {
		return err
	}
	if err := s.Launch(prog, flat(n, bufs[0], bufs[1])); err != nil {
		return err
	}
	got := make([]byte, 4*n)
	if err := s.Download(got, bufs[1]); err != nil {
		return err
	}
	if err := s.Sync(ctx); err != nil {
		return err
	}
	if !bytes.Equal(got, floats(n, func(i int) float32 { return float32(i%1000)/2 + 1 })) {
		return errWrong
	}
	return nil
}
