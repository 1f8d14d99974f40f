package vec

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Element is an operand in memory that is the same for every lane (AVX-512). It
// costs a load port and nothing else, where a broadcast into a register is an
// instruction of its own, and on Zen 4 takes one of the two places for
// instructions of 512 bits that there are in a cycle. A plain operand.Mem has a
// value for each lane.
type Element struct{ operand.Mem }

// form is an instruction with registers, or memory of whole vectors, and with an Element.
type form struct{ plain, element nary }

// source emits the instruction for the element type. Operands are in avo's order; one
// that is read may be in memory.
func (a *Asm) source(ps, pd form, ops ...operand.Op) {
	f := pd
	if a.Elem == 4 {
		f = ps
	}
	for i, op := range ops {
		if e, ok := op.(Element); ok {
			ops[i] = e.Mem
			f.element(ops...)
			return
		}
	}
	f.plain(ops...)
}

// A constant has the same value in every lane. It is read from memory, or from the
// register that it is held in.
type constant struct {
	memory operand.Op   // AVX-512: an Element; AVX2: once per lane
	first  operand.Mem  // of the lanes
	held   reg.Register // or nil
}

func (c constant) operand() operand.Op {
	if c.held != nil {
		return c.held
	}
	return c.memory
}

// hold loads the constant into a register, from which it is read until hold is called
// again. nil has it read from memory.
func (a *Asm) hold(c *constant, r reg.Register) {
	c.held = r
	if r != nil {
		a.Broadcast(c.first, r)
	}
}

// HoldAbsMask keeps the constant of Abs in a register; nil ends that.
func (a *Asm) HoldAbsMask(r reg.Register) { a.hold(&a.absMask, r) }

// HoldOne keeps the constant of AddFMA and the comparisons in a register; nil ends that.
func (a *Asm) HoldOne(r reg.Register) { a.hold(&a.one, r) }

// DefineAbsMask adds the constant that Abs reads.
func (a *Asm) DefineAbsMask() { a.absMask = a.everyLane("abs", uint64(1)<<(8*a.Elem-1)-1) }

// everyLane adds a constant; in AVX-512 once, to be broadcast.
func (a *Asm) everyLane(name string, pattern uint64) constant {
	m := a.constants(name)
	if a.ISA == AVX512 {
		a.constant(0, pattern)
		return constant{memory: Element{m}, first: m}
	}
	for i := range a.Lanes() {
		a.constant(i, pattern)
	}
	return constant{memory: m, first: m}
}
