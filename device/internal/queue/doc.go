// Package queue has what the runtimes of GPUs share (device/opencl, device/cuda): an
// in-order stream whose work is cut in slices so that it can be cancelled, the memory
// that queued work keeps, launches that are planned once and used again, and the
// staging of transfers. A runtime gives its side as a Line (the driver's queue), a Work
// (a launch of its own kernels) and a Mover (of staged transfers).
//
// M is the driver's handle of a buffer. Nothing here allocates on the way of a launch.
package queue
