package opencl

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"sync"
	"testing"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/device/devicetest"
	"github.com/quern-go/quern/kernels"
)

// machine is the discovery of this machine, or the test is skipped.
func machine(t testing.TB) *discovery {
	t.Helper()
	d := discoverOnce()
	if len(d.devices) == 0 {
		devicetest.Require(t, driverName, d.problems)
	}
	return d
}

// fresh is the same discovery over an api of its own, whose calls and objects are
// counted apart.
func fresh(t testing.TB) *discovery {
	d := machine(t)
	a := &api{library: d.api.library, addresses: d.api.addresses}
	return &discovery{api: a, devices: d.devices}
}

// verdicts is what the machine's devices are known to give, so that
// opening one need not find out.
func verdicts(d *discovery) *memoryCache {
	c := &memoryCache{}
	for _, f := range d.devices {
		_ = c.Put(f.facts.verdictKey(), []byte(bitsVerdict))
	}
	return c
}

// openFirst opens the first device without trying its arithmetic; the test fails
// if it leaves objects behind.
func openFirst(t testing.TB) *Device {
	t.Helper()
	d := fresh(t)
	dev, err := open(d, 0, Options{Cache: verdicts(d)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := dev.Close(); err != nil {
			t.Error(err)
		}
		if left := d.api.leaked(); left != "" {
			t.Errorf("not released: %s", left)
		}
	})
	return dev
}

// memoryCache is a Cache in memory.
type memoryCache struct {
	mu   sync.Mutex
	data map[string][]byte
	gets int
	hits int
}

func (c *memoryCache) Get(key string) ([]byte, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	data, ok := c.data[key]
	c.gets++
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

// mapOf builds a Map of one float32 input.
func mapOf(t testing.TB, f func(b *kernels.Builder, x kernels.Value) kernels.Value) *kernels.Map {
	t.Helper()
	b := kernels.NewBuilder()
	body, err := b.Build(f(b, b.Load(0, kernels.F32)))
	if err != nil {
		t.Fatal(err)
	}
	return &kernels.Map{Signature: kernels.Signature{Ins: []kernels.DType{kernels.F32}}, Body: body}
}

// halfPlusOne is x/2 + 1, exact for small whole numbers.
func halfPlusOne(t testing.TB) *kernels.Map {
	return mapOf(t, func(b *kernels.Builder, x kernels.Value) kernels.Value {
		return b.FMA(x, b.Float(kernels.F32, 0.5), b.Float(kernels.F32, 1))
	})
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

// errWrong says that a result has other bits than it should.
var errWrong = errors.New("wrong result")

// nth makes the calls from first to last of a function fail.
type nth struct {
	mu          sync.Mutex
	function    function
	first, last int // from 1
	code        int32
	calls       [functionCount]int
}

func (f *nth) fail(fn function) int32 {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls[fn]++
	if fn == f.function && f.calls[fn] >= f.first && f.calls[fn] <= f.last {
		return f.code
	}
	return success
}

func (f *nth) String() string {
	return fmt.Sprintf("%s fails with %d, calls %d to %d", f.function, f.code, f.first, f.last)
}
