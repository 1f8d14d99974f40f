package plan

import (
	"slices"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/term"
	"github.com/quern-go/quern/ops/internal/expr"
)

// produceTop adds the step that finds the smallest elements along an axis: as the rows
// of a contraction are computed, if they are a contraction's that nothing else reads;
// else in the Post of one that multiplies nothing.
func (p *planner) produceTop(n *node, buffer int, layout kernels.Layout) error {
	x := n.args[0]
	last := len(x.Shape) - 1
	if n.Axis >= last-1 {
		if product := p.productIn(x); product != nil {
			return p.produceContract(&contraction{product: product, post: x, fold: n, result: n, swap: n.Axis == last-1, out: layout}, buffer)
		}
	}
	return p.produceTopOf(x, n, buffer, layout)
}

// produceTopOf finds the smallest elements of what a Post can compute. The index space
// is the axes that are kept, or one, then the axis and one step of the chain.
func (p *planner) produceTopOf(x, n *node, buffer int, layout kernels.Layout) error {
	perm := keptThenReduced(len(x.Shape), []int{n.Axis})
	lines := permuteView(x.Shape, perm)
	shape := slices.Clone(lines.Shape)
	if len(shape) == 1 {
		shape = append([]int{1}, shape...)
		layout.Shape, layout.Strides = append([]int{1}, layout.Shape...), append([]int{0}, layout.Strides...)
	}
	shape = append(shape, 1)
	l := newLaunch(shape)
	k := &kernels.Contract{Start: []uint64{0}, Accs: []kernels.Acc{{Type: x.Type, Combine: kernels.CombineAdd}}}
	nothing := func() (kernels.Body, error) {
		b := kernels.NewBuilder()
		return b.Build(b.Float(x.Type, 0))
	}
	var err error
	if k.PreA, err = nothing(); err != nil {
		return err
	}
	if k.PreB, err = nothing(); err != nil {
		return err
	}
	if k.Step, err = term.FMA.Step(x.Type, nil); err != nil {
		return err
	}
	if k.Post, err = p.newWriter(l, x, p.chains.pushAll(nil, lines, reshapeView(shape))).body(); err != nil {
		return err
	}
	if k.Fold, err = topBody(n, x.Type); err != nil {
		return err
	}
	s := Step{Title: p.title(n, nil), Shape: shape, Outs: topOperands(layout, buffer)}
	return p.add(k, &k.Signature, l, s, groups{all: len(shape) - 2, fixed: 2, right: &k.PreB})
}

// topBody gives the positions and the bits of the values.
func topBody(n *node, t kernels.DType) (*kernels.Fold, error) {
	b := kernels.NewBuilder()
	post, err := b.Build(b.AccIndex(0), expr.Bits(b, t, b.Acc(0, t)))
	acc := kernels.Acc{Type: t, Combine: kernels.CombineArgMin}
	return &kernels.Fold{Accs: []kernels.Acc{acc}, Post: post, Top: n.Shape[len(n.Shape)-1]}, err
}

// topOperands are the two parts of the result, over the index space: along j lie the
// elements that are found.
func topOperands(out kernels.Layout, buffer int) []Operand {
	kept := len(out.Shape) - 2
	list := make([]Operand, 2)
	for part := range list {
		at := out.Slice(kept, part, 1, 1)
		list[part] = Operand{Buffer: buffer, Offset: at.Offset, Strides: append(slices.Clone(at.Strides[:kept]), out.Strides[kept+1], 0)}
	}
	return list
}
