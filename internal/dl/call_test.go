package dl

import (
	"os"
	"runtime"
	"testing"
	"unsafe"
)

func TestCall(t *testing.T) {
	lib, err := Open("libc.so.6", "libSystem.B.dylib")
	if err != nil {
		t.Skipf("no C library to open on %s: %v", runtime.GOOS, err)
	}
	getpid, err := lib.Symbol("getpid")
	if err != nil {
		t.Fatal(err)
	}
	if got := int(Call(getpid)); got != os.Getpid() {
		t.Errorf("getpid gave %d, expected %d", got, os.Getpid())
	}
	memcpy, err := lib.Symbol("memcpy")
	if err != nil {
		t.Fatal(err)
	}
	from, to := [4]byte{1, 2, 3, 4}, [4]byte{}
	Call(memcpy, uintptr(unsafe.Pointer(&to)), uintptr(unsafe.Pointer(&from)), 4)
	if to != from {
		t.Errorf("memcpy gave %v, expected %v", to, from)
	}
	args := make([]uintptr, 6)
	if allocs := testing.AllocsPerRun(100, func() { Call(getpid, args...) }); allocs != 0 {
		t.Errorf("a call allocates %v times", allocs)
	}
}
