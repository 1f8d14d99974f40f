package ops

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	_ "github.com/quern-go/quern/cpu" // the device to fall back on is always there
	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/ops/internal/panel"
)

// Engine owns what evaluations share: open devices, compiled plans, streams and
// counters. Most programs use the default one, made by the first evaluation; its
// devices are the one that QUERN_DEVICE selects, or else the CPU and every GPU
// that gives the same bits, of which each evaluation takes the one predicted to
// be fastest. An Engine may be used by several goroutines. The zero Engine is ready
// for use and has the devices of the default one.
type Engine struct {
	opening sync.Once
	units   []*unit // to choose from, best first
	openErr error

	mu       sync.RWMutex
	named    map[string]*unit        // opened by selector
	given    map[device.Device]*unit // of OnDevice
	asked    atomic.Pointer[unit]    // of either, the last one asked for: found without a lock
	fallback *unit                   // the CPU device, once needed
	plans    map[string]*entry
	cutters  [2]*panel.Cutter // for host memory, for a device's own
	budget   int              // the Workspace of evaluations without one; 0: hostBudget

	closed      atomic.Bool // set with mu held, as the maps are cleared
	warned      sync.Map    // unit name and reason → logged already
	evaluations atomic.Int64
	planned     atomic.Int64
	fallbacks   atomic.Int64
	inPanels    atomic.Int64
	inFiles     atomic.Int64
	reduced     atomic.Int64
}

// cpuSelector names the device that does what another cannot.
const cpuSelector = "cpu"

