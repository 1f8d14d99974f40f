// Package cuda offers every NVIDIA GPU of the machine, of compute capability 7.0 or
// newer, as a device.Device.
//
// Importing it registers the driver; NVIDIA's driver library (libcuda.so.1,
// nvcuda.dll) is opened, without cgo, when devices are listed or one is opened.
// Nothing else is needed: no toolkit, no runtime library, no compiler.
// docs/devices.md tells how to set CUDA up.
//
// # How it works
//
// package kernels/ptx renders a kernel as PTX text and says how to launch it; this
// package has the driver compile the text, runs the passes and owns the memory. It
// knows nothing of kernels.
//
//   - internal/cu: the table of the driver's functions, filled from its library
//     or, for tests, by internal/fakecuda.
//   - discover.go, describe.go, monitor.go: devices and what is told of them.
//   - primary.go: the context, and who may use it on which thread.
//   - program.go, build.go: from a kernel to something to launch.
//   - memory.go, transfer.go, stage.go: buffers and copies.
//   - stream.go, line.go, launch.go: the driver's side of package queue, whose Stream
//     queues a long launch in slices of some 20 ms, so that Sync can stop when its
//     context ends; a short one is one call.
//   - sequence.go: launches that are repeated, as a CUDA graph.
//   - gemm.go, blas.go: products that need not be exact, by cuBLAS where it is found.
//   - product64.go: whether tensor units' products of float64 have the definition's bits.
//   - rates.go, pace.go, cache.go: measured speeds and compiled kernels, and where both
//     are kept; texts.go writes the texts for reading.
//
// # When the device is lost
//
// After an illegal address, an uncorrectable memory error and their like the driver
// answers every call with the same error. The Device then says device.ErrLost to
// everything; closing it resets the context, after which the device can be opened
// anew.
package cuda
