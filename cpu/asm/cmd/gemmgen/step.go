package main

import (
	"fmt"
	"slices"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
	"github.com/quern-go/quern/cpu/asm/internal/vec"
)

// A stepper emits the steps of one row of a tile: the same term for every vector
// of columns.
type stepper struct {
	asm    *vec.Asm
	code   []Instr
	last   map[Value]int
	to     map[int]Value
	embeds bool           // a is read from memory by the instructions that use it
	w      reg.Register   // of a weighted term
	free   []reg.Register // registers for a and the temporaries
}

func newStepper(asm *vec.Asm, t Term, free []reg.Register) *stepper {
	code := lower(t, asm.Target)
	s := &stepper{asm: asm, code: code, last: lastUse(code), to: targets(code), free: free}
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

func (s *stepper) uses(ops ...Op) bool {
	return slices.ContainsFunc(s.code, func(in Instr) bool { return slices.Contains(ops, in.Op) })
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
		if err := s.step(at, shared || s.embeds); err != nil {
			return err
		}
	}
	return nil
}

// step emits the term for one vector, given its inputs. A register whose value is no longer needed
// is reused at once, a's too unless it is shared.
func (s *stepper) step(at map[Value]operand.Op, shared bool) error {
	for i, in := range s.code {
		args := make([]operand.Op, len(in.Args))
		for k, v := range in.Args {
			args[k] = at[v]
		}
		for k, v := range in.Args {
			dies := s.last[v] == i && !slices.Contains(in.Args[:k], v)
			if dies && (v >= 0 || v == A && !shared) {
				s.give(at[v].(reg.Register))
			}
		}
		dst, _ := at[s.to[i]].(reg.Register)
		if s.to[i] == 0 {
			if len(s.free) == 0 {
				return fmt.Errorf("term needs more than the registers left over by the tile")
			}
			dst = s.take()
		}
		at[Value(i)] = dst
		emit(s.asm, in.Op, args, dst)
	}
	return nil
}

// temporaries counts the registers that step needs beside a, b and acc when a is
// kept.
func (s *stepper) temporaries() int {
	live, most := 0, 0
	for i := range s.code {
		for v, l := range s.last {
			if l == i && v >= 0 {
				live--
			}
		}
		if s.to[i] == 0 {
			live++
		}
		most = max(most, live)
	}
	return most
}

// take returns the register that has been free for longest, so that consecutive
// steps use different ones.
func (s *stepper) take() reg.Register {
	r := s.free[0]
	s.free = s.free[1:]
	return r
}

func (s *stepper) give(r reg.Register) { s.free = append(s.free, r) }

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
