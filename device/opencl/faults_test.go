package opencl

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/quern-go/quern/device"
)

// everything discovers the devices, opens the first, computes and closes it.
func everything(d *discovery, cache Cache, compute func(*Device) error) (err error) {
	again := discover(d.api)
	dev, err := open(again, 0, Options{Cache: cache})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dev.Close()) }()
	return compute(dev)
}

// TestFaults has every function of OpenCL fail at every one of its first calls, from
// discovery to Close: the result is right or there is an error, and nothing
// is left behind.
func TestFaults(t *testing.T) {
	machine(t)
	k := halfPlusOne(t)
	for _, way := range []struct {
		name   string
		mapped bool
		cached bool
	}{{"mapped, from source", true, false}, {"staged, from a binary", false, true}} {
		t.Run(way.name, func(t *testing.T) {
			compute := func(dev *Device) error {
				dev.mapped, dev.binaries = way.mapped, way.cached
				return halve(context.Background(), dev, k, stageBytes/2)
			}
			cache := func() Cache { return verdicts(fresh(t)) }
			if way.cached {
				filled := verdicts(fresh(t))
				if err := everything(fresh(t), filled, compute); err != nil {
					t.Fatal(err)
				}
				cache = func() Cache { return filled }
			}
			count := fresh(t)
			calls := &nth{}
			count.api.faults = calls
			if err := everything(count, cache(), compute); err != nil {
				t.Fatal(err)
			}
			for f := range functionCount {
				for n := 1; n <= min(calls.calls[f], callsTried(f)); n++ {
					oneFault(t, &nth{function: f, first: n, last: n, code: faultCode(f, n)}, cache(), compute)
				}
				if calls.calls[f] > 0 {
					oneFault(t, &nth{function: f, first: 1, last: math.MaxInt, code: faultCode(f, 0)}, cache(), compute)
				}
			}
		})
	}
}

// callsTried is how many calls of a function are made to fail, one at a time.
func callsTried(f function) int {
	switch f {
	case getDeviceInfo, getPlatformInfo:
		return 3 // the calls of a query are alike
	case buildProgram, createProgramFromSource:
		return 2
	}
	return 6
}

// faultCode is a code that functions like f return.
func faultCode(f function, n int) int32 {
	codes := []int32{outOfResources, outOfHostMemory, deviceNotAvailable, invalidValue}
	if f == createBuffer {
		codes = []int32{memObjectAllocationFailure, outOfHostMemory, invalidBufferSize, outOfResources}
	}
	return codes[n%len(codes)]
}

func oneFault(t *testing.T, fault *nth, cache Cache, compute func(*Device) error) {
	d := fresh(t)
	d.api.faults = fault
	err := everything(d, cache, compute)
	if errors.Is(err, errWrong) {
		t.Errorf("%v: %v", fault, err)
	}
	if left := d.api.leaked(); left != "" {
		t.Errorf("%v: not released: %s (error %v)", fault, left, err)
	}
}

func TestErrorMeaning(t *testing.T) {
	for _, c := range []struct {
		function     function
		code         int32
		memory, lost bool
		text         string
	}{
		{createBuffer, memObjectAllocationFailure, true, false, "clCreateBuffer: CL_MEM_OBJECT_ALLOCATION_FAILURE (-4)"},
		{createBuffer, outOfHostMemory, true, false, "clCreateBuffer: CL_OUT_OF_HOST_MEMORY (-6)"},
		{createBuffer, invalidBufferSize, true, false, "clCreateBuffer: CL_INVALID_BUFFER_SIZE (-61)"},
		{createBuffer, outOfResources, true, false, "clCreateBuffer: CL_OUT_OF_RESOURCES (-5)"},
		{enqueueKernel, outOfResources, false, true, "clEnqueueNDRangeKernel: CL_OUT_OF_RESOURCES (-5)"},
		{enqueueKernel, memObjectAllocationFailure, true, false, "clEnqueueNDRangeKernel: CL_MEM_OBJECT_ALLOCATION_FAILURE (-4)"},
		{finish, outOfResources, false, true, "clFinish: CL_OUT_OF_RESOURCES (-5)"},
		{finish, deviceNotAvailable, false, true, "clFinish: CL_DEVICE_NOT_AVAILABLE (-2)"},
		{buildProgram, outOfResources, false, false, "clBuildProgram: CL_OUT_OF_RESOURCES (-5)"},
		{setKernelArg, -12345, false, false, "clSetKernelArg: unknown code (-12345)"},
	} {
		err := fmt.Errorf("wrapped: %w", newError(c.function, c.code))
		if got := errors.Is(err, device.ErrOutOfMemory); got != c.memory {
			t.Errorf("%v: out of memory %v, expected %v", err, got, c.memory)
		}
		if got := errors.Is(err, device.ErrLost); got != c.lost {
			t.Errorf("%v: lost %v, expected %v", err, got, c.lost)
		}
		if got := err.Error(); got != "wrapped: "+c.text {
			t.Errorf("error %q, expected %q", got, c.text)
		}
	}
}

// TestOutOfMemory has the runtime refuse memory: the pool's cache goes first, then
// what queued work holds.
func TestOutOfMemory(t *testing.T) {
	for _, c := range []struct {
		name    string
		refused int
		want    error
	}{
		{"Once", 1, nil},
		{"Thrice", 3, nil},
		{"Always", math.MaxInt, device.ErrOutOfMemory},
	} {
		t.Run(c.name, func(t *testing.T) {
			dev := openFirst(t)
			dev.api.faults = &nth{function: createBuffer, first: 1, last: c.refused, code: memObjectAllocationFailure}
			defer func() { dev.api.faults = nil }()
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

// TestPreflight asks for more than the device has.
func TestPreflight(t *testing.T) {
	dev := openFirst(t)
	calls := &nth{}
	dev.api.faults = calls
	for _, bytes := range []int64{dev.found.facts.maxAlloc + 4<<20, dev.found.facts.memory + 4<<20} {
		if b, err := dev.Alloc(int(bytes)); !errors.Is(err, device.ErrOutOfMemory) {
			t.Errorf("alloc of %d bytes: %v, %v", bytes, b, err)
		}
	}
	if n := calls.calls[createBuffer]; n != 0 {
		t.Errorf("the runtime was asked %d times", n)
	}
}

// TestLost has a launch find the device gone: from then on there is one answer.
func TestLost(t *testing.T) {
	dev := openFirst(t)
	k := halfPlusOne(t)
	if err := halve(t.Context(), dev, k, 100); err != nil {
		t.Fatal(err)
	}
	dev.api.faults = &nth{function: enqueueKernel, first: 1, last: 1, code: deviceNotAvailable}
	if err := halve(t.Context(), dev, k, 100); !errors.Is(err, device.ErrLost) {
		t.Fatalf("launch on a lost device: %v", err)
	}
	dev.api.faults = nil
	if _, err := dev.Alloc(10); !errors.Is(err, device.ErrLost) {
		t.Errorf("alloc on a lost device: %v", err)
	}
	if err := halve(t.Context(), dev, k, 100); !errors.Is(err, device.ErrLost) {
		t.Errorf("use of a lost device: %v", err)
	}
}
