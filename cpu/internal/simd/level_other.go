//go:build !amd64 && !arm64

package simd

// vectorLevels are the levels above Generic: none here.
func vectorLevels() []Level { return nil }
