package plan

import (
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/ops/internal/expr"
)

// take reads the element of n's first argument at a computed position of an axis.
// The argument lies in memory, with neighbours along the axis as far apart there as
// the third argument says; otherwise it has to be stored.
func (w *writer) take(n *node, v *views) (kernels.Value, error) {
	x, index := n.args[0], n.args[1]
	base, layout, ok := w.p.inMemory(x)
	if !ok || x.Shape[n.Axis] > 1 && layout.Strides[n.Axis] != int(n.args[2].Bits) {
		return kernels.NoValue, &mustMove{node: x}
	}
	// Over n's axes: those of x without the one, and 0 along the axes of index.
	rank := len(index.Shape)
	others := kernels.Layout{Shape: n.Shape, Strides: make([]int, len(n.Shape)), Offset: layout.Offset}
	copy(others.Strides, layout.Strides[:n.Axis])
	copy(others.Strides[n.Axis+rank:], layout.Strides[n.Axis+1:])
	others, stuck := v.apply(others)
	if stuck != nil {
		return kernels.NoValue, &mustMove{at: stuck}
	}
	position, err := w.position(n, v)
	if err != nil {
		return kernels.NoValue, err
	}
	buffer, err := w.p.memory(base)
	if err != nil {
		return kernels.NoValue, err
	}
	w.units += units(n.Op)
	flat := kernels.Layout{Shape: w.launch.shape, Strides: make([]int, len(w.launch.shape))}
	start := w.b.Index(w.launch.index(-1, others))
	return w.b.Gather(w.launch.input(buffer, n.Type, flat), n.Type, w.b.Add(start, position)), nil
}

// position is how far into x's memory the element is along the axis.
func (w *writer) position(n *node, v *views) (kernels.Value, error) {
	index := n.args[1]
	padded := ones(len(n.Shape))
	copy(padded[n.Axis:], index.Shape)
	if b := broadcast(padded, n.Shape); b != nil {
		v = w.p.chains.push(b, v)
	}
	pushed := v
	if !equalInts(index.Shape, padded) {
		pushed = w.p.chains.push(reshapeView(padded), v)
	}
	i, err := w.value(index, pushed)
	if err != nil {
		if stuck, ok := err.(*mustMove); ok && stuck.node == nil && stuck.at == pushed && pushed != v {
			stuck.node = index
		}
		return kernels.NoValue, err
	}
	step, err := w.value(n.args[2], nil)
	if err != nil {
		return kernels.NoValue, err
	}
	return w.b.Convert(kernels.U64, w.b.Mul(i, step)), nil
}

// inMemory finds what a node is a view of, if that is stored, and where in it the
// node's elements are.
func (p *planner) inMemory(n *node) (base *node, l kernels.Layout, ok bool) {
	switch {
	case p.stored[n.id]:
		return n, contiguous(n), true
	case n.Op == expr.Source:
		return n, n.Layout, true
	case !n.Op.IsView():
		return nil, l, false
	}
	base, l, ok = p.inMemory(n.args[0])
	if ok {
		l, ok = n.View.Apply(l)
	}
	return base, l, ok
}

// memory is the buffer of a source or stored node.
func (p *planner) memory(n *node) (int, error) {
	if p.stored[n.id] {
		return p.value(n)
	}
	return p.input(n), nil
}
