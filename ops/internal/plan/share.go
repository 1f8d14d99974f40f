package plan

import (
	"slices"

	"github.com/quern-go/quern/ops/internal/expr"
)

// Share is the expression with equal parts made one node, as they are in a plan; one with
// loops stays as it is.
func Share(root *expr.Node) *expr.Node {
	bound := Bind(root, Options{})
	defer bound.Free()
	binding := bound.Binding()
	g, err := newGraph(root, &binding)
	if err != nil || len(g.nodes) == len(g.byNode) || slices.ContainsFunc(g.nodes, (*node).isOfLoop) {
		return root
	}
	shared := make([]*expr.Node, len(g.nodes))
	for i, n := range g.nodes {
		shared[i] = n.Node
		for k, a := range n.args {
			if shared[a.id] == shared[i].Args[k] {
				continue
			}
			if shared[i] == n.Node {
				shared[i] = n.Copy()
			}
			shared[i].Args[k] = shared[a.id]
		}
	}
	return shared[len(shared)-1]
}

// isOfLoop reports whether the node is a loop or stands for what changes in it.
func (n *node) isOfLoop() bool {
	return n.Op == expr.Iterate || n.Op == expr.State || n.Op == expr.StepNo
}
