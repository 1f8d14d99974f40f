package cu

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/internal/dl"
)

// TestLibrary opens the machine's driver, if there is one: with a GPU or without,
// asking it for devices gives a number or a reason.
func TestLibrary(t *testing.T) {
	api, err := Load()
	if err != nil {
		if names := LibraryNames(runtime.GOOS); !errors.Is(err, dl.ErrUnavailable) && names != nil && !strings.Contains(err.Error(), names[0]) {
			t.Errorf("the error does not say what was tried: %v", err)
		}
		t.Skipf("no CUDA driver: %v", err)
	}
	if err := api.Init(); err != nil {
		var e *Error
		if !errors.As(err, &e) || e.Function != "cuInit" || e.Code == Success {
			t.Errorf("cuInit failed without a code: %v", err)
		}
		t.Skipf("%s: %v", api.Library(), err)
	}
	n, err := api.DeviceGetCount()
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		d, err := api.DeviceGet(i)
		if err != nil {
			t.Fatal(err)
		}
		name, err := api.DeviceGetName(d)
		if err != nil || name == "" {
			t.Errorf("device %d: name %q, %v", i, name, err)
		}
		if sms, err := api.DeviceGetAttribute(MultiprocessorCount, d); err != nil || sms < 1 {
			t.Errorf("device %d: %d multiprocessors, %v", i, sms, err)
		}
	}
}

// TestCallsDoNotAllocate makes the calls of a launch, of a C function that exists
// everywhere.
func TestCallsDoNotAllocate(t *testing.T) {
	lib, err := dl.Open("libc.so.6", "libSystem.B.dylib")
	if err != nil {
		t.Skipf("no C library to open: %v", err)
	}
	abs, err := lib.Symbol("abs") // gives 0 where the first argument is
	if err != nil {
		t.Fatal(err)
	}
	l := &library{}
	l.frames.New = func() any { return new(frame) }
	for f := range l.addresses {
		l.addresses[f] = abs
	}
	k := &Launch{Function: 0, Params: make([]byte, 100)}
	for name, call := range map[string]func(){
		"launch": func() { _ = l.LaunchKernel(k) },
		"event":  func() { _ = l.EventRecord(0, 2) },
		"query":  func() { _, _ = l.EventQuery(0) },
		"push":   func() { _ = l.CtxPush(0) },
		"graph":  func() { _ = l.GraphLaunch(0, 0) },
		"node":   func() { _ = l.GraphExecKernelNodeSetParams(0, 0, k) },
	} {
		if n := testing.AllocsPerRun(100, call); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func TestAbsentLibrary(t *testing.T) {
	lib, err := dl.Open("libc.so.6", "libSystem.B.dylib", "kernel32.dll")
	if err != nil {
		t.Skipf("no library to open: %v", err)
	}
	_, err = newLibrary(lib)
	if err == nil || !strings.Contains(err.Error(), "cuInit") || strings.Contains(err.Error(), "cuMemAllocAsync") {
		t.Errorf("a library that is no CUDA driver: %v", err)
	}
}

func TestErrors(t *testing.T) {
	for _, c := range []struct {
		err         *Error
		text        string
		lost, sated bool
	}{
		{&Error{"cuMemAlloc_v2", OutOfMemory, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
			"cuMemAlloc_v2: CUDA_ERROR_OUT_OF_MEMORY (2): out of memory", false, true},
		{NewError("cuEventQuery", IllegalAddress), "cuEventQuery: CUDA_ERROR_ILLEGAL_ADDRESS (700)", true, false},
		{NewError("cuLaunchKernel", LaunchOutOfResources), "cuLaunchKernel: CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES (701)", false, false},
		{NewError("cuInit", 12345), "cuInit: unknown code (12345)", false, false},
	} {
		if got := c.err.Error(); got != c.text {
			t.Errorf("%q, expected %q", got, c.text)
		}
		if errors.Is(c.err, device.ErrLost) != c.lost || errors.Is(c.err, device.ErrOutOfMemory) != c.sated {
			t.Errorf("%v: lost %v, out of memory %v", c.err, !c.lost, !c.sated)
		}
	}
}

func TestEverySymbolIsNamed(t *testing.T) {
	seen := map[string]function{}
	for f := range functionCount {
		if len(symbols[f]) == 0 {
			t.Fatalf("function %d has no symbol", f)
		}
		for _, name := range symbols[f] {
			if other, twice := seen[name]; twice {
				t.Errorf("%s is bound as function %d and %d", name, other, f)
			}
			seen[name] = f
		}
	}
}

// TestNodeParams: the struct is as the driver expects it.
func TestNodeParams(t *testing.T) {
	if unsafe.Sizeof(uintptr(0)) != 8 {
		t.Skip("the offsets are those of 64 bits")
	}
	k := &Launch{Function: 7, Grid: 5, Block: 64, Params: make([]byte, 24)}
	n := k.asNode()
	if unsafe.Offsetof(n.sharedBytes) != 32 || unsafe.Offsetof(n.kernelParams) != 40 || unsafe.Offsetof(n.extra) != 48 || unsafe.Sizeof(*n) != 56 {
		t.Errorf("CUDA_KERNEL_NODE_PARAMS of %d bytes: %+v", unsafe.Sizeof(*n), *n)
	}
	if n.function != 7 || n.grid != [3]uint32{5, 1, 1} || n.block != [3]uint32{64, 1, 1} || n.kernelParams != 0 ||
		k.size != 24 || n.extra != uintptr(unsafe.Pointer(&k.extra)) {
		t.Errorf("node %+v of %d bytes of parameters", *n, k.size)
	}
}
