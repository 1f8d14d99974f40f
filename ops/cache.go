package ops

import (
	"sync"
	"sync/atomic"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/ops/internal/expr"
	"github.com/quern-go/quern/ops/internal/panel"
	"github.com/quern-go/quern/ops/internal/plan"
)

// maxPlans bounds the plan cache; when it is full, it starts anew.
const maxPlans = 4096

// entry is a plan in the cache and its compiled forms.
type entry struct {
	plan     *plan.Plan
	scans    bool // a step is a kernels.Scan
	held     int  // bytes taken for temporaries: see plan.HeldBytes
	mu       sync.Mutex
	compiled atomic.Pointer[[]*compiled]   // one per device used
	seconds  atomic.Pointer[[]unitSeconds] // one per device considered
}

// bound is an expression with its plan: what a node keeps for next time.
type bound struct {
	engine  *Engine
	options plan.Options
	limits  limits
	node    *expr.Node
	entry   *entry
	sources []any // each a *data
	scalars []uint64
	starts  []int
	few     [2]any // memory for sources, so that most expressions need no other
}

// limits are what an evaluation may not do.
type limits struct {
	workspace int  // bytes that temporaries may take, 0: hostBudget
	strict    bool // make good what fails
}

func (b *bound) source(i int) *data { return b.sources[i].(*data) }

// bind finds or makes the plan of an expression.
func (e *Engine) bind(n *expr.Node, o *Option) (*bound, error) {
	if err := o.checkWorkspace(); err != nil {
		return nil, err
	}
	p, limits := o.plan(), e.limits(o)
	if b, ok := n.Memo.Load().(*bound); ok && b.engine == e && b.options.Exact == p.Exact && b.options.Precision == p.Precision && b.limits == limits {
		return b, nil
	}
	if limits.workspace > 0 {
		p.MaxStored = panel.MaxStored(limits.workspace)
	}
	b, err := e.bindTo(n, p)
	if err == nil {
		b.limits = limits
		n.Memo.Store(b)
	}
	return b, err
}

// bindTo finds or makes the plan of an expression whose node keeps nothing.
func (e *Engine) bindTo(n *expr.Node, o plan.Options) (*bound, error) {
	known := plan.Bind(n, o)
	defer known.Free()
	made := &bound{engine: e, options: o, node: n}
	binding := known.BindingIn(made.few[:])
	e.mu.RLock()
	found, ok := e.plans[string(known.Key)]
	e.mu.RUnlock()
	if e.closed.Load() {
		return nil, errClosed
	}
	if !ok {
		own := binding // kept there: otherwise the binding would always be garbage
		p, err := plan.Build(n, &own, o)
		if err != nil {
			return nil, err
		}
		e.planned.Add(1)
		found = e.keep(string(known.Key), &entry{plan: p, scans: p.HasScan(), held: p.HeldBytes(device.SizeClass)})
	}
	made.entry, made.sources, made.scalars, made.starts = found, binding.Sources, binding.Scalars, binding.Starts
	return made, nil
}

// keep adds a plan unless another goroutine was faster.
func (e *Engine) keep(key string, made *entry) *entry {
	e.mu.Lock()
	defer e.mu.Unlock()
	if known, ok := e.plans[key]; ok {
		return known
	}
	if e.plans == nil || len(e.plans) >= maxPlans {
		e.plans = make(map[string]*entry)
	}
	e.plans[key] = made
	return made
}
