package bench

import (
	"context"
	"fmt"
	"math"

	"github.com/quern-go/quern/ops"
)

// EuropeanCall is the price of a call option, by paths of one step to its end.
func EuropeanCall(samples int) Workload {
	return estimate("european_call/"+sizeName(samples), "a European call, one normal number to a path", samples, func(r *ops.Draws[float32]) ops.Array[float32] {
		o := theOption
		drift, spread := (o.rate-o.volatility*o.volatility/2)*o.years, o.volatility*math.Sqrt(o.years)
		end := r.Normal().MulScalar(float32(spread)).AddScalar(float32(drift)).Exp().MulScalar(float32(o.price))
		return end.SubScalar(float32(o.strike)).MaximumScalar(0).MulScalar(float32(math.Exp(-o.rate * o.years)))
	}, theOption.blackScholes())
}

// asianSteps is how many prices the mean is of: the trading days of a year.
const asianSteps = 252

// AsianCall is the price of a call option on the mean price of a year, by paths of
// 252 steps. The expected value is an estimate of 4·10⁶ paths in float64 with the
// geometric mean, whose price is known, as control variate: 3.52449 ± 0.0002.
func AsianCall(paths int) Workload {
	name := fmt.Sprintf("asian_call/%sx%d", sizeName(paths), asianSteps)
	return estimate(name, "an Asian call, paths of 252 steps", paths, func(r *ops.Draws[float32]) ops.Array[float32] {
		o := theOption
		dt := o.years / asianSteps
		drift, spread := float32((o.rate-o.volatility*o.volatility/2)*dt), float32(o.volatility*math.Sqrt(dt))
		zero := ops.Full[float32](0)
		end := r.Iterate(asianSteps, []ops.Array[float32]{zero, zero}, func(r *ops.Draws[float32], _ ops.Array[float32], s []ops.Array[float32]) []ops.Array[float32] {
			logarithm := s[0].Add(r.Normal().MulScalar(spread).AddScalar(drift))
			return []ops.Array[float32]{logarithm, s[1].Add(logarithm.Exp())}
		})
		mean := end[1].MulScalar(float32(o.price / asianSteps))
		return mean.SubScalar(float32(o.strike)).MaximumScalar(0).MulScalar(float32(math.Exp(-o.rate * o.years)))
	}, 3.52449)
}

// BootstrapMean is the percentile interval of the mean of n observations in float64.
func BootstrapMean(resamples, n int) Workload {
	return Workload{
		Name:    fmt.Sprintf("bootstrap_mean/%sx%s", sizeName(resamples), sizeName(n)),
		Summary: fmt.Sprintf("the bootstrap of the mean of %s numbers in float64, %s resamples", sizeName(n), sizeName(resamples)),
		DType:   "float64",
		Items:   float64(resamples) * float64(n),
		Unit:    "draws",
		Formula: "draws: observations resampled; nothing is written",
		NoPeak:  "bounded by the arithmetic, for which no peak is measured",
		Setup: func(_ context.Context, e *Env) (*Job, error) {
			x := input[float64](e, "sample", n)
			mean := func(x []ops.Array[float64]) ops.Array[float64] { return x[0].Mean(-1) }
			var got ops.Bootstrapped
			run := func(ctx context.Context) (err error) {
				got, err = ops.Bootstrap(ctx, ops.FromSlice(x), mean, resamples, 42, ops.Percentile, e.Options...)
				return err
			}
			return &Job{Run: run, Check: func(ctx context.Context) error {
				if err := run(ctx); err != nil {
					return err
				}
				exact := math.Sqrt(1 / 12.0 / float64(n)) // of a uniform sample, up to chance
				if !(got.Low < got.Value && got.Value < got.High && math.Abs(got.StdErr/exact-1) < 0.2) {
					return fmt.Errorf("[%v, %v] around %v with a standard error of %v, expected about %v", got.Low, got.High, got.Value, got.StdErr, exact)
				}
				return nil
			}}, nil
		},
	}
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
		Name:    name,
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
