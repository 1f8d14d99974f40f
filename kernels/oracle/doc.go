// Package oracle evaluates any kernel in plain scalar Go. It is the
// specification: whatever computes a kernel must give the oracle's bits, the
// payload and sign of a NaN excepted.
//
// It is written to be checked by reading, against the canonical order in the
// documentation of package kernels. The parts, each in a file of its own:
//
//   - order.go: the Tree and Strided orders, for one accumulator;
//   - map.go, reduce.go, contract.go, scan.go: the shapes of kernel;
//   - point.go: what the leaves of a Body read at one point of the index space;
//   - array.go: operands in host memory.
//
// The value of a Body is Body.Eval's and the union of two partial results is
// Combine.Apply's; nothing here knows how to add two numbers.
//
// Some things that the launch arguments leave open are settled here:
//
//   - OpGather reads element Offset+i of the input's memory; its strides do not
//     matter. A gather outside of the array is an error.
//   - A reduction over nothing is the identity of its combine, with the position
//     kernels.NoIndex. A contraction over k = 0 is one empty chain: its Start.
//   - PreA is evaluated at j = 0, PreB at i = 0, Post at k = 0, Fold's Post at
//     j = k = 0, and a Reduce's Post at reduced position 0.
package oracle
