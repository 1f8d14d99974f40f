// Package plan turns an expression into a few kernels.
//
// The way of an expression (package expr) through this package:
//
//   - Bind (bind.go) writes the expression's structure as a key, with sources
//     and scalars replaced by numbers. Expressions with equal keys share a plan.
//   - Rewrite (algebra.go) applies the algebra that saves whole orders of work,
//     such as sum(matmul(a, b)); Exact leaves it out.
//   - newGraph (graph.go) makes equal parts one node: common subexpressions.
//   - chooseStored (store.go) decides which values are kept in memory: results
//     of reductions and contractions, and the few elementwise values that are
//     dear to recompute or would make a kernel too large. All others are
//     recomputed wherever they are needed, inside the kernels that need them.
//   - produce (produce.go, contract.go) makes one kernel for each stored value:
//     writer (writer.go) emits elementwise chains, views and random numbers as a
//     Body, pushing views (views.go) down to the layouts of what is loaded, and
//     absorbs a reduction's or contraction's consumers as its Post.
//   - finish (lifetime.go) finds when temporaries can be freed, and whether one
//     can live in the output's memory.
//
// Only the algebra may change a result's bits.
package plan
