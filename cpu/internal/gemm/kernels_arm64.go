package gemm

import "github.com/quern-go/quern/cpu/internal/simd"

func kernels32(level simd.Level, t Term) *kernels[float32] {
	if level == simd.NEON {
		return &kernels32NEON[t]
	}
	return &kernels32Generic[t]
}

func kernels64(level simd.Level, t Term) *kernels[float64] {
	if level == simd.NEON {
		return &kernels64NEON[t]
	}
	return &kernels64Generic[t]
}