// NewEngine opens the devices that the selectors name; without any, the devices
// of the default engine.
func NewEngine(selectors ...string) (*Engine, error) {
	e := new(Engine)
	if _, err := e.candidateUnits(selectors...); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

// candidateUnits opens the devices to choose from, when they are first needed.
func (e *Engine) candidateUnits(selectors ...string) ([]*unit, error) {
	e.opening.Do(func() {
		if s := device.DefaultSelector(); s != "" && len(selectors) == 0 {
			selectors = []string{s}
		}
		if len(selectors) == 0 {
			e.units, e.openErr = e.openUsable()
			return
		}
		for _, s := range selectors {
			u, err := e.open(s)
			if err != nil {
				e.openErr = err
				return
			}
			e.units = append(e.units, u)
		}
	})
	return e.units, e.openErr
}

// openUsable opens every device that may be chosen unasked, best first: see
// device.Rank. One that does not open is left out, if there is another.
func (e *Engine) openUsable() ([]*unit, error) {
	best, err := device.Best()
	if err != nil {
		return nil, err
	}
	infos := []device.Info{best}
	for _, p := range device.ProbeAll() {
		for _, i := range p.Infos {
			if !i.Software && i.Reproducible {
				infos = append(infos, i)
			}
		}
	}
	var units []*unit
	var failures []error
	for _, i := range device.Rank(infos) {
		if isReached(i, units) {
			continue
		}
		u, err := e.open(i.Selector())
		switch {
		case err != nil:
			failures = append(failures, err)
		case !slices.Contains(units, u):
			units = append(units, u)
		}
	}
	if len(units) == 0 {
		return nil, errors.Join(failures...)
	}
	for _, err := range failures {
		e.warn(unusable, "open", err)
	}
	return units, nil
}

// isReached reports whether a device is the hardware of one that is open by another
// driver, such as a GPU through OpenCL beside CUDA. Opening it twice costs a part of a
// second and gives nothing.
func isReached(i device.Info, units []*unit) bool {
	return slices.ContainsFunc(units, func(u *unit) bool {
		return u.info.Driver != i.Driver && u.info.Name == i.Name
	})
}

// defaultEngine opens its devices when it is first used.
var defaultEngine = new(Engine)

// DefaultEngine is the engine of evaluations without WithEngine.
func DefaultEngine() *Engine { return defaultEngine }

// engineOrDefault is the engine that the options name, or the default.
func (o *Option) engineOrDefault() *Engine {
	if o.engine != nil {
		return o.engine
	}
	return defaultEngine
}

// open opens a device by its selector, once.
func (e *Engine) open(selector string) (*unit, error) {
	e.mu.RLock()
	u, ok := e.named[selector]
	e.mu.RUnlock()
	if ok {
		return u, nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.openLocked(selector)
}

func (e *Engine) openLocked(selector string) (*unit, error) {
	if e.closed.Load() {
		return nil, errClosed
	}
	if u, ok := e.named[selector]; ok {
		return u, nil
	}
	dev, err := device.Open(selector)
	if err != nil {
		return nil, err
	}
	u := newUnit(dev, true)
	u.name = selector
	if e.named == nil {
		e.named = make(map[string]*unit)
	}
	e.named[selector] = u
	return u, nil
}

var errClosed = errors.New("engine: it is closed")

// candidates are the devices on which an evaluation may run: the one asked for,
// or all.
func (e *Engine) candidates(o *Option) ([]*unit, error) {
	switch {
	case e.closed.Load():
		return nil, errClosed
	case o.device == nil && o.selector == "":
		return e.candidateUnits()
	}
	if u := e.asked.Load(); u != nil && u.isAsked(o) {
		return u.alone, nil
	}
	u, err := e.ask(o)
	if err != nil {
		return nil, err
	}
	e.asked.Store(u)
	return u.alone, nil
}

// isAsked reports whether the unit is what the options ask for.
func (u *unit) isAsked(o *Option) bool {
	if o.device != nil {
		return !u.owned && u.dev == o.device
	}
	return u.owned && u.name == o.selector
}

// ask is the unit that the options ask for.
func (e *Engine) ask(o *Option) (*unit, error) {
	if o.device == nil {
		return e.open(o.selector)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed.Load() {
		return nil, errClosed
	}
	u, ok := e.given[o.device]
	if !ok {
		u = newUnit(o.device, false)
		if e.given == nil {
			e.given = make(map[device.Device]*unit)
		}
		e.given[o.device] = u
	}
	return u, nil
}

// cpu is the device to fall back on.
func (e *Engine) cpu() (*unit, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.fallback == nil {
		u, err := e.openLocked(cpuSelector)
		if err != nil {
			return nil, err
		}
		e.fallback = u
	}
	return e.fallback, nil
}

// Close closes the devices that the engine opened. Closing twice is harmless.
func (e *Engine) Close() error {
	e.mu.Lock()
	e.closed.Store(true)
	var units []*unit
	for _, u := range e.named {
		units = append(units, u)
	}
	for _, u := range e.given {
		units = append(units, u)
	}
	e.fallback = nil
	clear(e.named)
	clear(e.given)
	clear(e.plans)
	e.mu.Unlock()
	var errs []error
	for _, u := range units {
		errs = append(errs, u.close())
	}
	return errors.Join(errs...)
}

// Devices describes the devices among which evaluations choose, best first. One
// that has been lost, and so is not chosen any more, has a Detail that says so.
func (e *Engine) Devices() ([]device.Info, error) {
	units, err := e.candidateUnits()
	infos := make([]device.Info, len(units))
	for i, u := range units {
		infos[i] = u.describe()
	}
	return infos, err
}

// Stats counts what an Engine has done.
type Stats struct {
	Evaluations int64 // expressions evaluated
	Plans       int64 // plans made, of pieces too; all other evaluations found theirs in the cache
	// Fallbacks are evaluations that ran on another device than the chosen one, which could
	// not, or in more memory than Workspace says, because a temporary file could not be used.
	Fallbacks int64
	InPanels  int64 // evaluations piece by piece, because temporaries would have taken too much memory
	InFiles   int64 // of these, evaluations that stored intermediate values in temporary files
	Fast      int64 // evaluations with less than exact products, as Fast allows
}

// Stats returns the counts so far.
func (e *Engine) Stats() Stats {
	return Stats{e.evaluations.Load(), e.planned.Load(), e.fallbacks.Load(), e.inPanels.Load(), e.inFiles.Load(), e.reduced.Load()}
}
