package bench

import (
	"math"
	"math/rand/v2"
)

// The plain loops: what a Go programmer writes first, nested in the order that walks memory in sequence, on
// one goroutine. They are the yardstick of the demonstration and the independent answer to check against.

// loopMatMulSum is Σᵢⱼ Σₖ a[i,k]²·b[k,j] of n×n arrays: the product row by row, and its sum.
func loopMatMulSum(a, b []float32, n int) float64 {
	row := make([]float32, n)
	total := 0.0
	for i := range n {
		clear(row)
		for k := range n {
			x := a[i*n+k]
			square := x * x
			for j, y := range b[k*n : (k+1)*n] {
				row[j] += square * y
			}
		}
		for _, c := range row {
			total += float64(c)
		}
	}
	return total
}

// loopDistances writes the euclidean distances between the rows of x (m×k) and of y (n×k) to d (m×n).
func loopDistances(d, x, y []float64, m, n, k int) {
	for i := range m {
		row := x[i*k : (i+1)*k]
		for j := range n {
			other := y[j*k : (j+1)*k]
			sum := 0.0
			for l, v := range row {
				diff := v - other[l]
				sum += diff * diff
			}
			d[i*n+j] = math.Sqrt(sum)
		}
	}
}

// loopPi estimates π from samples points in the unit square.
func loopPi(samples int, seed uint64) float64 {
	rng := rand.New(rand.NewPCG(seed, seed))
	inside := 0
	for range samples {
		x, y := rng.Float64(), rng.Float64()
		if x*x+y*y < 1 {
			inside++
		}
	}
	return 4 * float64(inside) / float64(samples)
}

// loopAdd is y += x.
func loopAdd(y, x []float32) {
	for i, v := range x {
		y[i] += v
	}
}

// loopCentre writes x + xᵀ − mean(x, axis 0) of an n×n array to out.
func loopCentre(out, x []float64, n int) {
	mean := make([]float64, n)
	for i := range n {
		for j, v := range x[i*n : (i+1)*n] {
			mean[j] += v
		}
	}
	for j := range mean {
		mean[j] /= float64(n)
	}
	for i := range n {
		for j := range n {
			out[i*n+j] = x[i*n+j] + x[j*n+i] - mean[j]
		}
	}
}
