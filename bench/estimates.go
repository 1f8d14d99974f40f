package bench

import (
	"context"
	"fmt"
	"math"

	"github.com/quern-go/quern/ops"
)

// EuropeanCall is the price of a call option, by paths of one step to its end.
func EuropeanCall(samples int) Workload {
	drift, deviation := theOption.step(theOption.years)
	return estimate("european_call/"+sizeName(samples), "a European call, one normal number to a path", samples, func(r *ops.Draws[float32]) ops.Array[float32] {
		return theOption.discounted(r.Normal().MulScalar(deviation).AddScalar(drift).Exp().MulScalar(float32(theOption.price)))
	}, theOption.blackScholes())
}

// AsianCall is the price of a call on the mean of the prices after each of so many steps.
func AsianCall(samples, steps int) Workload {
	drift, deviation := theOption.step(theOption.years / float64(steps))
	w := estimate("asian_call/"+shapeName(samples, steps), fmt.Sprintf("an Asian call, %d normal numbers to a path", steps), samples,
		func(r *ops.Draws[float32]) ops.Array[float32] {
			zero := ops.Full[float32](0)
			end := r.Iterate(steps, []ops.Array[float32]{zero, zero}, func(r *ops.Draws[float32], _ ops.Array[float32], s []ops.Array[float32]) []ops.Array[float32] {
				logarithm := s[0].Add(r.Normal().MulScalar(deviation).AddScalar(drift))
				return []ops.Array[float32]{logarithm, s[1].Add(logarithm.Exp())}
			})
			return theOption.discounted(end[1].MulScalar(float32(theOption.price / float64(steps))))
		}, asianPrice)
	w.Items, w.Unit, w.Formula = float64(samples*steps), "steps", "steps: of all paths; nothing is read or written"
	return w
}

// asianSteps are the days of trading in a year.
const asianSteps = 252

// asianPrice is of theOption over asianSteps, ± 0.0003: from 1.2·10⁶ paths, with the option on the geometric mean, whose
// price is known, as control variate (Kemna and Vorst, Journal of Banking and Finance, 1990).
const asianPrice = 3.5249

// Integral is that of exp(−x²−y²) over a square, (√π·erf 1)².
func Integral(samples int) Workload {
	root := math.Sqrt(math.Pi) * math.Erf(1)
	return estimateBy("integrate/"+sizeName(samples), "∫∫exp(−x²−y²), by independent points in float64", samples, root*root,
		func(ctx context.Context, seed uint64, opts []ops.Option) (ops.Estimate, error) {
			return ops.Integrate(ctx, func(x []ops.Array[float64]) ops.Array[float64] {
				return x[0].Square().Add(x[1].Square()).Neg().Exp()
			}, []ops.Bounds{{Low: -1, High: 1}, {Low: -1, High: 1}}, samples, seed, ops.PlainSamples, opts...)
		})
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

// step is the drift and the deviation of the logarithm of the price in so many years.
func (o option) step(years float64) (drift, deviation float32) {
	return float32((o.rate - o.volatility*o.volatility/2) * years), float32(o.volatility * math.Sqrt(years))
}

// discounted is the value today of the payoff for a price at the end.
func (o option) discounted(price ops.Array[float32]) ops.Array[float32] {
	return price.SubScalar(float32(o.strike)).MaximumScalar(0).MulScalar(float32(math.Exp(-o.rate * o.years)))
}

// estimate is a Monte Carlo estimate in float32 whose expected value is known.
func estimate(name, what string, samples int, f func(*ops.Draws[float32]) ops.Array[float32], exact float64) Workload {
	w := estimateBy(name, what, samples, exact, func(ctx context.Context, seed uint64, opts []ops.Option) (ops.Estimate, error) {
		return ops.MonteCarlo(ctx, samples, seed, f, opts...)
	})
	w.DType = "float32"
	return w
}

// estimateBy is an estimate whose expected value is known.
func estimateBy(name, what string, samples int, exact float64, f func(ctx context.Context, seed uint64, opts []ops.Option) (ops.Estimate, error)) Workload {
	return Workload{
		Name:    name,
		Summary: fmt.Sprintf("%s, %s samples", what, sizeName(samples)),
		DType:   "float64",
		Items:   float64(samples),
		Unit:    "samples",
		Formula: "samples: points or paths drawn; nothing is read or written",
		NoPeak:  "bounded by the arithmetic, for which no peak is measured",
		Setup: func(_ context.Context, e *Env) (*Job, error) {
			const seed = 42
			var got ops.Estimate
			run := func(ctx context.Context) (err error) {
				got, err = f(ctx, seed, e.Options)
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

// BootstrapMean is the interval of the mean of n numbers by percentiles of resamples.
func BootstrapMean(n, resamples int) Workload {
	return Workload{
		Name:    "bootstrap_mean/" + shapeName(n, resamples),
		Summary: fmt.Sprintf("bootstrap of the mean of %d float64, %d resamples", n, resamples),
		DType:   "float64",
		Items:   float64(n) * float64(resamples),
		Unit:    "draws",
		Formula: "draws: n for each resample; no resample is stored",
		NoPeak:  "bounded by the arithmetic, for which no peak is measured",
		Setup: func(_ context.Context, e *Env) (*Job, error) {
			data := ops.FromSlice(input[float64](e, "data", n))
			mean := func(x []ops.Array[float64]) ops.Array[float64] { return x[0].Mean(-1) }
			var got ops.Bootstrapped
			run := func(ctx context.Context) (err error) {
				got, err = ops.Bootstrap(ctx, data, mean, resamples, 42, ops.Percentile, e.Options...)
				return err
			}
			return &Job{Run: run, Check: func(ctx context.Context) error {
				if err := run(ctx); err != nil {
					return err
				}
				deviation, err := data.Std().Scalar(ctx, e.Options...)
				if err != nil {
					return err
				}
				// The standard deviation of so many resamples' means is itself known to 1/√(2·resamples).
				return near("the standard error of the mean", got.StdErr, deviation/math.Sqrt(float64(n)), 5/math.Sqrt(2*float64(resamples)))
			}}, nil
		},
	}
}
