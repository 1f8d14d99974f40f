package expr

import (
	"errors"
	"fmt"
	"slices"

	"github.com/quern-go/quern/kernels"
)

// Loop is a fixed number of steps, each of which makes new values of a few states.
// Within the expression of a step, State nodes are the values before it and StepNo
// nodes its number, counted from 0. An Iterate node is the value of state number
// Number after the last step: its arguments are the List of the states' first
// values and the List of the values that a step gives.
type Loop struct {
	Steps int
	// Stream is the first random stream of the draws of its steps.
	Stream uint64
}

// MaxStates is the most states of a Loop.
const MaxStates = 16

// NewState is state number i before a step of the loop.
func (l *Loop) NewState(i int, t kernels.DType, shape []int) *Node {
	return &Node{Op: State, Type: t, Shape: slices.Clone(shape), Loop: l, Number: i}
}

// NewStepNo is the number of the step.
func (l *Loop) NewStepNo(t kernels.DType, shape []int) *Node {
	return &Node{Op: StepNo, Type: t, Shape: slices.Clone(shape), Loop: l}
}

// Varies reports whether the node itself, whatever its arguments, has another
// value in each step of a loop.
func (n *Node) Varies() bool {
	return n.Op == State || n.Op == StepNo || n.Draw != nil && n.Draw.Sample.Loop != nil
}

// Iterate is the states after the last step, all of the shape that the first
// values and those of the step broadcast to.
func (l *Loop) Iterate(first, next []*Node) []*Node {
	out := make([]*Node, len(first))
	starts, steps := List(first...), List(next...)
	f := failed(starts, steps)
	if f == nil {
		if err := l.check(next); err != nil {
			f = Fail(err)
		}
	}
	for i := range out {
		if f != nil {
			out[i] = f
			continue
		}
		n := &Node{Op: Iterate, Type: first[i].Type, Shape: steps.Shape, Loop: l, Number: i}
		n.Args[0], n.Args[1] = starts, steps
		out[i] = orEmpty(n)
	}
	return out
}

// check looks for what a step may not do: anything but computing element by element
// with what changes from step to step, and reading what another loop changes.
func (l *Loop) check(next []*Node) error {
	free := make(map[*Node][]*Loop)
	for _, n := range next {
		var err error
		Walk(n, func(n *Node) {
			free[n] = n.free(free)
			switch {
			case err != nil || n.Varies() || !slices.Contains(free[n], l):
			case n.Op == Iterate:
				err = errors.New("iterate: a step has an iteration within; loops do not nest")
			case !n.Op.IsElementwise():
				err = fmt.Errorf("iterate: %s of a value that changes from step to step; a step computes element by element", n.Op)
			}
		})
		if err != nil {
			return err
		}
		for _, other := range free[n] {
			if other != l {
				return errOutside
			}
		}
	}
	return nil
}

// errOutside is the error of an expression that changes with the steps of a loop
// that it is not in.
var errOutside = errors.New("iterate: a state, step number or draw of a step is used outside of that step")

// free lists the loops that change the node's value and of which it is not the
// result; known has those of its arguments.
func (n *Node) free(known map[*Node][]*Loop) (loops []*Loop) {
	add := func(l *Loop) {
		if !slices.Contains(loops, l) {
			loops = append(loops, l)
		}
	}
	switch {
	case n.Op == State || n.Op == StepNo:
		add(n.Loop)
	case n.Draw != nil && n.Draw.Sample.Loop != nil:
		add(n.Draw.Sample.Loop)
	}
	for _, a := range n.Args {
		for _, l := range known[a] {
			if n.Op != Iterate || l != n.Loop {
				add(l)
			}
		}
	}
	return loops
}

// CheckClosed returns an error if the expression changes with the steps of a loop
// that it is not in.
func CheckClosed(root *Node) error {
	free := make(map[*Node][]*Loop)
	Walk(root, func(n *Node) { free[n] = n.free(free) })
	if len(free[root]) > 0 {
		return errOutside
	}
	return nil
}
