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
//   - Blocks: a reduction is computed in blocks of what it reduces, as its canonical
//     order defines it: see package kernels.
//   - Passes: of all values of an array that has yet to be computed, medians, quantiles and
//     histograms are found by looking at it panel by panel, once or a few times.
//
// Where these repeat too much work, Cutter.Way has values stored in files first, the largest
// ones in the order in which they are computed. Cutter.ToFile says how each is computed: in
// panels, which take memory until they are written. From then on it is a source of which
// plans and panels read what they need.
//
// Cutter.Cut chooses by predicted time among what fits. It is a search, best first:
// how much work a cut would repeat is seen from the expression alone (work.go), before
// anything is planned, and a way that takes longer than what is known already, or
// than maxSlowdown allows, is not followed. Its answers are kept by the structure of the
// expression.
package panel
