package ops

import (
	"context"
	"errors"
)

// MonteCarlo estimates the expected value of what f computes from random draws.
// f runs once, to build the expression of one sample's value; it must return an
// array of one element per sample, or a single one. No random number is stored,
// and the result depends on samples, seed and f alone. The values are summed in
// float64.
func MonteCarlo[T Float](ctx context.Context, samples int, seed uint64, f func(*Draws[T]) Array[T], opts ...Option) (Estimate, error) {
	if f == nil {
		return Estimate{}, errors.New("monte carlo: no closure given")
	}
	s, err := simulate("monte carlo", samples, seed, 1, func(d *Draws[T]) []Array[T] { return []Array[T]{f(d)} }, opts)
	if err != nil {
		return Estimate{}, err
	}
	list, err := s.estimates(ctx)
	if err != nil {
		return Estimate{}, err
	}
	return list[0], nil
}

// MonteCarloAll estimates the expected values of several things that f computes
// from the same draws, in one pass: see MonteCarlo.
func MonteCarloAll[T Float](ctx context.Context, samples int, seed uint64, f func(*Draws[T]) []Array[T], opts ...Option) ([]Estimate, error) {
	if f == nil {
		return nil, errors.New("monte carlo: no closure given")
	}
	s, err := simulate("monte carlo", samples, seed, 0, f, opts)
	if err != nil {
		return nil, err
	}
	return s.estimates(ctx)
}

// estimates runs the simulation.
func (s *simulation) estimates(ctx context.Context) ([]Estimate, error) {
	sums, err := s.sums(ctx, false)
	if err != nil {
		return nil, err
	}
	out := make([]Estimate, len(s.values))
	for i := range out {
		out[i] = estimate(s.samples, sums[i], sums[len(out)+i], s.level)
	}
	return out, nil
}

// MonteCarloPi estimates π as four times the share of random points of the unit
// square, in float32, that lie in the unit circle.
func MonteCarloPi(ctx context.Context, samples int, seed uint64, opts ...Option) (Estimate, error) {
	return MonteCarlo(ctx, samples, seed, func(d *Draws[float32]) Array[float32] {
		x, y := d.Uniform(), d.Uniform()
		return x.Square().Add(y.Square()).LessScalar(1).MulScalar(4)
	}, opts...)
}
