// Package interp runs the PTX that package ptx emits, on the CPU, one thread
// after the other, so that wrong code is found without a GPU.
//
// It knows the instructions that package ptx uses and takes nothing else: Parse
// fails on an unknown one. Arithmetic is exact; that of tensor units, which no
// document defines, is the worst that they were seen to do: see addAligned. Beyond
// computing, it looks for
// what a GPU would not report:
//
//   - accesses outside of the memory that was mapped, or not aligned to their
//     size;
//   - global memory that two threads of one launch write, or that one writes and
//     another reads;
//   - shared memory that is read before it is written, or that two threads use
//     with no barrier between, one of them writing;
//   - asynchronous copies that are read before they were waited for;
//   - barriers, shuffles and matrix products at which not all threads arrive.
//
// Registers hold garbage until they are written.
package interp
