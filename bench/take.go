package bench

import "github.com/quern-go/quern/ops"

// take copies the elements of x, of a shape, at the product of positions along each axis.
func take[T ops.Float](x []T, shape []int, at [][]int) []T {
	offsets := []int{0}
	for axis, positions := range at {
		next := make([]int, 0, len(offsets)*len(positions))
		for _, o := range offsets {
			for _, p := range positions {
				next = append(next, o*shape[axis]+p)
			}
		}
		offsets = next
	}
	out := make([]T, len(offsets))
	for i, o := range offsets {
		out[i] = x[o]
	}
	return out
}

// all lists every position along each axis of a shape.
func all(shape []int) [][]int {
	at := make([][]int, len(shape))
	for axis, n := range shape {
		at[axis] = spread(n, n)
	}
	return at
}

// lengths is the shape of what take returns.
func lengths(at [][]int) []int {
	shape := make([]int, len(at))
	for axis, positions := range at {
		shape[axis] = len(positions)
	}
	return shape
}

func product(shape []int) int {
	n := 1
	for _, length := range shape {
		n *= length
	}
	return n
}

// takeSome returns some elements, spread evenly from the first to the last.
func takeSome[T ops.Float](x []T) []float64 {
	out := make([]float64, 0, some)
	for _, i := range spread(len(x), some) {
		out = append(out, float64(x[i]))
	}
	return out
}
