package gemm

import (
	"unsafe"

	"github.com/quern-go/quern/internal/machine"
)

// Workspace holds the packing buffers and blocking parameters of a device. It
// serves one Run at a time; buffers grow to what the largest problem needed (a few
// MiB, at most about 16 for packing and as much again for strips) and are kept.
type Workspace struct {
	caches Caches
	slab   []byte
	eager  bool // share out even the smallest work: for tests

	// Runs of either type, kept for their memory: small problems take less time than
	// allocating for them.
	job32 job[float32]
	job64 job[float64]
}

// jobOf is the workspace's job for an element type.
func jobOf[T Float](w *Workspace) *job[T] {
	if j, ok := any(&w.job32).(*job[T]); ok {
		return j
	}
	return any(&w.job64).(*job[T])
}

// NewWorkspace returns an empty workspace for a machine with the given caches.
func NewWorkspace(c Caches) *Workspace { return &Workspace{caches: c} }

// Bytes is the memory held.
func (w *Workspace) Bytes() int { return len(w.slab) }

// cacheLine is the alignment of every buffer, in bytes.
const cacheLine = 64

// paddedLength rounds a length up so that the next buffer starts a cache line.
func paddedLength[T Float](n int) int {
	return roundUp(n, cacheLine/int(unsafe.Sizeof(T(0))))
}

// reserve returns n aligned elements that hold anything.
func reserve[T Float](w *Workspace, n int) []T {
	bytes := n*int(unsafe.Sizeof(T(0))) + cacheLine
	if bytes > len(w.slab) {
		w.slab = make([]byte, bytes)
		machine.AskForHugePages(w.slab)
	}
	at := -uintptr(unsafe.Pointer(unsafe.SliceData(w.slab))) % cacheLine
	return unsafe.Slice((*T)(unsafe.Pointer(&w.slab[at])), n)
}
