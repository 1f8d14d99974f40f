package opencl

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/device/internal/queue"
	"github.com/quern-go/quern/internal/dl"
	"github.com/quern-go/quern/internal/reuse"
	"github.com/quern-go/quern/kernels/clike"
)

// Device is an OpenCL device as a device.Device. Besides the required interface it
// reports its memory (device.MemoryReporter) and its speeds (device.Rater).
type Device struct {
	api      *api
	found    *found
	info     device.Info
	options  Options
	context  uintptr
	target   clike.Target
	mapped   bool // transfers map the buffer instead of copying twice
	binaries bool // programs' binaries are kept in the cache
	owner    queue.Owner[uintptr]
	programs queue.Builds[string, *program]
	stages   reuse.Stack[*stage]
	rates    func() device.Rates
	tuned    tuning

	lost  atomic.Bool
	calls sync.RWMutex // held for reading by calls that use the context
}

// Options vary a device.
type Options struct {
	// Cache keeps compiled programs and measurements; nil keeps none.
	Cache Cache
}

// Open opens the device at a position in the driver's list.
func Open(ordinal int, o Options) (*Device, error) {
	return open(discoverOnce(), ordinal, o)
}

func open(d *discovery, ordinal int, o Options) (*Device, error) {
	selector := fmt.Sprintf("%s:%d", driverName, ordinal)
	switch {
	case len(d.devices) == 0:
		return nil, fmt.Errorf("open %s: %w", selector, d.problems)
	case ordinal < 0 || ordinal >= len(d.devices):
		return nil, fmt.Errorf("open %s: the last OpenCL device is %s:%d", selector, driverName, len(d.devices)-1)
	}
	dev, err := newDevice(d.api, d.devices[ordinal], ordinal, o)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", selector, err)
	}
	return dev, nil
}

func newDevice(a *api, f *found, ordinal int, o Options) (*Device, error) {
	d := &Device{
		api: a, found: f, options: o,
		info:     f.facts.info(ordinal, a.library),
		target:   f.facts.target(),
		mapped:   f.facts.unified,
		binaries: o.Cache != nil && f.facts.platform != poclPlatform,
	}
	var err error
	if d.context, err = newContext(a, f); err != nil {
		return nil, err
	}
	d.owner.Info, d.owner.Guess, d.owner.Lost = &d.info, f.facts.guessRate(), &d.lost
	d.owner.Memory = device.NewPool[uintptr](newBacking(a, d.context, &f.facts), f.facts.memory/cacheShare)
	d.rates = sync.OnceValue(d.recallRates)
	if err := d.checkBits(); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

func newContext(a *api, f *found) (context uintptr, err error) {
	properties := [3]uintptr{contextPlatform, f.platform, 0}
	devices := [1]uintptr{f.id}
	var code int32
	dl.PreserveSignals(func() {
		context = a.invoke(createContext, &code, uintptr(unsafe.Pointer(&properties)), 1,
			uintptr(unsafe.Pointer(&devices)), 0, 0, uintptr(unsafe.Pointer(&code)))
	})
	return a.created(contexts, createContext, context, code)
}

// target is what kernels may use.
func (f *facts) target() clike.Target {
	t := clike.Target{
		Dialect:     clike.OpenCL(),
		Float64:     f.fp64 != 0,
		ExactDivide: f.exactDivide(),
		GroupSize:   f.groupSize,
		LocalBytes:  int(f.localBytes),
		// The limit is on all arguments together; half of it is left to the pointers.
		BlockLimit: f.parameterBytes / 2,
	}
	if f.software() {
		t.Tile = softwareTile
	}
	return t
}

// Info describes the device.
func (d *Device) Info() device.Info { return d.info }

// begin is Usable for a call that uses the context, which Close waits for. If it
// returns nil, end has to follow.
func (d *Device) begin(op string) error {
	d.calls.RLock()
	err := d.owner.Usable(op)
	if err != nil {
		d.calls.RUnlock()
	}
	return err
}

func (d *Device) end() { d.calls.RUnlock() }

// Close closes the streams and frees everything but buffers still in use, which
// are freed when they are released.
func (d *Device) Close() error {
	if !d.owner.Close() {
		return nil
	}
	d.calls.Lock() // calls that have begun end first; others find the device closed
	defer d.calls.Unlock()
	d.owner.CloseStreams()
	for _, p := range d.programs.Take() {
		p.release()
	}
	for st, ok := d.stages.Pop(); ok; st, ok = d.stages.Pop() {
		st.close()
	}
	d.owner.Memory.Close()
	if err := d.api.release(contexts, d.context); err != nil {
		return fmt.Errorf("close %s: %w", d.info.Selector(), err)
	}
	return nil
}

// Rates are measured once for a machine and driver, and kept in the cache.
func (d *Device) Rates() device.Rates { return d.rates() }
