// Package kernels is Quern's intermediate representation: what a device is
// asked to compute, with nothing about how.
//
// A kernel is one of three shapes around straight-line scalar programs
// (Bodies), or a Scan, which has none:
//
//   - Map: out[i] = body(in[i]…) over a strided, broadcast index space.
//   - Reduce: a Pre body per element, accumulators combined in the canonical
//     order, a Post body per result.
//   - Contract: out[i,j] = post(step over ascending k of (a[i,k], b[k,j], w[k])),
//     optionally folded along j, so that the m×n matrix need never exist.
//   - Scan: along one axis, prefixes, sorting, selection or histograms.
//
// A Body is made of primitives (Op) that are exact or exactly rounded; scalar
// functions such as exp are Funcs, Bodies themselves, defined once in
// kernels/mathfn. Sizes, strides, offsets and scalar parameters are launch
// arguments, so one compiled kernel serves every shape.
//
// Eval and Apply in this package are the meaning of the primitives, and
// kernels/oracle is the meaning of the kernels: any device must give the
// oracle's bits.
//
// # Canonical order
//
// A sum's result depends on the order of its additions. The order is fixed by
// the kernel and the sizes alone:
//
//   - Tree (the innermost axis is among the reduced ones): the n values, in
//     row-major order of the reduced axes, are cut in blocks of 4096 = 16 rows
//     × 256 lanes. Each lane combines its 16 rows in order, the 256 lanes fold
//     in halves (lane t takes lane t+128, then t+64, … t+1). The block results
//     are reduced by the same rule until one is left.
//   - Strided (otherwise): blocks of 64 values are combined in order; the block
//     results are reduced by the same rule until one is left.
//
// Missing elements are the identity, which for sums is −0. A Contract runs one
// chain per output over ascending k; k is cut in chunks of 8192, each chunk is
// a fresh chain, and the chunk results are combined in order. The prefixes of a Scan
// are found in blocks of 64: see Scan.
package kernels
