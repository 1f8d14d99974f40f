package cpu

import (
	"fmt"

	"github.com/quern-go/quern/device"
)

// block is a buffer from the device's pool.
type block = device.Block[[]byte]

// Alloc returns a buffer; the error wraps device.ErrOutOfMemory if the machine or
// the process's control group has not enough memory left.
func (d *Device) Alloc(bytes int) (device.Buffer, error) {
	if d.closed.Load() {
		return nil, fmt.Errorf("allocate %d bytes: cpu: %w", bytes, device.ErrClosed)
	}
	b, err := d.memory.Get(bytes)
	if err != nil {
		return nil, fmt.Errorf("cpu: %w", err)
	}
	return b, nil
}

// wrapped is a buffer over the host's memory.
type wrapped struct {
	bytes    []byte
	released bool
}

func (w *wrapped) Bytes() int { return len(w.bytes) }

// Release lets go of the memory too: the buffer may wait for Rewrap.
func (w *wrapped) Release() {
	w.bytes, w.released = nil, true
}

// Wrap returns a buffer over p.
func (d *Device) Wrap(p []byte) (device.Buffer, error) {
	if d.closed.Load() {
		return nil, fmt.Errorf("wrap %d bytes: cpu: %w", len(p), device.ErrClosed)
	}
	return &wrapped{bytes: p}, nil
}

// Rewrap returns a buffer over p: old, if that is one that Wrap has made.
func (d *Device) Rewrap(p []byte, old device.Buffer) (device.Buffer, error) {
	w, ok := old.(*wrapped)
	if !ok || d.closed.Load() {
		return d.Wrap(p)
	}
	w.bytes, w.released = p, false
	return w, nil
}

// HostBytes returns the buffer's memory.
func (d *Device) HostBytes(b device.Buffer) ([]byte, error) { return hostBytes(b) }

// hostBytes is the memory of a buffer of this package, which its user has not
// released.
func hostBytes(b device.Buffer) ([]byte, error) {
	switch b := b.(type) {
	case *wrapped:
		if !b.released {
			return b.bytes, nil
		}
	case *block:
		if !b.Released() {
			return b.Memory()[:b.Bytes()], nil
		}
	default:
		return nil, fmt.Errorf("cpu: a buffer of another device was given (%T)", b)
	}
	return nil, fmt.Errorf("cpu: the buffer was released")
}
