package cuda

import (
	"errors"
	"sync"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/device/cuda/internal/cu"
)

// address is where device memory is.
type address = cu.Address

// block is a buffer from the device's pool.
type block = device.Block[address]

// cacheShare is the part of the device's memory that the pool may keep for reuse.
const cacheShare = 4

// backing supplies the device's pool. It keeps the context for as long as any of its
// memory is in use.
//
// Stream-ordered allocation is preferred because freeing then does not wait for the
// whole device, and because the driver can make one large block of freed small ones.
// The pool gives memory back only when no work needs it any more, so its order is
// that of a stream with nothing else on it.
type backing struct {
	primary *primary
	ordered bool // stream-ordered
	stream  cu.Stream

	mu   sync.Mutex
	held int // allocations
	// closed says that the device is: the last allocation freed ends the context's use.
	closed bool
	gone   bool // the context is no longer ours
}

// newBacking is for a device whose context is retained.
func newBacking(p *primary, ordered bool) (*backing, error) {
	b := &backing{primary: p, ordered: ordered}
	if !ordered {
		return b, nil
	}
	err := p.do(func() (err error) {
		b.stream, err = p.api.StreamCreate()
		return err
	})
	return b, err
}

// Allocate asks the driver for memory.
func (b *backing) Allocate(bytes int) (p address, err error) {
	if err := b.hold(); err != nil {
		return 0, err
	}
	err = b.primary.do(func() error {
		p, err = b.allocate(bytes)
		return err
	})
	if err != nil {
		return 0, errors.Join(err, b.drop())
	}
	return p, nil
}

func (b *backing) allocate(bytes int) (address, error) {
	api := b.primary.api
	if !b.ordered {
		return api.MemAlloc(bytes)
	}
	p, err := api.MemAllocAsync(bytes, b.stream)
	if err != nil {
		return 0, err
	}
	// Every stream may use the memory once this one has got there.
	if err := api.StreamSynchronize(b.stream); err != nil {
		_ = api.MemFreeAsync(p, b.stream) // the first error is the one to report
		return 0, err
	}
	return p, nil
}

// Free gives memory back. There is nobody to tell if that fails; a lost device says
// so at the next use.
func (b *backing) Free(p address, _ int) {
	if !b.primary.lost.Load() && !b.isGone() {
		_ = b.primary.do(func() error {
			if b.ordered {
				return b.primary.api.MemFreeAsync(p, b.stream)
			}
			return b.primary.api.MemFree(p)
		})
	}
	_ = b.drop()
}

// trim has the driver return what it keeps of freed memory.
func (b *backing) trim() {
	if b.ordered && !b.primary.lost.Load() && !b.isGone() {
		// The driver does so when a stream is waited for.
		_ = b.primary.do(func() error { return b.primary.api.StreamSynchronize(b.stream) })
	}
}

func (b *backing) isGone() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.gone
}

func (b *backing) hold() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return device.ErrClosed
	}
	b.held++
	return nil
}

func (b *backing) drop() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.held--
	return b.leave()
}

// close is the device's; the context goes with the last allocation, or at once if it
// is lost.
func (b *backing) close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	return b.leave()
}

// leave gives the context up if nothing of it is needed; the lock is held.
func (b *backing) leave() error {
	lost := b.primary.lost.Load()
	if b.gone || !b.closed || b.held > 0 && !lost {
		return nil
	}
	b.gone = true
	var err error
	if b.ordered && !lost {
		err = b.primary.do(func() error { return b.primary.api.StreamDestroy(b.stream) })
	}
	return errors.Join(err, b.primary.release())
}

// Alloc returns a buffer. When there is no more memory it waits for the work that
// is queued, whose buffers may have been released, before a last attempt.
func (d *Device) Alloc(bytes int) (device.Buffer, error) {
	b, err := d.owner.Alloc(bytes)
	if err != nil {
		return nil, err
	}
	return b, nil
}

// Memory reports what the device's buffers take.
func (d *Device) Memory() device.MemoryStats { return d.owner.Memory.Stats() }

// Trim returns cached memory to the device.
func (d *Device) Trim() {
	d.owner.Memory.Trim()
	d.backing.trim()
}
