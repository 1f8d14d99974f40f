package ops_test

import (
	"fmt"

	"github.com/quern-go/quern/ops"
)

// expect prints the expected value of what f computes from random draws.
func expect(f func(*ops.Draws[float64]) ops.Array[float64]) {
	e, err := ops.MonteCarlo(ctx, 100_000, 1, f)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.3f ± %.3f\n", e.Mean, e.StdErr)
}

// expectFunc is expect for an arbitrary function.
func expectFunc(f func(*ops.Rand) float64) {
	e, err := ops.MonteCarloFunc(ctx, 100_000, 1, f)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.3f ± %.3f\n", e.Mean, e.StdErr)
}

func ExampleDraws_Uniform() {
	expect(func(d *ops.Draws[float64]) ops.Array[float64] { return d.Uniform().Square() })
	// Output: 0.333 ± 0.001
}

func ExampleDraws_Normal() {
	expect(func(d *ops.Draws[float64]) ops.Array[float64] { return d.Normal().Abs() })
	// Output: 0.797 ± 0.002
}

func ExampleDraws_Exponential() {
	expect(func(d *ops.Draws[float64]) ops.Array[float64] { return d.Exponential() })
	// Output: 1.000 ± 0.003
}

func ExampleDraws_Bernoulli() {
	expect(func(d *ops.Draws[float64]) ops.Array[float64] { return d.Bernoulli(0.3) })
	// Output: 0.298 ± 0.001
}

// The sum of two dice.
func ExampleDraws_Integer() {
	expect(func(d *ops.Draws[float64]) ops.Array[float64] { return d.Integer(6).Add(d.Integer(6)).AddScalar(2) })
	// Output: 6.997 ± 0.008
}

func ExampleDraws_PickRow() {
	points := ops.FromSlice([]float64{0, 0, 3, 4, 6, 8}, 3, 2)
	expect(func(d *ops.Draws[float64]) ops.Array[float64] {
		row := d.PickRow(points)
		return row[0].Hypot(row[1])
	})
	// Output: 5.016 ± 0.013
}

func ExampleRand_Uniform() {
	expectFunc(func(r *ops.Rand) float64 { return max(r.Uniform(), r.Uniform()) })
	// Output: 0.666 ± 0.001
}

func ExampleRand_Normal() {
	expectFunc(func(r *ops.Rand) float64 { return max(0, r.Normal()) })
	// Output: 0.397 ± 0.002
}

func ExampleRand_Exponential() {
	expectFunc(func(r *ops.Rand) float64 { return min(1, r.Exponential()) })
	// Output: 0.632 ± 0.001
}

// How many tosses until the first head.
func ExampleRand_Bernoulli() {
	expectFunc(func(r *ops.Rand) float64 {
		tosses := 1.0
		for !r.Bernoulli(0.5) {
			tosses++
		}
		return tosses
	})
	// Output: 1.999 ± 0.004
}

func ExampleRand_IntN() {
	expectFunc(func(r *ops.Rand) float64 { return float64(1 + r.IntN(6)) })
	// Output: 3.500 ± 0.005
}

func ExampleRand_Uint64() {
	expectFunc(func(r *ops.Rand) float64 { return float64(r.Uint64() & 1) })
	// Output: 0.501 ± 0.002
}

// The same numbers, whatever is computed from them and wherever.
func ExampleUniform() {
	show(ops.Uniform[float32](42, 3))
	show(ops.Uniform[float32](42, 300).Slice(ops.To(3)))
	// Output:
	// [3] [0.61295986 0.98771864 0.8258668]
	// [3] [0.61295986 0.98771864 0.8258668]
}

func ExampleIntegers() {
	show(ops.Integers[float64](42, 6, 10).AddScalar(1))
	// Output: [10] [4 6 5 5 2 2 2 3 4 2]
}

func ExampleChoice() {
	show(ops.Choice(ops.FromSlice([]float64{10, 20, 30}), 42, 2, 3))
	// Output: [2 3] [20 30 30 30 10 10]
}
