package opencl

import (
	"fmt"
	"sync"
	"unsafe"

	"github.com/quern-go/quern/device"
)

// block is a buffer from the device's pool: its memory is a memory object.
type block = device.Block[uintptr]

// cacheShare is the part of the device's memory that the pool may keep for reuse.
const cacheShare = 8

// backing supplies the device's pool.
type backing struct {
	api     *api
	context uintptr
	flags   uintptr
	limit   int64 // bytes of the device
	largest int64 // bytes of one buffer

	mu   sync.Mutex
	held int64
}

// newBacking has the memory of unified devices allocated where the host can see
// it without a copy.
func newBacking(a *api, context uintptr, f *facts) *backing {
	b := &backing{api: a, context: context, flags: memReadWrite, limit: f.memory, largest: f.maxAlloc}
	if f.unified {
		b.flags |= memAllocHostPtr
	}
	return b
}

// Allocate refuses what the device cannot hold before asking it: many runtimes
// say yes to everything and fail, or swap, when the memory is first used.
func (b *backing) Allocate(bytes int) (uintptr, error) {
	if err := b.reserve(int64(bytes)); err != nil {
		return 0, err
	}
	var code int32
	mem := b.api.invoke(createBuffer, &code, b.context, b.flags, uintptr(bytes), 0, uintptr(unsafe.Pointer(&code)))
	mem, err := b.api.created(buffers, createBuffer, mem, code)
	if err != nil {
		b.unreserve(int64(bytes))
	}
	return mem, err
}

func (b *backing) reserve(bytes int64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if bytes > b.largest {
		return fmt.Errorf("%d bytes: the device's largest buffer has %d: %w", bytes, b.largest, device.ErrOutOfMemory)
	}
	if bytes > b.limit-b.held {
		return fmt.Errorf("%d bytes: the device has %d, of which %d are held: %w", bytes, b.limit, b.held, device.ErrOutOfMemory)
	}
	b.held += bytes
	return nil
}

func (b *backing) unreserve(bytes int64) {
	b.mu.Lock()
	b.held -= bytes
	b.mu.Unlock()
}

// Free releases the object. There is nobody to tell if that fails; a lost device
// says so at the next use.
func (b *backing) Free(mem uintptr, bytes int) {
	_ = b.api.release(buffers, mem)
	b.unreserve(int64(bytes))
}

// Alloc returns a buffer. When there is no more memory it waits for the work that
// is queued, whose buffers may have been released, before a last attempt.
func (d *Device) Alloc(bytes int) (device.Buffer, error) {
	if err := d.begin("allocate"); err != nil {
		return nil, err
	}
	defer d.end()
	b, err := d.owner.Alloc(bytes)
	if err != nil {
		return nil, err
	}
	return b, nil
}

// Memory reports what the device's buffers take.
func (d *Device) Memory() device.MemoryStats { return d.owner.Memory.Stats() }

// Trim returns cached memory to the device.
func (d *Device) Trim() { d.owner.Memory.Trim() }
