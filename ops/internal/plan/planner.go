package plan

import (
	"errors"
	"fmt"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/ops/internal/expr"
)

// planner makes one plan. What is stored may have to be corrected when a kernel
// is written; then everything is planned again with that known.
type planner struct {
	*graph
	options   Options
	maxStored int
	forced    map[*node]bool // stored because a kernel could not be written
	noPost    map[*node]bool // not absorbed: the kernel would be too large

	stored  []bool
	weights []weight
	saved   int   // bytes of values stored only to save work
	uses    []int // of each stored node: how many kernels' bodies read it
	chains  chains
	plan    *Plan
	buffers map[*node]int
	target  *node          // the node whose value is the output …
	layout  kernels.Layout // … and where its elements go in it
}

// Build plans the expression that Bind gave the binding for.
func Build(root *expr.Node, binding *Binding, o Options) (*Plan, error) {
	var rules []string
	if !o.Exact {
		root, rules = Rewrite(root)
	}
	g, err := newGraph(root, binding)
	if err != nil {
		return nil, err
	}
	p := &planner{graph: g, options: o, maxStored: MaxStored, forced: make(map[*node]bool), noPost: make(map[*node]bool)}
	if o.MaxStored > 0 {
		p.maxStored = o.MaxStored
	}
	for range 2*len(g.nodes) + 1 { // each attempt but the last corrects one node
		if err = p.attempt(rules); err == nil {
			p.finish()
			return p.plan, nil
		}
		if !p.correct(err) {
			break
		}
	}
	return nil, fmt.Errorf("plan %s: %w", root.Op, err)
}

// attempt plans with what is known so far.
func (p *planner) attempt(rules []string) error {
	p.chains = chains{byKey: make(map[string]*views)}
	p.buffers = make(map[*node]int)
	p.plan = &Plan{Algebra: append([]string(nil), rules...), InPlace: make([]bool, len(p.binding.Sources))}
	p.chooseStored()
	p.countUses()
	p.chooseTarget()
	p.plan.Output = p.addBuffer(Buffer{Role: Output, Type: p.target.Type, Len: p.root().size})
	p.buffers[p.target] = p.plan.Output
	return p.produce(p.target, p.plan.Output, p.layout)
}

// correct notes what made an attempt fail, and reports whether that helps.
func (p *planner) correct(err error) bool {
	var stuck *mustMove
	if errors.As(err, &stuck) && stuck.node != nil {
		if p.forced[stuck.node] {
			return false
		}
		p.forced[stuck.node] = true
		return true
	}
	var large *tooLarge
	if !errors.As(err, &large) {
		return false
	}
	if anchor, _ := p.anchorOf(large.top); anchor != nil && anchor != large.top {
		p.noPost[anchor] = true
		return true
	}
	if len(large.operands) > 1 {
		if b := p.heaviestOf(large.operands); b != nil {
			p.forced[b] = true // the kernel reads too much in all
			return true
		}
	}
	for n := large.top; ; {
		heavy := p.heaviest(n)
		if heavy == nil {
			return false
		}
		if w := p.weights[heavy.id]; w.units <= maxUnits/2 && w.inputs <= maxInputs/2 {
			p.forced[heavy] = true
			return true
		}
		n = heavy
	}
}

// value is the buffer of a stored node, made now if it is not yet.
func (p *planner) value(n *node) (int, error) {
	if buffer, ok := p.buffers[n]; ok {
		return buffer, nil
	}
	buffer := p.addBuffer(Buffer{Role: Temporary, Type: n.Type, Len: n.size})
	p.buffers[n] = buffer
	return buffer, p.produce(n, buffer, contiguous(n))
}

// input is the buffer of a source.
func (p *planner) input(n *node) int {
	for i, b := range p.plan.Buffers {
		if b.Role == Input && b.Source == n.slot {
			return i
		}
	}
	return p.addBuffer(Buffer{Role: Input, Source: n.slot, Type: n.Type})
}

func (p *planner) addBuffer(b Buffer) int {
	p.plan.Buffers = append(p.plan.Buffers, b)
	return len(p.plan.Buffers) - 1
}

