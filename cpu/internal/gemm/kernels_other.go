//go:build !amd64 && !arm64

package gemm

import "github.com/quern-go/quern/cpu/internal/simd"

func kernels32(_ simd.Level, t Term) *kernels[float32] { return &kernels32Generic[t] }

func kernels64(_ simd.Level, t Term) *kernels[float64] { return &kernels64Generic[t] }
