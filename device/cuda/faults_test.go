package cuda

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/device/cuda/internal/cu"
	"github.com/quern-go/quern/device/cuda/internal/fakecuda"
)

// everything discovers the devices, opens the first, computes and closes it.
func everything(d *fakecuda.Driver, cache Cache, compute func(*Device) error) (err error) {
	dev, err := discover(d).open(0, Options{Cache: cache})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dev.Close()) }()
	return compute(dev)
}

// fault makes the calls from first to last of a function fail.
type fault struct {
	function    string
	first, last int // from 1
	code        cu.Code
}

func (f *fault) inject(function string, call int) cu.Code {
	if function == f.function && call >= f.first && call <= f.last {
		return f.code
	}
	return cu.Success
}

func (f *fault) String() string {
	return fmt.Sprintf("%s fails with %d, calls %d to %d", f.function, f.code, f.first, f.last)
}

// faultCodes are a lack of memory, an error that breaks the context, one that says
// that the device is gone, and one that means nothing.
var faultCodes = []cu.Code{cu.OutOfMemory, cu.IllegalAddress, cu.DeviceUnavailable, cu.InvalidValue}

// callsTried is how many calls of each function are made to fail, one at a time.
func callsTried() int {
	if testing.Short() {
		return 2
	}
	return 6
}

// TestFaults has every function of the driver fail at every one of its first calls,
// from cuInit to Close: the result is right or there is an error, nothing is used
// after its end, and nothing is left behind.
func TestFaults(t *testing.T) {
	k := halfPlusOne(t)
	compute := func(dev *Device) error {
		keepNothing(dev)
		return errors.Join(halve(context.Background(), dev, k, 1000), roundTrip(dev, 2*stageBytes+1000))
	}
	for _, way := range []struct {
		name    string
		without []cu.Ability
		cached  bool
	}{
		{name: "as it comes"},
		{name: "machine code from the cache", cached: true},
		{name: "an old driver", without: []cu.Ability{cu.StreamOrderedMemory, cu.Linking}},
	} {
		t.Run(way.name, func(t *testing.T) {
			o := fakeOptions()
			o.Without = way.without
			var cache Cache
			if way.cached {
				cache = &memoryCache{}
				if err := everything(fakecuda.New(o), cache, compute); err != nil {
					t.Fatal(err)
				}
			}
			count := fakecuda.New(o)
			if err := everything(count, cache, compute); err != nil {
				t.Fatal(err)
			}
			for name, calls := range count.Calls() {
				for _, code := range faultCodes {
					for n := 1; n <= min(calls, callsTried()); n++ {
						oneFault(t, o, &fault{name, n, n, code}, cache, compute)
					}
					oneFault(t, o, &fault{name, 1, math.MaxInt, code}, cache, compute)
				}
			}
		})
	}
}

func oneFault(t *testing.T, o fakecuda.Options, f *fault, cache Cache, compute func(*Device) error) {
	t.Helper()
	d := fakecuda.New(o)
	d.Inject(f.inject)
	err := everything(d, cache, compute)
	if errors.Is(err, errWrong) {
		t.Errorf("%v: %v", f, err)
	}
	for _, v := range d.Violations() {
		t.Errorf("%v: violation: %s (error %v)", f, v, err)
	}
	if left := d.Leaks(); left != "" && !f.blocksRelease() {
		t.Errorf("%v: not released: %s (error %v)", f, left, err)
	}
}

// blocksRelease tells faults after which nobody can free anything: no context can
// be made current.
func (f *fault) blocksRelease() bool { return f.function == "cuCtxPushCurrent_v2" }

// TestOutOfMemory has the driver refuse memory: the pool's cache goes first, then
// what queued work holds.
func TestOutOfMemory(t *testing.T) {
	for _, c := range []struct {
		name    string
		refused int
		want    error
	}{
		{"once", 1, nil},
		{"thrice", 3, nil},
		{"always", math.MaxInt, device.ErrOutOfMemory},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := fake(t, fakeOptions())
			dev := openFake(t, d, Options{})
			d.Inject((&fault{"cuMemAllocAsync", 1, c.refused, cu.OutOfMemory}).inject)
			b, err := dev.Alloc(1 << 20)
			if !errors.Is(err, c.want) || c.want == nil && err != nil {
				t.Fatalf("alloc: %v, expected %v", err, c.want)
			}
			if err == nil {
				b.Release()
			}
		})
	}
}

// TestMemoryOfQueuedWork allocates what only queued work has in use.
func TestMemoryOfQueuedWork(t *testing.T) {
	o := fakeOptions()
	o.Devices[0].Memory = 10 << 20
	dev := openFake(t, fake(t, o), Options{})
	s, err := dev.NewStream()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	src := bytes.Repeat([]byte{1, 2, 3, 4}, 1<<20)
	for range 5 {
		b, err := dev.Alloc(len(src))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Upload(b, src); err != nil {
			t.Fatal(err)
		}
		other, err := dev.Alloc(5 << 20)
		if err != nil {
			t.Fatal(err)
		}
		b.Release()
		third, err := dev.Alloc(5 << 20) // where b was
		if err != nil {
			t.Fatalf("memory of queued work was not given back: %v", err)
		}
		other.Release()
		third.Release()
	}
	if err := s.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := dev.Alloc(11 << 20); !errors.Is(err, device.ErrOutOfMemory) {
		t.Errorf("alloc of more than there is: %v", err)
	}
}

