package bench

import (
	"fmt"

	"github.com/quern-go/quern/ops"
)

// Dot is the sum of the products of two arrays of n float32.
func Dot(n int) Workload {
	return evaluation[float32]{
		Workload: Workload{
			Name:    "dot/" + sizeName(n),
			Summary: fmt.Sprintf("sum(a·b), %s float32", sizeName(n)),
			Bytes:   8 * float64(n),
			Flops:   2 * float64(n),
			Formula: "bytes: a and b read, 2·4·n; flops: 2n",
			Limit:   Reading,
		},
		operands:  []operand{{name: "a", shape: []int{n}, axis: -1}, {name: "b", shape: []int{n}, axis: -1}},
		expr:      func(in []ops.Array[float32]) result[float32] { return in[0].Mul(in[1]).Sum() },
		dependent: true,
		whole: func(in [][]float32) float64 {
			sum := 0.0
			for i, x := range in[0] {
				sum += float64(x) * float64(in[1][i])
			}
			return sum
		},
		tolerance: wholeTolerance,
	}.workload()
}

// wholeTolerance bounds how far sums in blocks are from the sum in float64; without one block of 4096 the sum of
// 10⁸ is further away.
const wholeTolerance = 1e-5

// Reductions lists reductions of arrays of n float32 in every shape: all of it; along both axes of a square; with a
// short axis kept or reduced; and the other combinations, of all of it.
func Reductions(n int) []Workload {
	side := isqrt(n)
	out := []Workload{Sum(n), reduceAll("min", "smallest", n, 1, func(a ops.Array[float32]) result[float32] { return a.Min() }, smallest)}
	out = append(out, reduceAll("argmax", "position of the largest", n, 1,
		func(a ops.Array[float32]) result[float32] { return positions[float32]{a.ArgMax()} }, largestAt))
	for _, s := range [][2]int{{side, side}, {2, n / 2}, {n / 2, 2}, {8, n / 8}, {n / 8, 8}} {
		out = append(out, SumAxis(s[0], s[1], 0), SumAxis(s[0], s[1], 1))
	}
	return append(out, columnDeviation(side))
}

// Sum is the sum of all elements of n float32.
func Sum(n int) Workload {
	return reduceAll("sum", "sum", n, 1, func(a ops.Array[float32]) result[float32] { return a.Sum() }, func(x []float32) float64 {
		sum := 0.0
		for _, v := range x {
			sum += float64(v)
		}
		return sum
	})
}

// reduceAll makes one number of n float32, in so many passes.
func reduceAll(name, what string, n int, passes float64, expr func(ops.Array[float32]) result[float32], loop func([]float32) float64) Workload {
	return evaluation[float32]{
		Workload: Workload{
			Name:    name + "/" + sizeName(n),
			Summary: fmt.Sprintf("%s of %s float32", what, sizeName(n)),
			Bytes:   4 * passes * float64(n),
			Flops:   passes * float64(n),
			Formula: "bytes: x read, 4·n; flops: an operation for each element",
			Limit:   Reading,
		},
		operands:  []operand{{name: "a", shape: []int{n}, axis: -1}},
		expr:      func(in []ops.Array[float32]) result[float32] { return expr(in[0]) },
		dependent: true,
		whole:     func(in [][]float32) float64 { return loop(in[0]) },
		tolerance: wholeTolerance,
	}.workload()
}

func smallest(x []float32) float64 {
	least := x[0]
	for _, v := range x {
		least = min(least, v)
	}
	return float64(least)
}

func largestAt(x []float32) float64 {
	at := 0
	for i, v := range x {
		if v > x[at] {
			at = i
		}
	}
	return float64(float32(at))
}

// SumAxis is the sum along one axis of an m×n float32 array.
func SumAxis(m, n, axis int) Workload {
	return alongAxis("sum_axis", "sum", m, n, axis, 1, "bytes: x read, the sums written, 4 to an element; flops: an addition for each element",
		func(a ops.Array[float32]) result[float32] { return a.Sum(axis) })
}

// columnDeviation is the standard deviation of each column of a square: two passes.
func columnDeviation(side int) Workload {
	return alongAxis("std_axis", "standard deviation", side, side, 0, 2, "bytes: x read twice, for means and squares, the deviations written; flops: 4 to an element",
		func(a ops.Array[float32]) result[float32] { return a.Std(0) })
}

// alongAxis reduces one axis of an m×n array in so many passes of memory.
func alongAxis(name, what string, m, n, axis int, passes float64, formula string, expr func(ops.Array[float32]) result[float32]) Workload {
	elements := float64(m) * float64(n)
	results := elements / float64([]int{m, n}[axis])
	return evaluation[float32]{
		Workload: Workload{
			Name:    fmt.Sprintf("%s%d/%s", name, axis, shapeName(m, n)),
			Summary: fmt.Sprintf("%s along axis %d, float32 %d×%d", what, axis, m, n),
			Bytes:   4 * (passes*elements + results),
			Flops:   passes * passes * elements,
			Formula: formula,
			Limit:   Reading,
		},
		operands: []operand{{name: "a", shape: []int{m, n}, axis: 1 - axis}},
		expr:     func(in []ops.Array[float32]) result[float32] { return expr(in[0]) },
	}.workload()
}
