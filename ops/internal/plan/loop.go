package plan

import (
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/ops/internal/expr"
)

// loop is the step of a loop while it is being written.
type loop struct {
	stepNo   kernels.Value
	states   []kernels.Value
	captured []kernels.Value // values outside of the loop
	params   map[kernels.Value]kernels.Value
	types    []kernels.DType
}

// written is a loop in a Body.
type written struct {
	loop *kernels.Loop
	args []kernels.Value
}

// size is the number of instructions that the writer, and what it writes for, has
// written.
func (w *writer) size() int {
	if w.outer != nil {
		return w.units + w.outer.size()
	}
	return w.units
}

// capture makes a value outside of the loop one of the step's.
func (w *writer) capture(x kernels.Value) kernels.Value {
	if x == kernels.NoValue {
		return x
	}
	if v, ok := w.loop.params[x]; ok {
		return v
	}
	t := w.outer.b.TypeOf(x)
	v := w.b.Arg(len(w.loop.types), t)
	w.loop.types = append(w.loop.types, t)
	w.loop.captured = append(w.loop.captured, x)
	w.loop.params[x] = v
	return v
}

// stepLeaf is a state, or the step's number.
func (w *writer) stepLeaf(n *node) kernels.Value {
	if n.Op == expr.State {
		return w.loop.states[n.Number]
	}
	return w.b.Convert(n.Type, w.loop.stepNo)
}

// iterate is a state after the last step of its loop.
func (w *writer) iterate(n *node, v *views) (kernels.Value, error) {
	key := at{n.args[1].id, v.number()}
	l, ok := w.loops[key]
	if !ok {
		var err error
		if l, err = w.writeLoop(n, v); err != nil {
			return kernels.NoValue, err
		}
		w.loops[key] = l
	}
	return w.b.Loop(l.loop, n.Number, l.args...), nil
}

// writeLoop writes the step of a loop as a Body of its own.
func (w *writer) writeLoop(n *node, v *views) (*written, error) {
	first, next := itemsOf(n.args[0]), itemsOf(n.args[1])
	step := &writer{
		p: w.p, launch: w.launch, b: kernels.NewBuilder(), base: w.base, top: n,
		memo: make(map[at]kernels.Value), outer: w,
		loop: &loop{types: []kernels.DType{kernels.U64}, params: make(map[kernels.Value]kernels.Value)},
	}
	l := step.loop
	l.stepNo = step.b.Arg(0, kernels.U64)
	args := make([]kernels.Value, len(first))
	for i, x := range first {
		var err error
		if args[i], err = w.broadcastValue(x, n, v); err != nil {
			return nil, err
		}
		l.states = append(l.states, step.b.Arg(len(l.types), x.Type))
		l.types = append(l.types, x.Type)
	}
	results := make([]kernels.Value, len(next))
	for i, x := range next {
		var err error
		if results[i], err = step.broadcastValue(x, n, v); err != nil {
			return nil, err
		}
	}
	body, err := step.b.Build(results...)
	if err != nil {
		return nil, err
	}
	w.units += step.units
	made := &kernels.Loop{Steps: uint64(n.Loop.Steps), States: len(first), Params: l.types, Body: body}
	return &written{made, append(args, l.captured...)}, nil
}

// broadcastValue is the element of a at the current point of n, which a's shape
// broadcasts to.
func (w *writer) broadcastValue(a, n *node, v *views) (kernels.Value, error) {
	if b := broadcast(a.Shape, n.Shape); b != nil && a.Op != expr.Const {
		v = w.p.chains.push(b, v)
	}
	return w.value(a, v)
}

// itemsOf are the arrays of a list.
func itemsOf(list *node) (x []*node) {
	for {
		x = append(x, list.args[0])
		if len(list.args) < 2 {
			return x
		}
		list = list.args[1]
	}
}
