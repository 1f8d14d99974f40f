package cuda

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/device/cuda/internal/cu"
)

// primary is a device's primary context, which everybody in the process who opens
// the device shares, other libraries included.
type primary struct {
	api    cu.API
	device cu.Device

	mu      sync.Mutex
	users   int // Devices of this package
	context cu.Context
	lost    atomic.Bool
}

// retain makes the context live for a user.
func (p *primary) retain() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lost.Load() {
		return fmt.Errorf("%w, and %d others have not closed it yet", device.ErrLost, p.users)
	}
	c, err := p.api.PrimaryCtxRetain(p.device)
	if err != nil {
		return fmt.Errorf("make a context: %w", err)
	}
	p.context = c
	p.users++
	return nil
}

// release ends a user's part in the context. The last user of a lost one resets it,
// for whoever opens the device next.
func (p *primary) release() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.users--; p.users > 0 || !p.lost.Load() {
		if err := p.api.PrimaryCtxRelease(p.device); err != nil {
			return fmt.Errorf("release the context: %w", err)
		}
		return nil
	}
	err := p.api.PrimaryCtxReset(p.device)
	p.lost.Store(false)
	_ = p.api.PrimaryCtxRelease(p.device) // of what is no more
	if err != nil {
		return fmt.Errorf("reset the context: %w", err)
	}
	return nil
}

// begin makes the context current on the thread, to which it ties the goroutine until
// end. The two cost some 0.3 µs; calls may nest.
func (p *primary) begin() error {
	runtime.LockOSThread()
	if err := p.api.CtxPush(p.context); err != nil {
		runtime.UnlockOSThread()
		return err
	}
	return nil
}

// end undoes begin.
func (p *primary) end() {
	_ = p.api.CtxPop() // it has been pushed
	runtime.UnlockOSThread()
}

// do calls f with the context current.
func (p *primary) do(f func() error) error {
	if err := p.begin(); err != nil {
		return err
	}
	defer p.end()
	return f()
}
