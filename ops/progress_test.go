package ops_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/quern-go/quern/internal/meter"
	"github.com/quern-go/quern/ops"
)

// shares records what OnProgress is told.
type shares struct {
	list   []float64
	inside atomic.Int32
	mixed  bool
}

func (s *shares) option() ops.Option {
	return ops.OnProgress(func(share float64) {
		s.mixed = s.mixed || s.inside.Add(1) != 1
		s.list = append(s.list, share)
		s.inside.Add(-1)
	})
}

// TestProgress: whatever takes long says how far it is, and that it is done.
func TestProgress(t *testing.T) {
	x := ops.Uniform[float64](1, 1<<20)
	rows := ops.Uniform[float64](1, 400, 100)
	exp := func(u []ops.Array[float64]) ops.Array[float64] { return u[0].Exp() }
	box := []ops.Bounds{{Low: 0, High: 1}}
	for _, c := range []struct {
		name string
		run  func(ctx context.Context, opts ...ops.Option) error
	}{
		{"map", func(ctx context.Context, opts ...ops.Option) error {
			_, err := x.Sin().Exp().Data(ctx, opts...)
			return err
		}},
		{"reduction", func(ctx context.Context, opts ...ops.Option) error {
			_, err := x.Sin().Exp().Sum().Scalar(ctx, opts...)
			return err
		}},
		{"product", func(ctx context.Context, opts ...ops.Option) error {
			_, err := ops.Uniform[float64](1, 400, 400).MatMul(ops.Uniform[float64](2, 400, 400)).Data(ctx, opts...)
			return err
		}},
		{"distances", func(ctx context.Context, opts ...ops.Option) error {
			_, err := ops.PairwiseDistance(rows, rows, ops.Canberra).Data(ctx, opts...)
			return err
		}},
		{"nearest", func(ctx context.Context, opts ...ops.Option) error {
			_, err := ops.PairwiseDistance(rows, rows, ops.Canberra).ArgMin(1).Ints(ctx, opts...)
			return err
		}},
		{"sort", func(ctx context.Context, opts ...ops.Option) error {
			_, err := x.Sort(0).Data(ctx, opts...)
			return err
		}},
		{"median", func(ctx context.Context, opts ...ops.Option) error {
			_, err := x.Median().Scalar(ctx, opts...)
			return err
		}},
		{"eval", func(ctx context.Context, opts ...ops.Option) error {
			_, err := x.Sin().Exp().Eval(ctx, opts...)
			return err
		}},
		{"stream", func(ctx context.Context, opts ...ops.Option) error {
			return x.Sin().Exp().Stream(ctx, func([]float64) error { return nil }, opts...)
		}},
		{"condensed", func(ctx context.Context, opts ...ops.Option) error {
			_, err := ops.CondensedDistance(ctx, rows, ops.Canberra, opts...)
			return err
		}},
		{"top k", func(ctx context.Context, opts ...ops.Option) error {
			_, _, err := ops.PairwiseDistance(rows, rows, ops.Canberra).TopK(ctx, 3, 1, opts...)
			return err
		}},
		{"simulation", func(ctx context.Context, opts ...ops.Option) error {
			_, err := ops.MonteCarloPi(ctx, 1<<20, 1, opts...)
			return err
		}},
		{"shard", func(ctx context.Context, opts ...ops.Option) error {
			_, err := ops.MonteCarloShard(ctx, 0, 2, 1<<21, 1, func(d *ops.Draws[float64]) []ops.Array[float64] {
				return []ops.Array[float64]{d.Normal()}
			}, opts...)
			return err
		}},
		{"function", func(ctx context.Context, opts ...ops.Option) error {
			_, err := ops.MonteCarloFunc(ctx, 1<<20, 1, func(r *ops.Rand) float64 { return r.Normal() }, opts...)
			return err
		}},
		{"integral", func(ctx context.Context, opts ...ops.Option) error {
			_, err := ops.Integrate(ctx, exp, box, 1<<20, 1, ops.PlainSamples, opts...)
			return err
		}},
		{"sobol", func(ctx context.Context, opts ...ops.Option) error {
			_, err := ops.Integrate(ctx, exp, box, 1<<20, 1, ops.SobolPoints, opts...)
			return err
		}},
		{"bootstrap", func(ctx context.Context, opts ...ops.Option) error {
			_, err := ops.Bootstrap(ctx, ops.Uniform[float64](1, 1000), stdOf, 2000, 1, ops.BCa, opts...)
			return err
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, device := range []string{"cpu:generic,1thread", "cpu:generic,2threads"} {
				var s shares
				if err := c.run(context.Background(), ops.On(device), s.option()); err != nil {
					t.Fatal(err)
				}
				n := len(s.list)
				if n == 0 || s.list[n-1] != 1 || slices.Index(s.list, 1.) != n-1 || !slices.IsSorted(s.list) || s.mixed {
					t.Errorf("%s: told %v, expected ascending shares, one at a time, and 1 at the end alone", device, s.list)
				}
				var m meter.Meter
				err := c.run(meter.With(context.Background(), &m), ops.On(device), s.option())
				if share := m.Share(); err != nil || share < 0.9 || len(s.list) != n {
					t.Errorf("%s: at the end the meter shows %v, and %d more shares were told, %v", device, share, len(s.list)-n, err)
				}
			}
		})
	}
}

// TestProgressOfFailures: what fails is not said to be done.
func TestProgressOfFailures(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	var s shares
	if _, err := ops.Uniform[float64](1, 1000).Sum().Scalar(ctx, s.option()); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if _, err := ops.Full(math.Pi).Add(ops.Ones[float64](2, 3)).MatMul(ops.Ones[float64](2)).Data(ctx, s.option()); err == nil {
		t.Error("shapes that do not fit are no error")
	}
	if len(s.list) != 0 {
		t.Errorf("told %v of work that was not done", s.list)
	}
}
