package simd

import "github.com/klauspost/cpuid/v2"

// Level is an instruction-set level that kernels are generated for. Levels are
// ordered: a machine that runs one level runs every lower one.
type Level uint8

const (
	// Generic is portable Go, compiled for every architecture.
	Generic Level = iota
	// AVX2 is 256-bit vectors with fused multiply-add (x86-64-v3).
	AVX2
	// AVX512 is 512-bit vectors with the F, DQ, BW, VL and CD subsets (x86-64-v4).
	AVX512
)

// String returns the name used in device selectors: generic, avx2 or avx512.
func (l Level) String() string {
	switch l {
	case Generic:
		return "generic"
	case AVX2:
		return "avx2"
	case AVX512:
		return "avx512"
	default:
		return "unknown"
	}
}

// Detect returns the highest level that this processor and operating system
// run. The operating system takes part because it must save the wide registers
// on a context switch; cpuid/v2 reports a feature only when it does.
func Detect() Level {
	cpu := &cpuid.CPU
	if !cpu.Supports(cpuid.AVX2, cpuid.FMA3) {
		return Generic
	}
	if !cpu.Supports(cpuid.AVX512F, cpuid.AVX512DQ, cpuid.AVX512BW, cpuid.AVX512VL, cpuid.AVX512CD) {
		return AVX2
	}
	return AVX512
}
