// Package vm runs Bodies block by block: each instruction is one call of a
// block kernel (package simd) over up to Block elements, and what passes between
// instructions stays in the L1 cache.
//
// # From a Body to calls
//
// Compile prepares a Body once. Which of its leaves have one value for a whole
// block (a constant, a parameter, a broadcast operand) is known only at launch;
// Program.Code specialises the program to that and keeps the result. In a Code
//
//   - instructions over uniform values run on one element;
//   - binary kernels take uniform operands as scalars; where a kernel has no such
//     form the value is spread over a register;
//   - leaves are read where they lie, results written where they belong;
//   - the remaining values share registers by liveness, and a kernel may write
//     over an operand that nobody needs any more;
//   - bit casts cost nothing: they are another name for a register;
//   - chains that have a kernel of their own are one call (package outline);
//   - all words that a Body draws from one Philox counter come from one call, as
//     uniforms if that is what they serve for, or as what a chain that begins with
//     them makes of them: a normal number, scaled; whether a point lies in a circle; the
//     element at a random position;
//   - the length of a block is chosen so that the registers fit the L1 cache.
//
// A Frame is one worker's memory for running a Code: registers, scalars and the
// table of pointers that instructions refer to. Set the leaves' and the results'
// addresses, then Run:
//
//	code := program.Code(vm.Key{Direct: 1})
//	frame.Bind(code, params, nil)
//	for i := 0; i < n; i += code.Block {
//		frame.SetLeaf(0, &in[i])
//		frame.SetOut(0, &out[i])
//		frame.Run(min(code.Block, n-i))
//	}
//
// # Cost
//
// A call costs about 3 ns beside its work, and a pass over 1024 float32 in L1 15
// to 25 ns with AVX-512, so chains run at L1 speed: some 0.02 ns an element and
// instruction in float32, twice that in float64.
//
// Estimates, in cycles of Zen 4 for 16 draws or steps: what the instructions of their
// kernels take at least, and what is reached with AVX-512.
//
//	π                   33   40  words and their test one loop, 37
//	normals             52   62  words and their transformation one loop
//	step of a path      63   79  a normal, scaled, 62; 10 of eˣ and three additions, in two passes
//	draw of a bootstrap 26   42  words and reads one loop, 30 of 10,000 float64; sum 4; ends of rows
//
// The floor of the last is lines of 64 bytes from the L2 cache to L1, two cycles each; its
// words take 16, beside them.
package vm
