//go:build !linux

package opencl

// watchSignals: only Linux has runtimes that are known to replace handlers.
func watchSignals() {}
