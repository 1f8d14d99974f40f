//go:build !linux

package cpu

import (
	"unsafe"
)

// mapMemory takes large blocks from Go's heap, aligned: systems other than Linux
// decide on huge pages themselves.
func mapMemory(n int) ([]byte, error) {
	p := make([]byte, n+alignment)
	skip := int(-uintptr(unsafe.Pointer(&p[0])) % alignment)
	return p[skip : skip+n : skip+n], nil
}

func unmapMemory([]byte) {}

// totalMemory is not known here without cgo or system-specific calls.
func totalMemory() int64 { return 0 }
