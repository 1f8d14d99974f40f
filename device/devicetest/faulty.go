package devicetest

import (
	"errors"
	"fmt"
	"sync"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/kernels"
)

// FaultyDevice is a device that fails as told. It presents itself as one of
// another driver, with memory apart from the host's, and keeps accounts of what
// is open, so that a test sees what was leaked or misused on the way.
//
// It is as unkind as a device may be: what a failed Download or Sync was to fill
// is overwritten with other bytes.
type FaultyDevice struct {
	dev   device.Device
	fault Fault

	mu     sync.Mutex
	info   device.Info
	calls  [numCalls]int
	fired  bool
	lost   error
	counts Counts
	misuse error
}

// Counts are the objects of a device that have not been given back.
type Counts struct {
	Streams int
	Buffers int
	Queued  int // copies and launches on open streams since their last Sync

	Sequences int
}

// Faulty wraps a device, which it closes when it is closed.
func Faulty(dev device.Device, f Fault) *FaultyDevice {
	d := &FaultyDevice{dev: dev, fault: f, info: dev.Info()}
	d.info.Driver = "fault"
	return d
}

// Present changes what Info says.
func (d *FaultyDevice) Present(change func(*device.Info)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change(&d.info)
}

// Info describes the device.
func (d *FaultyDevice) Info() device.Info {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.info
}

// Fired reports whether a call has failed as told.
func (d *FaultyDevice) Fired() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.fired
}

// Counts are the accounts now.
func (d *FaultyDevice) Counts() Counts {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.counts
}

// Misuse is the first breach of the seam's rules by the caller, such as the use
// of a released buffer.
func (d *FaultyDevice) Misuse() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.misuse
}

// enter counts a call and returns the error that it is to give.
func (d *FaultyDevice) enter(c Call) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.lost != nil {
		return fmt.Errorf("%s: %w", c, d.lost)
	}
	d.calls[c]++
	if !d.fault.hits(c, d.calls[c]) {
		return nil
	}
	d.fired = true
	err := fmt.Errorf("%s number %d is made to fail: %w", c, d.calls[c], d.fault.Err)
	if d.fault.Late && c.late() {
		return lateError{err}
	}
	d.lose(d.fault.Err)
	return err
}

// lateError is a failure that the next Sync is to return.
type lateError struct{ error }

// lose takes the whole device if the error says so; the lock is held.
func (d *FaultyDevice) lose(err error) {
	if errors.Is(err, device.ErrLost) {
		d.lost = d.fault.Err
	}
}

// count changes the accounts.
func (d *FaultyDevice) count(change func(*Counts)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change(&d.counts)
}

// wrong records a breach of the rules, and is the error that it gives.
func (d *FaultyDevice) wrong(c Call, what string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	err := fmt.Errorf("%s: %s", c, what)
	if d.misuse == nil {
		d.misuse = err
	}
	return err
}

// faultyProgram is a program of one FaultyDevice; equal for equal programs.
type faultyProgram struct {
	device.Program
	dev *FaultyDevice
}

// Compile makes the kernel ready, or fails.
func (d *FaultyDevice) Compile(k kernels.Kernel) (device.Program, error) {
	if err := d.enter(CallCompile); err != nil {
		return nil, err
	}
	p, err := d.dev.Compile(k)
	if err != nil {
		return nil, err
	}
	return faultyProgram{p, d}, nil
}

// Alloc returns a buffer, or fails.
func (d *FaultyDevice) Alloc(bytes int) (device.Buffer, error) {
	if err := d.enter(CallAlloc); err != nil {
		return nil, err
	}
	b, err := d.dev.Alloc(bytes)
	if err != nil {
		return nil, err
	}
	return d.buffer(b, nil), nil
}

// NewStream returns a queue, or fails.
func (d *FaultyDevice) NewStream() (device.Stream, error) {
	if err := d.enter(CallNewStream); err != nil {
		return nil, err
	}
	s, err := d.dev.NewStream()
	if err != nil {
		return nil, err
	}
	d.count(func(c *Counts) { c.Streams++ })
	return &faultyStream{stream: s, dev: d}, nil
}

// Memory is the accounts of the wrapped device, if it keeps any.
func (d *FaultyDevice) Memory() (stats device.MemoryStats) {
	if r, ok := d.dev.(device.MemoryReporter); ok {
		return r.Memory()
	}
	return stats
}

// Trim lets the wrapped device return cached memory.
func (d *FaultyDevice) Trim() {
	if r, ok := d.dev.(device.MemoryReporter); ok {
		r.Trim()
	}
}

// Rates are those of the wrapped device, if it knows any.
func (d *FaultyDevice) Rates() (rates device.Rates) {
	if r, ok := d.dev.(device.Rater); ok {
		return r.Rates()
	}
	return rates
}

// Close closes the wrapped device.
func (d *FaultyDevice) Close() error { return d.dev.Close() }

// faultyBuffer is a buffer in the accounts.
type faultyBuffer struct {
	device.Buffer
	dev  *FaultyDevice
	host []byte // what it was wrapped around

	mu       sync.Mutex
	released bool
}

func (d *FaultyDevice) buffer(b device.Buffer, host []byte) *faultyBuffer {
	d.count(func(c *Counts) { c.Buffers++ })
	return &faultyBuffer{Buffer: b, dev: d, host: host}
}

// Release gives the buffer back; only the first call counts.
func (b *faultyBuffer) Release() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.released {
		b.released = true
		b.dev.count(func(c *Counts) { c.Buffers-- })
		b.Buffer.Release()
	}
}

// use is the wrapped buffer, if it may be used.
func (d *FaultyDevice) use(c Call, b device.Buffer) (*faultyBuffer, error) {
	own, ok := b.(*faultyBuffer)
	if !ok || own.dev != d {
		return nil, d.wrong(c, fmt.Sprintf("a buffer of another device (%T)", b))
	}
	own.mu.Lock()
	defer own.mu.Unlock()
	if own.released {
		return nil, d.wrong(c, "a released buffer")
	}
	return own, nil
}
