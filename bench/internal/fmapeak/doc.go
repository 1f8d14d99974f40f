// Package fmapeak shows how many fused multiply-adds per second one core can do,
// with the widest vectors it has: the ceiling of matrix products.
//
//	start := time.Now()
//	flops := fmapeak.Float32(1_000_000)
//	rate := flops / time.Since(start).Seconds()
package fmapeak

//go:generate go run -C ../../../cpu/asm ./cmd/fmagen -isa avx2 -dir ../../bench/internal/fmapeak
//go:generate go run -C ../../../cpu/asm ./cmd/fmagen -isa avx512 -dir ../../bench/internal/fmapeak
//go:generate go run -C ../../../cpu/asm ./cmd/fmagen -isa neon -dir ../../bench/internal/fmapeak
