package cuda

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/device/cuda/internal/cu"
	"github.com/quern-go/quern/kernels/ptx"
)

// Device is a GPU as a device.Device. Besides the required interface it reports
// its memory (device.MemoryReporter) and its speeds (device.Rater).
type Device struct {
	*primary
	found   *found
	version int // the newest CUDA that the driver supports
	info    device.Info
	options Options
	target  ptx.Target
	guess   float64 // operations a second before anything is measured
	backing *backing
	memory  *device.Pool[address]
	events  stack[cu.Event] // not in use
	stages  stack[*stage]   // not in use
	rates   func() device.Rates

	closed atomic.Bool

	mu       sync.Mutex
	programs map[string]*program
	streams  map[*stream]struct{}
}

// Options vary a device.
type Options struct {
	// Cache keeps compiled programs; nil leaves that to the driver's own cache.
	Cache Cache
}

// Open opens the device at a position in the driver's list.
func Open(ordinal int, o Options) (*Device, error) { return theSystem().open(ordinal, o) }

func (s *system) open(ordinal int, o Options) (*Device, error) {
	selector := fmt.Sprintf("%s:%d", driverName, ordinal)
	switch {
	case len(s.devices) == 0:
		return nil, fmt.Errorf("open %s: %w", selector, s.problems)
	case ordinal < 0 || ordinal >= len(s.devices):
		return nil, fmt.Errorf("open %s: there are %d CUDA devices, %s:0 to %[3]s:%[4]d",
			selector, len(s.devices), driverName, len(s.devices)-1)
	}
	d, err := s.newDevice(ordinal, o)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", selector, err)
	}
	return d, nil
}

func (s *system) newDevice(ordinal int, o Options) (*Device, error) {
	f := s.devices[ordinal]
	d := &Device{
		primary: f.primary, found: f, version: s.version, options: o,
		info:     f.facts.info(ordinal, s.api.Library(), s.version),
		target:   ptx.Target{SM: f.facts.capability},
		guess:    f.facts.guessRate(),
		programs: make(map[string]*program), streams: make(map[*stream]struct{}),
	}
	if err := d.retain(); err != nil {
		return nil, err
	}
	var err error
	if d.backing, err = newBacking(d.primary, f.facts.pools); err != nil {
		return nil, errors.Join(d.failure(err), d.release())
	}
	d.memory = device.NewPool[address](d.backing, f.facts.memory/cacheShare)
	d.rates = sync.OnceValue(d.knownRates)
	return d, nil
}

// Info describes the device.
func (d *Device) Info() device.Info { return d.info }

// usable says why the device cannot be used: it is closed or lost.
func (d *Device) usable(op string) error {
	switch {
	case d.closed.Load():
		return fmt.Errorf("%s: %s: %w", op, d.info.Selector(), device.ErrClosed)
	case d.lost.Load():
		return fmt.Errorf("%s: %s: %w", op, d.info.Selector(), device.ErrLost)
	}
	return nil
}

// failure passes an error on and notes when it says that the device is lost.
func (d *Device) failure(err error) error {
	if errors.Is(err, device.ErrLost) {
		d.lost.Store(true)
	}
	return err
}

// enter puts a stream in the list of open ones; false if the device has closed.
func (d *Device) enter(s *stream) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed.Load() {
		return false
	}
	d.streams[s] = struct{}{}
	return true
}

func (d *Device) leave(s *stream) {
	d.mu.Lock()
	delete(d.streams, s)
	d.mu.Unlock()
}

func (d *Device) openStreams() []*stream {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Collect(maps.Keys(d.streams))
}

// Close closes the streams and frees everything but buffers still in use, which
// are freed when they are released.
func (d *Device) Close() error {
	d.mu.Lock()
	first := d.closed.CompareAndSwap(false, true)
	list := slices.Collect(maps.Values(d.programs))
	d.mu.Unlock()
	if !first {
		return nil
	}
	for _, s := range d.openStreams() {
		_ = s.Close() // the device goes anyway
	}
	err := d.do(func() error { return d.destroy(list) })
	d.memory.Close()
	if e := d.backing.close(); err == nil {
		err = e
	}
	if err != nil {
		return fmt.Errorf("close %s: %w", d.info.Selector(), err)
	}
	return nil
}

// destroy ends the life of everything but memory. With a lost device it does
// nothing: the context's reset will.
func (d *Device) destroy(list []*program) error {
	var errs []error
	for st, ok := d.stages.pop(); ok; st, ok = d.stages.pop() {
		errs = append(errs, st.close())
	}
	for _, p := range list {
		errs = append(errs, p.release())
	}
	for e, ok := d.events.pop(); ok; e, ok = d.events.pop() {
		if !d.lost.Load() {
			errs = append(errs, d.api.EventDestroy(e))
		}
	}
	return d.failure(errors.Join(errs...))
}

// Rates are measured once for a machine and driver, and kept in the cache.
func (d *Device) Rates() device.Rates { return d.rates() }

// stack keeps things for reuse, the last one put back first.
type stack[T any] struct {
	mu   sync.Mutex
	free []T
}

func (s *stack[T]) pop() (top T, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.free)
	if n == 0 {
		return top, false
	}
	top = s.free[n-1]
	s.free = s.free[:n-1]
	return top, true
}

func (s *stack[T]) push(v T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free = append(s.free, v)
}
