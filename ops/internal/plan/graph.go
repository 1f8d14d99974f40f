package plan

import (
	"errors"
	"slices"

	"github.com/quern-go/quern/ops/internal/expr"
)

// node is a part of the expression, each distinct part once.
type node struct {
	*expr.Node
	id   int // position in graph.nodes
	args []*node
	slot int // Source, Const, parts of generated arrays: number in the Binding
	size int // number of elements
	// varies says that the value changes with the steps of a loop that this is in.
	varies bool
}

// graph is the expression with equal parts made one. Arguments come before
// what is computed of them; the root is last.
type graph struct {
	nodes   []*node
	binding *Binding
	byNode  map[*expr.Node]*node
	byKey   map[string]*node
}

var errUnbound = errors.New("plan: the expression is not the one that was bound")

func newGraph(root *expr.Node, binding *Binding) (*graph, error) {
	g := &graph{binding: binding, byNode: make(map[*expr.Node]*node), byKey: make(map[string]*node)}
	if err := expr.CheckClosed(root); err != nil {
		return nil, err
	}
	_, err := g.add(root)
	return g, err
}

func (g *graph) root() *node { return g.nodes[len(g.nodes)-1] }

func (g *graph) add(n *expr.Node) (*node, error) {
	if known, ok := g.byNode[n]; ok {
		return known, nil
	}
	made := &node{Node: n, id: len(g.nodes), size: n.Size(), varies: n.Varies()}
	var ids []int
	for _, a := range n.Args {
		if a == nil {
			break
		}
		arg, err := g.add(a)
		if err != nil {
			return nil, err
		}
		made.args = append(made.args, arg)
		ids = append(ids, arg.id)
		made.varies = made.varies || arg.varies && n.Op != expr.Iterate
	}
	var err error
	if made.slot, err = g.slot(n); err != nil {
		return nil, err
	}
	key := string(encode(nil, n, ids, made.slot))
	if same, ok := g.byKey[key]; ok {
		g.byNode[n] = same
		return same, nil
	}
	made.id = len(g.nodes)
	g.nodes = append(g.nodes, made)
	g.byNode[n], g.byKey[key] = made, made
	return made, nil
}

func (g *graph) slot(n *expr.Node) (int, error) {
	i := 0
	switch {
	case n.Op == expr.Source:
		i = -1
		for k, s := range g.binding.Sources {
			if s == n.Data {
				i = k
			}
		}
	case n.Op == expr.Const:
		i = g.binding.scalar(n.Type, n.Bits)
	case isPart(n):
		i = slices.Index(g.binding.Starts, n.Layout.Offset)
	}
	if i < 0 {
		return 0, errUnbound
	}
	return i, nil
}

// isKernel reports whether the node needs a kernel of its own kind.
func (n *node) isKernel() bool { return n.Op.IsKernel() }

// base is what a chain of views shows.
func (n *node) base() *node {
	for n.Op.IsView() {
		n = n.args[0]
	}
	return n
}
