package ops

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/ops/internal/scratch"
)

// data is an array that exists: in a slice of the program's, on devices, or
// both. It belongs to a source node.
type data struct {
	dtype  kernels.DType
	host   []byte // the program's slice; nil if the array was computed on a device
	copies *copies
	// whole is the array of which this is a part, nil if it is none: see part.go.
	whole  *data
	start  int             // the part's first element in the whole
	packed *kernels.Layout // the elements of the whole that are copied one after another; nil: those from start on
	file   *scratch.File   // where a whole lies that is neither in memory nor on devices

	mu         sync.Mutex // held while a copy is made
	downloaded []byte     // of an array without a slice
	// recent is the copy used last, if it needs no pin: found without a lock.
	recent atomic.Pointer[deviceCopy]
}

// copies is apart from data so that a cleanup can release what data had.
type copies struct {
	mu   sync.Mutex
	list []*deviceCopy
}

// deviceCopy is the array in the memory of one device.
type deviceCopy struct {
	unit   *unit
	buffer device.Buffer
	// evictable says that the buffer takes device memory and can be made again
	// from the slice; then pins counts the evaluations that use it.
	evictable bool

	mu   sync.Mutex
	pins int
	gone bool
}

func newHostData(t kernels.DType, host []byte) *data {
	return &data{dtype: t, host: host, copies: new(copies)}
}

// newDeviceData is the array that only the buffer holds.
func newDeviceData(t kernels.DType, u *unit, b device.Buffer) *data {
	d := &data{dtype: t, copies: new(copies)}
	d.remember(&deviceCopy{unit: u, buffer: b})
	return d
}

// remember adds a copy, released with the last use of d.
func (d *data) remember(c *deviceCopy) {
	d.copies.mu.Lock()
	first := d.copies.list == nil
	d.copies.list = append(d.copies.list, c)
	d.copies.mu.Unlock()
	if first {
		runtime.AddCleanup(d, (*copies).release, d.copies)
	}
	if c.evictable {
		c.unit.addUpload(c)
	} else {
		d.recent.Store(c)
	}
}

func (cs *copies) release() {
	cs.mu.Lock()
	list := cs.list
	cs.list = nil
	cs.mu.Unlock()
	for _, c := range list {
		c.drop()
	}
}

// drop releases the buffer if nothing uses it, and reports whether it did.
func (c *deviceCopy) drop() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pins > 0 || c.gone {
		return false
	}
	c.gone = true
	c.buffer.Release()
	if c.evictable {
		c.unit.removeUpload(c)
	}
	return true
}

// pin keeps the copy until unpin; false if it is gone.
func (c *deviceCopy) pin() bool {
	if !c.evictable {
		return true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gone {
		return false
	}
	c.pins++
	return true
}

func (c *deviceCopy) unpin() {
	if c.evictable {
		c.mu.Lock()
		c.pins--
		c.mu.Unlock()
	}
}

// on returns the copy on a device, pinned, making it if there is none.
func (d *data) on(ctx context.Context, u *unit) (*deviceCopy, error) {
	if c := d.recent.Load(); c != nil && c.unit == u {
		return c, nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if c := d.copies.find(u); c != nil {
		return c, nil
	}
	c := &deviceCopy{unit: u}
	c.evictable = u.wrapper == nil && (d.host != nil || d.packed != nil) || d.isFiled()
	if c.evictable {
		c.pins = 1
	}
	var err error
	if c.buffer, err = d.copyTo(ctx, u); err != nil {
		return nil, err
	}
	d.remember(c)
	return c, nil
}

// copyTo makes a buffer of the array on a device; d.mu is held.
func (d *data) copyTo(ctx context.Context, u *unit) (device.Buffer, error) {
	if d.isFiled() {
		return d.load(ctx, u)
	}
	host, err := d.hostBytes(ctx)
	switch {
	case err != nil:
		return nil, err
	case u.wrapper != nil:
		return u.wrap(host)
	}
	return u.upload(ctx, host)
}

// find returns the pinned copy on a device, or nil, and forgets evicted ones.
func (cs *copies) find(u *unit) *deviceCopy {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	for i, c := range cs.list {
		if c.unit != u {
			continue
		}
		if c.pin() {
			return c
		}
		cs.list = append(cs.list[:i:i], cs.list[i+1:]...)
		return nil
	}
	return nil
}

// hostBytes is the array in host memory; d.mu is held. What is on devices only
// is read in place where that is possible, and otherwise downloaded and kept.
func (d *data) hostBytes(ctx context.Context) ([]byte, error) {
	switch {
	case d.host != nil:
		return d.host, nil
	case d.downloaded != nil:
		return d.downloaded, nil
	}
	if d.packed != nil {
		return pack(d.whole.host, d.dtype, *d.packed), nil
	}
	host, mapped, err := d.copies.read(ctx, nil)
	if err == nil && !mapped {
		d.downloaded = host
	}
	return host, err
}

// read copies the array into dst, which has its length.
func (d *data) read(ctx context.Context, dst []byte, o *Option) error {
	host, err := d.readable(ctx, dst)
	if err != nil || host == nil {
		return err
	}
	return o.copyTo(ctx, dst, host)
}

// readable is the array in host memory, to be copied from there; nil if it is on devices
// only: then it has been copied into dst.
func (d *data) readable(ctx context.Context, dst []byte) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.host == nil && d.downloaded == nil && d.packed == nil {
		_, _, err := d.copies.read(ctx, dst)
		return nil, err
	}
	return d.hostBytes(ctx)
}

// forget drops uploaded copies because the slice has changed.
func (d *data) forget() {
	d.copies.mu.Lock()
	defer d.copies.mu.Unlock()
	kept := d.copies.list[:0]
	for _, c := range d.copies.list {
		if !c.evictable || !c.drop() {
			kept = append(kept, c)
		}
	}
	d.copies.list = kept
}
