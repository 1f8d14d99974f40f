package vec

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The predicate of VCMP that holds where two numbers differ, or one is NaN, and
// that signals nothing.
const notEqual = operand.U8(4)

// DefineOne adds the constants that AddFMA, the comparisons and NonZeroMask read.
func (a *Asm) DefineOne() {
	pattern := uint64(0x3FF0000000000000)
	if a.Elem == 4 {
		pattern = 0x3F800000
	}
	a.one = a.everyLane("one", pattern)
	if a.ISA == AVX2 {
		a.zero = a.everyLane("zero", 0).first
	}
}

// NotEqualOne is d = x ≠ y ? 1 : 0, where NaN differs from everything (AVX2).
func (a *Asm) NotEqualOne(x, y, d reg.Register) {
	a.DiffersMask(x, y, d)
	a.typed(a.VANDPS, a.VANDPD, a.one.operand(), d, d)
}

// AddOneWhereDiffers is acc = x ≠ y ? acc + 1 : acc, where NaN differs from everything (AVX-512).
func (a *Asm) AddOneWhereDiffers(x reg.Register, y operand.Op, acc reg.Register) {
	a.AddWhereDiffers(x, y, a.one.operand(), acc)
}

// AddWhereDiffers is acc = x ≠ y ? acc + z : acc, where NaN differs from everything (AVX-512).
func (a *Asm) AddWhereDiffers(x reg.Register, y, z operand.Op, acc reg.Register) {
	k := a.K()
	a.source(form{a.VCMPPS, a.VCMPPS_BCST}, form{a.VCMPPD, a.VCMPPD_BCST}, notEqual, y, x, k)
	a.source(form{a.VADDPS, a.VADDPS_BCST}, form{a.VADDPD, a.VADDPD_BCST}, z, acc, k, acc)
}

// DiffersMask is d = all ones where x ≠ y, NaN included (AVX2).
func (a *Asm) DiffersMask(x, y, d reg.Register) {
	a.typed(a.VCMPPS, a.VCMPPD, notEqual, y, x, d)
}

// AddFMA is acc = x + acc by a product with 1: some processors multiply and add on
// other units than those that only add.
func (a *Asm) AddFMA(x, acc reg.Register) {
	a.source(form{a.VFMADD231PS, a.VFMADD231PS_BCST}, form{a.VFMADD231PD, a.VFMADD231PD_BCST}, a.one.operand(), x, acc)
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
