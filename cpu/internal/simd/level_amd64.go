package simd

import "github.com/klauspost/cpuid/v2"

// vectorLevels are the levels above Generic. The operating system takes part
// because it must save the wide registers on a context switch; cpuid/v2 reports a
// feature only when it does.
func vectorLevels() []Level {
	cpu := &cpuid.CPU
	if !cpu.Supports(cpuid.AVX2, cpuid.FMA3) {
		return nil
	}
	if !cpu.Supports(cpuid.AVX512F, cpuid.AVX512DQ, cpuid.AVX512BW, cpuid.AVX512VL, cpuid.AVX512CD) {
		return []Level{AVX2}
	}
	return []Level{AVX2, AVX512}
}
