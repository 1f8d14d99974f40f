package cuda

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/device/cuda/internal/cu"
	"github.com/quern-go/quern/device/cuda/internal/cublas"
	"github.com/quern-go/quern/device/internal/queue"
	"github.com/quern-go/quern/internal/reuse"
	"github.com/quern-go/quern/kernels/ptx"
)

// Device is a GPU as a device.Device. Besides the required interface it reports
// its memory (device.MemoryReporter) and its speeds (device.Rater).
type Device struct {
	*primary
	found    *found
	version  int // the newest CUDA that the driver supports
	info     device.Info
	options  Options
	target   ptx.Target
	backing  *backing
	owner    queue.Owner[address]
	programs queue.Builds[string, *program]
	events   reuse.Stack[cu.Event] // not in use
	stages   reuse.Stack[*stage]   // not in use
	blas     func() (cublas.API, error)
	handles  reuse.Stack[cublas.Handle] // not in use
	// withoutBLAS says that cuBLAS has failed here.
	withoutBLAS atomic.Bool
	sequences   sequences
	// withoutGraphs says that the driver makes no graphs.
	withoutGraphs atomic.Bool
	rates         func() device.Rates
	// product64 says on which units exact products of float64 are computed.
	product64 func() product64
}

// Options vary a device.
type Options struct {
	// Cache keeps compiled programs; nil leaves that to the driver's own cache.
	Cache Cache
	// Texts is a directory to write the PTX of every kernel to, for reading, with a
	// comment for each instruction of its Bodies; "": none.
	Texts string
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

// unopened is a device that nothing has been asked of.
func (s *system) unopened(ordinal int, o Options) *Device {
	f := s.devices[ordinal]
	return &Device{
		primary: f.primary, found: f, version: s.version, options: o,
		info:   f.facts.info(ordinal, s.api.Library(), s.version),
		target: ptx.Target{SM: f.facts.capability, ISA: newestISA(s.version)}, blas: s.blas,
	}
}

func (s *system) newDevice(ordinal int, o Options) (*Device, error) {
	d := s.unopened(ordinal, o)
	f := d.found
	d.withoutGraphs.Store(!s.api.Has(cu.Graphs))
	d.owner.Info, d.owner.Guess, d.owner.Lost = &d.info, f.facts.guessRate(), &d.lost
	if err := d.retain(); err != nil {
		return nil, err
	}
	var err error
	if d.backing, err = newBacking(d.primary, f.facts.pools); err != nil {
		return nil, errors.Join(d.owner.Failure(err), d.release())
	}
	d.owner.Memory = device.NewPool[address](d.backing, f.facts.memory/cacheShare)
	d.rates = sync.OnceValue(d.knownRates)
	d.product64 = sync.OnceValue(func() product64 { return d.findProduct64(d.knows64) })
	return d, nil
}

// Info describes the device.
func (d *Device) Info() device.Info { return d.info }

// Close closes the streams and frees everything but buffers still in use, which
// are freed when they are released.
func (d *Device) Close() error {
	if !d.owner.Close() {
		return nil
	}
	d.owner.CloseStreams()
	err := d.do(d.destroy)
	d.owner.Memory.Close()
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
func (d *Device) destroy() error {
	var errs []error
	for st, ok := d.stages.Pop(); ok; st, ok = d.stages.Pop() {
		errs = append(errs, st.close())
	}
	errs = append(errs, d.sequences.close(), d.destroyHandles())
	for _, p := range d.programs.Take() {
		errs = append(errs, p.release())
	}
	for e, ok := d.events.Pop(); ok; e, ok = d.events.Pop() {
		if !d.lost.Load() {
			errs = append(errs, d.api.EventDestroy(e))
		}
	}
	return d.owner.Failure(errors.Join(errs...))
}

// Rates are measured once for a machine and driver, and kept in the cache.
func (d *Device) Rates() device.Rates { return d.rates() }
