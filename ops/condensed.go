package ops

import (
	"context"
	"errors"
	"fmt"

	"github.com/quern-go/quern/internal/meter"
	"github.com/quern-go/quern/ops/internal/expr"
)

// CondensedDistance is the distances between the rows of x (m, k), each pair once,
// as SciPy's pdist gives them: of row 0 and rows 1, 2, …, then of row 1 and rows 2,
// 3, …: m·(m−1)/2 of them, for half the work of PairwiseDistance. Each has the bits
// that it has there, except that SEuclidean(nil) takes the variances of x alone.
func CondensedDistance[T Float](ctx context.Context, x Array[T], metric Metric, opts ...Option) ([]T, error) {
	if err := checkPair(x.node(), x.node()); err != nil {
		return nil, err
	}
	m := x.Shape()[0]
	if err := PairwiseDistance(x, x, metric).Err(); err != nil { // m² elements are too many
		return nil, err
	}
	if err := checkRoom(m*(m-1)/2, x.node().Type.Size()); err != nil {
		return nil, fmt.Errorf("condensed distance: %w", err)
	}
	out := make([]T, 0, m*(m-1)/2)
	err := StreamCondensed(ctx, x, metric, func(d []T) error {
		out = append(out, d...)
		return nil
	}, opts...)
	return out, err
}

// StreamCondensed calls f with pieces of what CondensedDistance gives, in order: for
// results larger than memory. The slice is valid until f returns; an error of f ends
// the work.
func StreamCondensed[T Float](ctx context.Context, x Array[T], metric Metric, f func(distances []T) error, opts ...Option) (err error) {
	if err := checkPair(x.node(), x.node()); err != nil {
		return err
	}
	if f == nil {
		return errors.New("condensed distance: no closure given")
	}
	ctx, finish := watch(ctx, opts)
	defer func() { finish(&err) }()
	if metric.name == "seuclidean" && metric.given == nil {
		if metric, err = FitSEuclidean(meter.Off(ctx), x, x.Slice(To(0)), opts...); err != nil {
			return fmt.Errorf("condensed distance: %w", err)
		}
	}
	d := PairwiseDistance(x, x, metric)
	if err := d.Err(); err != nil {
		return err
	}
	p := &cutter[T]{n: d.node(), opts: opts}
	m := x.Shape()[0]
	for r0 := 0; r0 < m-1; {
		width := m - r0 - 1
		// A block as high as it is wide would compute half in vain.
		height := min(width, max(1, pieceBytes/(width*d.node().Type.Size())), max(64, width/32))
		piece, err := p.at(meter.Part(ctx, pairsBefore(m, r0), pairsBefore(m, r0+height)), []expr.Span{{Start: r0, Step: 1, Count: height}, {Start: r0 + 1, Step: 1, Count: width}})
		if err != nil {
			return fmt.Errorf("condensed distance: %w", err)
		}
		for i := range height {
			if err := f(piece[i*width+i : (i+1)*width]); err != nil {
				return err
			}
		}
		r0 += height
	}
	return ctx.Err()
}

// pairsBefore is the share of the pairs of m rows that those of the first rows are.
func pairsBefore(m, rows int) float64 {
	left := float64(m-rows) * float64(m-rows-1)
	return 1 - over(left, float64(m)*float64(m-1))
}
