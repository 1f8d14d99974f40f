package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
	"github.com/quern-go/quern/cpu/asm/internal/vec"
)

// A stepper emits the steps of one row of a tile: the same term for every vector
// of columns.
type stepper struct {
	chain[operand.Op] // the free registers are for a and the temporaries
	asm               *vec.Asm
	embeds            bool         // a is read from memory by the instructions that use it
	w                 reg.Register // of a weighted term
}

func newStepper(asm *vec.Asm, t Term, free []reg.Register) *stepper {
	s := &stepper{chain: newChain[operand.Op](lower(t, asm.Target)), asm: asm}
	for _, r := range free {
		s.give(r)
	}
	s.embeds = asm.ISA == vec.AVX512 && t.embeds()
	if t.reads(W) {
		s.w = s.take()
	}
	return s
}

// holdConstants loads the constants of the term into registers that nothing else needs:
// in the loop every operand in memory takes a load port. release ends it.
func (s *stepper) holdConstants() (release func()) {
	spare := func() bool { return len(s.free) > s.temporaries()+1 || s.embeds && len(s.free) > s.temporaries() }
	if s.uses(Abs) && spare() {
		s.asm.HoldAbsMask(s.take())
	}
	if s.uses(AddFMA, NotEqual, addOneWhereDiffers) && spare() {
		s.asm.HoldOne(s.take())
	}
	return func() {
		s.asm.HoldAbsMask(nil)
		s.asm.HoldOne(nil)
	}
}

// leavesB says that a vector of B but the first is best read from memory by the instructions
// that use it, one for each row. A squared difference is so little work that what limits it
// is the number of instructions, and it reads nothing else from memory. (AVX-512 reads a
// there.)
func (s *stepper) leavesB() bool {
	return s.asm.ISA == vec.AVX2 && len(s.code) == 2 && s.code[0].Op == Sub
}

// row advances the accumulators acc[v] by step(acc[v], a, b[v]) for every vector v. Element a is
// embedded in the instructions that read it; or broadcast from memory, once if a register can be
// spared for it throughout and otherwise for every vector anew.
func (s *stepper) row(a operand.Mem, b []operand.Op, acc [][]reg.Register) error {
	shared := s.temporaries()+1 <= len(s.free)
	var ra reg.Register
	if shared && !s.embeds {
		ra = s.take()
		s.asm.Broadcast(a, ra)
		defer s.give(ra)
	}
	for v := range acc {
		at := map[Value]operand.Op{A: ra, B: b[v], Acc: acc[v][0], Acc2: acc[v][len(acc[v])-1], W: s.w}
		switch {
		case s.embeds:
			at[A] = vec.Element{Mem: a}
		case !shared:
			r := s.take()
			s.asm.Broadcast(a, r)
			at[A] = r
		}
		err := s.step(at, !shared && !s.embeds, func(op Op, args []operand.Op, d operand.Op) { emit(s.asm, op, args, d.(reg.Register)) })
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *stepper) take() reg.Register { return s.chain.take().(reg.Register) }

// emit emits one operation. The last operand may be in memory.
func emit(asm *vec.Asm, op Op, args []operand.Op, d reg.Register) {
	x := make([]reg.Register, len(args)) // nil for what is in memory
	for i, arg := range args {
		x[i], _ = arg.(reg.Register)
	}
	switch op {
	case Add:
		asm.Add(x[0], args[1], d)
	case AddFMA: // y is the accumulator, d itself
		asm.AddFMA(x[0], d)
	case Sub:
		asm.Sub(x[0], args[1], d)
	case Mul:
		asm.Mul(x[0], x[1], d)
	case FMA: // the addend is the accumulator, d itself
		asm.FMA(x[0], x[1], d)
	case Abs:
		asm.Abs(x[0], d)
	case MaxBits:
		asm.MaxBits(x[0], x[1], d)
	case MaxAny:
		asm.Max(x[0], x[1], d)
	case NotEqual:
		asm.NotEqualOne(x[0], x[1], d)
	case addOneWhereDiffers: // z is the accumulator, d itself
		asm.AddOneWhereDiffers(x[0], args[1], d)
	case addWhereDiffers: // w is the accumulator, d itself
		asm.AddWhereDiffers(x[0], args[1], x[2], d)
	case differs:
		asm.DiffersMask(x[0], x[1], d)
	case DivOrZero:
		asm.DivOrZero(x[0], x[1], d)
	case divide:
		asm.Div(x[0], x[1], d)
	case nonZero:
		asm.NonZeroMask(x[0], d)
	case and:
		asm.And(x[0], x[1], d)
	case greaterBits:
		asm.GreaterBits(x[0], x[1], d)
	case blend:
		asm.Blend(x[0], x[1], x[2], d)
	}
}
