package sched

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// affinityCPUs counts the CPUs the process's main thread may run on. Threads inherit the mask, and
// cpuset control groups narrow it.
func affinityCPUs() (int, error) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(unix.Getpid(), &set); err != nil {
		return 0, fmt.Errorf("sched_getaffinity: %w", err)
	}
	return set.Count(), nil
}
