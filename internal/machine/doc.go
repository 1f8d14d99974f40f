// Package machine describes the host a program runs on: CPU, caches, memory, operating system.
//
// It is what quern detect prints, and it is honest about what it could not find out: every
// unknown value is nil, null in JSON, and Machine.Unknown says why, by the value's JSON path:
//
//	m := machine.Detect()
//	if m.CPU.L2Bytes == nil {
//		fmt.Println("L2 size unknown:", m.Unknown["cpu.l2_bytes"])
//	}
//
// Names carry their units, as in l2_bytes or max_frequency_hz. All sizes are in bytes, not KiB.
//
// The instruction sets, and on amd64 most of the rest, come from the CPUID instruction by way of
// klauspost/cpuid. What the system tells overrides it: on Linux the files of /proc and /sys, which also
// know the sharing of caches, on macOS sysctl, on Windows the registry and kernel32. Elsewhere the
// remaining fields stay unknown.
//
// The number of threads a program should start is another question: containers and batch systems
// limit it, and package sched of the CPU device answers it.
package machine
