// Package panel decides how an expression is evaluated piecewise when the
// temporaries of its plan would take too much memory.
//
// There are three ways, and they may be nested; each piece is again evaluated
// whole if that fits, and cut further if not. All of them keep every bit.
//
//   - Panels: the result is computed in ranges of one axis (expr.Parts). Results of
//     reductions and contractions that every panel would need whole are computed
//     once, before.
//   - Values first: a reduction or contraction deep inside, small itself but large to
//     compute, is evaluated by itself and takes the place of its node.
//   - Blocks: a reduction to a single value is computed in blocks, as its canonical
//     order defines it: see package kernels.
//
// Cutter.Cut chooses by predicted time among what fits. It is a search that plans
// many candidates, so its answers are kept by the structure of the expression.
package panel
