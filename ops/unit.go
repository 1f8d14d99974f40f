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
	sequencer device.Sequencer
	owned     bool                  // the engine closes it
	scans     func() bool           // it computes a kernels.Scan: see split.go
	lost      atomic.Pointer[error] // why it cannot be used any more; nil while it can
	alone     []*unit               // this one, where it is the only candidate

	hot     atomic.Pointer[lane] // the idle lane that was used last: found without a lock
	closed  atomic.Bool
	mu      sync.Mutex
	idle    []*lane                  // others
	uploads map[*deviceCopy]struct{} // evictable copies
}

// lane is a stream and the run that it did last, most often the next one too.
type lane struct {
	stream device.Stream
	run    *run
}

func newUnit(dev device.Device, owned bool) *unit {
	u := &unit{dev: dev, info: dev.Info(), owned: owned, scans: scanOnce(dev), uploads: make(map[*deviceCopy]struct{})}
	u.name, u.alone = u.info.Selector(), []*unit{u}
	u.wrapper, _ = dev.(device.HostWrapper)
	if u.wrapper == nil { // else steps may have to be waited for
		u.sequencer, _ = dev.(device.Sequencer)
	}
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

// maxIdleLanes bounds the lanes kept for later.
const maxIdleLanes = 16

// lane takes an idle lane or makes one.
func (u *unit) lane() (*lane, error) {
	if l := u.hot.Swap(nil); l != nil {
		return l, nil
	}
	u.mu.Lock()
	if n := len(u.idle); n > 0 {
		l := u.idle[n-1]
		u.idle = u.idle[:n-1]
		u.mu.Unlock()
		return l, nil
	}
	u.mu.Unlock()
	s, err := u.dev.NewStream()
	if err != nil {
		return nil, u.noted(fmt.Errorf("new stream on %s: %w", u.name, err))
	}
	return &lane{stream: s}, nil
}

// putLane gives a lane back of which nothing has failed, nor was cancelled: the stream of
// such a one is to be closed, which waits for what it still does.
func (u *unit) putLane(l *lane) {
	if !u.hot.CompareAndSwap(nil, l) {
		u.mu.Lock()
		full := len(u.idle) >= maxIdleLanes
		if !full {
			u.idle = append(u.idle, l)
		}
		u.mu.Unlock()
		if full {
			_ = l.stream.Close()
		}
	}
	if u.over() { // perhaps since closeLanes looked for them
		u.closeLanes()
	}
}

// over says that no lanes are to be kept any more.
func (u *unit) over() bool { return u.closed.Load() || u.lost.Load() != nil }

// closeLanes closes the lanes that are idle.
func (u *unit) closeLanes() {
	u.mu.Lock()
	idle := u.idle
	u.idle = nil
	u.mu.Unlock()
	if l := u.hot.Swap(nil); l != nil {
		idle = append(idle, l)
	}
	for _, l := range idle {
		_ = l.stream.Close()
	}
}

// close closes the streams, and the device if the engine opened it.
func (u *unit) close() error {
	u.closed.Store(true)
	u.closeLanes()
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
	l, err := u.lane()
	if err != nil {
		return err
	}
	if err = queue(l.stream); err == nil {
		err = l.stream.Sync(ctx)
	}
	if err != nil {
		_ = l.stream.Close()
		return err
	}
	u.putLane(l)
	return nil
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
