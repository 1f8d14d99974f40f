package kernels

import (
	"fmt"
	"strings"
)

// Loop is a fixed number of steps that carry a few values, its states, from one to
// the next. It is a part of a Body in three kinds of places:
//
//   - OpLoopIn instructions are its arguments, a chain: each is a value and the
//     argument before it;
//   - OpLoop is state number Imm after the last step, given the last argument;
//   - Body is a step, over OpArg: argument 0 is the number of the step (U64, from
//     0), then come the states, then values that no step changes. Its results are
//     the states' next values. It reads nothing else.
//
// The first arguments of the chain are the states' first values, the others the
// unchanging ones. Loops are compared by address.
type Loop struct {
	Steps  uint64
	States int
	Params []DType // of Body
	Body   Body
}

// Args are the types of a loop's arguments: its Params without the number of the
// step.
func (l *Loop) Args() []DType { return l.Params[1:] }

// check checks all of the loop but the instructions of its step.
func (l *Loop) check() error {
	switch {
	case l == nil:
		return fmt.Errorf("no loop given")
	case l.States < 1 || len(l.Params) <= l.States || l.Params[0] != U64:
		return fmt.Errorf("%d states and parameters %v, expected at least one state, and parameters that begin with u64 and the states", l.States, l.Params)
	case len(l.Body.Results) != l.States:
		return fmt.Errorf("%d results of the step for %d states", len(l.Body.Results), l.States)
	}
	if err := l.Body.check(); err != nil {
		return err
	}
	for i, t := range l.Body.ResultTypes() {
		if !t.IsNumeric() || t != l.Params[1+i] {
			return fmt.Errorf("the step gives state %d as %s, expected %s", i, t, l.Params[1+i])
		}
	}
	return nil
}

// validate checks the loop and its step.
func (l *Loop) validate() error {
	if err := l.check(); err != nil {
		return err
	}
	if err := l.Body.Validate(); err != nil {
		return fmt.Errorf("step: %w", err)
	}
	for i := range l.Body.Insts {
		in := &l.Body.Insts[i]
		switch in.Op {
		case OpArg:
			if in.Imm >= uint64(len(l.Params)) || l.Params[in.Imm] != in.Type {
				return fmt.Errorf("step: instruction %%%d: argument %d of type %s, parameters are %v", i, in.Imm, in.Type, l.Params)
			}
		case OpLoad, OpParam, OpIndex, OpAcc, OpAccIndex, OpGather, OpLoopIn, OpLoop:
			return fmt.Errorf("step: instruction %%%d: %s: not allowed in a step", i, in.Op)
		}
	}
	return nil
}

// LoopArgs are the arguments of an OpLoop: the values of its chain, in order.
func (b *Body) LoopArgs(in *Inst) []Value {
	args := make([]Value, len(in.Loop.Args()))
	for k, v := len(args)-1, in.Args[0]; k >= 0 && v != NoValue; k-- {
		args[k], v = b.Insts[v].Args[0], b.Insts[v].Args[1]
	}
	return args
}

// LoopRun names a run of a loop within a Body: all OpLoop instructions with the
// same loop and arguments take their values from one.
type LoopRun struct {
	Loop *Loop
	Last Value // argument
}

// LoopRun is the run that an OpLoop takes its value from.
func (in *Inst) LoopRun() LoopRun { return LoopRun{in.Loop, in.Args[0]} }

// checkLoopArgs checks the chain of arguments of an OpLoop.
func checkLoopArgs(in *Inst, before []Inst) error {
	want := in.Loop.Args()
	v := in.Args[0]
	for k := len(want) - 1; k >= 0; k-- {
		if v == NoValue || before[v].Op != OpLoopIn || before[v].Type != want[k] {
			return fmt.Errorf("loop: argument %d is not a loopin of type %s", k, want[k])
		}
		v = before[v].Args[1]
	}
	if v != NoValue {
		return fmt.Errorf("loop: more than %d arguments", len(want))
	}
	return nil
}

// run is the states after the last step; args are the loop's arguments.
func (l *Loop) run(args []uint64) []uint64 {
	values := append([]uint64{0}, args...)
	leaf := func(in *Inst) uint64 { return values[in.Imm] }
	for step := range l.Steps {
		values[0] = step
		copy(values[1:], l.Body.Eval(leaf, nil))
	}
	return values[1 : 1+l.States]
}

// Loop is state number i after the last step of a loop.
func (b *Builder) Loop(l *Loop, i int, args ...Value) Value {
	if err := l.check(); err != nil {
		b.fail("loop: %w", err)
		return NoValue
	}
	if i < 0 || i >= l.States || len(args) != len(l.Args()) {
		b.fail("loop: state %d of %d and %d arguments given, expected %d", i, l.States, len(args), len(l.Args()))
		return b.Bits(l.Params[1], 0)
	}
	last := NoValue
	for _, a := range args {
		last = b.Emit(Inst{Op: OpLoopIn, Type: b.TypeOf(a), Args: [3]Value{a, last, NoValue}})
	}
	return b.Emit(Inst{Op: OpLoop, Type: l.Params[1+i], Imm: uint64(i), Loop: l, Args: [3]Value{last}})
}

// Loops lists the loops of a Body, each once, in order.
func (b *Body) Loops() (list []*Loop) {
	seen := make(map[*Loop]bool)
	for i := range b.Insts {
		if l := b.Insts[i].Loop; l != nil && !seen[l] {
			seen[l] = true
			list = append(list, l)
		}
	}
	return list
}

// loopsText is the text of a Body's loops, named by their positions in Loops.
func (b *Body) loopsText() string {
	var s strings.Builder
	for i, l := range b.Loops() {
		fmt.Fprintf(&s, "loop %d: steps=%d states=%d params=%v\n%s", i, l.Steps, l.States, l.Params, l.Body.text())
	}
	return s.String()
}

// Any reports whether f holds for an instruction of the body, of the functions that
// it calls or of its loops' steps.
func (b *Body) Any(f func(*Inst) bool) bool {
	for i := range b.Insts {
		in := &b.Insts[i]
		if f(in) || in.Func != nil && in.Func.Body.Any(f) || in.Loop != nil && in.Loop.Body.Any(f) {
			return true
		}
	}
	return false
}
