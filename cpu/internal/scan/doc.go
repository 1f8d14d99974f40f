// Package scan computes kernels.Scan on the CPU: prefixes, sorting, selection and
// histograms along one axis.
//
// The work is divided by the lines along the axis where there are many, and within
// a line where there are few:
//
//   - Prefixes go in windows that stay in the cache: the blocks of a window are
//     combined by all threads, what stands before each is found in order, and
//     combined with its block by all threads.
//   - Sorting turns values into unsigned keys of the same order and sorts those by
//     radix, from the lowest digit to the highest, positions beside them if asked.
//   - Selection counts the values by their highest digit, keeps those that have the
//     digit of a wanted rank and goes on with the next digit.
//   - Histograms guess the bin where edges are evenly spaced and search otherwise;
//     comparison with the edges decides either way.
//
// None of these can depend on the number of threads: the order of prefixes is the
// canonical one, and the rest is exact.
package scan
