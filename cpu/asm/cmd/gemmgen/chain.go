package main

import (
	"fmt"
	"slices"
)

// A chain is the code of a term, to be emitted with its values in registers R.
type chain[R any] struct {
	code []Instr
	last map[Value]int // instruction that reads a value for the last time
	to   map[int]Value // accumulator that an instruction computes
	free []R           // registers for temporaries
}

func newChain[R any](code []Instr) chain[R] {
	return chain[R]{code: code, last: lastUse(code), to: targets(code)}
}

// step emits the term for one vector, given where its inputs are. A register whose value
// is no longer needed is reused at once, a's too if it is used up.
func (c *chain[R]) step(at map[Value]R, useUpA bool, emit func(op Op, args []R, d R)) error {
	for i, in := range c.code {
		args := make([]R, len(in.Args))
		for k, v := range in.Args {
			args[k] = at[v]
		}
		for k, v := range in.Args {
			dies := c.last[v] == i && !slices.Contains(in.Args[:k], v)
			if dies && (v >= 0 || v == A && useUpA) {
				c.give(at[v])
			}
		}
		d := at[c.to[i]]
		if c.to[i] == 0 {
			if len(c.free) == 0 {
				return fmt.Errorf("term needs more than the registers left over by the tile")
			}
			d = c.take()
		}
		at[Value(i)] = d
		emit(in.Op, args, d)
	}
	return nil
}

// uses says whether the code has one of the operations.
func (c *chain[R]) uses(ops ...Op) bool {
	return slices.ContainsFunc(c.code, func(in Instr) bool { return slices.Contains(ops, in.Op) })
}

// temporaries counts the registers that step needs beside a, b and acc when a is
// kept.
func (c *chain[R]) temporaries() int {
	live, most := 0, 0
	for i := range c.code {
		for v, l := range c.last {
			if l == i && v >= 0 {
				live--
			}
		}
		if c.to[i] == 0 {
			live++
		}
		most = max(most, live)
	}
	return most
}

// take returns the register that has been free for longest, so that consecutive
// steps use different ones.
func (c *chain[R]) take() R {
	r := c.free[0]
	c.free = c.free[1:]
	return r
}

func (c *chain[R]) give(r R) { c.free = append(c.free, r) }
