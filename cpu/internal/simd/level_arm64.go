package simd

// vectorLevels are the levels above Generic: NEON is part of the architecture.
func vectorLevels() []Level { return []Level{NEON} }
