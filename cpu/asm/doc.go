// Package asm is the home of the generators that write the CPU device's
// assembly. They are programs in a module of their own, so that avo and its
// dependencies never become dependencies of quern itself.
//
// Each generator is a command: cmd/gemmgen writes the contraction micro-kernels
// of cpu/internal/gemm, cmd/simdgen the block kernels of cpu/internal/simd. Under
// the first is internal/vec, a thin layer over avo in which one description of a
// kernel serves float32 and float64, AVX2 and AVX-512; under the second
// internal/vcode, a small compiler from the IR's bodies to vector code for any
// machine. Its machines are internal/x86, over avo, and internal/neon, which writes
// Go assembly for arm64 itself, where there is no avo, and serves cmd/gemmgen too. The
// generated files are committed; `go generate ./...` in the main module rewrites
// them, and a run that changes nothing proves them current.
package asm
