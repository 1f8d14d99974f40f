// Package vcode compiles the straight-line Bodies of Quern's IR to vector code for
// any machine. Packages x86 and neon are the machines: they give the registers, the
// instructions of each primitive (Selector) and the spelling.
//
// Three steps lead from a Body to instructions:
//
//   - Code.Lower has the machine select instructions for each primitive, over any
//     number of virtual registers, each assigned once; one instruction for several
//     primitives where there is such (Selector.Fuse). Prune drops what that leaves
//     unused, Interleave mixes copies.
//   - Code.Allocate assigns the machine's registers by a linear scan. Where they
//     do not suffice, the value whose next use is farthest goes to the stack
//     (Belady's rule, which is optimal for straight-line code). Constants are in
//     memory (Pool), or sit in the registers that would otherwise be idle (Home).
//   - The machine prints the Steps of the Program.
//
// All values of a Body occupy the same number of lanes: a float64 beside float32
// fills a whole register while the float32 fills half of one. A Bool is a vector
// whose elements are all ones or zero, as wide as the elements compared, or on a
// machine that has them (AVX-512) a mask register.
package vcode
