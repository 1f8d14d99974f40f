package vec

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// maskVectors is how many vectors wide a run of masked columns may be.
const maskVectors = 3

// DefineColumnMasks adds the table that ColumnMasks reads. AVX-512 computes its
// masks and needs none.
func (a *Asm) DefineColumnMasks() {
	if a.ISA == AVX512 {
		return
	}
	a.columns = a.constants("columns")
	n := maskVectors * a.Lanes()
	for i := range 2 * n {
		var ones uint64
		if i < n {
			ones = ^uint64(0)
		}
		a.constant(i, ones)
	}
}

// ColumnMasks returns masks selecting the first n of len(spare)·lanes columns,
// 1 ≤ n, a vector of them each. AVX-512 keeps them in K1, K2, …; AVX2 loads them
// into the spare vector registers.
func (a *Asm) ColumnMasks(n reg.GPVirtual, spare ...reg.VecPhysical) []reg.Register {
	if a.ISA == AVX512 {
		return a.opmasks(n, len(spare))
	}
	start := a.GP64()
	a.MOVQ(operand.U32(uint32(maskVectors*a.Lanes())), start)
	a.SUBQ(n, start)
	table := a.GP64()
	a.LEAQ(a.columns, table)
	masks := make([]reg.Register, len(spare))
	for v, r := range spare {
		a.VMOVUPS(operand.Mem{Base: table, Index: start, Scale: uint8(a.Elem), Disp: v * a.VectorBytes()}, r)
		masks[v] = r
	}
	return masks
}

func (a *Asm) opmasks(n reg.GPVirtual, vectors int) []reg.Register {
	a.MOVQ(n, reg.RCX)
	bits := a.GP64()
	a.MOVQ(operand.U32(1), bits)
	a.SHLQ(reg.CL, bits)
	a.DECQ(bits)
	masks := make([]reg.Register, vectors)
	for v := range vectors {
		if v > 0 {
			a.SHRQ(operand.U8(uint8(a.Lanes())), bits)
		}
		k := []reg.OpmaskPhysical{reg.K1, reg.K2, reg.K3, reg.K4}[v]
		a.KMOVW(bits.As32(), k)
		masks[v] = k
	}
	return masks
}
