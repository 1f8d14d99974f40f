package bench

import (
	"context"
	"fmt"
	"slices"

	"github.com/quern-go/quern/bench/internal/oracledevice"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/ops"
)

// evaluation is a workload that evaluates one expression of arrays into a slice. It is checked on a sample: the
// same expression of a few rows or columns of its operands, by the oracle, gives a few elements of the result, to
// the last bit.
type evaluation[T ops.Float] struct {
	Workload
	operands []operand
	expr     func(in []ops.Array[T]) result[T]
	// dependent elements of the result depend on all of the operands: the sample is then of an evaluation of the
	// operands' first elements or rows alone.
	dependent bool
	// whole is the plain loop of a dependent result of one element, which must be within its tolerance; nil if there
	// is none.
	whole     func(in [][]T) float64
	tolerance float64
}

// operand is an array that an evaluation reads, uniform in [from, to); [0, 1) if both are 0.
type operand struct {
	name     string // arrays of one name share memory
	shape    []int
	axis     int // of which the check takes some positions; −1 if it needs all
	out      int // the axis of the result that has the same positions
	from, to float64
}

// result is an ops.Array, or what can be evaluated like one.
type result[T ops.Float] interface {
	Into(ctx context.Context, dst []T, opts ...ops.Option) error
	Explain(opts ...ops.Option) (*ops.Plan, error)
	Shape() []int
	Err() error
}

// positions are an IntArray as numbers.
type positions[T ops.Float] struct{ ops.IntArray }

// Into converts the positions: a small part of the work that finds them.
func (p positions[T]) Into(ctx context.Context, dst []T, opts ...ops.Option) error {
	at, err := p.Ints(ctx, opts...)
	for i, v := range at {
		dst[i] = T(v)
	}
	return err
}

// some is how many positions of an axis a check looks at, and someElements how many elements of whole operands.
const some, someElements = 7, 20_011

// workload completes what its users see.
func (v evaluation[T]) workload() Workload {
	w := v.Workload
	w.DType = typeName[T]()
	w.Setup = func(_ context.Context, e *Env) (*Job, error) { return v.job(e) }
	return w
}

func (v evaluation[T]) job(e *Env) (*Job, error) {
	in := make([][]T, len(v.operands))
	arrays := make([]ops.Array[T], len(v.operands))
	for i, o := range v.operands {
		in[i] = between(e, o.name, product(o.shape), T(o.from), T(o.to))
		arrays[i] = ops.FromSlice(in[i], o.shape...)
	}
	expr := v.expr(arrays)
	if err := expr.Err(); err != nil {
		return nil, err
	}
	out := output[T](e, "c", product(expr.Shape()))
	run := func(ctx context.Context) error { return expr.Into(ctx, out, e.Options...) }
	p, err := expr.Explain(e.Options...)
	if err != nil {
		return nil, err
	}
	return &Job{
		Run: run, Precision: p.Precision,
		Explain: expr.Explain,
		Values:  func() []float64 { return takeSome(out) },
		Check: func(ctx context.Context) error {
			if err := run(ctx); err != nil {
				return err
			}
			if v.whole != nil {
				if err := near(v.Name, float64(out[0]), v.whole(in), v.tolerance); err != nil {
					return err
				}
			}
			if v.dependent {
				return v.checkFirst(ctx, e, in)
			}
			return v.checkSome(ctx, in, out, expr.Shape(), p.Precision)
		},
	}, nil
}

// checkSome compares elements of the result with those that the oracle makes of the same positions of the operands.
func (v evaluation[T]) checkSome(ctx context.Context, in [][]T, out []T, shape []int, p ops.Precision) error {
	arrays := make([]ops.Array[T], len(in))
	for i, o := range v.operands {
		at := all(o.shape)
		if o.axis >= 0 {
			at[o.axis] = spread(o.shape[o.axis], some)
		}
		arrays[i] = ops.FromSlice(take(in[i], o.shape, at), lengths(at)...)
	}
	at := all(shape)
	for _, o := range v.operands {
		if o.axis >= 0 {
			at[o.out] = spread(shape[o.out], some)
		}
	}
	want := make([]T, product(lengths(at)))
	if err := v.expr(arrays).Into(ctx, want, ops.OnDevice(oracledevice.Device{}), ops.Strict()); err != nil {
		return fmt.Errorf("by the oracle: %w", err)
	}
	const what = "a sample of the result"
	if p != kernels.Exact {
		return nearWithin(what, take(out, shape, at), want, p, longestAxis(v.operands))
	}
	return sameBits(what, take(out, shape, at), want)
}

// checkFirst compares the result of the operands' first elements, or rows, with the oracle's.
func (v evaluation[T]) checkFirst(ctx context.Context, e *Env, in [][]T) error {
	arrays := make([]ops.Array[T], len(in))
	for i, x := range in {
		shape := slices.Clone(v.operands[i].shape)
		if len(shape) == 1 {
			shape[0] = min(shape[0], someElements)
		} else {
			shape[0] = min(shape[0], some)
		}
		arrays[i] = ops.FromSlice(x[:product(shape)], shape...)
	}
	expr := v.expr(arrays)
	got, want := make([]T, product(expr.Shape())), make([]T, product(expr.Shape()))
	if err := expr.Into(ctx, got, e.Options...); err != nil {
		return err
	}
	if err := expr.Into(ctx, want, ops.OnDevice(oracledevice.Device{}), ops.Strict()); err != nil {
		return fmt.Errorf("by the oracle: %w", err)
	}
	return sameBits("the result of the first elements", got, want)
}
