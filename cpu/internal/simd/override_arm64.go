package simd

import "unsafe"

// override sets the entries that the level has assembly kernels for. There are
// none that store past the caches: the instructions for it are hints, which
// processors are free to ignore.
func override(t *Table, level Level) {
	if level == NEON {
		fillNEON(t)
	}
}

// swap exchanges the arguments, for ops that commute.
func swap(f Fn2) Fn2 {
	return func(dst, a, b unsafe.Pointer, n int) { f(dst, b, a, n) }
}
