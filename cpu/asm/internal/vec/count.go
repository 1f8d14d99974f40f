package vec

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The predicate of VCMP that holds where two numbers differ, or one is NaN, and
// that signals nothing.
const notEqual = operand.U8(4)

// DefineOne adds the constants that NotEqualOne and NonZeroMask read.
func (a *Asm) DefineOne() {
	pattern := uint64(0x3FF0000000000000)
	if a.Elem == 4 {
		pattern = 0x3F800000
	}
	a.one = a.everyLane("one", pattern)
	if a.ISA == AVX2 {
		a.zero = a.everyLane("zero", 0)
	}
}

// NotEqualOne is d = x ≠ y ? 1 : 0, where NaN differs from everything.
func (a *Asm) NotEqualOne(x, y, d reg.Register) {
	if a.ISA == AVX512 {
		k := a.K()
		a.typed(a.VCMPPS, a.VCMPPD, notEqual, y, x, k)
		if a.Elem == 4 {
			a.VBROADCASTSS_Z(a.one, k, d)
		} else {
			a.VBROADCASTSD_Z(a.one, k, d)
		}
		return
	}
	a.typed(a.VCMPPS, a.VCMPPD, notEqual, y, x, d)
	a.typed(a.VANDPS, a.VANDPD, a.one, d, d)
}

// NotEqualOf is d = x ≠ y ? z : 0, where NaN differs from everything (AVX-512).
func (a *Asm) NotEqualOf(x, y, z, d reg.Register) {
	k := a.K()
	a.typed(a.VCMPPS, a.VCMPPD, notEqual, y, x, k)
	if a.Elem == 4 {
		a.VMOVAPS_Z(z, k, d)
	} else {
		a.VMOVAPD_Z(z, k, d)
	}
}

// DiffersMask is d = all ones where x ≠ y, NaN included (AVX2).
func (a *Asm) DiffersMask(x, y, d reg.Register) {
	a.typed(a.VCMPPS, a.VCMPPD, notEqual, y, x, d)
}

// AddFMA is acc = x + acc by a product with 1, which is read from memory: some
// processors multiply and add on other units than those that only add.
func (a *Asm) AddFMA(x, acc reg.Register) {
	if a.ISA == AVX512 {
		a.typed(a.VFMADD231PS_BCST, a.VFMADD231PD_BCST, a.one, x, acc)
	} else {
		a.typed(a.VFMADD231PS, a.VFMADD231PD, a.one, x, acc)
	}
}

// Max is d = max(x, y) of numbers; of a NaN and a number it is y.
func (a *Asm) Max(x, y, d reg.Register) { a.typed(a.VMAXPS, a.VMAXPD, y, x, d) }

// Div is d = x / y.
func (a *Asm) Div(x, y, d reg.Register) { a.typed(a.VDIVPS, a.VDIVPD, y, x, d) }

// DivOrZero is d = x / y where any bit of y is set, else 0 (AVX-512).
func (a *Asm) DivOrZero(x, y, d reg.Register) {
	k := a.K()
	if a.Elem == 4 {
		a.VPTESTMD(y, y, k)
		a.VDIVPS_Z(y, x, k, d)
	} else {
		a.VPTESTMQ(y, y, k)
		a.VDIVPD_Z(y, x, k, d)
	}
}

// NonZeroMask is d = all ones where x ≠ 0, NaN included (AVX2).
func (a *Asm) NonZeroMask(x, d reg.Register) {
	a.typed(a.VCMPPS, a.VCMPPD, notEqual, a.zero, x, d)
}

// And is d = the bits that both x and y have.
func (a *Asm) And(x, y, d reg.Register) { a.typed(a.VANDPS, a.VANDPD, y, x, d) }
