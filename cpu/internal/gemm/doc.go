// Package gemm computes contractions on the CPU: out[i,j] is one chain of steps
//
//	acc = step(acc, a[i,k], b[k,j])
//
// over ascending k from +0. With step = fma that is the matrix product; other
// terms are the sums and maxima behind distances between the rows of a and the
// columns of b.
//
// # Same bits everywhere
//
// The order of the steps is fixed by the shapes alone. k beyond 8192 is cut in
// chunks at multiples of 8192; each chunk is a fresh chain and the chunk results
// are combined in order. Nothing else is ever split along k: a block of k that
// does not start a chunk continues the chains where the previous block left them
// in C. Blocking, packing, instruction set and thread count therefore cannot
// change a bit (of a NaN they may change sign and payload).
//
// # The five loops
//
// The structure is that of BLIS (Van Zee and van de Geijn, "BLIS: a framework for
// rapidly instantiating BLAS functionality", ACM TOMS 41(3), 2015). From the
// outside in:
//
//	columns in steps of nc      the packed block of B, kc×nc, lives in L3
//	  k in steps of kc          pack B, all workers together
//	    rows in steps of mc     one task per worker; its packed A, mc×kc, lives in L2
//	      columns by tile       a panel of B, kc×tile, comes from L3 once for all rows
//	        rows by tile        the micro-kernel: the tile of C lives in registers
//
// Unlike in BLIS, a panel of B need not stay in L1: the micro-kernels reach the fma
// peak with both panels streaming from L2, and a larger kc reads and writes C less.
// They ask the caches ahead for B and for the rows of C.
//
// # The floor
//
// On Zen 4 a step of k takes 28 cycles for a tile of 14 rows and two vectors of
// 512 bits, one for each fma, and 6 for the 6 rows of two vectors of 256 bits, or the 4 of
// three. With packed panels in L2 the product reaches 98% of that at kc = 512, and with AVX2
// 96%, or 99% with three; with B in L3 and C in memory 95% and 90%. In 64³, operands in L2
// and in place, the loops reach 98% and the product with all its calls 92%.
// docs/performance.md has the rest.
//
// Thin problems (few rows, or few columns after exchanging the operands: every
// term is symmetric) have no use for a shared block of B. There every worker runs
// all five loops on columns of its own.
//
// Where B is small and its rows lie side by side, thin problems read whole panels of
// it where they are; from memory, the first tiles that need a panel read it so and leave a
// packed copy, since packing alone would wait for memory while no fma runs. Matrix products
// of few columns read A where it is. Small problems spend their time on what is not
// in the loops: a Workspace keeps the state of a run, and nothing is allocated for it.
//
// Micro-kernels are generated, for every term, element type and instruction set,
// and for every number of rows up to the full tile's, so that no edge computes
// more rows than it has. See cpu/asm/cmd/gemmgen.
package gemm

//go:generate go run -C ../../asm ./cmd/gemmgen -isa avx2 -type float32
//go:generate go run -C ../../asm ./cmd/gemmgen -isa avx2 -type float64
//go:generate go run -C ../../asm ./cmd/gemmgen -isa avx512 -type float32
//go:generate go run -C ../../asm ./cmd/gemmgen -isa avx512 -type float64
//go:generate go run -C ../../asm ./cmd/gemmgen -isa neon -type float32
//go:generate go run -C ../../asm ./cmd/gemmgen -isa neon -type float64
