package ops

import (
	"fmt"

	"github.com/quern-go/quern/ops/internal/expr"
)

// MaxSteps is the largest number of steps of an iteration.
const MaxSteps = 1 << 20

// MaxStates is the largest number of states of an iteration.
const MaxStates = expr.MaxStates

// Iterate makes a number of steps, each of which computes new values of a few
// states, element by element: step is given the number of the step (from 0) and the
// states before it, and returns the states after it. The result is the states after
// the last step, computed in one kernel: nothing between is stored. All states have
// one shape, to which the first values are broadcast together. step runs once, to
// build the expression of a step.
func Iterate[T Float](steps int, first []Array[T], step func(number Array[T], states []Array[T]) []Array[T]) []Array[T] {
	nodes := make([]*expr.Node, len(first))
	for i, x := range first {
		nodes[i] = x.node()
	}
	if len(first) == 0 {
		return nil
	}
	list := expr.List(nodes...)
	if list.Err != nil {
		return failAll[T](len(first), fmt.Errorf("iterate: %w", list.Err))
	}
	wide := make([]Array[T], len(first))
	for i, x := range first {
		wide[i] = x.BroadcastTo(list.Shape...)
	}
	return iterate(&expr.Loop{Steps: steps}, wide, step)
}

// iterate builds a loop over states of one shape.
func iterate[T Float](loop *expr.Loop, first []Array[T], step func(number Array[T], states []Array[T]) []Array[T]) []Array[T] {
	if err := checkLoop(loop.Steps, len(first), step == nil); err != nil {
		return failAll[T](len(first), err)
	}
	shape := first[0].node().Shape
	starts, states := make([]*expr.Node, len(first)), make([]Array[T], len(first))
	for i, x := range first {
		starts[i] = x.node()
		if starts[i].Err != nil {
			return failAll[T](len(first), starts[i].Err)
		}
		states[i] = Array[T]{loop.NewState(i, typeOf[T](), shape)}
	}
	next := step(Array[T]{loop.NewStepNo(typeOf[T](), shape)}, states)
	if len(next) != len(first) {
		return failAll[T](len(first), fmt.Errorf("iterate: the step gives %d states of %d", len(next), len(first)))
	}
	ends := make([]*expr.Node, len(next))
	for i, x := range next {
		ends[i] = expr.BroadcastTo(x.node(), shape)
		if err := ends[i].Err; err != nil {
			return failAll[T](len(first), fmt.Errorf("iterate: state %d: %w; the first values fix the shape", i, err))
		}
	}
	out := make([]Array[T], len(first))
	for i, n := range loop.Iterate(starts, ends) {
		out[i] = Array[T]{n}
	}
	return out
}

func checkLoop(steps, states int, noStep bool) error {
	switch {
	case steps < 0 || steps > MaxSteps:
		return fmt.Errorf("iterate: %d steps, expected 0 to %d", steps, MaxSteps)
	case states < 1 || states > MaxStates:
		return fmt.Errorf("iterate: %d states, expected 1 to %d", states, MaxStates)
	case noStep:
		return fmt.Errorf("iterate: no step given")
	}
	return nil
}

// failAll is n arrays that carry an error.
func failAll[T Float](n int, err error) []Array[T] {
	out := make([]Array[T], n)
	for i := range out {
		out[i] = Array[T]{expr.Fail(err)}
	}
	return out
}
