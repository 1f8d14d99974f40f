package plan

import (
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/ops/internal/expr"
)

// launch collects what one kernel is launched with, while its Bodies are
// written. All strides are over the whole index space.
type launch struct {
	sig     kernels.Signature
	shape   []int // of the index space
	ins     []Operand
	indices []kernels.Layout
	starts  []int // see Step
	params  []int
	known   map[string]int // input or index layout → its slot
	tops    []*node        // of the Bodies
}

func newLaunch(shape []int) *launch {
	return &launch{shape: shape, known: make(map[string]int)}
}

// input finds or adds a buffer with a layout of the index space.
func (l *launch) input(buffer int, t kernels.DType, layout kernels.Layout) int {
	key, strides := l.key('i', buffer, layout)
	slot, ok := l.known[key]
	if !ok {
		slot = len(l.ins)
		l.ins = append(l.ins, Operand{Buffer: buffer, Offset: layout.Offset, Strides: strides})
		l.sig.Ins = append(l.sig.Ins, t)
		l.known[key] = slot
	}
	return slot
}

// index finds or adds an index layout; start is the number of what is added to
// its offset at launch, or −1.
func (l *launch) index(start int, layout kernels.Layout) int {
	key, strides := l.key('x', start, layout)
	slot, ok := l.known[key]
	if !ok {
		slot = len(l.indices)
		l.indices = append(l.indices, kernels.Layout{Shape: l.shape, Strides: strides, Offset: layout.Offset})
		l.starts = append(l.starts, start)
		l.sig.Indices++
		l.known[key] = slot
	}
	return slot
}

// key is the identity of an input or index, and its strides over the index
// space, 0 along axes of length 1.
func (l *launch) key(kind byte, number int, layout kernels.Layout) (string, []int) {
	strides := slices.Clone(layout.Strides)
	for i, d := range l.shape {
		if d == 1 {
			strides[i] = 0
		}
	}
	key := binary.AppendVarint([]byte{kind}, int64(number))
	key = binary.AppendVarint(key, int64(layout.Offset))
	return string(ints(key, strides)), strides
}

// param is the slot of a scalar.
func (l *launch) param(scalar int, t kernels.DType) int {
	if i := slices.Index(l.params, scalar); i >= 0 {
		return i
	}
	l.params = append(l.params, scalar)
	l.sig.Params = append(l.sig.Params, t)
	return len(l.params) - 1
}

// writer emits one Body of a kernel.
type writer struct {
	p      *planner
	launch *launch
	b      *kernels.Builder
	base   *views // from top's shape to the index space
	top    *node
	own    bool  // top is computed here although it is stored
	anchor *node // stands for accumulator 0, if not nil
	memo   map[at]kernels.Value
	loops  map[at]*written // by the list of what a step gives
	units  int
	outer  *writer // of a loop's step: writes what does not change from step to step
	loop   *loop   // of a loop's step
}

// at is a node seen through a chain of views.
type at struct{ node, views int }

func (p *planner) newWriter(l *launch, top *node, base *views) *writer {
	l.tops = append(l.tops, top)
	return &writer{p: p, launch: l, b: kernels.NewBuilder(), base: base, top: top, memo: make(map[at]kernels.Value), loops: make(map[at]*written)}
}

// tooLarge is the error of a kernel that exceeds maxUnits or maxInputs.
type tooLarge struct {
	top      *node   // of the Body that was being written
	operands []*node // tops of all its Bodies so far
}

func (e *tooLarge) Error() string { return fmt.Sprintf("plan: kernel for %s is too large", e.top.Op) }

// mustMove is the error of a reshape that has to move elements: node has to be
// stored.
type mustMove struct {
	at   *views
	node *node
}

func (e *mustMove) Error() string { return "plan: reshape has to move elements" }

// body emits the top node and finishes a Body of that one result.
func (w *writer) body() (kernels.Body, error) {
	v, err := w.value(w.top, w.base)
	if err != nil {
		return kernels.Body{}, err
	}
	return w.b.Build(v)
}

// value is the element of n at the current point, seen through v.
func (w *writer) value(n *node, v *views) (kernels.Value, error) {
	if w.outer != nil && !n.varies {
		x, err := w.outer.value(n, v)
		return w.capture(x), err
	}
	key := at{n.id, v.number()}
	if x, ok := w.memo[key]; ok {
		return x, nil
	}
	x, err := w.compute(n, v)
	if err != nil {
		return kernels.NoValue, err
	}
	if w.size() > maxUnits || len(w.launch.ins) > maxInputs {
		return kernels.NoValue, &tooLarge{w.top, w.launch.tops}
	}
	w.memo[key] = x
	return x, nil
}

func (w *writer) compute(n *node, v *views) (kernels.Value, error) {
	here := v == w.base
	switch {
	case n == w.anchor && here:
		return w.accumulator(n), nil
	case n.Op == expr.Const: // even if it is stored, for a kernel that reads memory
		return w.b.Param(w.launch.param(n.slot, n.Type), n.Type), nil
	case w.p.stored[n.id] && !(w.own && here && n == w.top):
		buffer, err := w.p.value(n)
		if err != nil {
			return kernels.NoValue, err
		}
		return w.load(buffer, n.Type, contiguous(n), v)
	case n.Op == expr.Source:
		return w.load(w.p.input(n), n.Type, n.Layout, v)
	case n.Op.IsView():
		pushed := w.p.chains.push(n.View, v)
		x, err := w.value(n.args[0], pushed)
		if stuck, ok := err.(*mustMove); ok && stuck.node == nil && stuck.at == pushed {
			stuck.node = n.args[0]
		}
		return x, err
	case n.Op == expr.State || n.Op == expr.StepNo:
		return w.stepLeaf(n), nil
	case n.Op == expr.Iterate:
		return w.iterate(n, v)
	case n.Op.IsElementwise():
		return w.elementwise(n, v)
	case n.Op == expr.Take:
		return w.take(n, v)
	}
	return w.generated(n, v)
}

