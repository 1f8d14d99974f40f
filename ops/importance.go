package ops

import (
	"context"
	"errors"
	"math"
)

// Weighted is what Importance estimates.
type Weighted struct {
	// Plain is the mean of weight·value: unbiased, if the weights are exactly the
	// ratio of the two densities.
	Plain Estimate
	// SelfNormalised is Σ weight·value / Σ weight: the weights need be known only up
	// to a factor. Its standard error is that of the linearised ratio (A. B. Owen,
	// "Monte Carlo theory, methods and examples", section 9.2).
	SelfNormalised Estimate
	// MeanWeight is 1, within its error, if the weights are the ratio of densities.
	MeanWeight Estimate
	// EffectiveSamples is (Σ weight)² / Σ weight²: of how many samples of equal weight
	// the estimate is worth.
	EffectiveSamples float64
}

// Importance estimates the expected value of value under one distribution from
// draws of another: weight is the ratio of their densities at the draws. See
// MonteCarlo.
func Importance[T Float](ctx context.Context, samples int, seed uint64, f func(*Draws[T]) (value, weight Array[T]), opts ...Option) (Weighted, error) {
	if f == nil {
		return Weighted{}, errors.New("importance: no closure given")
	}
	s, err := simulate("importance", samples, seed, 2, func(d *Draws[T]) []Array[T] {
		value, weight := f(d)
		return []Array[T]{value.Mul(weight), weight}
	}, opts)
	if err != nil {
		return Weighted{}, err
	}
	sums, err := s.sums(ctx, true)
	if err != nil {
		return Weighted{}, err
	}
	x, w, xx, xw, ww := sums[0], sums[1], sums[2], sums[3], sums[4]
	ratio := x / w
	// Σ (x − ratio·w)², of which the mean is 0.
	spread := math.Max(0, xx-float64(2*ratio*xw)+float64(ratio*ratio*ww))
	if math.IsNaN(xx) || samples == 1 {
		spread = math.NaN()
	}
	return Weighted{
		Plain:            estimate(samples, x, xx, s.level),
		SelfNormalised:   newEstimate(ratio, math.Sqrt(spread)/math.Abs(w), s.level, samples),
		MeanWeight:       estimate(samples, w, ww, s.level),
		EffectiveSamples: w * w / ww,
	}, nil
}
