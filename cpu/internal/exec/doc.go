// Package exec runs Maps and Reduces on the CPU: it walks the index space so that
// the block programs of package vm find their operands side by side.
//
// # How a launch is taken
//
// A nest is the index space with every operand placed in it. Axes of length 1 are
// dropped, neighbours through which all operands step as through one are merged,
// and a Map's axes are put in the order of its output's memory: most launches
// end with one axis. A site is a program in a nest, whose runs cover the axes
// from some number on; for each operand it knows how a run reaches it:
//
//   - adjacent elements: the program reads and writes memory directly;
//   - stride 0 all along: a scalar operand of the block kernels;
//   - an index that counts up by one: no operand at all, if only Philox uses it;
//   - elements apart: gathered into the frame;
//   - rows of the last axis that are shorter than 64: runs go on from row to row;
//   - across, as in x + xᵀ: transposed a tile at a time into the L2 cache (tiler).
//
// A cursor is one worker in a site: move goes to a point of the outer axes, run
// evaluates a piece.
//
// # Reductions
//
// All follow the canonical orders through package fold, in one of five ways:
//
//   - rows: a Tree's rows, each by one worker; those that lie across the memory
//     are taken 128 at a time from transposed tiles;
//   - blocks: few long rows, whose blocks of 4096 all workers share;
//   - folds: rows of at most a few vectors that lie one after the other, folded whole
//     vectors at a time;
//   - short: other rows of at most 64 values, many side by side;
//   - columns: a Strided reduction, results side by side, and where the results
//     are few, groups of 4096 rows or more by different workers. Rows of at most a vector
//     are added many blocks at a time; columns of at most 8 values by one call.
//
// Results of at most 64 values each that are more than 8 MiB go past the caches.
//
// Where a Tree adds values that are a constant or zero, it counts them: see fold.Hits.
//
// # Floors, and what is reached
//
// A launch costs about 0.2 µs beside its blocks; work of some 32 Ki element
// instructions stays on the calling goroutine. Large arrays should move at the
// memory's bandwidth. On one core of a Sapphire Rapids (read 19 GB/s, copy with
// non-temporal stores 22 GB/s), float32 unless said otherwise:
//
//	a·b + c, 10⁸            84 ms   19 GB/s; outputs above 8 MiB go past the caches
//	sum, 10⁸                24 ms   16.5 GB/s
//	sum by axis 1, 0        24, 21 ms for 10⁴×10⁴
//	the same of a transpose 58, 42 ms
//	xᵀ, float64 10⁴×10⁴     106 ms  15 GB/s
//	x + xᵀ − m, the same    182 ms  x is read twice, each line once
//	sqrt(sin²a+cos²b)·e⁻ᶜ   1.7 ns an element
//
// On one core of a Zen 4, in the L2 cache:
//
//	sums by axis 1, 0       74, 64 GB/s of n×2; 53, 35 of n×3
//	sqrt(sin²a+cos²b)·e⁻ᶜ   1.17 ns an element; 1.06 ns by hand in C
//	π by Monte Carlo        0.82 ns a sample: two draws, two passes, two counts of bits; the
//	                        instructions need 0.57 ns
package exec
