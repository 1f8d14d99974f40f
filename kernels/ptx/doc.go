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
//   - code.go, unit.go, types.go: text, virtual registers, types;
//   - primitives.go, body.go, function.go, philox.go: a Body as instructions;
//   - block.go: the argument block, whose layout the text and the plan share;
//   - loop.go: the steps of a Body's loop;
//   - space.go on the host and axes.go, operand.go, point.go in the text: index
//     spaces, and where operands lie in them;
//   - partial.go, lane.go, treefold.go: accumulators and the canonical order;
//   - map.go, joint.go, mapvector.go, mapsquare.go, maptile.go; reduce.go, treeblock.go, warp.go, treerows.go, across.go,
//     strided.go with the values they take (row.go, rows.go); contract.go, chain.go,
//     slice.go, async.go, output.go, fold.go, foldjoin.go, chunk.go,
//     tile.go: the templates; tensor.go: products on tensor units, where allowed;
//     double.go, lines.go: exact ones of float64, where their order is the definition's
//     (product64.go);
//   - mapplan.go, reduceplan.go, contractplan.go: their launches, with nothing of
//     the text.
//
// Package interp runs the texts without a GPU, and scripts/ptxas.sh fetches NVIDIA's
// assembler to check them with.
//
// # Bits
//
// Every floating-point instruction names its rounding (.rn), none flushes
// subnormals (.ftz) and none approximates, so that the assembler may neither
// contract a product and a sum nor replace a division. What PTX leaves to the
// implementation (the sign and payload of a NaN) is what package kernels leaves
// open.
package ptx
