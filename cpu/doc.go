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
// internal/simd) over registers that stay in the L1 cache. Package internal/exec
// walks the index space of a Map or a Reduce so that these find their operands
// side by side, and feeds package internal/fold, the canonical orders. A Contract
// (internal/contract) goes to the packed micro-kernels of internal/gemm, or to a
// general path built on vm for steps without one. internal/sched spreads blocks
// over a persistent pool of workers and leaves small work on the calling
// goroutine. The measured speeds stand in the documentation of these packages.
//
// A launch and its Sync cost about 0.25 µs together, for 1,024 float32 added,
// and allocate nothing once the stream has run the program before.
//
// Streams queue; the work of a stream runs in Sync, on the calling goroutine and
// the pool, and stops between blocks when the context ends.
package cpu
