//go:build !amd64 && !arm64

package fmapeak

import "runtime"

// Available says whether there is a loop for this CPU, and its instruction set, or why there is none.
func Available() (name string, ok bool) {
	return "no loop of fused multiply-adds for " + runtime.GOARCH, false
}

// Float32 runs turns of the float32 loop and returns the operations done, two to each multiply-add; 0 if there
// is no loop for this CPU.
func Float32(int) float64 { return 0 }

// Float64 is Float32 for float64.
func Float64(int) float64 { return 0 }
