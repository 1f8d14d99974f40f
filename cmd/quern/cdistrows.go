package main

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/quern-go/quern/internal/arrayfile"
	"github.com/quern-go/quern/internal/evalexpr"
	"github.com/quern-go/quern/ops"
)

// rowsAtOnce is how many rows are done at a time: about a second's work.
func (d *distances[T]) rowsAtOnce() int {
	const work = 1 << 32 // steps
	n, k := d.y.Shape()[0], d.y.Shape()[1]
	return max(1024, work/max(1, n*k))
}

// eachRange calls f with the distances of some rows after another, and the options to
// evaluate them. With one array, those of a row to itself are +Inf.
func (d *distances[T]) eachRange(f func(rows ops.Array[T], opts []ops.Option) error) error {
	m, step := d.x.Shape()[0], d.rowsAtOnce()
	if d.alone && m > 1<<24 {
		return fmt.Errorf("cdist: %d rows, expected at most 2^24 for neighbours in the same array", m)
	}
	bar := d.newProgress("cdist")
	defer bar.clear()
	all, n := float64(m), float64(d.y.Shape()[0])
	for lo := 0; lo < m; lo += step {
		hi := min(m, lo+step)
		rows := ops.PairwiseDistance(d.x.Slice(ops.Range(lo, hi)), d.y, d.metric)
		if d.alone {
			self := ops.Arange(T(lo), T(hi), 1).ExpandDims(1).Equal(ops.Arange(0, T(m), 1))
			rows = ops.Where(self, ops.Full(T(math.Inf(1))), rows)
		}
		if err := f(rows, slices.Concat(d.opts, bar.partOptions(float64(lo)/all, float64(hi)/all, all*n, "distances"))); err != nil {
			return err
		}
	}
	return nil
}

// pairs is how many distances there are.
func (d *distances[T]) pairs() float64 {
	m, n := float64(d.x.Shape()[0]), float64(d.y.Shape()[0])
	if d.alone {
		return m * (m - 1) / 2
	}
	return m * n
}

// prepare finds out whether the outputs can be written.
func (d *distances[T]) prepare(ctx context.Context, shape []int) error {
	for _, path := range []string{d.flags.output, d.flags.distances} {
		if path == "" {
			continue
		}
		if err := arrayfile.Check(ctx, path, shape); err != nil {
			return err
		}
	}
	return nil
}

// finish delivers a result that was computed in ranges of rows.
func finish[T ops.Float, E arrayfile.Element](ctx context.Context, d *distances[T], shape []int, data []E, start time.Time) error {
	plan, err := ops.PairwiseDistance(d.x, d.y, d.metric).Explain(d.opts...)
	if err != nil {
		return err
	}
	name := "int64"
	if _, ok := any(data).([]int); !ok {
		name = dtypeName[T]()
	}
	return deliver(ctx, d.app, outcome[E]{shape, data, name, plan.Device, plan.Precision, time.Since(start), d.plans.String()}, d.flags.output)
}

func (d *distances[T]) nearest(ctx context.Context) error {
	shape := []int{d.x.Shape()[0]}
	if err := d.prepare(ctx, shape); err != nil {
		return err
	}
	start, found := time.Now(), make([]int, 0, shape[0])
	err := d.eachRange(func(rows ops.Array[T], opts []ops.Option) error {
		list, err := rows.ArgMin(1).Ints(ctx, opts...)
		found = append(found, list...)
		return err
	})
	if err != nil {
		return err
	}
	return finish(ctx, d, shape, found, start)
}

func (d *distances[T]) nearestFew(ctx context.Context) error {
	shape := []int{d.x.Shape()[0], d.flags.top}
	if err := d.prepare(ctx, shape); err != nil {
		return err
	}
	start := time.Now()
	var values []T
	var found []int
	err := d.eachRange(func(rows ops.Array[T], opts []ops.Option) error {
		near, positions, err := rows.TopK(ctx, d.flags.top, 1, opts...)
		values, found = append(values, near...), append(found, positions...)
		return err
	})
	if err != nil {
		return err
	}
	if path := d.flags.distances; path != "" {
		if err := arrayfile.Write(ctx, path, shape, values, arrayfile.WriteOptions{Stdout: d.out}); err != nil {
			return err
		}
	}
	return finish(ctx, d, shape, found, start)
}

func (d *distances[T]) countBelow(ctx context.Context) error {
	shape := []int{d.x.Shape()[0]}
	if err := d.prepare(ctx, shape); err != nil {
		return err
	}
	start, counts := time.Now(), make([]int, 0, shape[0])
	err := d.eachRange(func(rows ops.Array[T], opts []ops.Option) error {
		list, err := rows.CountBelow(T(d.flags.below), 1).Data(ctx, opts...)
		for _, x := range list {
			counts = append(counts, int(x))
		}
		return err
	})
	if err != nil {
		return err
	}
	return finish(ctx, d, shape, counts, start)
}

// matrix is the distances themselves: to an .npy file piece by piece.
func (d *distances[T]) matrix(ctx context.Context) error {
	all := ops.PairwiseDistance(d.x, d.y, d.metric)
	path := d.flags.output
	if path == "" || strings.EqualFold(filepath.Ext(path), ".csv") {
		return compute(ctx, d.app, evalexpr.Value[T]{Kind: evalexpr.Array, Array: all}, path, d.opts, d.flags.explain)
	}
	return d.stream(ctx, all.Shape(), func(f func([]T) error, opts []ops.Option) error { return all.Stream(ctx, f, opts...) })
}

// condensed is the distances of each pair of rows once.
func (d *distances[T]) condensed(ctx context.Context) error {
	m := d.x.Shape()[0]
	shape := []int{m * (m - 1) / 2}
	path := d.flags.output
	if path != "" && !strings.EqualFold(filepath.Ext(path), ".csv") {
		return d.stream(ctx, shape, func(f func([]T) error, opts []ops.Option) error {
			return ops.StreamCondensed(ctx, d.x, d.metric, f, opts...)
		})
	}
	if err := d.prepare(ctx, shape); err != nil {
		return err
	}
	start := time.Now()
	bar := d.newProgress("cdist")
	data, err := ops.CondensedDistance(ctx, d.x, d.metric, slices.Concat(d.opts, bar.options(d.pairs(), "distances"))...)
	bar.clear()
	if err != nil {
		return err
	}
	return finish(ctx, d, shape, data, start)
}

// stream writes the pieces that source gives to the output.
func (d *distances[T]) stream(ctx context.Context, shape []int, source func(f func([]T) error, opts []ops.Option) error) error {
	if err := d.prepare(ctx, shape); err != nil {
		return err
	}
	path := d.flags.output
	start := time.Now()
	w, err := arrayfile.NewNPYWriter[T](ctx, path, shape, arrayfile.WriteOptions{Stdout: d.out})
	if err != nil {
		return err
	}
	bar := d.newProgress("cdist")
	err = source(w.Write, slices.Concat(d.opts, bar.options(d.pairs(), "distances")))
	bar.clear()
	if err != nil {
		if abort := w.Abort(); abort != nil {
			err = fmt.Errorf("%w; %w", err, abort)
		}
		return err
	}
	if err := w.Close(); err != nil || path == "-" {
		return err
	}
	plan, err := ops.PairwiseDistance(d.x, d.y, d.metric).Explain(d.opts...)
	if err != nil {
		return err
	}
	return announce(d.app, outcome[T]{shape, nil, dtypeName[T](), plan.Device, plan.Precision, time.Since(start), d.plans.String()}, path)
}
