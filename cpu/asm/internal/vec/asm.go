package vec

import (
	"fmt"
	"math/bits"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Asm is an avo context for one Target. Its arithmetic methods take their
// operands in the order of the formula, destination last: Sub(x, y, d) is d = x − y.
type Asm struct {
	*build.Context
	Target
	absMask constant    // the bits below the sign
	one     constant    // 1
	zero    operand.Mem // AVX2: 0, once per lane
	columns operand.Mem // AVX2: all-ones elements, then as many zero ones
}

// NewAsm returns an empty assembly file for amd64.
func NewAsm(t Target) *Asm {
	a := &Asm{Context: build.NewContext(), Target: t}
	a.ConstraintExpr("amd64")
	return a
}

// Func starts a function. The doc lines should end with the Go loop it computes.
func (a *Asm) Func(name, signature string, doc []string) {
	a.Function(name)
	a.Attributes(attr.NOSPLIT)
	a.Pragma("noescape")
	a.SignatureExpr(signature)
	a.Doc(doc...)
}

// Arg loads an argument into a general register.
func (a *Asm) Arg(name string) reg.GPVirtual {
	r := a.GP64()
	a.Context.Load(a.Param(name), r)
	return r
}

// StrideArg loads an argument that counts elements and turns it into bytes.
func (a *Asm) StrideArg(name string) reg.GPVirtual {
	r := a.Arg(name)
	a.SHLQ(operand.U8(uint8(bits.TrailingZeros(uint(a.Elem)))), r)
	return r
}

// Return ends a function. VZEROUPPER spares later SSE code the penalty of dirty
// upper halves.
func (a *Asm) Return() {
	a.VZEROUPPER()
	a.RET()
}

type nary = func(...operand.Op)

// typed emits the instruction for the element type.
func (a *Asm) typed(ps, pd nary, ops ...operand.Op) {
	if a.Elem == 4 {
		ps(ops...)
	} else {
		pd(ops...)
	}
}

// Zero is d = +0.
func (a *Asm) Zero(d reg.Register) {
	if a.ISA == AVX512 {
		a.VPXORD(d, d, d)
	} else {
		a.VPXOR(d, d, d)
	}
}

// Load is d = m[0:lanes].
func (a *Asm) Load(m operand.Mem, d reg.Register) { a.typed(a.VMOVUPS, a.VMOVUPD, m, d) }

// Store is m[0:lanes] = s.
func (a *Asm) Store(s reg.Register, m operand.Mem) { a.typed(a.VMOVUPS, a.VMOVUPD, s, m) }

// LoadMasked loads the lanes selected by mask and clears the others. Memory of
// the others is not touched.
func (a *Asm) LoadMasked(m operand.Mem, mask, d reg.Register) {
	switch {
	case a.ISA == AVX512 && a.Elem == 4:
		a.VMOVUPS_Z(m, mask, d)
	case a.ISA == AVX512:
		a.VMOVUPD_Z(m, mask, d)
	case a.Elem == 4:
		a.VMASKMOVPS(m, mask, d)
	default:
		a.VMASKMOVPD(m, mask, d)
	}
}

// StoreMasked stores the lanes selected by mask.
func (a *Asm) StoreMasked(s, mask reg.Register, m operand.Mem) {
	switch {
	case a.ISA == AVX512:
		a.typed(a.VMOVUPS, a.VMOVUPD, s, mask, m)
	case a.Elem == 4:
		a.VMASKMOVPS(s, mask, m)
	default:
		a.VMASKMOVPD(s, mask, m)
	}
}

// Broadcast is d[i] = m[0] for every lane.
func (a *Asm) Broadcast(m operand.Mem, d reg.Register) {
	a.typed(a.VBROADCASTSS, a.VBROADCASTSD, m, d)
}

// Add is d = x + y.
func (a *Asm) Add(x reg.Register, y operand.Op, d reg.Register) {
	a.source(form{a.VADDPS, a.VADDPS_BCST}, form{a.VADDPD, a.VADDPD_BCST}, y, x, d)
}

// Sub is d = x − y.
func (a *Asm) Sub(x reg.Register, y operand.Op, d reg.Register) {
	a.source(form{a.VSUBPS, a.VSUBPS_BCST}, form{a.VSUBPD, a.VSUBPD_BCST}, y, x, d)
}

// Mul is d = x · y.
func (a *Asm) Mul(x, y, d reg.Register) { a.typed(a.VMULPS, a.VMULPD, y, x, d) }

// FMA is acc = fma(x, y, acc).
func (a *Asm) FMA(x, y, acc reg.Register) { a.typed(a.VFMADD231PS, a.VFMADD231PD, y, x, acc) }

// Abs is d = |x|: the sign bit cleared, also of NaN.
func (a *Asm) Abs(x, d reg.Register) {
	a.source(form{a.VANDPS, a.VANDPS_BCST}, form{a.VANDPD, a.VANDPD_BCST}, a.absMask.operand(), x, d)
}

// MaxBits is d = the greater of x and y as signed integers. For floating-point
// numbers whose sign bit is clear that is their maximum, and NaN, which sorts
// above +Inf, wins. AVX2 has no 64-bit form: use GreaterBits and Blend.
func (a *Asm) MaxBits(x, y, d reg.Register) { a.typed(a.VPMAXSD, a.VPMAXSQ, y, x, d) }

// GreaterBits is d = all ones where x > y as signed 64-bit integers, else zero
// (AVX2).
func (a *Asm) GreaterBits(x, y, d reg.Register) { a.VPCMPGTQ(y, x, d) }

// Blend is d = mask ? x : y, lane by lane, for float64 (AVX2).
func (a *Asm) Blend(x, y, mask, d reg.Register) { a.VBLENDVPD(mask, x, y, d) }

// constants starts a read-only data section private to the file.
func (a *Asm) constants(name string) operand.Mem {
	m := a.StaticGlobal(fmt.Sprintf("%s%s_%s", a.Letter(), name, a.ISA))
	a.DataAttributes(attr.RODATA | attr.NOPTR)
	return m
}

// constant adds element i, given as its bits, to the current data section.
func (a *Asm) constant(i int, pattern uint64) {
	if a.Elem == 4 {
		a.AddDatum(4*i, operand.U32(uint32(pattern)))
	} else {
		a.AddDatum(8*i, operand.U64(pattern))
	}
}
