// Options prices a European and an Asian call option by Monte Carlo and compares
// the first with the formula of Black and Scholes. The paths of the Asian option, of
// 252 steps, are made inside the kernel that sums their payoffs: none is stored.
package main

import (
	"context"
	"fmt"
	"log"
	"math"

	_ "github.com/quern-go/quern/device/all"
	"github.com/quern-go/quern/ops"
)

type (
	draws = ops.Draws[float32]
	array = ops.Array[float32]
)

// call is a call option on a stock without dividends.
type call struct {
	spot, strike, rate, volatility, years float64
}

// discounted is the value today of the payoff for a price at the end.
func (c call) discounted(price array) array {
	return price.SubScalar(float32(c.strike)).MaximumScalar(0).MulScalar(float32(math.Exp(-c.rate * c.years)))
}

// step is the drift and the deviation of the logarithm of the price in so many
// years.
func (c call) step(years float64) (drift, deviation float32) {
	return float32((c.rate - c.volatility*c.volatility/2) * years), float32(c.volatility * math.Sqrt(years))
}

// european draws the price at the end.
func (c call) european(d *draws) array {
	drift, deviation := c.step(c.years)
	return c.discounted(d.Normal().MulScalar(deviation).AddScalar(drift).Exp().MulScalar(float32(c.spot)))
}

// asian pays by the mean of the prices after each step.
func (c call) asian(steps int) func(d *draws) array {
	drift, deviation := c.step(c.years / float64(steps))
	return func(d *draws) array {
		zero := ops.Full[float32](0)
		end := d.Iterate(steps, []array{zero, zero}, func(d *draws, _ array, s []array) []array {
			logarithm := s[0].Add(d.Normal().MulScalar(deviation).AddScalar(drift))
			return []array{logarithm, s[1].Add(logarithm.Exp())}
		})
		return c.discounted(end[1].MulScalar(float32(c.spot / float64(steps))))
	}
}

// blackScholes is the price of the European call.
func (c call) blackScholes() float64 {
	d1 := (math.Log(c.spot/c.strike) + (c.rate+c.volatility*c.volatility/2)*c.years) / (c.volatility * math.Sqrt(c.years))
	d2 := d1 - c.volatility*math.Sqrt(c.years)
	normal := func(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }
	return c.spot*normal(d1) - c.strike*math.Exp(-c.rate*c.years)*normal(d2)
}

func main() {
	ctx := context.Background()
	c := call{spot: 100, strike: 105, rate: 0.03, volatility: 0.2, years: 1}
	european, err := ops.MonteCarlo(ctx, 1_000_000, 42, c.european)
	if err != nil {
		log.Fatal(err)
	}
	asian, err := ops.MonteCarlo(ctx, 50_000, 42, c.asian(252))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("European: %.4f, 95%% interval [%.4f, %.4f], exactly %.4f\n", european.Mean, european.Low, european.High, c.blackScholes())
	fmt.Printf("Asian:    %.4f, 95%% interval [%.4f, %.4f]\n", asian.Mean, asian.Low, asian.High)
}
