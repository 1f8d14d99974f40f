package ops

import (
	"context"
	"fmt"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/ops/internal/expr"
)

// MaxSamples is the largest number of samples of one simulation.
const MaxSamples = 1_000_000_000_000

// simulation is the values of a simulation's samples, each an array of one axis.
type simulation struct {
	name    string // for errors
	samples int
	values  []*expr.Node
	level   float64 // of intervals
	opts    []Option
}

// simulate runs a closure, once, and checks what it gives. There are count values,
// or if count is 0 at least one.
func simulate[T Float](name string, samples int, seed uint64, count int, f func(*Draws[T]) []Array[T], opts []Option) (*simulation, error) {
	s := &simulation{name: name, samples: samples, opts: opts}
	if samples < 1 || int64(samples) > MaxSamples {
		return nil, s.errorf("%d samples, expected 1 to %d", samples, int64(MaxSamples))
	}
	var err error
	o := merge(opts)
	if s.level, err = o.confidence(); err != nil {
		return nil, s.errorf("%w", err)
	}
	d := &Draws[T]{seed: seed, samples: samples, words: new(expr.Draws)}
	values := f(d)
	d.over = true // another draw would renumber the words of these
	if len(values) == 0 || count > 0 && len(values) != count {
		return nil, s.errorf("the closure gives %d values, expected %d", len(values), max(1, count))
	}
	if len(values) > maxValues {
		return nil, s.errorf("the closure gives %d values, expected at most %d", len(values), maxValues)
	}
	for _, v := range values {
		n := v.node()
		switch {
		case n.Err != nil:
			return nil, s.errorf("%w", n.Err)
		case len(n.Shape) == 0:
			n = expr.BroadcastTo(n, []int{samples})
		case len(n.Shape) != 1 || n.Shape[0] != samples:
			return nil, s.errorf("the value has shape %v, expected one element for each of %d samples", n.Shape, samples)
		}
		s.values = append(s.values, n)
	}
	return s, nil
}

// maxValues is the most values of a sample that are estimated in one pass.
const maxValues = 64

func (s *simulation) errorf(format string, args ...any) error {
	return fmt.Errorf("%s: %w", s.name, fmt.Errorf(format, args...))
}

// sums are the float64 sums of the values and of their products: see
// expr.NewMoments.
func (s *simulation) sums(ctx context.Context, cross bool) (sums []float64, err error) {
	ctx, finish := watch(ctx, s.opts)
	defer func() { finish(&err) }()
	if o := merge(s.opts); o.progress != nil && s.samples > chunkBlocks*kernels.TreeBlock {
		t := newTree(s.samples)
		err := s.runBlocks(ctx, t, 0, blocksOf(s.samples), cross)
		sums, _ = t.total()
		return sums, err
	}
	n := expr.NewMoments(cross, s.values...)
	sums = make([]float64, n.Size())
	if err := into(ctx, n, kernels.F64, bytesOf(sums), s.opts); err != nil {
		return nil, s.errorf("%w", err)
	}
	return sums, nil
}
