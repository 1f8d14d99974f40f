package main

import (
	"context"
	"math"
	"testing"

	"github.com/quern-go/quern/ops"
)

// The estimates are the same on every machine and device.
func Example() {
	main()
	// Output:
	// European: 7.1255, 95% interval [7.1010, 7.1501], exactly 7.1281
	// Asian:    3.1368, 95% interval [3.0832, 3.1905]
}

// TestGeometric: the option on the geometric mean has a closed form (A. G. Z. Kemna
// and A. C. F. Vorst, "A pricing method for options based on average asset values",
// J. Banking and Finance 14, 1990).
func TestGeometric(t *testing.T) {
	c := call{spot: 100, strike: 105, rate: 0.03, volatility: 0.2, years: 1}
	const steps = 50
	drift, deviation := c.step(c.years / steps)
	got, err := ops.MonteCarlo(context.Background(), 100_000, 1, func(d *draws) array {
		zero := ops.Full[float32](0)
		end := d.Iterate(steps, []array{zero, zero}, func(d *draws, _ array, s []array) []array {
			logarithm := s[0].Add(d.Normal().MulScalar(deviation).AddScalar(drift))
			return []array{logarithm, s[1].Add(logarithm)}
		})
		return c.discounted(end[1].DivScalar(steps).Exp().MulScalar(float32(c.spot)))
	})
	if err != nil {
		t.Fatal(err)
	}
	n := float64(steps)
	mean := (c.rate - c.volatility*c.volatility/2) * c.years * (n + 1) / (2 * n)
	variance := c.volatility * c.volatility * c.years * (n + 1) * (2*n + 1) / (6 * n * n)
	d1 := (math.Log(c.spot/c.strike) + mean + variance) / math.Sqrt(variance)
	normal := func(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }
	want := math.Exp(-c.rate*c.years) * (c.spot*math.Exp(mean+variance/2)*normal(d1) - c.strike*normal(d1-math.Sqrt(variance)))
	if math.Abs(got.Mean-want) > 4*got.StdErr {
		t.Errorf("%v ± %v, expected %v", got.Mean, got.StdErr, want)
	}
}
