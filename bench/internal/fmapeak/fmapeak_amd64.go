package fmapeak

import "github.com/klauspost/cpuid/v2"

// chains is the number of vectors that a turn of a loop multiplies and adds, as in cpu/asm/cmd/fmagen.
const chains = 12

// Available says whether there is a loop for this CPU, and its instruction set, or why there is none.
func Available() (name string, ok bool) {
	switch {
	case hasAVX512():
		return "avx512", true
	case hasAVX2():
		return "avx2", true
	}
	return "the CPU has no AVX2 with FMA3", false
}

func hasAVX512() bool { return cpuid.CPU.Supports(cpuid.AVX512F) }
func hasAVX2() bool   { return cpuid.CPU.Supports(cpuid.AVX2, cpuid.FMA3) }

// Float32 runs turns of the float32 loop and returns the operations done, two to each multiply-add; 0 if there
// is no loop for this CPU.
func Float32(turns int) float64 {
	switch {
	case hasAVX512():
		sfma_avx512(turns)
		return 2 * chains * 16 * float64(turns)
	case hasAVX2():
		sfma_avx2(turns)
		return 2 * chains * 8 * float64(turns)
	}
	return 0
}

// Float64 is Float32 for float64.
func Float64(turns int) float64 {
	switch {
	case hasAVX512():
		dfma_avx512(turns)
		return 2 * chains * 8 * float64(turns)
	case hasAVX2():
		dfma_avx2(turns)
		return 2 * chains * 4 * float64(turns)
	}
	return 0
}
