package ops

import (
	"context"
	"fmt"
	"strings"
)

// BoundsError is the error of Integrate for bounds that it does not take.
type BoundsError struct {
	Variable int // from 0
	Bounds   Bounds
	Reason   string
}

func (e *BoundsError) Error() string { return e.Text(fmt.Sprintf("variable %d", e.Variable)) }

// Text is the error's text with another name for the variable.
func (e *BoundsError) Text(variable string) string {
	return fmt.Sprintf("%s from %v to %v: %s", variable, e.Bounds.Low, e.Bounds.High, e.Reason)
}

// IntegrandError is the error of Integrate for an integrand that is NaN or infinite at
// some of the samples.
type IntegrandError struct {
	Bad, Of int       // how many samples of how many, or pairs of them
	Pairs   bool      // they are pairs: see Antithetic and Stratified
	At      []float64 // the variables at one such sample; nil if it is only that sums exceed float64
}

func (e *IntegrandError) Error() string {
	var names []string
	for i := range e.At {
		names = append(names, fmt.Sprintf("variable %d", i))
	}
	return e.Text(names)
}

// Text is the error's text with other names for the variables.
func (e *IntegrandError) Text(variables []string) string {
	what := "at %d of %d samples"
	if e.Pairs {
		what = "in %d of %d pairs of samples"
	}
	var at []string
	for i, x := range e.At {
		at = append(at, fmt.Sprintf("%s = %v", variables[i], x))
	}
	text := fmt.Sprintf("the integrand is NaN or infinite "+what, e.Bad, e.Of)
	if len(at) > 0 {
		text += ", such as " + strings.Join(at, ", ")
	}
	return text
}

// integrand is one call of the closure: the variables at all samples, and its value.
type integrand struct {
	x     []Array[float64]
	value Array[float64]
}

// where finds the variables at a sample for which a value is not finite: the first of
// the first call of which there is one.
func (in *integral) where(ctx context.Context) ([]float64, error) {
	for _, c := range in.calls {
		shape := c.x[0].Shape()
		finite := c.value.MulScalar(in.volume).BroadcastTo(shape...).IsFinite().Reshape(-1)
		i, err := finite.ArgMin(0).Int(ctx, in.opts...)
		if err != nil {
			return nil, err
		}
		least, err := finite.Slice(At(i)).Scalar(ctx, in.opts...)
		switch {
		case err != nil:
			return nil, err
		case least == 1:
			continue
		}
		at := make([]float64, len(c.x))
		for k, x := range c.x {
			if at[k], err = x.BroadcastTo(shape...).Reshape(-1).Slice(At(i)).Scalar(ctx, in.opts...); err != nil {
				return nil, err
			}
		}
		return at, nil
	}
	return nil, nil // none by itself: the sum of a pair exceeds float64
}
