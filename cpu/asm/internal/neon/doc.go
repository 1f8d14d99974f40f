// Package neon writes Go assembly for arm64's NEON, and is its machine for package
// vcode.
//
// Go's assembler knows few of the vector instructions. All that compute on
// vectors are written as words with the mnemonic beside them (Asm.V), by encoders
// that are tested against the GNU assembler; loads, stores, moves between register
// files and everything scalar is Go's own (Asm.Line).
//
// The values of a Body occupy 4 lanes, or 2 if one is 64 bits wide, of which the
// 32-bit ones fill half a register. Constants are loaded from PoolReg.
package neon
