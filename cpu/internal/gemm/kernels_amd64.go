package gemm

import "github.com/quern-go/quern/cpu/internal/simd"

func kernels32(level simd.Level, t Term) *kernels[float32] {
	switch level {
	case simd.AVX512:
		return &kernels32AVX512[t]
	case simd.AVX2:
		return &kernels32AVX2[t]
	default:
		return &kernels32Generic[t]
	}
}

func kernels64(level simd.Level, t Term) *kernels[float64] {
	switch level {
	case simd.AVX512:
		return &kernels64AVX512[t]
	case simd.AVX2:
		return &kernels64AVX2[t]
	default:
		return &kernels64Generic[t]
	}
}
