package simd

//go:generate go run -C ../../asm ./cmd/simdgen -level generic -dir ../internal/simd
//go:generate go run -C ../../asm ./cmd/simdgen -level avx2 -dir ../internal/simd
//go:generate go run -C ../../asm ./cmd/simdgen -level avx512 -dir ../internal/simd
//go:generate go run -C ../../asm ./cmd/simdgen -level neon -dir ../internal/simd

import (
	"math"
	"math/bits"
)

// What the generated math functions use beyond Go's own.

func pick[T any](c bool, x, y T) T {
	if c {
		return x
	}
	return y
}

func abs32(x float32) float32 { return math.Float32frombits(math.Float32bits(x) &^ (1 << 31)) }

func mulHigh32(x, y uint32) uint32 { return uint32(uint64(x) * uint64(y) >> 32) }

func mulHigh64(x, y uint64) uint64 {
	high, _ := bits.Mul64(x, y)
	return high
}
