// Package opencl offers every OpenCL 1.2 device of the machine as a device.Device:
// GPUs of NVIDIA, AMD, Intel and Apple, and CPU runtimes such as PoCL.
//
// Importing it registers the driver; the OpenCL library is opened, without cgo,
// when devices are listed or one is opened. docs/devices.md tells how to set
// OpenCL up.
//
// # How it works
//
// package kernels/clike renders a kernel as OpenCL C and says how to launch it;
// this package compiles the text, runs the passes and owns the memory. It knows
// nothing of kernels.
//
//   - functions.go, api.go: the table of OpenCL functions, and the one place
//     through which every call goes.
//   - discover.go, describe.go: platforms and devices.
//   - exact.go: does the device give the oracle's bits?
//   - program.go, build.go, binary.go: from a kernel to something to launch.
//   - memory.go, transfer.go, stage.go: buffers and copies.
//   - stream.go, line.go, launch.go, enqueue.go: OpenCL's side of package queue, whose
//     Stream queues a long launch in slices of some 20 ms, so that Sync can stop when
//     its context ends; a short one is one call.
//   - rates.go, tiles.go: measured speeds, kept in the cache.
package opencl
