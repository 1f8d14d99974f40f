// Package vec is a thin layer over avo that lets one description of a vector
// kernel be emitted for float32 and float64, AVX2 and AVX-512.
//
// A Target names the element type and the instruction set; an Asm is an avo
// context bound to a Target, with methods such as Load, Sub and FMA that choose
// the instruction. Vector registers are physical: kernels here fill the whole
// register file and plan its use themselves. General registers are avo's virtual
// ones.
package vec

import (
	"fmt"

	"github.com/mmcloughlin/avo/reg"
)

// ISA is a vector instruction set.
type ISA string

// The instruction sets that kernels are generated for.
const (
	AVX2   ISA = "avx2"   // with FMA3
	AVX512 ISA = "avx512" // F, DQ, BW, VL, CD
)

// Target is an element type and an instruction set.
type Target struct {
	ISA  ISA
	Elem int // element size in bytes: 4 for float32, 8 for float64
}

// ParseTarget reads the command-line names of a target, such as avx512 and
// float32.
func ParseTarget(isa, goType string) (Target, error) {
	t := Target{ISA: ISA(isa)}
	if t.ISA != AVX2 && t.ISA != AVX512 {
		return t, fmt.Errorf("parse target: unknown instruction set %q (want avx2 or avx512)", isa)
	}
	switch goType {
	case "float32":
		t.Elem = 4
	case "float64":
		t.Elem = 8
	default:
		return t, fmt.Errorf("parse target: unknown element type %q (want float32 or float64)", goType)
	}
	return t, nil
}

// Letter is the BLAS prefix of the element type: s or d.
func (t Target) Letter() string {
	if t.Elem == 4 {
		return "s"
	}
	return "d"
}

// GoType is the Go name of the element type.
func (t Target) GoType() string {
	return fmt.Sprintf("float%d", 8*t.Elem)
}

// VectorBytes is the size of a vector register in bytes.
func (t Target) VectorBytes() int {
	if t.ISA == AVX512 {
		return 64
	}
	return 32
}

// Lanes is the number of elements in a vector register.
func (t Target) Lanes() int { return t.VectorBytes() / t.Elem }

// Registers returns the vector registers of the target: 32 ZMM or 16 YMM.
func (t Target) Registers() []reg.VecPhysical {
	if t.ISA == AVX512 {
		return []reg.VecPhysical{
			reg.Z0, reg.Z1, reg.Z2, reg.Z3, reg.Z4, reg.Z5, reg.Z6, reg.Z7,
			reg.Z8, reg.Z9, reg.Z10, reg.Z11, reg.Z12, reg.Z13, reg.Z14, reg.Z15,
			reg.Z16, reg.Z17, reg.Z18, reg.Z19, reg.Z20, reg.Z21, reg.Z22, reg.Z23,
			reg.Z24, reg.Z25, reg.Z26, reg.Z27, reg.Z28, reg.Z29, reg.Z30, reg.Z31,
		}
	}
	return []reg.VecPhysical{
		reg.Y0, reg.Y1, reg.Y2, reg.Y3, reg.Y4, reg.Y5, reg.Y6, reg.Y7,
		reg.Y8, reg.Y9, reg.Y10, reg.Y11, reg.Y12, reg.Y13, reg.Y14, reg.Y15,
	}
}
