package simd

// override sets the entries that the level has assembly kernels for. There are
// none that store past the caches: the instructions for it are hints, which
// processors are free to ignore.
func override(t *Table, level Level) {
	if level == NEON {
		fillNEON(t)
	}
}
