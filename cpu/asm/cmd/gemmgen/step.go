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
	asm  *vec.Asm
	code []Instr
	last map[Value]int
	to   map[int]Value
	w    reg.Register   // of a weighted term
	free []reg.Register // registers for a and the temporaries
}

func newStepper(asm *vec.Asm, t Term, free []reg.Register) *stepper {
	code := lower(t.Code, asm.Target)
	s := &stepper{asm: asm, code: code, last: lastUse(code), to: targets(code), free: free}
	if t.reads(W) {
		s.w = s.take()
	}
	return s
}

// row advances the accumulators acc[v] by step(acc[v], a, b[v]) for every vector v. Element a is
// broadcast from memory, once if a register can be spared for it throughout and
// otherwise for every vector anew: loads are not what limits these kernels.
func (s *stepper) row(a operand.Mem, b []reg.Register, acc [][]reg.Register) error {
	shared := s.temporaries()+1 <= len(s.free)
	var ra reg.Register
	if shared {
		ra = s.take()
		s.asm.Broadcast(a, ra)
	}
	for v := range acc {
		if !shared {
			ra = s.take()
			s.asm.Broadcast(a, ra)
		}
		if err := s.step(ra, b[v], acc[v], shared); err != nil {
			return err
		}
	}
	if shared {
		s.give(ra)
	}
	return nil
}

// step emits the term for one vector. A register whose value is no longer needed
// is reused at once, a's too unless it is shared.
func (s *stepper) step(ra, rb reg.Register, acc []reg.Register, shared bool) error {
	at := map[Value]reg.Register{A: ra, B: rb, Acc: acc[0], Acc2: acc[len(acc)-1], W: s.w}
	for i, in := range s.code {
		args := make([]reg.Register, len(in.Args))
		for k, v := range in.Args {
			args[k] = at[v]
		}
		for k, v := range in.Args {
			dies := s.last[v] == i && !slices.Contains(in.Args[:k], v)
			if dies && (v >= 0 || v == A && !shared) {
				s.give(at[v])
			}
		}
		dst := at[s.to[i]]
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

func emit(asm *vec.Asm, op Op, x []reg.Register, d reg.Register) {
	switch op {
	case Add:
		asm.Add(x[0], x[1], d)
	case AddFMA: // y is the accumulator, d itself
		asm.AddFMA(x[0], d)
	case Sub:
		asm.Sub(x[0], x[1], d)
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
	case NotEqualOf:
		asm.NotEqualOf(x[0], x[1], x[2], d)
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
