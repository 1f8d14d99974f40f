// Package expr holds the nodes of a lazy array expression: what an ops.Array
// points to once its element type is a run-time value.
//
// A Node is immutable. The constructors (Elementwise, Permute, Reduce,
// Contract, …) check shapes, fold constants and bring the expression into the
// normal form on which the meaning of a result is defined:
//
//   - consecutive transposes are one, and a view that changes nothing is none;
//   - a transpose directly under a reduction is folded into its axes, so that
//     x.T().Sum(0) is x.Sum(1), bit for bit;
//   - a reduction is in Tree order if the last axis longer than 1 is reduced,
//     and in Strided order otherwise;
//   - a product with a vector is a sum of products; every other matrix product
//     is a contraction;
//   - an array without elements is a constant, and so is what is computed of it.
//
// Everything later (common subexpressions, fusion, the choice of kernels) keeps
// these bits, except the planner's algebra, which Exact turns off.
//
// A mistake does not panic: it makes a Failed node that carries the error
// through everything built on it.
package expr
