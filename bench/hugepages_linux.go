package bench

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// askForHugePages gives memory that nobody has touched yet the pages that NumPy asks for, as do the CPU device
// and others for theirs: with pages of 4 KiB one thread reads at three quarters of the speed. It is only advice.
func askForHugePages(memory []byte) {
	const page = 2 << 20
	skip := int(-uintptr(unsafe.Pointer(unsafe.SliceData(memory))) % page)
	if whole := (len(memory) - skip) / page * page; whole > 0 {
		_ = unix.Madvise(memory[skip:skip+whole], unix.MADV_HUGEPAGE) // a kernel without huge pages refuses
	}
}