// countUses counts, for every stored node, the Bodies that read it.
func (p *planner) countUses() {
	p.uses = make([]int, len(p.nodes))
	count := func(top *node, own bool) {
		for n := range p.region(top, own).leaves {
			p.uses[n.id]++
		}
	}
	for _, n := range p.nodes {
		switch {
		case n.Op == expr.Contract:
			count(n.args[0], false)
			if n.args[1] != n.args[0] {
				count(n.args[1], false)
			}
			for _, w := range n.args[2:] {
				count(w, false)
			}
		case n.isKernel():
			for _, a := range n.args {
				count(a, false)
			}
		case p.stored[n.id] || n == p.root():
			count(n, true)
		}
	}
}

// occurrence says how a Body reads a stored node.
type occurrence uint8

const (
	direct   occurrence = 1 << iota // at the same position, through elementwise operations alone
	indirect                        // through a view or broadcast
)

// region is what one Body computes: from a top down to stored values.
type region struct {
	leaves  map[*node]occurrence
	preOnly bool // it draws, gathers or makes a loop, as no Post can
}

// region walks from top; own says that top is computed even if it is stored.
func (p *planner) region(top *node, own bool) region {
	r := region{leaves: make(map[*node]occurrence)}
	seen := make(map[*node]occurrence)
	var walk func(n *node, how occurrence)
	walk = func(n *node, how occurrence) {
		if seen[n]&how != 0 {
			return
		}
		seen[n] |= how
		r.preOnly = r.preOnly || n.Op.IsRandom() || n.Op == expr.Take || n.Op == expr.Tuple || n.Op == expr.Sobol
		if n.isKernel() || p.stored[n.id] && !(own && n == top) {
			r.leaves[n] |= how
			return
		}
		for _, a := range n.args {
			next := how
			if !n.Op.IsElementwise() || !equalInts(a.Shape, n.Shape) {
				next = indirect
			}
			walk(a, next)
		}
	}
	walk(top, direct)
	return r
}

// anchorOf finds the reduction or contraction whose kernel can compute top in
// its Post: top itself, or one that nothing else reads and that is read at the
// same positions.
func (p *planner) anchorOf(top *node) (*node, region) {
	if top.isKernel() {
		return top, region{}
	}
	r := p.region(top, true)
	if r.preOnly || !top.Op.IsElementwise() {
		return nil, r
	}
	var best *node
	for n, how := range r.leaves {
		if how == direct && n.takesPost() && p.uses[n.id] == 1 && !p.noPost[n] && better(n, best) {
			best = n
		}
	}
	return best, r
}

// takesPost reports whether the node's kernel has a Post.
func (n *node) takesPost() bool {
	return n.Op == expr.Contract || n.Op.IsReduction() && n.Op != expr.Moments
}

// better prefers contractions, then larger arguments, then the first.
func better(n, than *node) bool {
	switch {
	case than == nil:
		return true
	case (n.Op == expr.Contract) != (than.Op == expr.Contract):
		return n.Op == expr.Contract
	case n.args[0].size != than.args[0].size:
		return n.args[0].size > than.args[0].size
	}
	return n.id < than.id
}

// chooseTarget looks for a kernel's result, or repeated elements, under the
// transposes and reshapes at the root: it can be written where they put it.
func (p *planner) chooseTarget() {
	p.target, p.layout = p.root(), contiguous(p.root())
	if p.options.Strides != nil {
		p.layout.Strides = p.options.Strides
	}
	n, layout := p.target, p.layout
	for n.Op == expr.Permute || n.Op == expr.Reshape {
		a := n.args[0]
		if n.Op == expr.Permute {
			inverse := make([]int, len(n.View.Perm))
			for i, perm := range n.View.Perm {
				inverse[perm] = i
			}
			layout = layout.Permute(inverse)
		} else {
			reshaped, ok := layout.Reshape(a.Shape)
			if !ok {
				return
			}
			layout = reshaped
		}
		n = a
	}
	if n == p.target || p.stored[n.id] && p.uses[n.id] != 1 {
		return
	}
	if anchor, _ := p.anchorOf(n); anchor != nil || n.Op == expr.Broadcast {
		p.target, p.layout = n, layout
	}
}
