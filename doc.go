// Package quern is the root of Quern: array computing for Go on whatever
// hardware is there, with the same bits everywhere.
//
// Programs use package ops, the lazy arrays; the quern command is in cmd/quern.
// The other packages, from the ground up:
//
//   - kernels: the intermediate representation, with mathfn (exp, log, sin, …
//     defined once), term (steps of contractions) and oracle (the specification).
//   - device: the seam between the planner and the hardware, and devicetest, the
//     conformance suite that every device passes bit for bit.
//   - cpu, device/cuda and device/opencl: the devices; device/all has them all. The
//     CPU's kernels are AVX2, AVX-512 and plain Go; those of GPUs are made at run
//     time by kernels/ptx and kernels/clike.
//   - bench: workloads and measurements.
//
// See docs/architecture.md for the whole picture.
package quern
