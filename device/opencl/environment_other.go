//go:build !linux

package opencl

// prepareEnvironment: PoCL's need of a directory has been seen on Linux alone.
func prepareEnvironment() {}
