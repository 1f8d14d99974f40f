package fmapeak

// chains is the number of vectors that a turn of a loop multiplies and adds, as in cpu/asm/cmd/fmagen.
const chains = 24

// Available says whether there is a loop for this CPU, and its instruction set, or why there is none.
func Available() (name string, ok bool) { return "neon", true }

// Float32 runs turns of the float32 loop and returns the operations done, two to each multiply-add.
func Float32(turns int) float64 {
	sfma_neon(turns)
	return 2 * chains * 4 * float64(turns)
}

// Float64 is Float32 for float64.
func Float64(turns int) float64 {
	dfma_neon(turns)
	return 2 * chains * 2 * float64(turns)
}
