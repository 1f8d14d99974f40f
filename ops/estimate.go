package ops

import (
	"fmt"
	"math"
)

// Estimate is the result of a simulation.
type Estimate struct {
	Mean float64
	// StdErr is the standard error of the mean; NaN for a single sample. It comes
	// from sums of values and squares, so it is noise if the values differ by
	// less than about 1e-7 of their size: subtract a constant from such.
	StdErr float64
	// Low and High bound an interval around the mean that holds the true value with
	// the probability Confidence, as far as the mean of so many samples is normally
	// distributed.
	Low, High  float64
	Confidence float64 // 0.95, or that of WithConfidence
	Samples    int
}

// defaultConfidence is the probability that an interval holds the true value.
const defaultConfidence = 0.95

// confidence is the one asked for, or the default.
func (o *Option) confidence() (float64, error) {
	if o.level == nil {
		return defaultConfidence, nil
	}
	if p := *o.level; !(p > 0 && p < 1) {
		return 0, fmt.Errorf("confidence %v, expected a number between 0 and 1", p)
	}
	return *o.level, nil
}

// newEstimate is an estimate with a normal interval.
func newEstimate(mean, stdErr, confidence float64, samples int) Estimate {
	return withInterval(Estimate{Mean: mean, StdErr: stdErr, Confidence: confidence, Samples: samples}, normalBound(confidence))
}

// normalBound is the size that a standard normal variable does not exceed with the
// probability given. (The quantile of (1+confidence)/2, which is 1 in float64 for
// the largest confidence below 1, would then be infinite.)
func normalBound(confidence float64) float64 { return math.Sqrt2 * math.Erfinv(confidence) }

// withInterval sets the interval of a number of standard errors.
func withInterval(e Estimate, errors float64) Estimate {
	half := errors * e.StdErr
	e.Low, e.High = e.Mean-half, e.Mean+half
	return e
}

// estimate is the mean and its standard error from the sum and the sum of
// squares of n values.
func estimate(samples int, sum, squares, confidence float64) Estimate {
	n := float64(samples)
	mean := sum / n
	variance := math.Max(0, squares-float64(sum*mean)) / (n - 1) // rounding may make it negative
	if math.IsNaN(squares) || samples == 1 {
		variance = math.NaN()
	}
	return newEstimate(mean, math.Sqrt(variance/n), confidence, samples)
}

// normalQuantile is the value that a standard normal variable does not exceed with
// probability p.
func normalQuantile(p float64) float64 { return math.Sqrt2 * math.Erfinv(2*p-1) }

// normalProbability is the probability that a standard normal variable does not
// exceed x.
func normalProbability(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }
