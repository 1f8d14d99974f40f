// Package grid has the launches of rendered kernels: what an emitter of text for GPUs
// (packages clike and ptx) plans, and a driver carries out without knowing anything
// about kernels.
//
// An emitter turns the arguments of one launch (Args) into a Plan: Passes in order,
// each the launch of one entry point over a one-dimensional range of groups, and the
// scratch memory that they share.
package grid
