package ops

import (
	"math"

	"github.com/quern-go/quern/ops/internal/expr"
)

// Reshape gives the elements, in row-major order, another shape of the same
// size. One length may be −1: it is inferred.
func (a Array[T]) Reshape(shape ...int) Array[T] { return Array[T]{expr.ReshapeTo(a.n, shape)} }

// Transpose reorders the axes: axis i of the result is axis axes[i] of a.
// Without axes, their order is reversed.
func (a Array[T]) Transpose(axes ...int) Array[T] { return Array[T]{expr.Transpose(a.n, axes)} }

// T is the transpose: the axes in reverse order.
func (a Array[T]) T() Array[T] { return a.Transpose() }

// BroadcastTo stretches axes of length 1, and adds leading axes, to the shape.
func (a Array[T]) BroadcastTo(shape ...int) Array[T] { return Array[T]{expr.BroadcastTo(a.n, shape)} }

// ExpandDims adds an axis of length 1 at position axis of the result.
func (a Array[T]) ExpandDims(axis int) Array[T] { return Array[T]{expr.ExpandDims(a.n, axis)} }

// Squeeze drops the given axes, which must have length 1; none means all such.
func (a Array[T]) Squeeze(axes ...int) Array[T] { return Array[T]{expr.Squeeze(a.n, axes)} }

// Span selects elements of one axis, as start:stop:step does in NumPy. Make one
// with Range, From, To, All or At.
type Span struct {
	start, stop, step int
	noStart, noStop   bool
	at                bool // one element, and the axis goes
}

// Range is elements start to stop−1. Negative positions count from the end, and
// those beyond the axis are cut off.
func Range(start, stop int) Span { return Span{start: start, stop: stop, step: 1} }

// From is the elements from start on.
func From(start int) Span { return Span{start: start, noStop: true, step: 1} }

// To is the elements before stop.
func To(stop int) Span { return Span{stop: stop, noStart: true, step: 1} }

// All is every element.
func All() Span { return Span{noStart: true, noStop: true, step: 1} }

// At is element i alone; the axis is dropped.
func At(i int) Span { return Span{start: i, at: true} }

// By takes every step-th element of the span; a negative step goes backwards,
// and All().By(-1) is the axis reversed.
func (s Span) By(step int) Span {
	s.step = step
	return s
}

// Slice selects elements, one span per leading axis; the other axes are whole.
func (a Array[T]) Slice(spans ...Span) Array[T] { return Array[T]{slice(a.node(), spans)} }

// SliceAxis selects elements of one axis; the others are whole.
func (a Array[T]) SliceAxis(axis int, s Span) Array[T] {
	at, err := axisOf("slice", a.node(), axis)
	switch {
	case a.Err() != nil:
		return a
	case err != nil:
		return Array[T]{expr.Fail(err)}
	}
	spans := make([]Span, at+1)
	for i := range at {
		spans[i] = All()
	}
	spans[at] = s
	return a.Slice(spans...)
}

func slice(x *expr.Node, spans []Span) *expr.Node {
	if x.Err != nil {
		return x
	}
	if len(spans) > len(x.Shape) {
		return expr.Failf("slice: %d spans given for shape %v", len(spans), x.Shape)
	}
	list := make([]expr.Span, len(x.Shape))
	shape := []int{}
	drops := false
	for axis, length := range x.Shape {
		s := All()
		if axis < len(spans) {
			s = spans[axis]
		}
		if s.at {
			i := s.start
			if i < 0 {
				i += length
			}
			if i < 0 || i >= length {
				return expr.Failf("slice: position %d of axis %d, which has length %d", s.start, axis, length)
			}
			list[axis] = expr.Span{Start: i, Step: 1, Count: 1}
			drops = true
			continue
		}
		if s.step == 0 {
			return expr.Failf("slice: step 0 for axis %d; make spans with Range, From, To, All or At", axis)
		}
		list[axis] = s.resolve(length)
		shape = append(shape, list[axis].Count)
	}
	out := expr.SliceSpans(x, list)
	if drops {
		return expr.ReshapeTo(out, shape)
	}
	return out
}

// resolve applies Python's rules to an axis of a given length.
func (s Span) resolve(length int) expr.Span {
	low, high := 0, length // the positions that a bound may take
	if s.step < 0 {
		low, high = -1, length-1
	}
	bound := func(i int) int {
		if i < 0 {
			i += length
		}
		return min(max(i, low), high)
	}
	start, stop := bound(s.start), bound(s.stop)
	if s.noStart {
		start = low
		if s.step < 0 {
			start = high
		}
	}
	if s.noStop {
		stop = high
		if s.step < 0 {
			stop = low
		}
	}
	distance, stride := stop-start, s.step
	if stride < 0 {
		distance, stride = -distance, -max(stride, -math.MaxInt)
	}
	if distance <= 0 {
		return expr.Span{Step: 1}
	}
	out := expr.Span{Start: start, Step: s.step, Count: (distance-1)/stride + 1}
	if out.Count == 1 {
		out.Step = 1
	}
	return out
}
