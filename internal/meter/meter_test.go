package meter_test

import (
	"context"
	"math"
	"sync"
	"testing"

	"github.com/quern-go/quern/internal/meter"
)

func TestShares(t *testing.T) {
	for _, c := range []struct {
		name string
		tell func(ctx context.Context)
		want float64
	}{
		{"nothing", func(context.Context) {}, 0},
		{"the whole", func(ctx context.Context) { meter.Of(ctx).Set(0.25) }, 0.25},
		{"never less", func(ctx context.Context) { meter.Of(ctx).Set(0.5); meter.Of(ctx).Set(0.25) }, 0.5},
		{"never more than all", func(ctx context.Context) { meter.Of(ctx).Set(1.5) }, 1},
		{"below nothing", func(ctx context.Context) { meter.Of(ctx).Set(-1) }, 0},
		{"not a number", func(ctx context.Context) { meter.Of(ctx).Set(0.5); meter.Of(ctx).Set(math.NaN()) }, 0.5},
		{"a part", func(ctx context.Context) { meter.Of(meter.Part(ctx, 0.5, 0.75)).Set(0.5) }, 0.625},
		{"a part of a part", func(ctx context.Context) {
			meter.Of(meter.Part(meter.Part(ctx, 0.5, 1), 0, 0.5)).Set(1)
		}, 0.75},
		{"a part that takes no time", func(ctx context.Context) { meter.Of(meter.Part(ctx, 0.5, 0.5)).Set(1) }, 0.5},
		{"first step", func(ctx context.Context) {
			meter.Of(meter.Step(meter.Steps(ctx, []float64{0.5, 1}, 0), 0)).Set(0.5)
		}, 0.25},
		{"last step", func(ctx context.Context) {
			meter.Of(meter.Step(meter.Steps(ctx, []float64{0.5, 1}, 0), 1)).Set(0.5)
		}, 0.75},
		{"the rest of the steps", func(ctx context.Context) {
			meter.Of(meter.Step(meter.Steps(ctx, []float64{0.5, 0.75, 1}, 1), 1)).Set(0.5)
		}, 0.875},
		{"steps of a part", func(ctx context.Context) {
			meter.Of(meter.Step(meter.Steps(meter.Part(ctx, 0.5, 1), []float64{0.5, 1}, 0), 1)).Set(0.5)
		}, 0.875},
		{"a step too many", func(ctx context.Context) {
			meter.Of(meter.Step(meter.Steps(ctx, []float64{1}, 0), 1)).Set(0.5)
		}, 0},
		{"a step without steps", func(ctx context.Context) { meter.Of(meter.Step(ctx, 0)).Set(0.5) }, 0},
		{"off", func(ctx context.Context) { meter.Of(meter.Off(ctx)).Set(0.5) }, 0},
		{"a part of what is off", func(ctx context.Context) { meter.Of(meter.Part(meter.Off(ctx), 0, 1)).Set(0.5) }, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			var m meter.Meter
			c.tell(meter.With(context.Background(), &m))
			if got := m.Share(); got != c.want {
				t.Errorf("share %v, expected %v", got, c.want)
			}
			c.tell(context.Background()) // nobody wants to know
		})
	}
}

func TestWithoutMeterContextsAreTheSame(t *testing.T) {
	ctx := t.Context()
	for _, got := range []context.Context{meter.Part(ctx, 0, 1), meter.Steps(ctx, []float64{1}, 0), meter.Step(ctx, 0), meter.Off(ctx)} {
		if got != ctx {
			t.Errorf("%v, expected the context given", got)
		}
	}
}

func TestKnown(t *testing.T) {
	ctx := meter.With(t.Context(), new(meter.Meter))
	if meter.Known(t.Context()) || !meter.Known(ctx) || !meter.Known(meter.Off(ctx)) {
		t.Error("a meter is known where there is one, and where that is off")
	}
}

func TestManyGoroutines(t *testing.T) {
	var m meter.Meter
	ctx := meter.With(context.Background(), &m)
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for i := range 1000 {
				meter.Of(ctx).Set(float64(8*i+g) / 8000)
			}
		})
	}
	all.Wait()
	if got := m.Share(); got != 7999./8000 {
		t.Errorf("share %v", got)
	}
}
