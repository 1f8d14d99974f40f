package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/quern-go/quern/cpu/asm/internal/vec"
)

// combine is a way of accumulating: acc = acc ∘ x.
type combine struct {
	op      string // in kernel names
	goName  string // kernels.Combine…
	formula string
}

var combines = []combine{
	{"add", "Add", "acc + x"},
	{"mul", "Mul", "acc * x"},
	{"min", "Min", "min(acc, x)"},
	{"max", "Max", "max(acc, x)"},
}

// elemTypes are the accumulators' types by element size.
var elemTypes = []struct {
	size   int
	name   string
	goName string
}{{4, "f32", "kernels.F32"}, {8, "f64", "kernels.F64"}}

// single reports whether the combine is one instruction.
func (c combine) single() bool { return c.op == "add" || c.op == "mul" }

// accumulator emits acc = acc ∘ x on whole registers or parts of them. Minimum
// and maximum are those of IEEE 754-2019: see avx512.minMax and avx2.min of
// package x86. They use the temporaries, and on AVX-512 mask K1.
type accumulator struct {
	*generator
	combine
	elem    int
	product bool // what is accumulated is the product of two vectors
	t, u    reg.VecPhysical
}

// view is the part of a vector register that is as wide as like.
func view(r reg.VecPhysical, like reg.Register) reg.Register {
	switch like.Size() {
	case 16:
		return r.AsX()
	case 32:
		return r.AsY()
	}
	return r.AsZ()
}

// apply is acc = acc ∘ x; x may be memory if the combine is single.
func (a *accumulator) apply(x operand.Op, acc reg.Register) {
	s := floatSuffix(a.elem)
	switch {
	case a.op == "add":
		a.Do("VADD"+s, x, acc, acc)
	case a.op == "mul":
		a.Do("VMUL"+s, x, acc, acc)
	case a.ISA == vec.AVX512:
		t := view(a.t, acc)
		a.Do("VCMP"+s, operand.U8(3), x, acc, reg.K1) // unordered
		a.Do("VADD"+s, x, acc, t)
		a.Do("VRANGE"+s, operand.U8(map[string]uint8{"min": 4, "max": 5}[a.op]), x, acc, acc)
		a.Do("VMOVA"+s, t, reg.K1, acc)
	case a.op == "min":
		t := view(a.t, acc)
		a.Do("VMIN"+s, x, acc, t)
		a.Do("VMIN"+s, acc, x, acc)
		a.Do("VOR"+s, t, acc, acc)
	default:
		t, u := view(a.t, acc), view(a.u, acc)
		a.Do("VCMP"+s, operand.U8(3), x, acc, u) // unordered
		a.Do("VMAX"+s, x, acc, t)
		a.Do("VMAX"+s, acc, x, acc)
		a.Do("VAND"+s, t, acc, acc)
		a.Do("VOR"+s, u, acc, acc)
	}
}

// take accumulates the vector at m or, of a product, that times the one at
// factor.
func (a *accumulator) take(m, factor operand.Mem, load, acc reg.Register) {
	if !a.product {
		a.applyMem(m, load, acc)
		return
	}
	a.Do("VMOVUPS", m, load)
	a.Do("VMUL"+floatSuffix(a.elem), factor, load, load)
	a.apply(load, acc)
}

// applyMem is apply on a vector in memory, through the register load if the
// combine needs it more than once.
func (a *accumulator) applyMem(m operand.Mem, load, acc reg.Register) {
	if a.single() {
		a.apply(m, acc)
		return
	}
	a.Do("VMOVUPS", m, load)
	a.apply(load, acc)
}
