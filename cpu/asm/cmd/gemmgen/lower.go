package main

import (
	"slices"

	"github.com/quern-go/quern/cpu/asm/internal/vec"
)

// lower turns a term into operations that the target has instructions for.
func lower(t Term, target vec.Target) []Instr {
	switch {
	case target.ISA == vec.AVX2:
		return lowerAVX2(t.Code, target)
	case target.ISA == vec.AVX512 && t.embeds():
		return lowerAVX512(t.Code)
	}
	return t.Code
}

// embeds says that the instructions of AVX-512 may read a[i,k] from memory: in sums,
// differences and comparisons, which take two cycles with what follows them, so that there is
// time for a load each. A product with b alone would be all loads.
func (t Term) embeds() bool {
	return !slices.ContainsFunc(t.Code, func(in Instr) bool { return in.Op == FMA && slices.Contains(in.Args, A) })
}

// lowerAVX512 has a read last, where an instruction takes it from memory: no term
// depends on the sign of a difference. Accumulators, which are never −0, are added to
// under the mask of a comparison, and otherwise by the units that multiply, since those
// that add are busy with a and b.
func lowerAVX512(code []Instr) []Instr {
	var out []Instr
	moved := map[Value]Value{A: A, B: B, Acc: Acc, Acc2: Acc2, W: W} // old value → new value
	for i := 0; i < len(code); i++ {
		in := Instr{Op: code[i].Op}
		for _, v := range code[i].Args {
			in.Args = append(in.Args, moved[v])
		}
		switch {
		case in.Op == NotEqual:
			i++ // the addition
			in = Instr{addOneWhereDiffers, []Value{B, A, Acc}}
		case in.Op == NotEqualOf:
			i++
			in = Instr{addWhereDiffers, []Value{B, A, W, Acc}}
		case in.Args[0] == A:
			in.Args = []Value{in.Args[1], A}
		case in.Op == Add && in.Args[0] == Acc:
			in = Instr{AddFMA, []Value{in.Args[1], Acc}}
		}
		out = append(out, in)
		moved[Value(i)] = Value(len(out) - 1)
	}
	return out
}

// lowerAVX2 replaces what AVX2 has no instruction for.
func lowerAVX2(code []Instr, t vec.Target) []Instr {
	var out []Instr
	emit := func(op Op, args ...Value) Value {
		out = append(out, Instr{op, args})
		return Value(len(out) - 1)
	}
	moved := map[Value]Value{A: A, B: B, Acc: Acc, Acc2: Acc2, W: W} // old value → new value
	for i, in := range code {
		args := make([]Value, len(in.Args))
		for k, v := range in.Args {
			args[k] = moved[v]
		}
		switch {
		case in.Op == MaxBits && t.Elem == 8:
			moved[Value(i)] = emit(blend, args[0], args[1], emit(greaterBits, args...))
		case in.Op == DivOrZero:
			q := emit(divide, args...)
			moved[Value(i)] = emit(and, q, emit(nonZero, args[1]))
		case in.Op == NotEqualOf:
			moved[Value(i)] = emit(and, args[2], emit(differs, args[0], args[1]))
		default:
			moved[Value(i)] = emit(in.Op, args...)
		}
	}
	return out
}
