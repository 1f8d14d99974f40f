package ops

import (
	"sync"
	"sync/atomic"

	"github.com/quern-go/quern/ops/internal/expr"
	"github.com/quern-go/quern/ops/internal/plan"
)

// maxPlans bounds the plan cache; when it is full, it starts anew.
const maxPlans = 4096

// entry is a plan in the cache and its compiled forms.
type entry struct {
	plan     *plan.Plan
	mu       sync.Mutex
	compiled atomic.Pointer[[]*compiled]   // one per device used
	seconds  atomic.Pointer[[]unitSeconds] // one per device considered
}

// bound is an expression with its plan: what a node keeps for next time.
type bound struct {
	engine  *Engine
	exact   bool
	entry   *entry
	sources []any // each a *data
	scalars []uint64
}

func (b *bound) source(i int) *data { return b.sources[i].(*data) }

// bind finds or makes the plan of an expression.
func (e *Engine) bind(n *expr.Node, exact bool) (*bound, error) {
	if b, ok := n.Memo.Load().(*bound); ok && b.engine == e && b.exact == exact {
		return b, nil
	}
	known := plan.Bind(n, plan.Options{Exact: exact})
	defer known.Free()
	binding := known.Binding()
	e.mu.RLock()
	found, ok := e.plans[string(known.Key)]
	closed := e.closed
	e.mu.RUnlock()
	if closed {
		return nil, errClosed
	}
	if !ok {
		p, err := plan.Build(n, &binding, plan.Options{Exact: exact})
		if err != nil {
			return nil, err
		}
		e.planned.Add(1)
		found = e.keep(string(known.Key), &entry{plan: p})
	}
	b := &bound{engine: e, exact: exact, entry: found, sources: binding.Sources, scalars: binding.Scalars}
	n.Memo.Store(b)
	return b, nil
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
