package plan

import (
	"slices"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/ops/internal/expr"
)

// produce adds the step that computes top into buffer, where the layout puts
// its elements.
func (p *planner) produce(top *node, buffer int, layout kernels.Layout) error {
	anchor, _ := p.anchorOf(top)
	switch {
	case anchor == nil:
		return p.produceMap(top, true, buffer, layout)
	case anchor.Op == expr.Contract:
		return p.produceContract(&contraction{product: anchor, post: top, out: layout}, buffer)
	case anchor.Op == expr.Concat:
		return p.produceConcat(anchor, buffer, layout)
	case anchor.Op == expr.Top:
		return p.produceTop(anchor, buffer, layout)
	case anchor.Op.IsScan():
		return p.produceScan(anchor, buffer, layout)
	}
	if c := p.foldOf(anchor, top, layout); c != nil {
		return p.produceContract(c, buffer)
	}
	return p.produceReduce(anchor, top, buffer, layout)
}

// produceMap computes an elementwise node, a view or random numbers; own says that
// it does so even if the node is stored.
func (p *planner) produceMap(top *node, own bool, buffer int, layout kernels.Layout) error {
	l := newLaunch(top.Shape)
	w := p.newWriter(l, top, nil)
	w.own = own
	body, err := w.body()
	if err != nil {
		return err
	}
	k := &kernels.Map{Body: body}
	s := Step{Title: "map " + p.title(top, nil), Shape: top.Shape, Outs: []Operand{operand(buffer, layout)}}
	return p.add(k, &k.Signature, l, s, groups{all: len(top.Shape)})
}

func operand(buffer int, l kernels.Layout) Operand {
	return Operand{Buffer: buffer, Offset: l.Offset, Strides: l.Strides}
}

var combines = map[expr.Op]kernels.Combine{
	expr.Sum: kernels.CombineAdd, expr.Prod: kernels.CombineMul, expr.Moments: kernels.CombineAdd,
	expr.Min: kernels.CombineMin, expr.Max: kernels.CombineMax,
	expr.ArgMin: kernels.CombineArgMin, expr.ArgMax: kernels.CombineArgMax,
}

// produceReduce computes the reduction r and the elementwise operations from it
// up to top.
func (p *planner) produceReduce(r, top *node, buffer int, layout kernels.Layout) error {
	x := r.args[0]
	perm := keptThenReduced(len(x.Shape), r.Reduce.Axes)
	space := permuteView(x.Shape, perm)
	l := newLaunch(space.Shape)
	pre := p.newWriter(l, x, p.chains.pushAll(nil, space))
	if r.Op == expr.Moments {
		return p.produceMoments(r, pre, buffer, layout)
	}
	first, err := pre.value(x, pre.base)
	if err != nil {
		return err
	}
	k := &kernels.Reduce{Order: r.Reduce.Order}
	k.Accs = []kernels.Acc{{Type: x.Type, Combine: combines[r.Op]}}
	if k.Pre, err = pre.b.Build(first); err != nil {
		return err
	}
	kept := len(space.Shape) - len(r.Reduce.Axes)
	padded := append(slices.Clone(space.Shape[:kept]), ones(len(r.Reduce.Axes))...)
	if k.Post, err = p.postBody(l, top, r, reshapeView(padded), broadcast(padded, space.Shape)); err != nil {
		return err
	}
	out := operand(buffer, layout)
	out.Strides = append(slices.Clone(out.Strides), make([]int, len(r.Reduce.Axes))...)
	s := Step{Title: p.title(r, x) + p.postTitle(top, r), Shape: space.Shape, Reduced: len(r.Reduce.Axes), Outs: []Operand{out}}
	return p.add(k, &k.Signature, l, s, groups{all: kept, reduced: len(r.Reduce.Axes)})
}

// produceMoments computes the float64 sums of values and of their products.
func (p *planner) produceMoments(r *node, pre *writer, buffer int, layout kernels.Layout) error {
	b := pre.b
	var sums []kernels.Value
	for _, x := range itemsOf(r.args[0]) {
		v, err := pre.broadcastValue(x, r.args[0], pre.base)
		if err != nil {
			return err
		}
		sums = append(sums, b.Convert(kernels.F64, v))
	}
	for _, f := range expr.ProductsOf(r.Reduce.Cross, len(sums)) {
		sums = append(sums, b.Mul(sums[f[0]], sums[f[1]]))
	}
	k := &kernels.Reduce{Order: r.Reduce.Order}
	post := kernels.NewBuilder()
	var results []kernels.Value
	for i := range sums {
		k.Accs = append(k.Accs, kernels.Acc{Type: kernels.F64, Combine: kernels.CombineAdd})
		results = append(results, post.Acc(i, kernels.F64))
	}
	var err error
	if k.Pre, err = b.Build(sums...); err != nil {
		return err
	}
	if k.Post, err = post.Build(results...); err != nil {
		return err
	}
	kept := len(r.Shape) - 1
	var outs []Operand
	for i := range sums {
		at := layout.Slice(kept, i, 1, 1)
		strides := append(slices.Clone(at.Strides[:kept]), 0)
		outs = append(outs, Operand{Buffer: buffer, Offset: at.Offset, Strides: strides})
	}
	s := Step{Title: p.title(r, r.args[0]), Shape: pre.launch.shape, Reduced: 1, Outs: outs}
	return p.add(k, &k.Signature, pre.launch, s, groups{all: kept, reduced: 1})
}

// postBody emits the elementwise operations from the anchor, accumulator 0, up
// to top; views take top's shape to the index space.
func (p *planner) postBody(l *launch, top, anchor *node, views ...*expr.View) (kernels.Body, error) {
	w := p.newWriter(l, top, p.chains.pushAll(nil, views...))
	w.anchor, w.own = anchor, true
	return w.body()
}

// keptThenReduced orders the axes as a Reduce wants them.
func keptThenReduced(rank int, reduced []int) []int {
	perm := make([]int, 0, rank)
	for i := range rank {
		if !slices.Contains(reduced, i) {
			perm = append(perm, i)
		}
	}
	return append(perm, reduced...)
}

func ones(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = 1
	}
	return out
}

// add finishes a step: axes merged, parameters and costs set.
func (p *planner) add(k kernels.Kernel, sig *kernels.Signature, l *launch, s Step, g groups) error {
	*sig = l.sig
	s.Kernel, s.Ins, s.Indices, s.Starts, s.Params = k, l.ins, l.indices, l.starts, l.params
	s.mergeAxes(g)
	if err := k.Validate(); err != nil {
		return err
	}
	if b := s.Outs[0].Buffer; p.plan.Buffers[b].Role == Temporary {
		s.Title = p.temporaryName(b) + " = " + s.Title
	}
	p.predict(&s)
	p.plan.Steps = append(p.plan.Steps, s)
	return nil
}
