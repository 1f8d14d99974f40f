package clike

import (
	"fmt"

	"github.com/quern-go/quern/kernels"
)

// loop is the name of the state that instruction i, an OpLoop, stands for. The first
// one of each run writes the loop.
func (w *bodyWriter) loop(i int) string {
	in := &w.body.Insts[i]
	key := in.LoopRun()
	states, ok := w.loops[key]
	if !ok {
		states = w.writeLoop(i)
		if w.loops == nil {
			w.loops = make(map[kernels.LoopRun][]string)
		}
		w.loops[key] = states
	}
	return states[in.Imm]
}

// writeLoop writes a loop and returns the names of its states.
func (w *bodyWriter) writeLoop(i int) []string {
	l := w.body.Insts[i].Loop
	step := fmt.Sprintf("step%d", i)
	args := []string{step}
	var states []string
	for k, a := range w.body.LoopArgs(&w.body.Insts[i]) {
		value := w.values[a]
		if k < l.States {
			name := fmt.Sprintf("state%d_%d", i, k)
			w.line("%s %s = %s;", w.typeName(l.Args()[k]), name, value)
			states, value = append(states, name), name
		}
		args = append(args, value)
	}
	w.open("for (ulong %s = 0; %s < %s; %s++)", step, step, w.literal(kernels.U64, l.Steps), step)
	inner := &bodyWriter{source: w.source, body: &l.Body, prefix: fmt.Sprintf("in%d_", i), args: args}
	inner.depth = w.depth
	next := inner.statements()
	w.WriteString(inner.text.String())
	for k := range states {
		w.line("const %s next%d_%d = %s;", w.typeName(l.Args()[k]), i, k, next[k])
		next[k] = fmt.Sprintf("next%d_%d", i, k)
	}
	for k, state := range states {
		w.line("%s = %s;", state, next[k])
	}
	w.close()
	return states
}
