// Package vcode compiles the straight-line Bodies of Quern's IR to AVX2 and
// AVX-512 vector code.
//
// Three steps lead from a Body to instructions:
//
//   - Lower selects instructions for each primitive, over any number of virtual
//     registers, each assigned once (Code); one instruction for several primitives
//     where there is such (fuse), a permutation for a lookup in a table that fits
//     registers. Prune drops what that leaves unused, Interleave mixes copies.
//   - Code.Allocate assigns the machine's registers by a linear scan. Where they
//     do not suffice, the value whose next use is farthest goes to the stack
//     (Belady's rule, which is optimal for straight-line code). Constants are
//     memory operands, or sit in the registers that would otherwise be idle.
//   - Program.Emit prints the instructions through avo, which checks that each
//     exists with those operands.
//
// All values of a Body occupy the same number of lanes: a float64 beside float32
// fills a whole register while the float32 fills half of one. A Bool is an
// opmask register on AVX-512 and, on AVX2, a vector whose elements are all ones
// or zero, as wide as the elements compared.
package vcode