func (w *writer) accumulator(n *node) kernels.Value {
	switch {
	case n.Op == expr.ArgMin || n.Op == expr.ArgMax:
		return w.b.AccIndex(0)
	case n.Op == expr.Contract:
		return n.Step.Term.Result(w.b, n.Type)
	}
	return w.b.Acc(0, n.Type)
}

func (w *writer) load(buffer int, t kernels.DType, l kernels.Layout, v *views) (kernels.Value, error) {
	layout, stuck := v.apply(l)
	if stuck != nil {
		return kernels.NoValue, &mustMove{at: stuck}
	}
	w.units++
	return w.b.Load(w.launch.input(buffer, t, layout), t), nil
}

// argument is argument i of the elementwise node n, broadcast to its shape.
func (w *writer) argument(n *node, i int, v *views) (kernels.Value, error) {
	return w.broadcastValue(n.args[i], n, v)
}

func (w *writer) elementwise(n *node, v *views) (kernels.Value, error) {
	var args [3]kernels.Value
	for i := range n.args {
		if i == 0 && n.Op == expr.Where {
			continue
		}
		x, err := w.argument(n, i, v)
		if err != nil {
			return kernels.NoValue, err
		}
		args[i] = x
	}
	w.units += units(n.Op)
	switch n.Op {
	case expr.Where:
		return w.where(n, v, args)
	case expr.Sobol:
		return sobol(w.b, n, args)
	}
	return expr.Emit(w.b, n.Op, n.Type, args[:len(n.args)]...), nil
}

// where selects by the comparison itself where the condition is one, instead of
// by its 1 or 0.
func (w *writer) where(n *node, v *views, args [3]kernels.Value) (kernels.Value, error) {
	c := n.args[0]
	if c.Op < expr.Less || c.Op > expr.NotEqual || w.p.stored[c.id] {
		x, err := w.argument(n, 0, v)
		if err != nil {
			return kernels.NoValue, err
		}
		args[0] = x
		return expr.Emit(w.b, n.Op, n.Type, args[:]...), nil
	}
	if b := broadcast(c.Shape, n.Shape); b != nil {
		v = w.p.chains.push(b, v)
	}
	x, err := w.argument(c, 0, v)
	if err != nil {
		return kernels.NoValue, err
	}
	y, err := w.argument(c, 1, v)
	if err != nil {
		return kernels.NoValue, err
	}
	if c.Op == expr.NotEqual {
		return w.b.Select(expr.Condition(w.b, expr.Equal, x, y), args[2], args[1]), nil
	}
	return w.b.Select(expr.Condition(w.b, c.Op, x, y), args[1], args[2]), nil
}

// generated is an element of an Arange or random array: a function of its
// position.
func (w *writer) generated(n *node, v *views) (kernels.Value, error) {
	positions, start := n.Positions(), -1
	if isPart(n.Node) {
		positions.Offset, start = 0, n.slot
	}
	layout, stuck := v.apply(positions)
	if stuck != nil {
		return kernels.NoValue, &mustMove{at: stuck}
	}
	w.units += units(n.Op)
	index := w.index(start, layout)
	first, err := w.value(n.args[0], v)
	if err != nil {
		return kernels.NoValue, err
	}
	if n.Op == expr.Arange {
		delta, err := w.value(n.args[1], v)
		if err != nil {
			return kernels.NoValue, err
		}
		return w.b.Add(first, w.b.Mul(w.b.Convert(n.Type, index), delta)), nil
	}
	return w.random(n, v, index, first)
}

// index is the position of an element.
func (w *writer) index(start int, l kernels.Layout) kernels.Value {
	if w.outer != nil {
		return w.capture(w.outer.index(start, l))
	}
	return w.b.Index(w.launch.index(start, l))
}

// random is an element of a random array.
func (w *writer) random(n *node, v *views, index, seed kernels.Value) (kernels.Value, error) {
	bound, step := kernels.NoValue, kernels.NoValue
	if n.Op == expr.Integers || n.Op == expr.Pick {
		var err error
		if bound, err = w.value(n.args[1], v); err != nil {
			return kernels.NoValue, err
		}
	}
	if n.varies {
		step = w.loop.stepNo
	}
	x := draw(w.b, n, index, seed, bound, step)
	switch n.Op {
	case expr.Integers:
		return w.b.Convert(n.Type, x), nil
	case expr.Pick:
		return w.pick(n, x)
	}
	return x, nil
}

// pick is element i of the array that the node picks from.
func (w *writer) pick(n *node, i kernels.Value) (kernels.Value, error) {
	from := n.args[2]
	buffer, offset := 0, 0
	if w.p.stored[from.id] {
		var err error
		if buffer, err = w.p.value(from); err != nil {
			return kernels.NoValue, err
		}
	} else {
		buffer, offset = w.p.input(from), from.Layout.Offset
	}
	w.units++
	flat := kernels.Layout{Shape: w.launch.shape, Strides: make([]int, len(w.launch.shape)), Offset: offset}
	return w.b.Gather(w.launch.input(buffer, n.Type, flat), n.Type, i), nil
}
