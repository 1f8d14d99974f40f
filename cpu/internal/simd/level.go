package simd

import (
	"slices"
	"sync"
)

// Level is an instruction-set level that kernels are generated for.
type Level uint8

const (
	// Generic is portable Go, compiled for every architecture.
	Generic Level = iota
	// AVX2 is 256-bit vectors with fused multiply-add (x86-64-v3).
	AVX2
	// AVX512 is 512-bit vectors with the F, DQ, BW, VL and CD subsets (x86-64-v4).
	AVX512
	// NEON is arm64's 128-bit vectors, which every arm64 processor has.
	NEON
	numLevels
)

// String returns the name used in device selectors: generic, avx2, avx512 or neon.
func (l Level) String() string {
	switch l {
	case Generic:
		return "generic"
	case AVX2:
		return "avx2"
	case AVX512:
		return "avx512"
	case NEON:
		return "neon"
	default:
		return "unknown"
	}
}

// Named returns the level with the given name, whether this machine runs it or not.
func Named(name string) (level Level, ok bool) {
	for l := range numLevels {
		if l.String() == name {
			return l, true
		}
	}
	return Generic, false
}

// Levels lists the levels that this processor and operating system run, the
// simplest first.
func Levels() []Level { return slices.Clone(levels()) }

// Detect returns the last of Levels, the best.
func Detect() Level {
	ls := levels()
	return ls[len(ls)-1]
}

// Available reports whether this machine runs the level.
func (l Level) Available() bool { return slices.Contains(levels(), l) }

var levels = sync.OnceValue(func() []Level { return append([]Level{Generic}, vectorLevels()...) })
