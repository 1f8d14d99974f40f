// Package simd holds the block kernels of the CPU device: loops over a block of
// elements that sits in the L1 cache, one for each primitive of the IR and
// argument type, one for each math function, and the few loops that a fused
// chain needs around it (accumulators of reductions, random numbers, copies).
//
// # Levels
//
// A Level is an instruction set: Generic (portable Go), AVX2 with FMA, AVX512, and
// arm64's NEON. TableFor(level) returns the level's Table of kernels, filled with
// the generic kernels first and then overridden by those in assembly, so a level
// is complete however little of it there is. Every level gives the same
// bits (payloads and signs of NaNs excepted); the tests compare each entry of
// each table with kernels.Apply, the definition of the primitives, and each
// math function with the evaluation of its Body.
//
// # Forms
//
// Kernels take untyped pointers and a count. A block of n elements is n
// consecutive elements of the type's size; a Bool block is a bit set, which is
// what AVX-512 compares into. Nothing outside the n elements is touched, so
// operands may end at the end of a mapping.
//
// # Generated files
//
// The assembly and the generic math functions are written by cpu/asm/cmd/simdgen
// from the same IR bodies: a primitive is a body of one instruction. Run
// "go generate" here to rewrite them.
package simd
