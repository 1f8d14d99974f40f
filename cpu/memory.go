package cpu

import (
	"fmt"
	"os"
	"sync"
	"unsafe"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/internal/cgroup"
	"github.com/quern-go/quern/internal/machine"
)

// fromSystem is the size, in bytes, from which blocks come from the system
// rather than from Go's heap: page-aligned, with huge pages, outside the garbage
// collector's accounts.
const fromSystem = 256 << 10

// alignment of every block, in bytes: a cache line and an AVX-512 vector.
const alignment = 64

// backing supplies the device's pool.
type backing struct {
	limit int64 // bytes the process may have; 0: unknown

	mu   sync.Mutex
	held int64 // bytes from the system
}

// Allocate refuses what the machine cannot hold, rather than let the system kill
// the process when the pages are touched.
func (b *backing) Allocate(bytes int) ([]byte, error) {
	if bytes < fromSystem {
		p := make([]byte, bytes+alignment)
		skip := int(-uintptr(unsafe.Pointer(&p[0])) % alignment)
		return p[skip : skip+bytes : skip+bytes], nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.limit > 0 && int64(bytes) > b.limit-b.held {
		return nil, fmt.Errorf("the limit is %d bytes, %d are held: %w", b.limit, b.held, device.ErrOutOfMemory)
	}
	if free, known := machine.AvailableBytes(); known && int64(bytes) > free {
		return nil, fmt.Errorf("%d bytes of memory are available: %w", free, device.ErrOutOfMemory)
	}
	p, err := mapMemory(bytes)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", device.ErrOutOfMemory, err)
	}
	b.held += int64(bytes)
	return p, nil
}

// Free returns a block to the system; Go's heap takes care of the small ones.
func (b *backing) Free(p []byte, bytes int) {
	if bytes < fromSystem {
		return
	}
	unmapMemory(p)
	b.mu.Lock()
	b.held -= int64(bytes)
	b.mu.Unlock()
}

// memoryLimit is the memory that the process may have: the machine's, or what its
// control groups allow; 0 if unknown.
var memoryLimit = sync.OnceValue(func() int64 {
	limit := totalMemory()
	groups, err := cgroup.Load(os.DirFS("/"))
	if err != nil {
		return limit
	}
	for _, m := range groups.MemoryLimits() {
		if m.Err == nil && m.Bytes > 0 && (limit == 0 || m.Bytes < limit) {
			limit = m.Bytes
		}
	}
	return limit
})
