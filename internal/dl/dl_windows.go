//go:build !nogpu && windows

package dl

import (
	"github.com/ebitengine/purego"
	"golang.org/x/sys/windows"
)

func open(name string) (uintptr, error) {
	handle, err := windows.LoadLibrary(name)
	return uintptr(handle), err
}

func symbol(handle uintptr, name string) (uintptr, error) {
	return windows.GetProcAddress(windows.Handle(handle), name)
}

func closeLibrary(handle uintptr) error { return windows.FreeLibrary(windows.Handle(handle)) }

func call(fn uintptr, args []uintptr) uintptr {
	result, _, _ := purego.SyscallN(fn, args...)
	return result
}
