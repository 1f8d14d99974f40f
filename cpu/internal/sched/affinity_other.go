//go:build !linux

package sched

import (
	"errors"
	"runtime"
)

// affinityCPUs has no answer of its own here: where masks exist, runtime.NumCPU already heeds them.
func affinityCPUs() (int, error) {
	return 0, errors.New("not read on " + runtime.GOOS)
}
