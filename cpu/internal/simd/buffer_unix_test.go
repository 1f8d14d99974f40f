//go:build unix

package simd

import (
	"os"
	"syscall"
	"testing"
)

// newBuffer maps size bytes and a guard band, followed by an inaccessible page.
func newBuffer(t testing.TB, size int) *buffer {
	page := os.Getpagesize()
	length := (size + guardBand + page - 1) / page * page
	mem, err := syscall.Mmap(-1, 0, length+page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatalf("map a buffer: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Munmap(mem); err != nil {
			t.Errorf("unmap a buffer: %v", err)
		}
	})
	if err := syscall.Mprotect(mem[length:], syscall.PROT_NONE); err != nil {
		t.Fatalf("protect the page after a buffer: %v", err)
	}
	return &buffer{mem: mem[:length]}
}
