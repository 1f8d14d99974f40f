package ops

import (
	"context"
	"time"

	"github.com/quern-go/quern/internal/meter"
)

// progressInterval is how often progress is told.
const progressInterval = 100 * time.Millisecond

// watch has the progress of the work under the context that it returns told to whoever
// OnProgress names: while it lasts, and by finish, with the work's error, that all of it
// is done. Work that is part of other work tells it by that.
func watch(ctx context.Context, opts []Option) (under context.Context, finish func(*error)) {
	o := merge(opts)
	if o.progress == nil || meter.Known(ctx) {
		return ctx, func(*error) {}
	}
	m := new(meter.Meter)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tell(m, o.progress, stop)
	}()
	return meter.With(ctx, m), func(err *error) {
		close(stop)
		<-stopped
		if *err == nil {
			o.progress(1)
		}
	}
}

// watched does work that is told about: see watch. (A deferred call in the work itself
// would cost an allocation also where nobody wants to know.)
func watched(ctx context.Context, opts []Option, work func(ctx context.Context) error) (err error) {
	ctx, finish := watch(ctx, opts)
	defer func() { finish(&err) }()
	return work(ctx)
}

// tell calls f with what the meter shows, when that has changed, until stop is closed.
func tell(m *meter.Meter, f func(share float64), stop <-chan struct{}) {
	clock := time.NewTicker(progressInterval)
	defer clock.Stop()
	last := 0.0
	for {
		select {
		case <-stop:
			return
		case <-clock.C:
			if share := m.Share(); share > last && share < 1 { // 1 is for finish to tell
				last = share
				f(share)
			}
		}
	}
}
