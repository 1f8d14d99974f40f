package main

import "slices"

// A Term is one step of a contraction, acc = step(acc, a, b, w), as straight-line
// code. The last instruction computes the new accumulator; of two, the last that
// reads each.
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

// reads says whether the term reads an input.
func (t Term) reads(v Value) bool {
	return slices.ContainsFunc(t.Code, func(in Instr) bool { return slices.Contains(in.Args, v) })
}

// isProduct says that the term is that of the matrix product.
func (t Term) isProduct() bool { return len(t.Code) == 1 && t.Code[0].Op == FMA }

// isPlain says that the term has one accumulator and no weights.
func (t Term) isPlain() bool { return t.accs() == 1 && !t.reads(W) }

// accs is the number of accumulators.
func (t Term) accs() int {
	if t.reads(Acc2) {
		return 2
	}
	return 1
}

// Op is an operation on vectors. Each is exactly rounded or exact.
type Op uint8

const (
	Add        Op = iota // x + y
	AddFMA               // x + y = fma(x, 1, y), for the units that multiply
	Sub                  // x − y
	Mul                  // x · y
	FMA                  // x · y + z, rounded once
	Abs                  // |x|, clearing the sign of NaN as well
	MaxBits              // max(x, y) of values whose sign is clear; NaN wins
	MaxAny               // max(x, y) of values whose sign is clear; of NaN and a number, either
	NotEqual             // 1 where x ≠ y, NaN included, else 0
	NotEqualOf           // z where x ≠ y, NaN included, else 0
	DivOrZero            // x / y where y ≠ 0, else 0; the sign of y is clear

	// What MaxBits becomes where there is no instruction for it.
	greaterBits // all ones where x > y as integers
	blend       // z ? x : y

	// What DivOrZero becomes where instructions have no mask.
	divide
	nonZero // all ones where x ≠ 0, NaN included
	differs // all ones where x ≠ y, NaN included
	and     // the bits that both have

	// What NotEqual and NotEqualOf become, with the addition that follows, where additions have a mask.
	addOneWhereDiffers // z + 1 where x ≠ y, NaN included, else z
	addWhereDiffers    // w + z where x ≠ y, NaN included, else w
)

// Value is an operand: an input of the term or the result of an instruction.
type Value int

// The inputs of a term.
const (
	A    Value = -1 - iota // a[i,k], the same in every lane
	B                      // b[k,j], one column per lane
	Acc                    // the accumulator
	Acc2                   // the second one
	W                      // w[k], the same for all
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
	{"notequal", "if a != b { acc++ }", []Instr{
		{NotEqual, []Value{A, B}},
		{Add, []Value{Acc, 0}},
	}},
	// |a| + |b| is the greater of |a − b| and |a + b|, rounding included, and needs
	// two registers. Where just one of those is NaN, a and b are infinite, and the
	// quotient is NaN whichever is taken.
	{"canberra", "if d := abs(a) + abs(b); d != 0 { acc += abs(a-b) / d }", []Instr{
		{Sub, []Value{A, B}},
		{Abs, []Value{0}},
		{Add, []Value{A, B}},
		{Abs, []Value{2}},
		{MaxAny, []Value{1, 3}},
		{DivOrZero, []Value{1, 4}},
		{Add, []Value{Acc, 5}},
	}},
	{"braycurtis", "acc += abs(a - b); all += abs(a + b)", []Instr{
		{Sub, []Value{A, B}},
		{Abs, []Value{0}},
		{AddFMA, []Value{1, Acc}},
		{Add, []Value{A, B}},
		{Abs, []Value{3}},
		{AddFMA, []Value{4, Acc2}},
	}},
	{"wsqdiff", "d := a - b; acc = fma(w, d*d, acc)", []Instr{
		{Sub, []Value{A, B}},
		{Mul, []Value{0, 0}},
		{FMA, []Value{W, 1, Acc}},
	}},
	{"wabsdiff", "acc = fma(w, abs(a - b), acc)", []Instr{
		{Sub, []Value{A, B}},
		{Abs, []Value{0}},
		{FMA, []Value{W, 1, Acc}},
	}},
	{"wcubediff", "d := abs(a - b); acc = fma(w, d*d*d, acc)", []Instr{
		{Sub, []Value{A, B}},
		{Abs, []Value{0}},
		{Mul, []Value{1, 1}},
		{Mul, []Value{2, 1}},
		{FMA, []Value{W, 3, Acc}},
	}},
	{"wnotequal", "if a != b { acc += w }", []Instr{
		{NotEqualOf, []Value{A, B, W}},
		{Add, []Value{Acc, 0}},
	}},
	{"wcanberra", "if d := abs(a) + abs(b); d != 0 { acc = fma(w, abs(a-b) / d, acc) }", []Instr{
		{Sub, []Value{A, B}},
		{Abs, []Value{0}},
		{Add, []Value{A, B}},
		{Abs, []Value{2}},
		{MaxAny, []Value{1, 3}},
		{DivOrZero, []Value{1, 4}},
		{FMA, []Value{W, 5, Acc}},
	}},
	{"wbraycurtis", "acc = fma(w, abs(a-b), acc); all = fma(w, abs(a+b), all)", []Instr{
		{Sub, []Value{A, B}},
		{Abs, []Value{0}},
		{FMA, []Value{W, 1, Acc}},
		{Add, []Value{A, B}},
		{Abs, []Value{3}},
		{FMA, []Value{W, 4, Acc2}},
	}},
}

// targets tells which accumulator an instruction computes, for those that do.
func targets(code []Instr) map[int]Value {
	to := map[int]Value{}
	for v, i := range lastUse(code) {
		if v == Acc || v == Acc2 {
			to[i] = v
		}
	}
	return to
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
