package plan

import (
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/ops/internal/expr"
)

const (
	// maxInputs bounds the arrays that one kernel reads.
	maxInputs = 16
	// maxUnits bounds the size of a kernel, in instructions; a function call
	// counts as callUnits.
	maxUnits  = 512
	callUnits = 16
	// dear is the cost from which it pays to keep a value that would otherwise
	// be recomputed for many elements: a store and a load are a few additions.
	dear = 8
	// dearInProduct is the same for an operand of a contraction, which is read
	// a few times, as tiles are packed.
	dearInProduct = 16
)

// MaxStored bounds the memory, in bytes, of values kept only to save work, all
// together, unless the Options say otherwise.
const MaxStored = 32 << 20

// weight estimates what emitting a node into a kernel takes, from above: parts
// that are used twice count twice.
type weight struct {
	units  int // instructions
	inputs int
	cost   int // time per element
}

// units is the number of instructions of one operation.
func units(op expr.Op) int {
	switch {
	case op == expr.Normal:
		return 4 * callUnits
	case op == expr.Tuple || op == expr.Iterate:
		return 1
	case op == expr.Sobol:
		return 2
	case op == expr.Take:
		return 4
	case op.IsRandom() || expr.Cost(op) >= 20:
		return callUnits
	case op.IsElementwise():
		return 1 + min(3, expr.Cost(op)-1)/2
	}
	return 1
}

// cost is the time of one element, relative to an addition.
func cost(op expr.Op) int {
	switch op {
	case expr.Uniform:
		return 20
	case expr.Normal:
		return 80
	case expr.Integers:
		return 20
	case expr.Pick:
		return 30
	case expr.Sobol:
		return 100
	case expr.Take:
		return dear
	}
	return expr.Cost(op)
}

// chooseStored marks the nodes whose values are kept in memory, arguments
// before their users.
func (p *planner) chooseStored() {
	p.stored = make([]bool, len(p.nodes))
	p.weights = make([]weight, len(p.nodes))
	p.saved = 0
	for _, n := range p.nodes {
		if n.isKernel() {
			p.stored[n.id] = true
		}
		p.storeArguments(n)
		p.weights[n.id] = p.weigh(n)
		for w := &p.weights[n.id]; !n.isKernel() && (w.units > maxUnits || w.inputs > maxInputs); {
			heavy := p.heaviest(n)
			if heavy == nil {
				break
			}
			p.stored[heavy.id] = true
			*w = p.weigh(n)
		}
	}
	for n := range p.forced {
		p.stored[n.id] = true
	}
}

// seen is the weight of a node as its users see it.
func (p *planner) seen(n *node) weight {
	if p.stored[n.id] {
		return weight{units: 1, inputs: 1}
	}
	return p.weights[n.id]
}

// weigh adds up what is under n.
func (p *planner) weigh(n *node) weight {
	switch {
	case n.Op == expr.Source:
		return weight{units: 1, inputs: 1}
	case n.Op == expr.Const:
		return weight{units: 1}
	case n.Op.IsView():
		return p.seen(n.args[0])
	}
	w := weight{units: units(n.Op), cost: cost(n.Op)}
	if n.Op == expr.Iterate {
		steps := p.weights[n.args[1].id]
		steps.cost = min(steps.cost, 1<<20) * min(n.Loop.Steps, 1<<20)
		first := p.seen(n.args[0])
		return weight{steps.units + first.units, steps.inputs + first.inputs, steps.cost + first.cost}
	}
	for i, a := range n.args {
		if i > 0 && a == n.args[i-1] {
			continue
		}
		s := p.seen(a)
		w.units += s.units
		w.inputs += s.inputs
		w.cost += s.cost
	}
	return w
}

// heaviest is the argument, below views, whose storing makes n lightest; nil if
// none would.
func (p *planner) heaviest(n *node) *node { return p.heaviestOf(n.args) }

func (p *planner) heaviestOf(list []*node) *node {
	var best *node
	most := 1
	for _, a := range list {
		b := a.base()
		if b == p.target || p.stored[b.id] || p.stored[a.id] || !b.isComputed() {
			continue
		}
		w := p.weights[b.id]
		if load := w.units*maxInputs + w.inputs*maxUnits; load > most {
			best, most = b, load
		}
	}
	return best
}

// storeArguments marks those arguments of n that would be recomputed for many
// elements of n.
func (p *planner) storeArguments(n *node) {
	switch {
	case n.Op == expr.Pick:
		p.storePicked(n.args[2])
	case n.Op.IsElementwise():
		for _, a := range n.args {
			p.storeRepeated(a, n.size)
		}
	case n.Op.IsReduction():
		p.storeRepeated(n.args[0], n.args[0].size)
	case n.Op == expr.Top:
		p.storeRepeated(n.args[0], n.args[0].size)
		if b := n.args[0].base(); b.isComputed() && p.region(n.args[0], false).preOnly {
			p.stored[b.id] = true // a Post cannot compute it
		}
	case n.Op.IsScan():
		if b := n.args[0].base(); b.isComputed() {
			p.stored[b.id] = true // a scan reads memory
		}
	case n.Op == expr.Contract:
		for _, a := range n.args[:2] {
			b := a.base()
			p.storeRepeated(a, a.size)
			if p.mayStore(b) && p.weights[b.id].cost >= dearInProduct {
				p.save(b)
			}
		}
		for _, w := range n.args[2:] {
			if b := w.base(); b.isComputed() {
				p.stored[b.id] = true // a step reads memory
			}
		}
	case n == p.root() && n.Op.IsView():
		p.storeRepeated(n, n.size)
	}
}

// storeRepeated stores what is under the views of a if size elements of it
// would be computed from fewer, and that costs more than reading them.
func (p *planner) storeRepeated(a *node, size int) {
	b := a.base()
	if b.size <= size/2 && p.mayStore(b) && (p.weights[b.id].cost >= dear || p.overKernel(b)) {
		p.save(b)
	}
}

// mayStore reports whether a node is computed where it is used, and there is
// memory to keep it.
func (p *planner) mayStore(b *node) bool {
	return !p.stored[b.id] && b.isComputed() && b.size <= (p.maxStored-p.saved)/b.Type.Size()
}

// isComputed reports whether the elements cost something to compute where they are
// used, and may be kept instead.
func (n *node) isComputed() bool {
	computed := n.Op.IsElementwise() && n.Op != expr.Tuple || n.Op.IsRandom() || n.Op == expr.Take
	return computed && !n.varies
}

// storePicked stores what elements are picked from, unless they lie one after
// another in memory already.
func (p *planner) storePicked(a *node) {
	if a.Op != expr.Source || a.Layout.Strides[0] != 1 && a.size > 1 {
		p.stored[a.id] = true
	}
}

func (p *planner) save(b *node) {
	p.stored[b.id] = true
	p.saved += b.size * b.Type.Size()
}

// overKernel reports whether a reduction or contraction could take the
// elementwise node into its Post.
func (p *planner) overKernel(n *node) bool {
	for depth := 0; depth < maxChain && n.Op.IsElementwise(); depth++ {
		var next *node
		for _, a := range n.args {
			if equalInts(a.Shape, n.Shape) && a.Op != expr.Const {
				next = a
				if a.isKernel() {
					return true
				}
			}
		}
		if next == nil {
			return false
		}
		n = next
	}
	return false
}

// maxChain bounds the search for a kernel under elementwise operations.
const maxChain = 64

// contiguous is the layout of a stored value.
func contiguous(n *node) kernels.Layout { return kernels.Contiguous(n.Shape...) }
