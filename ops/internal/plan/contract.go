package plan

import (
	"slices"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/term"
	"github.com/quern-go/quern/ops/internal/expr"
)

// contraction is what one Contract computes: product, then the elementwise
// operations up to post; with fold, a reduction of that along j and the
// elementwise operations up to result.
type contraction struct {
	product *node
	post    *node
	fold    *node // nil: none
	result  *node
	swap    bool           // a and b change places, i and j too
	out     kernels.Layout // of post, or of result
}

// foldOf recognises a reduction r, with elementwise operations up to top, of the
// rows or columns of a contraction that nothing else reads.
func (p *planner) foldOf(r, top *node, out kernels.Layout) *contraction {
	x := r.args[0]
	last := len(x.Shape) - 1
	if r.Op == expr.Moments || len(r.Reduce.Axes) != 1 || r.Reduce.Axes[0] < last-1 {
		return nil
	}
	product := p.productIn(x)
	swap := r.Reduce.Axes[0] == last-1
	switch {
	case product == nil:
		return nil
	case !swap && r.Reduce.Order != kernels.Tree: // only where n = 1
		return nil
	case r.Op == expr.Prod: // no device has reason to be good at it
		return nil
	case swap && r.Op == expr.Sum && r.Reduce.Order != kernels.Tree: // the algebra is off
		return nil
	}
	return &contraction{product: product, post: x, fold: r, result: top, swap: swap, out: out}
}

// productIn is the contraction that nothing else reads and of which x is computed by
// elementwise operations alone; nil if there is none.
func (p *planner) productIn(x *node) *node {
	product := x
	if x.Op != expr.Contract {
		product, _ = p.anchorOf(x)
	}
	if product == nil || product.Op != expr.Contract || p.uses[product.id] != 1 || p.noPost[product] || p.stored[x.id] && x != product {
		return nil
	}
	return product
}

// axes of the index space of a contraction, from the end.
const (
	axisM = 3
	axisN = 2
	axisK = 1
)

// space takes views of a contraction's parts to its index space.
type space struct {
	shape []int // batch, m, n, k, or with swap batch, n, m, k
	plain []int // batch, m, n, k
	turn  *expr.View
}

func newSpace(product *node, swap bool) space {
	a := product.args[0].Shape
	s := space{plain: append(slices.Clone(product.Shape), a[len(a)-1])}
	s.shape = s.plain
	if swap {
		rank := len(s.plain)
		perm := make([]int, rank)
		for i := range perm {
			perm[i] = i
		}
		perm[rank-axisM], perm[rank-axisN] = rank-axisN, rank-axisM
		s.turn = permuteView(s.plain, perm)
		s.shape = s.turn.Shape
	}
	return s
}

// size is the length of an axis of the plain space.
func (s *space) size(axis int) int { return s.plain[len(s.plain)-axis] }

// with is the batch axes followed by the given ones.
func (s *space) with(axes ...int) []int {
	return append(slices.Clone(s.plain[:len(s.plain)-3]), axes...)
}

// left takes a (…, m, k) to the index space.
func (s *space) left(c *chains, a *node) *views {
	m, k := s.size(axisM), s.size(axisK)
	return s.finish(c, s.with(m, 1, k), broadcast(a.Shape, s.with(m, k)))
}

// right takes b (…, k, n) to the index space.
func (s *space) right(c *chains, b *node) *views {
	n, k := s.size(axisN), s.size(axisK)
	wide := s.with(k, n)
	perm := make([]int, len(wide))
	for i := range perm {
		perm[i] = i
	}
	perm[len(perm)-2], perm[len(perm)-1] = len(perm)-1, len(perm)-2
	return s.finish(c, s.with(1, n, k), broadcast(b.Shape, wide), permuteView(wide, perm))
}

// along takes weights (k) to the index space.
func (s *space) along(c *chains) *views {
	padded := make([]int, len(s.plain))
	for i := range padded {
		padded[i] = 1
	}
	padded[len(padded)-axisK] = s.size(axisK)
	return s.finish(c, padded)
}

