package meter

import (
	"context"
	"math"
	"sync/atomic"
)

// Meter is the share of some work that is done: from 0 to 1, and never less than it was.
// The zero Meter is ready for use, by any number of goroutines.
type Meter struct{ bits atomic.Uint64 }

// Share is what has been done.
func (m *Meter) Share() float64 { return math.Float64frombits(m.bits.Load()) }

// advance raises the share. Floats of one sign are ordered as their bits are.
func (m *Meter) advance(share float64) {
	bits := math.Float64bits(min(1, share))
	for old := m.bits.Load(); share > 0 && bits > old; old = m.bits.Load() {
		if m.bits.CompareAndSwap(old, bits) {
			return
		}
	}
}

// Span is a part of what a meter measures.
type Span struct {
	meter        *Meter
	from, length float64
	ends         []float64 // of steps: see Steps
	first        int       // likewise
}

// Set says what share of the span is done. A nil Span, that of a context without a
// meter, takes no notice.
func (s *Span) Set(share float64) {
	if s != nil {
		s.meter.advance(s.from + s.length*share)
	}
}

type key struct{}

// With is a context for work that a meter measures.
func With(ctx context.Context, m *Meter) context.Context {
	return context.WithValue(ctx, key{}, &Span{meter: m, length: 1})
}

// Of is the span that a context's work fills; nil if nobody wants to know.
func Of(ctx context.Context) *Span {
	s, _ := ctx.Value(key{}).(*Span)
	return s
}

// Known reports whether a context has a meter, be it Off.
func Known(ctx context.Context) bool { return ctx.Value(key{}) != nil }

// Part is the context of the part of ctx's work from one share to another.
func Part(ctx context.Context, from, to float64) context.Context {
	s := Of(ctx)
	if s == nil {
		return ctx
	}
	return context.WithValue(ctx, key{}, &Span{meter: s.meter, from: s.from + s.length*from, length: s.length * (to - from)})
}

// Steps divides ctx's work among steps, the i-th of which is done at the share ends[i].
// Step 0 is number first of them.
func Steps(ctx context.Context, ends []float64, first int) context.Context {
	s := Of(ctx)
	if s == nil {
		return ctx
	}
	steps := *s
	steps.ends, steps.first = ends, first
	return context.WithValue(ctx, key{}, &steps)
}

// Step is the context of a step. Without Steps, and for more steps than those, it tells
// nothing.
func Step(ctx context.Context, i int) context.Context {
	s := Of(ctx)
	if s == nil {
		return ctx
	}
	switch i += s.first; {
	case i >= len(s.ends):
		return Off(ctx)
	case i == 0:
		return Part(ctx, 0, s.ends[0])
	default:
		return Part(ctx, s.ends[i-1], s.ends[i])
	}
}

// Off is a context under which nothing is told.
func Off(ctx context.Context) context.Context {
	if Of(ctx) == nil {
		return ctx
	}
	return context.WithValue(ctx, key{}, (*Span)(nil))
}