// TestLost breaks the context under a launch: every call says so from then on, and
// the device can be opened again once it has been closed.
func TestLost(t *testing.T) {
	for _, code := range []cu.Code{cu.IllegalAddress, cu.LaunchFailed, cu.ECCUncorrectable, cu.LaunchTimeout} {
		t.Run(cu.NewError("", code).Name, func(t *testing.T) {
			d := fake(t, fakeOptions())
			s := discover(d)
			k := halfPlusOne(t)
			dev, err := s.open(0, Options{})
			if err != nil {
				t.Fatal(err)
			}
			second, err := s.open(0, Options{}) // shares the context
			if err != nil {
				t.Fatal(err)
			}
			kept, err := dev.Alloc(100)
			if err != nil {
				t.Fatal(err)
			}
			broken := &fault{"cuLaunchKernel", 1, 1, code}
			d.Inject(broken.inject)
			if err := halve(t.Context(), dev, k, 100); !errors.Is(err, device.ErrLost) {
				t.Fatalf("launch: %v, expected an error that wraps ErrLost", err)
			}
			for _, each := range []*Device{dev, second} {
				if _, err := each.Alloc(10); !errors.Is(err, device.ErrLost) {
					t.Errorf("alloc on a lost device: %v", err)
				}
				if _, err := each.NewStream(); !errors.Is(err, device.ErrLost) {
					t.Errorf("new stream on a lost device: %v", err)
				}
				if _, err := each.Compile(k); !errors.Is(err, device.ErrLost) {
					t.Errorf("compile on a lost device: %v", err)
				}
			}
			if err := dev.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
			if _, err := s.open(0, Options{}); !errors.Is(err, device.ErrLost) {
				t.Errorf("opened while another holds the lost context: %v", err)
			}
			if err := second.Close(); err != nil {
				t.Errorf("close of the second: %v", err)
			}
			again, err := s.open(0, Options{})
			if err != nil {
				t.Fatalf("open after the reset: %v", err)
			}
			kept.Release() // of a context that is no more: harmless
			if err := halve(t.Context(), again, k, 100); err != nil {
				t.Errorf("after the reset: %v", err)
			}
			if err := again.Close(); err != nil {
				t.Errorf("close after the reset: %v", err)
			}
		})
	}
}

// TestLostUnderWork breaks the context while streams have work: nothing is waited for
// for ever, and nothing used.
func TestLostUnderWork(t *testing.T) {
	d := fake(t, fakeOptions())
	dev := openFake(t, d, Options{})
	k := halfPlusOne(t)
	var once sync.Once
	d.Inject(func(function string, call int) cu.Code {
		code := cu.Success
		if function == "cuStreamQuery" && call > 40 {
			once.Do(func() { code = cu.IllegalAddress })
		}
		return code
	})
	var group sync.WaitGroup
	lost := make([]error, 4)
	for w := range lost {
		group.Go(func() {
			for lost[w] == nil {
				lost[w] = halve(context.Background(), dev, k, 1000)
			}
		})
	}
	group.Wait()
	for w, err := range lost {
		if !errors.Is(err, device.ErrLost) {
			t.Errorf("stream %d: %v", w, err)
		}
	}
}

// keepNothing has the device free what is released at once.
func keepNothing(dev *Device) {
	dev.owner.Memory.Close()
	dev.owner.Memory = device.NewPool[address](dev.backing, 0)
}

// TestNoWaiting has ways to wait for the device fail while it works: memory is given
// back only when the work is known to be done, and if that cannot be known the device
// is lost.
func TestNoWaiting(t *testing.T) {
	looking := []string{"cuStreamQuery", "cuEventQuery", "cuEventSynchronize"}
	for _, c := range []struct {
		name    string
		failing []string
		lost    bool
	}{
		{"looking", looking, false},
		{"events cannot be recorded", append(looking, "cuEventRecord"), false},
		{"anything", append(looking, "cuStreamSynchronize"), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := fake(t, fakeOptions())
			dev := openFake(t, d, Options{})
			k := halfPlusOne(t)
			if err := halve(t.Context(), dev, k, 100); err != nil { // has everything compiled
				t.Fatal(err)
			}
			keepNothing(dev)
			prog, err := dev.Compile(k)
			if err != nil {
				t.Fatal(err)
			}
			s, err := dev.NewStream()
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			b, err := dev.Alloc(4000)
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Upload(b, make([]byte, 4000)); err != nil {
				t.Fatal(err)
			}
			d.Inject(func(function string, _ int) cu.Code {
				if slices.Contains(c.failing, function) {
					return cu.InvalidValue
				}
				return cu.Success
			})
			defer d.Inject(nil)
			if err := s.Launch(prog, flat(1000, b, b)); err != nil {
				t.Fatal(err)
			}
			if err := s.Sync(t.Context()); cu.CodeOf(err) != cu.InvalidValue {
				t.Errorf("sync: %v", err)
			}
			b.Release()
			other, err := dev.Alloc(10)
			if errors.Is(err, device.ErrLost) != c.lost {
				t.Errorf("alloc after that: %v", err)
			}
			if err == nil {
				other.Release()
			}
		})
	}
}
