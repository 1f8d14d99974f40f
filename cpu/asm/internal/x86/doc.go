// Package x86 writes Go assembly for AVX2 and AVX-512 through avo, which checks that
// each instruction exists with its operands, and is their machine for package vcode.
//
// A Bool is an opmask register on AVX-512. A lookup in a table that fits registers is
// a permutation. A constant is a memory operand where the instruction takes one:
// AVX-512 broadcasts an element as it loads it, for AVX2 there are copies of it.
package x86
