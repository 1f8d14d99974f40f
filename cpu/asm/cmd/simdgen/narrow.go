package main

import (
	"fmt"
	"math/bits"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/quern-go/quern/cpu/asm/internal/vec"
	"github.com/quern-go/quern/kernels"
)

// Rows of fewer values than a vector has lanes, or hardly more, that lie one after the
// other. A vector takes as many of them as it holds, each in a slot of as many lanes as
// the next power of two; AVX-512 spreads them over their slots as it loads them, AVX2
// loads them one by one.

// narrowReductions emits the reductions of narrow arrays.
func (g *generator) narrowReductions() {
	for _, t := range elemTypes {
		g.enter("t.FoldMost["+t.goName+"]", fmt.Sprint(g.rowVectors()*g.VectorBytes()/t.size))
		g.enter("t.SpanMost["+t.goName+"]", fmt.Sprint(g.VectorBytes()/t.size))
	}
	for _, c := range combines {
		for _, t := range elemTypes {
			a := accumulator{generator: g, combine: c, elem: t.size}
			slot := "[kernels.Combine" + c.goName + "][" + t.goName + "]"
			rows := (&rowFold{narrow: narrow{accumulator: a}}).emit(t.name)
			g.enter("t.FoldRows"+slot, fmt.Sprintf("foldWholeSteps(%d, %d, %d, %s, t.FoldRows%s)", a.lanes(), a.elem, g.rowVectors()*a.lanes(), rows, slot))
			g.enter("t.FoldSpans"+slot, (&spanFold{narrow: narrow{accumulator: a}}).emit(t.name))
			g.enter("t.FoldColumns"+slot, (&columnFold{a}).emit(t.name))
		}
	}
}

// narrow loads rows of n values in slots.
type narrow struct {
	accumulator
	slot      int               // lanes of a row's slot
	n, rowLen reg.GPPhysical    // values of a row; its bytes
	mask      []reg.Register    // of the values of the slots; of a row of several vectors, of those of its second half
	pad       []reg.VecPhysical // AVX2: the identity where there are none, or empty for zeros
	identity  reg.VecPhysical   // AVX-512: the same in every lane, or nil for zeros
}

// perVector is how many rows a vector holds.
func (w *narrow) perVector() int { return w.lanes() / w.slot }

// combineOf is the IR's name of a combine.
func (c combine) combineOf() kernels.Combine {
	return map[string]kernels.Combine{"add": kernels.CombineAdd, "mul": kernels.CombineMul,
		"min": kernels.CombineMin, "max": kernels.CombineMax}[c.op]
}

// setIdentity puts the identity in every lane of a vector.
func (a *accumulator) setIdentity(r reg.VecPhysical) {
	t := kernels.F64
	if a.elem == 4 {
		t = kernels.F32
	}
	op := map[int]string{4: "VPBROADCASTD", 8: "VPBROADCASTQ"}[a.elem]
	a.Do("MOVQ", operand.U64(a.combineOf().Identity(t)), tmp)
	a.Do("VMOVQ", tmp, r.AsX())
	a.Do(op, r.AsX(), r)
}

// setMask prepares for rows in slots. It uses RAX and RCX.
func (w *narrow) setMask() {
	switch {
	case w.slot == 2: // always full
	case w.ISA == vec.AVX512:
		repeated := uint64(0)
		for i := range w.perVector() {
			repeated |= 1 << (i * w.slot)
		}
		w.Do("MOVQ", w.n, count2)
		w.Do("MOVQ", operand.U32(1), tmp)
		w.Do("SHLQ", reg.CL, tmp)
		w.Do("DECQ", tmp)
		w.Do("IMUL3Q", imm(repeated), tmp, tmp)
		w.Do("KMOVW", tmp.As32(), w.mask[0])
	default:
		w.setTailMask(0, 0)
	}
}

// setTailMask makes AVX2's mask number i, of the values of a row in vector number v, and what
// fills its other lanes.
func (w *narrow) setTailMask(i, v int) {
	w.Do("LEAQ", w.tailTable(w.elem), tmp)
	w.Do("MOVQ", w.n, count2)
	w.Do("NEGQ", count2)
	w.Do("VMOVUPS", operand.Mem{Base: tmp, Index: count2, Scale: uint8(w.elem), Disp: (tailLength + v*w.lanes()) * w.elem}, w.mask[i])
	if len(w.pad) == 0 {
		return
	}
	w.setIdentity(w.pad[i])
	w.Do("VANDNPS", w.pad[i], w.mask[i], w.pad[i])
	if w.halves() {
		w.Do("VINSERTF128", operand.U8(1), w.pad[i].AsX(), w.pad[i], w.pad[i])
	}
}

// halves says that AVX2 loads either half of a vector for itself.
func (w *narrow) halves() bool { return w.slot*w.elem == 16 && w.slot > 2 }

// loadSlots loads the rows of a vector. The second of two that are loaded one by one goes
// through spare; at is a free register.
func (w *narrow) loadSlots(m operand.Mem, r, spare reg.VecPhysical, at reg.GPPhysical) {
	s := floatSuffix(w.elem)
	load := map[bool]string{true: "VMOVU" + s, false: "VEXPAND" + s}[w.slot == w.lanes()]
	switch {
	case w.slot == 2:
		w.Do("VMOVUPS", m, r)
		return
	case w.ISA == vec.AVX512 && w.identity == nil:
		w.Do(load+"_Z", m, w.mask[0], r)
		return
	case w.ISA == vec.AVX512:
		w.Do("VMOVAPS", w.identity, r)
		w.Do(load, m, w.mask[0], r)
		return
	case w.halves():
		mask := w.mask[0].(reg.VecPhysical).AsX()
		w.Do("LEAQ", m, at)
		w.Do("VMASKMOV"+s, operand.Mem{Base: at}, mask, r.AsX())
		w.Do("VMASKMOV"+s, operand.Mem{Base: at, Index: w.rowLen, Scale: 1}, mask, spare.AsX())
		w.Do("VINSERTF128", operand.U8(1), spare.AsX(), r, r)
	default:
		w.Do("VMASKMOV"+s, m, w.mask[0], r)
	}
	if len(w.pad) > 0 {
		w.Do("VORPS", w.pad[0], r, r)
	}
}

// slots are the widths of slots for rows of up to a vector.
func (a *accumulator) slots() (list []int) {
	for slot := 2; slot <= a.lanes(); slot *= 2 {
		list = append(list, slot)
	}
	return list
}

// shift is the logarithm of the size of an element.
func (a *accumulator) shift() operand.Op { return operand.U8(uint8(bits.TrailingZeros(uint(a.elem)))) }

// storePast stores a vector, past the caches where the flag is set.
func (a *accumulator) storePast(r reg.Register, m operand.Mem, flag reg.Register, label string) {
	a.Do("TESTQ", flag, flag)
	a.Jump("JNE", "past"+label)
	a.Do("VMOVUPS", r, m)
	a.Jump("JMP", "stored"+label)
	a.Label("past" + label)
	a.Do("VMOVNTPS", r, m)
	a.Label("stored" + label)
}
