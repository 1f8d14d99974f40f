package gemm

import "github.com/klauspost/cpuid/v2"

// Caches gives the cache sizes that blocking is derived from, in bytes: per core
// for L1 (data) and L2.
type Caches struct{ L1, L2 int }

// DetectCaches asks the processor. What it does not say is taken to be 32 KiB of
// L1 and 512 KiB of L2.
func DetectCaches() Caches {
	c := Caches{L1: 32 << 10, L2: 512 << 10}
	if n := cpuid.CPU.Cache.L1D; n > 0 {
		c.L1 = n
	}
	if n := cpuid.CPU.Cache.L2; n > 0 {
		c.L2 = n
	}
	return c
}
