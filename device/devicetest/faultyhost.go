package devicetest

import (
	"fmt"

	"github.com/quern-go/quern/device"
)

// FaultyHostDevice is a FaultyDevice that computes on the host's memory, as a GPU
// that shares it with the CPU does.
type FaultyHostDevice struct{ *FaultyDevice }

// OnHost is the same device with access to the host's memory. The wrapped device
// must have it.
func (d *FaultyDevice) OnHost() FaultyHostDevice { return FaultyHostDevice{d} }

// gone is the error of a lost device, or nil.
func (d *FaultyDevice) gone(op string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.lost != nil {
		return fmt.Errorf("%s: %w", op, d.lost)
	}
	return nil
}

// Wrap returns a buffer over p.
func (d FaultyHostDevice) Wrap(p []byte) (device.Buffer, error) {
	if err := d.gone("wrap"); err != nil {
		return nil, err
	}
	b, err := d.dev.(device.HostWrapper).Wrap(p)
	if err != nil {
		return nil, err
	}
	return d.buffer(b, p), nil
}

// HostBytes returns the buffer's memory.
func (d FaultyHostDevice) HostBytes(b device.Buffer) ([]byte, error) {
	if err := d.gone("host bytes"); err != nil {
		return nil, err
	}
	own, err := d.use(CallDownload, b)
	if err != nil {
		return nil, err
	}
	return d.dev.(device.HostMapper).HostBytes(own.Buffer)
}
