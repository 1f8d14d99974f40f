package bench

import (
	"context"
	"fmt"
	"math"

	"github.com/quern-go/quern/ops"
)

// EuropeanCall is the price of a call option, by paths of one step to its end.
func EuropeanCall(samples int) Workload {
	return estimate("european_call", "a European call, one normal number to a path", samples, func(r *ops.Draws[float32]) ops.Array[float32] {
		o := theOption
		drift, spread := (o.rate-o.volatility*o.volatility/2)*o.years, o.volatility*math.Sqrt(o.years)
		end := r.Normal().MulScalar(float32(spread)).AddScalar(float32(drift)).Exp().MulScalar(float32(o.price))
		return end.SubScalar(float32(o.strike)).MaximumScalar(0).MulScalar(float32(math.Exp(-o.rate * o.years)))
	}, theOption.blackScholes())
}

// option is a call on a share without dividends.
type option struct{ price, strike, rate, volatility, years float64 }

// theOption is the example of the courses.
var theOption = option{price: 100, strike: 105, rate: 0.05, volatility: 0.2, years: 1}

// blackScholes is the exact price (Black and Scholes, 1973).
func (o option) blackScholes() float64 {
	normal := func(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }
	spread := o.volatility * math.Sqrt(o.years)
	d := (math.Log(o.price/o.strike) + (o.rate+o.volatility*o.volatility/2)*o.years) / spread
	return o.price*normal(d) - o.strike*math.Exp(-o.rate*o.years)*normal(d-spread)
}

// estimate is a Monte Carlo estimate whose expected value is known.
func estimate(name, what string, samples int, f func(*ops.Draws[float32]) ops.Array[float32], exact float64) Workload {
	return Workload{
		Name:    name + "/" + sizeName(samples),
		Summary: fmt.Sprintf("%s, %s samples in float32", what, sizeName(samples)),
		DType:   "float32",
		Items:   float64(samples),
		Unit:    "samples",
		Formula: "samples: paths drawn; nothing is read or written",
		NoPeak:  "bounded by the arithmetic, for which no peak is measured",
		Setup: func(_ context.Context, e *Env) (*Job, error) {
			const seed = 42
			var got ops.Estimate
			run := func(ctx context.Context) (err error) {
				got, err = ops.MonteCarlo(ctx, samples, seed, f, e.Options...)
				return err
			}
			return &Job{Run: run, Check: func(ctx context.Context) error {
				if err := run(ctx); err != nil {
					return err
				}
				if off := math.Abs(got.Mean - exact); !(off <= 5*got.StdErr && got.StdErr > 0) {
					return fmt.Errorf("the estimate is %v ± %.2g, more than 5 standard errors from %v", got.Mean, got.StdErr, exact)
				}
				return nil
			}}, nil
		},
	}
}
