package ops

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/mathfn"
	"github.com/quern-go/quern/ops/internal/expr"
)

// MaxSamples is the largest number of samples of one simulation.
const MaxSamples = 1_000_000_000_000

// Estimate is the result of a simulation.
type Estimate struct {
	Mean float64
	// StdErr is the standard error of the mean; NaN for a single sample. It comes
	// from sums of values and squares, so it is noise if the values differ by
	// less than about 1e-7 of their size: subtract a constant from such.
	StdErr  float64
	Samples int
}

// Draws gives the random numbers of one sample to the closure of MonteCarlo.
// Every call is a new, independent variable; as an Array it has one axis, the
// samples. After the closure has returned it gives no more.
type Draws[T Float] struct {
	seed    uint64
	samples int
	words   *expr.Draws
	over    bool // the closure has returned
}

// Uniform is uniform in [0, 1).
func (d *Draws[T]) Uniform() Array[T] {
	return d.draw(expr.Uniform, mathfn.UniformWords(typeOf[T]()))
}

// Normal is standard normal.
func (d *Draws[T]) Normal() Array[T] {
	return d.draw(expr.Normal, mathfn.NormalWords(typeOf[T]()))
}

func (d *Draws[T]) draw(op expr.Op, words int) Array[T] {
	if d.over || d.words == nil {
		return Array[T]{expr.Failf("draw %s: the simulation's closure has returned, or Draws is not one of MonteCarlo's", op)}
	}
	t := typeOf[T]()
	word := mathfn.Align(t, d.words.Words)
	d.words.Words = word + words
	return Array[T]{expr.Random(op, t, d.seed, &expr.Draw{Word: word, Sample: d.words}, []int{d.samples})}
}

// MonteCarlo estimates the expected value of what f computes from random draws.
// f runs once, to build the expression of one sample's value; it must return an
// array of one element per sample, or a single one. No random number is stored,
// and the result depends on samples, seed and f alone. The values are summed in
// float64.
func MonteCarlo[T Float](ctx context.Context, samples int, seed uint64, f func(*Draws[T]) Array[T], opts ...Option) (Estimate, error) {
	if samples < 1 || int64(samples) > MaxSamples {
		return Estimate{}, fmt.Errorf("monte carlo: %d samples, expected 1 to %d", samples, int64(MaxSamples))
	}
	if f == nil {
		return Estimate{}, errors.New("monte carlo: no closure given")
	}
	d := &Draws[T]{seed: seed, samples: samples, words: new(expr.Draws)}
	value := f(d).node()
	d.over = true // another draw would renumber the words of these
	switch {
	case value.Err != nil:
		return Estimate{}, fmt.Errorf("monte carlo: %w", value.Err)
	case len(value.Shape) == 0:
		value = expr.BroadcastTo(value, []int{samples})
	case len(value.Shape) != 1 || value.Shape[0] != samples:
		return Estimate{}, fmt.Errorf("monte carlo: the value has shape %v, expected one element for each of %d samples", value.Shape, samples)
	}
	var sums [2]float64
	if err := into(ctx, expr.NewMoments(value), kernels.F64, bytesOf(sums[:]), opts); err != nil {
		return Estimate{}, fmt.Errorf("monte carlo: %w", err)
	}
	return estimate(samples, sums[0], sums[1]), nil
}

// estimate is the mean and its standard error from the sum and the sum of
// squares of n values.
func estimate(samples int, sum, squares float64) Estimate {
	n := float64(samples)
	mean := sum / n
	variance := math.Max(0, squares-sum*mean) / (n - 1) // rounding may make it negative
	if math.IsNaN(squares) || samples == 1 {
		variance = math.NaN()
	}
	return Estimate{Mean: mean, StdErr: math.Sqrt(variance / n), Samples: samples}
}

// MonteCarloPi estimates π as four times the share of random points of the unit
// square, in float32, that lie in the unit circle.
func MonteCarloPi(ctx context.Context, samples int, seed uint64, opts ...Option) (Estimate, error) {
	return MonteCarlo(ctx, samples, seed, func(d *Draws[float32]) Array[float32] {
		x, y := d.Uniform(), d.Uniform()
		return x.Square().Add(y.Square()).LessScalar(1).MulScalar(4)
	}, opts...)
}
