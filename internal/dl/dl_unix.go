//go:build !nogpu && (darwin || (linux && (amd64 || arm64 || loong64 || ppc64le || riscv64 || s390x)))

package dl

import (
	"runtime"

	"github.com/ebitengine/purego"
)

// RTLD_GLOBAL: drivers such as OpenCL loaders find their plug-ins' symbols only
// in the global scope.
//
// The loader keeps the reason of a failure for the thread that made the call.
func open(name string) (uintptr, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	return purego.Dlopen(name, purego.RTLD_NOW|purego.RTLD_GLOBAL)
}

func symbol(handle uintptr, name string) (uintptr, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	return purego.Dlsym(handle, name)
}

func closeLibrary(handle uintptr) error { return purego.Dlclose(handle) }

func call(fn uintptr, args []uintptr) uintptr {
	result, _, _ := purego.SyscallN(fn, args...)
	return result
}
