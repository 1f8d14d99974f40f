// Package cpu is the CPU device: every core and vector unit of the machine
// behind the same seam as a GPU.
//
// Importing the package registers the driver "cpu". Its selectors are
//
//	cpu               all effective CPUs, the best SIMD level
//	cpu:1thread       one thread
//	cpu:avx2          a lower SIMD level: generic, avx2 or avx512
//	cpu:avx2,7threads both
//
// All of them give the same bits.
//
// # How it computes
//
// Package internal/vm turns a Body into a short list of block kernels (package
// internal/simd) over registers that stay in the L1 cache. A Map runs its
// program over tiles of the index space, a Reduce feeds the results to the
// accumulators of the canonical order, and a Contract goes to the packed
// micro-kernels of internal/gemm, or to a general path built on vm for steps
// without one. internal/sched spreads blocks over a persistent pool of workers
// and leaves small work on the calling goroutine.
//
// Streams queue; the work of a stream runs in Sync, on the calling goroutine and
// the pool, and stops between blocks when the context ends.
package cpu
