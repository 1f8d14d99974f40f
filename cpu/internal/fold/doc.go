// Package fold combines values in the canonical orders of package kernels with
// the block kernels of package simd.
//
// A Tree reduces the values of one row in Tree order: blocks of 4096 values, the
// blocks' results by the same rule, and so on. It takes the values as they come,
// in pieces of any length, keeps 256 lanes and at most 4096 results a level, and
// so reduces 10¹² values in a few hundred KiB.
//
// A Strided reduces rows side by side, one result per column, in Strided order,
// with one running row a level.
//
// A Top keeps the first values of rows in the order of kernels.Before.
//
// A Tree block of float32 costs one pass over its 16 KiB, 0.02 ns a value with
// AVX-512 from L1, and some 40 ns for folding the lanes.
package fold
