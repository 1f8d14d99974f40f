package ops

import (
	"errors"
	"fmt"
	"sync"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/ops/internal/plan"
)

// compiled is a plan made ready for one device.
type compiled struct {
	unit     *unit
	plan     *plan.Plan
	programs []device.Program
	inputs   []input
	// precision is the lowest of the programs'.
	precision Precision
	frugal    bool      // memory of temporaries is to be reused within a run
	err       error     // why the device cannot run the plan
	runs      sync.Pool // of *run
	repeats   *repeats
}

// input is a buffer of a plan that is a source.
type input struct{ buffer, source int }

// worthWaiting is how many bytes less a run has to take for a wait between its
// steps, which costs a few microseconds.
const worthWaiting = 256 << 10

// on returns the plan compiled for a device. A failure is kept too: the device
// would fail again.
func (e *entry) on(u *unit) *compiled {
	if c := e.find(u); c != nil {
		return c
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if c := e.find(u); c != nil {
		return c
	}
	c := &compiled{unit: u, plan: e.plan}
	c.runs.New = func() any { return newRun(c) }
	c.repeats = newRepeats(c)
	c.programs, c.err = u.compile(e.plan)
	for i, b := range e.plan.Buffers {
		if b.Role == plan.Input {
			c.inputs = append(c.inputs, input{i, b.Source})
		}
	}
	for _, p := range c.programs {
		c.precision = max(c.precision, device.PrecisionOf(p))
	}
	total, peak := e.plan.TemporaryBytes()
	c.frugal = u.wrapper != nil && total-peak >= worthWaiting
	var list []*compiled
	if known := e.compiled.Load(); known != nil {
		list = append(list, *known...)
	}
	list = append(list, c)
	if c.err == nil || errors.Is(c.err, errors.ErrUnsupported) {
		e.compiled.Store(&list)
	}
	return c
}

// precisions are what the kernels are computed with. Only those that allow less than
// exact products are compiled for that.
func (e *entry) precisions(u *unit) []Precision {
	list := make([]Precision, len(e.plan.Steps))
	for i := range e.plan.Steps {
		k, ok := e.plan.Steps[i].Kernel.(*kernels.Contract)
		if !ok || k.Precision == kernels.Exact {
			continue
		}
		if c := e.on(u); c.err == nil {
			list[i] = device.PrecisionOf(c.programs[i])
		}
	}
	return list
}

func (e *entry) find(u *unit) *compiled {
	if list := e.compiled.Load(); list != nil {
		for _, c := range *list {
			if c.unit == u {
				return c
			}
		}
	}
	return nil
}

// compile compiles every kernel of a plan.
func (u *unit) compile(p *plan.Plan) ([]device.Program, error) {
	programs := make([]device.Program, len(p.Steps))
	for i := range p.Steps {
		s := &p.Steps[i]
		if !u.info.Float64 && usesFloat64(s.Kernel) {
			return nil, fmt.Errorf("compile %s for %s: float64: %w", s.Title, u.name, errors.ErrUnsupported)
		}
		program, err := u.dev.Compile(s.Kernel)
		if err != nil {
			return nil, u.noted(fmt.Errorf("compile %s for %s: %w", s.Title, u.name, err))
		}
		programs[i] = program
	}
	return programs, nil
}

// usesFloat64 reports whether a kernel computes in float64.
func usesFloat64(k kernels.Kernel) bool {
	bodies := []*kernels.Body{}
	switch k := k.(type) {
	case *kernels.Scan:
		return k.Ins[0] == kernels.F64
	case *kernels.Map:
		bodies = append(bodies, &k.Body)
	case *kernels.Reduce:
		bodies = append(bodies, &k.Pre, &k.Post)
	case *kernels.Contract:
		bodies = append(bodies, &k.PreA, &k.PreB, &k.Step, &k.Post)
		if k.Fold != nil {
			bodies = append(bodies, &k.Fold.Post)
		}
	}
	for _, b := range bodies {
		if b.Any(func(in *kernels.Inst) bool { return in.Type == kernels.F64 }) {
			return true
		}
	}
	return false
}
