// Package ptx renders kernels as PTX, the assembly language that every NVIDIA
// driver compiles, and says how to launch them.
//
// Render turns a kernel into a Module: a few entry points, each a text of its
// own. The texts depend on the kernel, on what the device can do (Target) and on
// a bound on the number of axes, never on sizes: those are launch arguments.
// Module.Plan turns the arguments of one launch into passes (package grid), each
// the launch of one entry point: which buffers it takes, the bytes of its argument
// block, and how many thread blocks. A driver compiles an entry's text when a pass first
// names it, allocates the scratch memory that a plan asks for, and launches the
// passes in order; it needs to know nothing about kernels.
//
// The parts:
//
//   - code.go, types.go: text, virtual registers, types;
//   - primitives.go, body.go, function.go, philox.go: a Body as instructions;
//   - space.go, axes.go, track.go: index spaces, and the address arithmetic of
//     operands over them, on the host and in the text;
//   - block.go: the argument block, whose layout the text and the plan share;
//   - map.go, reduce.go, contract.go: the templates, each beside its plan
//     (mapplan.go, …).
//
// # Bits
//
// Every floating-point instruction names its rounding (.rn), none flushes
// subnormals (.ftz) and none approximates, so that the assembler may neither
// contract a product and a sum nor replace a division. What PTX leaves to the
// implementation (the sign and payload of a NaN) is what package kernels leaves
// open.
package ptx