// outer takes an array of the product's shape to the index space.
func (s *space) outer(c *chains) *views {
	return s.finish(c, s.with(s.size(axisM), s.size(axisN), 1))
}

// perRow takes the result of a fold along j (with swap along i).
func (s *space) perRow(c *chains) *views {
	if s.turn != nil {
		return s.finish(c, s.with(1, s.size(axisN), 1))
	}
	return s.finish(c, s.with(s.size(axisM), 1, 1))
}

// finish reshapes what the views give to padded and stretches it.
func (s *space) finish(c *chains, padded []int, list ...*expr.View) *views {
	list = append(list, reshapeView(padded), broadcast(padded, s.plain), s.turn)
	return c.pushAll(nil, list...)
}

// produceContract adds the step of a contraction.
func (p *planner) produceContract(c *contraction, buffer int) error {
	sp := newSpace(c.product, c.swap)
	l := newLaunch(sp.shape)
	t := c.product.Type
	step := c.product.Step
	k := &kernels.Contract{Accs: step.Term.Accs(t)}
	k.Start = make([]uint64, len(k.Accs))
	if t == kernels.F32 && (step.Term == term.FMA || step.Term == term.SqDiff) {
		k.Precision = p.options.Precision
	}
	a, b := c.product.args[0], c.product.args[1]
	left, err := p.newWriter(l, a, sp.left(&p.chains, a)).body()
	if err != nil {
		return err
	}
	right, err := p.newWriter(l, b, sp.right(&p.chains, b)).body()
	if err != nil {
		return err
	}
	k.PreA, k.PreB = left, right
	if c.swap {
		k.PreA, k.PreB = right, left
	}
	if k.Step, err = p.stepBody(l, c.product, &sp); err != nil {
		return err
	}
	post := p.newWriter(l, c.post, sp.outer(&p.chains))
	post.anchor, post.own = c.product, c.fold == nil
	if k.Post, err = post.body(); err != nil {
		return err
	}
	if c.fold != nil {
		if k.Fold, err = p.foldBody(l, c, &sp); err != nil {
			return err
		}
	}
	s := Step{Title: p.contractTitle(c), Shape: sp.shape, Outs: c.operands(buffer)}
	return p.add(k, &k.Signature, l, s, groups{all: len(sp.shape) - 2, fixed: 2, right: &k.PreB})
}

// stepBody is the step of a contraction, which reads its weights.
func (p *planner) stepBody(l *launch, product *node, sp *space) (kernels.Body, error) {
	if len(product.args) < 3 {
		return product.Step.Body(product.Type, nil)
	}
	var failed error
	w := product.args[2]
	body, err := product.Step.Body(product.Type, func(b *kernels.Builder) kernels.Value {
		weights := p.newWriter(l, w, sp.along(&p.chains))
		weights.b = b
		x, err := weights.value(w, weights.base)
		failed = err
		return x
	})
	if failed != nil {
		return body, failed
	}
	return body, err
}

// foldBody is the reduction of a contraction's rows.
func (p *planner) foldBody(l *launch, c *contraction, sp *space) (*kernels.Fold, error) {
	if c.fold.Op == expr.Top {
		return topBody(c.fold, c.post.Type)
	}
	f := &kernels.Fold{Accs: []kernels.Acc{{Type: c.post.Type, Combine: combines[c.fold.Op]}}}
	w := p.newWriter(l, c.result, sp.perRow(&p.chains))
	w.anchor, w.own = c.fold, true
	var err error
	f.Post, err = w.body()
	return f, err
}

// operands are the outputs over the whole index space: strides 0 along k, and
// along j if folded to one value.
func (c *contraction) operands(buffer int) []Operand {
	if c.fold != nil && c.fold.Op == expr.Top {
		return topOperands(c.out, buffer)
	}
	out := operand(buffer, c.out)
	strides := slices.Clone(out.Strides)
	if c.fold != nil {
		strides = append(strides, 0, 0) // batch, row, j, k in turned order
	} else {
		strides = append(strides, 0)
	}
	out.Strides = strides
	return []Operand{out}
}
