package opencl

import (
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/quern-go/quern/internal/dl"
)

// api is an open OpenCL library. It is never closed: runtimes leave threads and
// exit handlers behind that need it.
type api struct {
	library   string // the name that opened
	addresses [functionCount]uintptr
	alive     [objectCount]atomic.Int64 // objects created and not yet released
	faults    faults                    // nil but in tests
}

// faults makes calls fail.
type faults interface {
	// fail returns the code with which this call of f fails, or 0.
	fail(f function) int32
}

// openAPI opens the first of the named libraries that the system has.
func openAPI(names ...string) (*api, error) {
	prepareEnvironment()
	var lib *dl.Library
	var err error
	dl.PreserveSignals(func() { lib, err = dl.Open(names...) })
	if err != nil {
		return nil, err
	}
	return newAPI(lib)
}

func libraryNames(goos string) []string {
	switch goos {
	case "windows":
		return []string{"OpenCL.dll"}
	case "darwin":
		return []string{"/System/Library/Frameworks/OpenCL.framework/OpenCL"}
	}
	return []string{"libOpenCL.so.1", "libOpenCL.so"}
}

// newAPI looks up every function.
func newAPI(lib *dl.Library) (*api, error) {
	a := &api{library: lib.Name}
	var missing []string
	for f, name := range functionNames {
		addr, err := lib.Symbol(name)
		if err != nil || addr == 0 {
			missing = append(missing, name)
		}
		a.addresses[f] = addr
	}
	if missing != nil {
		return nil, fmt.Errorf("%s is no library of OpenCL 1.2: it lacks %s", lib.Name, strings.Join(missing, ", "))
	}
	return a, nil
}

// invoke calls f and returns its result: every call of OpenCL goes through
// here. status is the variable to which the last argument points if f leaves its
// code there, nil if the code is f's result. For pointers among the arguments see
// dl.Call.
//
//go:uintptrescapes
func (a *api) invoke(f function, status *int32, args ...uintptr) uintptr {
	injected := int32(0)
	if a.faults != nil {
		injected = a.faults.fail(f)
	}
	if injected == 0 || isRelease(f) {
		result := dl.Call(a.addresses[f], args...)
		if injected == 0 {
			return result
		}
	}
	if status != nil {
		*status = injected
		return 0
	}
	return uintptr(uint32(injected))
}

// isRelease reports whether f ends the life of an object, as it does even when
// it is made to fail.
func isRelease(f function) bool {
	for _, r := range releases {
		if f == r {
			return true
		}
	}
	return false
}

// call calls a function that returns its code.
//
//go:uintptrescapes
func (a *api) call(f function, args ...uintptr) error {
	if code := int32(a.invoke(f, nil, args...)); code != success {
		return newError(f, code)
	}
	return nil
}

// created checks what a function gave that creates an object, and counts it.
func (a *api) created(kind object, f function, handle uintptr, code int32) (uintptr, error) {
	if code == success && handle == 0 {
		code = invalidValue // a runtime that breaks the standard
	}
	if code != success {
		return 0, newError(f, code)
	}
	a.alive[kind].Add(1)
	return handle, nil
}

// release releases an object; 0 is none.
func (a *api) release(kind object, handle uintptr) error {
	if handle == 0 {
		return nil
	}
	a.alive[kind].Add(-1)
	return a.call(releases[kind], handle)
}

// leaked lists the objects that have not been released.
func (a *api) leaked() string {
	var parts []string
	for kind := range a.alive {
		if n := a.alive[kind].Load(); n != 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, object(kind)))
		}
	}
	return strings.Join(parts, ", ")
}
