package main

import "github.com/quern-go/quern/cpu/asm/internal/vec"

// A Term is one step of a contraction, acc = step(acc, a, b), as straight-line
// code. The last instruction computes the new accumulator.
type Term struct {
	Name string // part of the kernel's name; "gemm" for the matrix product
	Go   string // the step as Go, for the doc comment of the stub
	Code []Instr
}

// Instr is one operation on earlier values. The result of instruction i is
// Value(i).
type Instr struct {
	Op   Op
	Args []Value
}

// Op is an operation on vectors. Each is exactly rounded or exact.
type Op uint8

const (
	Add     Op = iota // x + y
	Sub               // x − y
	Mul               // x · y
	FMA               // x · y + z, rounded once
	Abs               // |x|, clearing the sign of NaN as well
	MaxBits           // max(x, y) of values whose sign is clear; NaN wins

	// What MaxBits becomes where there is no instruction for it.
	greaterBits // all ones where x > y as integers
	blend       // z ? x : y
)

// Value is an operand: an input of the term or the result of an instruction.
type Value int

// The inputs of a term.
const (
	A   Value = -1 - iota // a[i,k], the same in every lane
	B                     // b[k,j], one column per lane
	Acc                   // the accumulator
)

// terms are the steps that kernels are generated for. |a−b| is symmetric in a and
// b, and so is every term here: gemm may compute the transposed product.
var terms = []Term{
	{"gemm", "acc = fma(a, b, acc)", []Instr{
		{FMA, []Value{A, B, Acc}},
	}},
	{"sqdiff", "d := a - b; acc = fma(d, d, acc)", []Instr{
		{Sub, []Value{A, B}},
		{FMA, []Value{0, 0, Acc}},
	}},
	{"absdiff", "acc += abs(a - b)", []Instr{
		{Sub, []Value{A, B}},
		{Abs, []Value{0}},
		{Add, []Value{Acc, 1}},
	}},
	{"maxabsdiff", "acc = max(acc, abs(a - b))", []Instr{
		{Sub, []Value{A, B}},
		{Abs, []Value{0}},
		{MaxBits, []Value{Acc, 1}},
	}},
	{"cubediff", "d := abs(a - b); acc = fma(d*d, d, acc)", []Instr{
		{Sub, []Value{A, B}},
		{Abs, []Value{0}},
		{Mul, []Value{1, 1}},
		{FMA, []Value{2, 1, Acc}},
	}},
}

// lower replaces the operations that the target has no instruction for.
func lower(code []Instr, t vec.Target) []Instr {
	if t.ISA != vec.AVX2 || t.Elem != 8 {
		return code
	}
	var out []Instr
	moved := map[Value]Value{A: A, B: B, Acc: Acc} // old value → new value
	for i, in := range code {
		args := make([]Value, len(in.Args))
		for k, v := range in.Args {
			args[k] = moved[v]
		}
		if in.Op == MaxBits {
			out = append(out, Instr{greaterBits, args})
			args = []Value{args[0], args[1], Value(len(out) - 1)}
			in.Op = blend
		}
		out = append(out, Instr{in.Op, args})
		moved[Value(i)] = Value(len(out) - 1)
	}
	return out
}

// lastUse tells at which instruction each value is read for the last time.
func lastUse(code []Instr) map[Value]int {
	last := map[Value]int{}
	for i, in := range code {
		for _, v := range in.Args {
			last[v] = i
		}
	}
	return last
}
