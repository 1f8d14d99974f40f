package ops

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/quern-go/quern/device"
)

// unit is an open device with what an engine keeps for it.
type unit struct {
	dev       device.Device
	name      string // its selector
	info      device.Info
	rates     func() device.Rates // measured when first asked for; zero if the device does not know
	wrapper   device.HostWrapper
	mapper    device.HostMapper
	rewrapper device.HostRewrapper
	owned     bool                  // the engine closes it
	scans     func() bool           // it computes a kernels.Scan: see split.go
	lost      atomic.Pointer[error] // why it cannot be used any more; nil while it can
	alone     []*unit               // this one, where it is the only candidate

	mu      sync.Mutex
	idle    []device.Stream
	uploads map[*deviceCopy]struct{} // evictable copies
	closed  bool
}

func newUnit(dev device.Device, owned bool) *unit {
	u := &unit{dev: dev, info: dev.Info(), owned: owned, scans: scanOnce(dev), uploads: make(map[*deviceCopy]struct{})}
	u.name, u.alone = u.info.Selector(), []*unit{u}
	u.wrapper, _ = dev.(device.HostWrapper)
	u.mapper, _ = dev.(device.HostMapper)
	u.rewrapper, _ = dev.(device.HostRewrapper)
	u.rates = sync.OnceValue(func() (r device.Rates) {
		if rater, ok := dev.(device.Rater); ok {
			r = rater.Rates()
		}
		return r
	})
	return u
}

// maxIdleStreams bounds the streams kept for later.
const maxIdleStreams = 16

// stream takes an idle stream or makes one.
func (u *unit) stream() (device.Stream, error) {
	u.mu.Lock()
	if n := len(u.idle); n > 0 {
		s := u.idle[n-1]
		u.idle = u.idle[:n-1]
		u.mu.Unlock()
		return s, nil
	}
	u.mu.Unlock()
	s, err := u.dev.NewStream()
	if err != nil {
		return nil, u.noted(fmt.Errorf("new stream on %s: %w", u.name, err))
	}
	return s, nil
}

// putStream gives a stream back. One that failed, or was cancelled, is closed,
// which waits for what it still does.
func (u *unit) putStream(s device.Stream, failed bool) {
	if !failed {
		u.mu.Lock()
		if !u.closed && u.lost.Load() == nil && len(u.idle) < maxIdleStreams {
			u.idle = append(u.idle, s)
			u.mu.Unlock()
			return
		}
		u.mu.Unlock()
	}
	_ = s.Close()
}

// close closes the streams, and the device if the engine opened it.
func (u *unit) close() error {
	u.mu.Lock()
	idle := u.idle
	u.idle, u.closed = nil, true
	u.mu.Unlock()
	for _, s := range idle {
		_ = s.Close()
	}
	if u.owned {
		return u.dev.Close()
	}
	return nil
}

// upload copies host memory to a new buffer.
func (u *unit) upload(ctx context.Context, src []byte) (device.Buffer, error) {
	b, err := u.alloc(len(src))
	if err != nil {
		return nil, err
	}
	err = u.transfer(ctx, func(s device.Stream) error { return s.Upload(b, src) })
	if err != nil {
		b.Release()
		return nil, u.noted(fmt.Errorf("upload to %s: %w", u.name, err))
	}
	return b, nil
}

// wrap makes a buffer of host memory, where the device can use it in place.
func (u *unit) wrap(p []byte) (device.Buffer, error) {
	b, err := u.wrapper.Wrap(p)
	if err != nil {
		return nil, u.noted(fmt.Errorf("use %d bytes of the host's memory on %s: %w", len(p), u.name, err))
	}
	return b, nil
}

// rewrap is wrap; old is a released buffer of an earlier call that may serve
// again, or nil.
func (u *unit) rewrap(p []byte, old device.Buffer) (device.Buffer, error) {
	if old == nil || u.rewrapper == nil {
		return u.wrap(p)
	}
	b, err := u.rewrapper.Rewrap(p, old)
	if err != nil {
		return nil, u.noted(fmt.Errorf("use %d bytes of the host's memory on %s: %w", len(p), u.name, err))
	}
	return b, nil
}

// alloc takes device memory.
func (u *unit) alloc(bytes int) (device.Buffer, error) {
	b, err := u.dev.Alloc(bytes)
	if err != nil {
		return nil, u.noted(fmt.Errorf("allocate %d bytes on %s: %w", bytes, u.name, err))
	}
	return b, nil
}

// hostBytes is the memory of a buffer, where the host can reach it.
func (u *unit) hostBytes(b device.Buffer) ([]byte, error) {
	host, err := u.mapper.HostBytes(b)
	if err != nil {
		return nil, u.noted(fmt.Errorf("read memory of %s: %w", u.name, err))
	}
	return host, nil
}

// download copies a buffer to host memory.
func (u *unit) download(ctx context.Context, dst []byte, b device.Buffer) error {
	err := u.transfer(ctx, func(s device.Stream) error { return s.Download(dst, b) })
	if err != nil {
		return u.noted(fmt.Errorf("download from %s: %w", u.name, err))
	}
	return nil
}

func (u *unit) transfer(ctx context.Context, queue func(device.Stream) error) error {
	s, err := u.stream()
	if err != nil {
		return err
	}
	if err = queue(s); err == nil {
		err = s.Sync(ctx)
	}
	u.putStream(s, err != nil)
	return err
}

func (u *unit) addUpload(c *deviceCopy) {
	u.mu.Lock()
	u.uploads[c] = struct{}{}
	u.mu.Unlock()
}

func (u *unit) removeUpload(c *deviceCopy) {
	u.mu.Lock()
	delete(u.uploads, c)
	u.mu.Unlock()
}

// reclaim frees device memory: results that are garbage, cached copies of
// slices, and what the device's pool holds.
func (u *unit) reclaim() {
	runtime.GC() // queues the release of arrays that nothing refers to
	u.mu.Lock()
	list := make([]*deviceCopy, 0, len(u.uploads))
	for c := range u.uploads {
		list = append(list, c)
	}
	u.mu.Unlock()
	for _, c := range list {
		c.drop()
	}
	if m, ok := u.dev.(device.MemoryReporter); ok {
		m.Trim()
	}
}
