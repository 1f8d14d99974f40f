package ops

import (
	"context"
	"errors"
	"fmt"

	"github.com/quern-go/quern/internal/meter"
	"github.com/quern-go/quern/ops/internal/expr"
)

// pieceBytes is the size of the pieces in which an array is evaluated that is not
// kept: large against the cost of an evaluation.
const pieceBytes = 32 << 20

// Stream evaluates the array piece by piece and calls f with the elements of each,
// in row-major order: for results larger than memory. A piece is some positions of
// the first axis, about 32 MiB, but at least one; only what it needs is computed.
// The slice is valid until f returns; an error of f ends the work.
func (a Array[T]) Stream(ctx context.Context, f func(elements []T) error, opts ...Option) (err error) {
	n := a.node()
	if n.Err != nil {
		return n.Err
	}
	if f == nil {
		return errors.New("stream: no closure given")
	}
	if n.Size() == 0 {
		o := merge(opts)
		return o.check()
	}
	ctx, finish := watch(ctx, opts)
	defer func() { finish(&err) }()
	p := &cutter[T]{n: n, opts: opts}
	if len(n.Shape) == 0 {
		elements, err := p.at(ctx, nil)
		if err != nil {
			return err
		}
		return f(elements)
	}
	each := max(1, pieceBytes/(n.Bytes()/n.Shape[0]))
	length := n.Shape[0]
	for lo := 0; lo < length; lo += each {
		spans := wholeSpans(n.Shape)
		spans[0] = expr.Span{Start: lo, Step: 1, Count: min(each, length-lo)}
		part := meter.Part(ctx, float64(lo)/float64(length), float64(lo+spans[0].Count)/float64(length))
		elements, err := p.at(part, spans)
		if err != nil {
			return fmt.Errorf("stream: positions %d to %d: %w", lo, lo+spans[0].Count-1, err)
		}
		if err := f(elements); err != nil {
			return err
		}
	}
	return nil
}

func wholeSpans(shape []int) []expr.Span {
	spans := make([]expr.Span, len(shape))
	for i, d := range shape {
		spans[i] = expr.Span{Step: 1, Count: d}
	}
	return spans
}

// cutter evaluates parts of an array into one slice, one after another.
type cutter[T Float] struct {
	n    *expr.Node
	opts []Option
	dst  []T
}

// at is the elements that the spans select. Parts of equal shape share their plan.
func (p *cutter[T]) at(ctx context.Context, spans []expr.Span) ([]T, error) {
	parts := &expr.Parts{Source: partOf}
	part := parts.Of(p.n, spans)
	if size := part.Size(); cap(p.dst) < size {
		p.dst = make([]T, size)
	} else {
		p.dst = p.dst[:size]
	}
	return p.dst, into(ctx, part, typeOf[T](), bytesOf(p.dst), p.opts)
}
