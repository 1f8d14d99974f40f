package plan

import "github.com/quern-go/quern/kernels"

// produceConcat computes both arguments where they belong in the result.
func (p *planner) produceConcat(n *node, buffer int, layout kernels.Layout) error {
	first := n.args[0].Shape[n.Axis]
	for i, a := range n.args {
		start := i * first
		if err := p.produceInto(a, buffer, layout.Slice(n.Axis, start, 1, a.Shape[n.Axis])); err != nil {
			return err
		}
	}
	return nil
}

// produceInto computes a node into a part of a buffer. One that is stored for others
// too is copied.
func (p *planner) produceInto(n *node, buffer int, layout kernels.Layout) error {
	if p.stored[n.id] && p.uses[n.id] > 1 {
		return p.produceMap(n, false, buffer, layout)
	}
	return p.produce(n, buffer, layout)
}
