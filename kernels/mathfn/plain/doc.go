// Package plain has those functions of package mathfn that Go code calls for one
// number at a time, as plain Go written from their Bodies: with their bits, on every
// processor.
package plain

//go:generate go run -C ../../../cpu/asm ./cmd/simdgen -level plain -dir ../../kernels/mathfn/plain

// pick is what a select of a Body becomes.
func pick[T any](c bool, x, y T) T {
	if c {
		return x
	}
	return y
}
