package fakecuda

import (
	"bytes"

	"github.com/quern-go/quern/device/cuda/internal/cu"
)

// graph is launches in a row, or what has been made of it to launch.
type graph struct {
	context *context
	nodes   []cu.Node
	launch  map[cu.Node]*node
	from    cu.Graph // of what is to be launched: the graph that it was made of
}

// node is a launch in a graph.
type node struct {
	function *function
	call     *cu.Launch
}

// graphs is within for the functions of graphs.
func (d *Driver) graphs(name string) (*context, error) {
	c, err := d.within(name)
	if c != nil && !d.Has(cu.Graphs) {
		d.violate("%s: the driver lacks it", name)
		return c, cu.NewError(name, cu.NotSupported)
	}
	return c, err
}

// GraphCreate is cuGraphCreate.
func (d *Driver) GraphCreate() (cu.Graph, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c, err := d.graphs("cuGraphCreate")
	if err != nil {
		return 0, err
	}
	h := cu.Graph(d.handle())
	d.graph[h] = &graph{context: c, launch: make(map[cu.Node]*node)}
	return h, nil
}

// GraphDestroy is cuGraphDestroy.
func (d *Driver) GraphDestroy(h cu.Graph) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	const name = "cuGraphDestroy"
	c, injected := d.graphs(name)
	if g := d.graph[h]; g == nil || g.context != c {
		d.violate("%s: %#x is no graph of the current context", name, h)
		return cu.NewError(name, cu.InvalidHandle)
	}
	delete(d.graph, h)
	return injected
}

// node is a launch to be kept, its parameters copied.
func (d *Driver) node(name string, l *cu.Launch) (*node, error) {
	f, err := d.function(name, l.Function)
	if err != nil {
		return nil, err
	}
	if l.Grid == 0 || l.Block == 0 || l.Grid > maxGrid {
		d.violate("%s: %d blocks of %d threads", name, l.Grid, l.Block)
		return nil, cu.NewError(name, cu.InvalidValue)
	}
	if err := d.sharedFits(name, f, l); err != nil {
		return nil, err
	}
	return &node{f, &cu.Launch{Function: l.Function, Grid: l.Grid, Block: l.Block, Shared: l.Shared, Params: bytes.Clone(l.Params)}}, nil
}

// GraphAddKernelNode is cuGraphAddKernelNode, for nodes that follow each other.
func (d *Driver) GraphAddKernelNode(h cu.Graph, after cu.Node, l *cu.Launch) (cu.Node, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	const name = "cuGraphAddKernelNode"
	c, err := d.graphs(name)
	if err != nil {
		return 0, err
	}
	g := d.graph[h]
	if g == nil || g.context != c {
		d.violate("%s: %#x is no graph of the current context", name, h)
		return 0, cu.NewError(name, cu.InvalidHandle)
	}
	if last := len(g.nodes); last == 0 && after != 0 || last > 0 && g.nodes[last-1] != after {
		d.violate("%s: after node %#x, which is not the last", name, after)
		return 0, cu.NewError(name, cu.InvalidValue)
	}
	n, err := d.node(name, l)
	if err != nil {
		return 0, err
	}
	at := cu.Node(d.handle())
	g.nodes, g.launch[at] = append(g.nodes, at), n
	return at, nil
}

// GraphInstantiate is cuGraphInstantiateWithFlags.
func (d *Driver) GraphInstantiate(h cu.Graph) (cu.Exec, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	const name = "cuGraphInstantiateWithFlags"
	c, err := d.graphs(name)
	if err != nil {
		return 0, err
	}
	g := d.graph[h]
	if g == nil || g.context != c {
		d.violate("%s: %#x is no graph of the current context", name, h)
		return 0, cu.NewError(name, cu.InvalidHandle)
	}
	copied := &graph{context: c, nodes: g.nodes, from: h, launch: make(map[cu.Node]*node)}
	for at, n := range g.launch {
		copied.launch[at] = n
	}
	e := cu.Exec(d.handle())
	d.execs[e] = copied
	return e, nil
}

// GraphExecDestroy is cuGraphExecDestroy: what is queued is still done.
func (d *Driver) GraphExecDestroy(h cu.Exec) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	const name = "cuGraphExecDestroy"
	c, injected := d.graphs(name)
	if _, err := d.exec(name, c, h); err != nil {
		return err
	}
	delete(d.execs, h)
	return injected
}

func (d *Driver) exec(name string, c *context, h cu.Exec) (*graph, error) {
	g := d.execs[h]
	if g == nil || g.context != c {
		d.violate("%s: %#x is no graph of the current context to launch", name, h)
		return nil, cu.NewError(name, cu.InvalidHandle)
	}
	return g, nil
}

// GraphExecKernelNodeSetParams is cuGraphExecKernelNodeSetParams.
func (d *Driver) GraphExecKernelNodeSetParams(h cu.Exec, at cu.Node, l *cu.Launch) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	const name = "cuGraphExecKernelNodeSetParams"
	c, err := d.graphs(name)
	if err != nil {
		return err
	}
	g, err := d.exec(name, c, h)
	if err != nil {
		return err
	}
	n, err := d.node(name, l)
	if err != nil {
		return err
	}
	if d.graph[g.from] == nil {
		d.violate("%s: the graph of node %#x is no more", name, at)
		return cu.NewError(name, cu.InvalidValue)
	}
	old := g.launch[at]
	if old == nil || old.function != n.function {
		d.violate("%s: node %#x is not of that graph and function", name, at)
		return cu.NewError(name, cu.InvalidValue)
	}
	g.launch[at] = n
	return nil
}

// GraphLaunch is cuGraphLaunch: the launches as they are now.
func (d *Driver) GraphLaunch(h cu.Exec, on cu.Stream) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	const name = "cuGraphLaunch"
	c, err := d.graphs(name)
	if err != nil {
		return err
	}
	g, err := d.exec(name, c, h)
	if err != nil {
		return err
	}
	s, err := d.stream(name, c, on)
	if err != nil {
		return err
	}
	for _, at := range g.nodes {
		n := g.launch[at]
		d.push(s, &op{what: n.function.name, words: n.call.Params, function: n.function, run: func() error {
			return n.function.entry.Run(n.call, c.all)
		}})
	}
	return nil
}
