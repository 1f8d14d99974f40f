// Package contract executes kernels.Contract on the CPU.
//
// # Two ways to run the chains
//
// A Contract whose Step is a named term (package kernels/term) goes to the packed
// micro-kernels of package gemm. PreA and PreB are views of the inputs if they
// only load, and otherwise are evaluated while gemm packs them. Post runs over
// pieces of rows of the result while they are in cache.
//
// Any other Step runs block by block on package vm: the accumulators of a row and
// up to 1024 columns stay in the L1 cache while k ascends, with a[i,k] as a scalar
// and a packed row of b as a block.
//
// # Lines
//
// Every Body but Step reads and writes arrays in the index space (batch…, m, n,
// k). A line is a program placed there, to be run along one axis at positions of
// another: PreA along k at rows, PreB along n at ks, Post along n at rows. Where
// the outputs lie along m instead, or there is but one column, the parts of a and
// b are exchanged: then PreB runs along k at columns, and so on.
//
// # Fold
//
// The results of Post for one row are reduced in Tree order as they appear: a
// strip of 4096 columns that begins at a multiple of 4096 is one block of the
// canonical tree. The block results of a panel of rows are kept, combined when
// all strips are done, and finished by Fold's Post. With Fold.Top there is a list for
// each row and worker instead, which are merged.
package contract
