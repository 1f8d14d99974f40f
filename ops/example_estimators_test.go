package ops_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"math/rand/v2"

	"github.com/quern-go/quern/ops"
)

// Two expected values from the same draws, in one pass.
func ExampleMonteCarloAll() {
	est, err := ops.MonteCarloAll(context.Background(), 1_000_000, 42, func(d *ops.Draws[float32]) []ops.Array[float32] {
		x := d.Exponential()
		return []ops.Array[float32]{x, x.GreaterScalar(3)}
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, e := range est {
		fmt.Printf("%.4f in [%.4f, %.4f]\n", e.Mean, e.Low, e.High)
	}
	// Output:
	// 0.9998 in [0.9978, 1.0017]
	// 0.0500 in [0.0496, 0.0504]
}

// The distance from the start after 100 steps of a random walk.
func ExampleDraws_Iterate() {
	type array = ops.Array[float32]
	est, err := ops.MonteCarlo(context.Background(), 100_000, 1, func(d *ops.Draws[float32]) array {
		start := ops.Full[float32](0)
		end := d.Iterate(100, []array{start, start}, func(d *ops.Draws[float32], _ array, at []array) []array {
			return []array{at[0].Add(d.Normal()), at[1].Add(d.Normal())}
		})
		return end[0].Square().Add(end[1].Square()).Sqrt()
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.2f ± %.2f\n", est.Mean, est.StdErr)
	// Output:
	// 12.54 ± 0.02
}

// Newton's method for square roots.
func ExampleIterate() {
	type array = ops.Array[float64]
	x := ops.FromSlice([]float64{2, 9, 100})
	root := ops.Iterate(20, []array{x}, func(_ array, s []array) []array {
		return []array{s[0].Add(x.Div(s[0])).MulScalar(0.5)}
	})
	data, err := root[0].Data(context.Background())
	fmt.Println(data, err)
	// Output:
	// [1.414213562373095 3 10] <nil>
}

// A die, as data.
func ExampleDraws_Pick() {
	die := ops.FromSlice([]float64{1, 2, 3, 4, 5, 6})
	est, err := ops.MonteCarlo(context.Background(), 1_000_000, 3, func(d *ops.Draws[float64]) ops.Array[float64] {
		return d.Pick(die).Maximum(d.Pick(die))
	})
	fmt.Printf("%.3f of %.3f, %v\n", est.Mean, 161.0/36, err)
	// Output:
	// 4.473 of 4.472, <nil>
}

// A normal variable beyond 4, from draws around 4.
func ExampleImportance() {
	w, err := ops.Importance(context.Background(), 1_000_000, 1, func(d *ops.Draws[float64]) (value, weight ops.Array[float64]) {
		x := d.Normal().AddScalar(4)
		return x.GreaterScalar(4), x.MulScalar(-4).AddScalar(8).Exp()
	})
	fmt.Printf("%.3g ± %.1g, %v\n", w.Plain.Mean, w.Plain.StdErr, err)
	// Output:
	// 3.15e-05 ± 7e-08, <nil>
}

func ExampleIntegrate() {
	disc := func(x []ops.Array[float64]) ops.Array[float64] {
		return x[0].Square().Add(x[1].Square()).LessScalar(1)
	}
	square := []ops.Bounds{{Low: -1, High: 1}, {Low: -1, High: 1}}
	for _, m := range []ops.IntegrateMethod{ops.PlainSamples, ops.Stratified, ops.SobolPoints} {
		e, err := ops.Integrate(context.Background(), disc, square, 1<<20, 42, m)
		fmt.Printf("%s: %.5f ± %.5f %v\n", m, e.Mean, e.StdErr, err)
	}
	// Output:
	// plain: 3.14046 ± 0.00160 <nil>
	// stratified: 3.14169 ± 0.00011 <nil>
	// sobol: 3.14151 ± 0.00039 <nil>
}

func ExampleBootstrap() {
	sample := ops.FromSlice([]float64{4.1, 5.0, 6.2, 4.8, 5.5, 7.9, 5.1, 4.4, 6.0, 5.3})
	mean := func(x []ops.Array[float64]) ops.Array[float64] { return x[0].Mean(-1) }
	b, err := ops.Bootstrap(context.Background(), sample, mean, 10_000, 1, ops.BCa)
	fmt.Printf("%.2f in [%.2f, %.2f] %v\n", b.Value, b.Low, b.High, err)
	// Output:
	// 5.43 in [4.92, 6.28] <nil>
}

// How often three of 23 people share a birthday.
func ExampleMonteCarloFunc() {
	est, err := ops.MonteCarloFunc(context.Background(), 200_000, 1, func(r *ops.Rand) float64 {
		var days [365]int
		for range 23 {
			day := r.IntN(len(days))
			if days[day]++; days[day] == 3 {
				return 1
			}
		}
		return 0
	})
	fmt.Printf("%.4f ± %.4f %v\n", est.Mean, est.StdErr, err)
	// Output:
	// 0.0129 ± 0.0003 <nil>
}

// Any distribution of math/rand/v2 can be drawn from a sample's stream.
func ExampleRand() {
	est, err := ops.MonteCarloFunc(context.Background(), 100_000, 1, func(r *ops.Rand) float64 {
		return float64(rand.New(r).Perm(10)[0])
	})
	fmt.Printf("%.2f %v\n", est.Mean, err)
	// Output:
	// 4.49 <nil>
}

// A simulation in three parts, which may run on three machines.
func ExampleMonteCarloShard() {
	ctx := context.Background()
	f := func(d *ops.Draws[float32]) []ops.Array[float32] { return []ops.Array[float32]{d.Uniform().Square()} }
	parts := make([]*ops.Partial, 3)
	for i := range parts {
		var err error
		if parts[i], err = ops.MonteCarloShard(ctx, i, len(parts), 100_000, 7, f); err != nil {
			log.Fatal(err)
		}
	}
	merged, err := ops.MergeMonteCarlo(parts)
	if err != nil {
		log.Fatal(err)
	}
	whole, err := ops.MonteCarloAll(ctx, 100_000, 7, f)
	fmt.Printf("%.4f, the same bits: %t %v\n", merged[0].Mean, merged[0] == whole[0], err)
	// Output:
	// 0.3327, the same bits: true <nil>
}

// Errors about variables, by the names that the program has for them.
func ExampleBoundsError_Text() {
	_, err := ops.Integrate(ctx, func(x []ops.Array[float64]) ops.Array[float64] { return x[0].Mul(x[1]) },
		[]ops.Bounds{{Low: 0, High: 1}, {Low: 2, High: 1}}, 1000, 1, ops.PlainSamples)
	var bounds *ops.BoundsError
	if errors.As(err, &bounds) {
		fmt.Println(bounds.Text([]string{"radius", "height"}[bounds.Variable]))
	}
	// Output: height from 2 to 1: bounds must ascend
}

func ExampleIntegrandError_Text() {
	_, err := ops.Integrate(ctx, func(x []ops.Array[float64]) ops.Array[float64] { return x[0].Log() },
		[]ops.Bounds{{Low: -1, High: 1}}, 1000, 1, ops.PlainSamples)
	var integrand *ops.IntegrandError
	if errors.As(err, &integrand) {
		fmt.Println(integrand.Text([]string{"radius"}))
	}
	// Output: the integrand is NaN or infinite at 496 of 1000 samples, such as radius = -0.5051970547959175
}
