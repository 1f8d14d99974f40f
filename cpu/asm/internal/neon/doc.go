// Package neon writes Go assembly for arm64's NEON, and compiles the
// straight-line Bodies of Quern's IR to it.
//
// Go's assembler knows few of the vector instructions. All that compute on
// vectors are written as words with the mnemonic beside them (Asm.V), by encoders
// that are tested against the GNU assembler; loads, stores, moves between register
// files and everything scalar is Go's own (Asm.Line).
//
// A Body becomes code in the three steps of package vcode: Lower selects
// instructions over virtual registers (Code), Code.Allocate assigns the machine's
// by a linear scan, and Program.Emit prints them. The values of a Body occupy the
// same number of lanes: 4, or 2 if one is 64 bits wide, of which the 32-bit ones
// fill half a register. A Bool is a vector whose elements are all ones or zero, as
// wide as the elements compared.
package neon
