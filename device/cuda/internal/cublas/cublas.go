// Package cublas opens NVIDIA's library of matrix products, where it is installed.
// Nothing depends on it.
package cublas

import (
	"errors"
	"fmt"
	"runtime"
	"unsafe"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/device/cuda/internal/cu"
	"github.com/quern-go/quern/internal/dl"
)

// Handle is a cublasHandle_t, for one stream at a time.
type Handle uintptr

// API is the library. Its functions work in the context that is current on the calling
// thread, in which the handle was made.
type API interface {
	// Library is the name under which the library was opened.
	Library() string
	// Create makes a handle whose products of float32 are done in TF32:
	// cublasCreate_v2, cublasSetMathMode.
	Create() (Handle, error)
	Destroy(h Handle) error
	SetStream(h Handle, s cu.Stream) error
	// Sgemm queues c = a·b, all stored by columns.
	Sgemm(h Handle, g *Gemm) error
}

// Gemm is a product of float32: c (m, n) = a (m, k) · b (k, n), stored by columns that
// are LD elements apart, a and b transposed if so said. It is on the heap.
type Gemm struct {
	M, N, K        int
	A, B, C        cu.Address
	LDA, LDB, LDC  int
	TransA, TransB bool
	factors        [2]float32
	words          [14]uintptr
}

// Values of cublas_api.h.
const (
	tf32Math         = 3 // CUBLAS_TF32_TENSOR_OP_MATH
	statusNotInit    = 1
	statusAllocation = 3
	statusArch       = 8
	statusExecution  = 13
	statusInternal   = 14
)

// Error is a function's failure.
type Error struct {
	Function string
	Status   int
}

// Names of the states, as the library has them.
var statusNames = map[int]string{
	statusNotInit: "CUBLAS_STATUS_NOT_INITIALIZED", statusAllocation: "CUBLAS_STATUS_ALLOC_FAILED",
	7: "CUBLAS_STATUS_INVALID_VALUE", statusArch: "CUBLAS_STATUS_ARCH_MISMATCH",
	statusExecution: "CUBLAS_STATUS_EXECUTION_FAILED", statusInternal: "CUBLAS_STATUS_INTERNAL_ERROR",
	15: "CUBLAS_STATUS_NOT_SUPPORTED",
}

func (e *Error) Error() string {
	name := statusNames[e.Status]
	if name == "" {
		name = "unknown status"
	}
	return fmt.Sprintf("%s: %s (%d)", e.Function, name, e.Status)
}

// Is tells that the device's memory is all taken.
func (e *Error) Is(target error) bool {
	return e.Status == statusAllocation && target == device.ErrOutOfMemory
}

// symbols are the functions, which every version since CUDA 11.0 has.
var symbols = []string{
	"cublasCreate_v2", "cublasDestroy_v2", "cublasSetStream_v2", "cublasSetMathMode", "cublasSgemm_v2",
}

// oldest is the first major version with TF32.
const oldest = 11

// Names are the names to try on a system for a driver that supports a version of CUDA
// (12040 for 12.4): that of its own major version first, for a library needs a driver
// as new as itself; by the loader's path, then where the toolkit puts it.
func Names(goos string, driver int) []string {
	var names []string
	for major := driver / 1000; major >= oldest; major-- {
		switch goos {
		case "windows":
			names = append(names, fmt.Sprintf("cublas64_%d.dll", major))
		case "linux", "freebsd":
			soname := fmt.Sprintf("libcublas.so.%d", major)
			names = append(names, soname, "/usr/local/cuda/lib64/"+soname)
		}
	}
	return names
}

type library struct {
	name      string
	addresses map[string]uintptr
}

// Open opens the library for a driver's version. The error says what was tried.
func Open(driver int) (API, error) {
	names := Names(runtime.GOOS, driver)
	if names == nil {
		return nil, fmt.Errorf("there is no cuBLAS on %s for CUDA %d.%d", runtime.GOOS, driver/1000, driver%1000/10)
	}
	lib, err := dl.Open(names...)
	if err != nil {
		return nil, err
	}
	return newLibrary(lib)
}

func newLibrary(lib *dl.Library) (API, error) {
	l := &library{name: lib.Name, addresses: make(map[string]uintptr)}
	var missing []error
	for _, s := range symbols {
		address, err := lib.Symbol(s)
		if err != nil {
			missing = append(missing, err)
		}
		l.addresses[s] = address
	}
	if missing != nil {
		return nil, fmt.Errorf("%s is no cuBLAS: %w", lib.Name, errors.Join(missing...))
	}
	return l, nil
}

func (l *library) Library() string { return l.name }

// call calls a function with arguments among which may be addresses of Go's memory:
// see dl.Call.
//
//go:uintptrescapes
func (l *library) call(f string, args ...uintptr) error {
	if status := int32(dl.Call(l.addresses[f], args...)); status != 0 {
		return &Error{f, int(status)}
	}
	return nil
}

func (l *library) Create() (Handle, error) {
	var h Handle
	if err := l.call("cublasCreate_v2", uintptr(unsafe.Pointer(&h))); err != nil {
		return 0, err
	}
	if err := l.call("cublasSetMathMode", uintptr(h), tf32Math); err != nil {
		return 0, errors.Join(err, l.Destroy(h))
	}
	return h, nil
}

func (l *library) Destroy(h Handle) error { return l.call("cublasDestroy_v2", uintptr(h)) }

func (l *library) SetStream(h Handle, s cu.Stream) error {
	return l.call("cublasSetStream_v2", uintptr(h), uintptr(s))
}

// Sgemm passes 14 arguments, one less than the most that can be passed: the forms that
// take types and batches have more.
func (l *library) Sgemm(h Handle, g *Gemm) error {
	g.factors = [2]float32{1, 0}
	g.words = [14]uintptr{
		uintptr(h), operation(g.TransA), operation(g.TransB), uintptr(g.M), uintptr(g.N), uintptr(g.K),
		uintptr(unsafe.Pointer(&g.factors[0])), uintptr(g.A), uintptr(g.LDA), uintptr(g.B), uintptr(g.LDB),
		uintptr(unsafe.Pointer(&g.factors[1])), uintptr(g.C), uintptr(g.LDC),
	}
	err := l.call("cublasSgemm_v2", g.words[:]...)
	runtime.KeepAlive(g)
	return err
}

// operation is CUBLAS_OP_N or CUBLAS_OP_T.
func operation(transposed bool) uintptr {
	if transposed {
		return 1
	}
	return 0
}
