package ops

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/ops/internal/scratch"
)

// failure is an evaluation that a device could not do.
type failure struct {
	unit *unit
	err  error
}

// evaluateElsewhere does on the next devices what has failed on one: counted,
// and logged once for each reason. The inputs are in host memory or on devices
// that still answer; an error says where they are not.
func (e *Engine) evaluateElsewhere(ctx context.Context, b *bound, units []*unit, first failure, dst []byte, o *Option) (*unit, device.Buffer, error) {
	failures := []failure{first}
	for last := first; e.mayEvaluateElsewhere(ctx, last, o); {
		u, err := e.next(b, units, failures, len(dst))
		if err != nil {
			failures = append(failures, failure{err: err})
			break
		}
		buffer, err := b.evaluateOn(ctx, u, dst)
		if err == nil {
			e.fallbacks.Add(1)
			for _, f := range failures {
				e.warn(unusable, f.unit.name, f.err)
			}
			return u, buffer, nil
		}
		last = failure{u, err}
		failures = append(failures, last)
	}
	return nil, nil, joinFailures(failures)
}

// mayEvaluateElsewhere says whether another device may make good a failure.
func (e *Engine) mayEvaluateElsewhere(ctx context.Context, f failure, o *Option) bool {
	return !o.strict && ctx.Err() == nil && f.unit.info.Driver != cpuSelector &&
		!errors.Is(f.err, errClosed) && !errors.Is(f.err, errNowhereElse) && !errors.Is(f.err, errOverwritten)
}

// next is the device to try after those that have failed: the candidate predicted
// to be fastest, and the CPU last. A device that gives other bits, or is slower
// than the CPU, takes nobody's place.
func (e *Engine) next(b *bound, units []*unit, failures []failure, outBytes int) (*unit, error) {
	var others, cpus []*unit
	for _, u := range units {
		switch {
		case u.lostError() != nil || slices.ContainsFunc(failures, func(f failure) bool { return f.unit == u }):
		case u.info.Driver == cpuSelector:
			cpus = append(cpus, u)
		case !u.info.Software && u.info.Reproducible:
			others = append(others, u)
		}
	}
	switch {
	case len(others) > 0:
		return fastest(b, others, outBytes), nil
	case len(cpus) > 0:
		return fastest(b, cpus, outBytes), nil
	}
	return e.cpu()
}

// joinFailures is the first failure, and what the devices after it said.
func joinFailures(failures []failure) error {
	errs := []error{failures[0].err}
	for _, f := range failures[1:] {
		if f.unit != nil {
			f.err = fmt.Errorf("and on %s: %w", f.unit.name, f.err)
		}
		errs = append(errs, f.err)
	}
	return errors.Join(errs...)
}

// unusable is the warning when another device does what one cannot.
const unusable = "quern: a device could not be used"

// warn logs a failure that was made good, once for each reason.
func (e *Engine) warn(message, where string, err error) {
	reason := err.Error()
	for _, kind := range []error{device.ErrLost, device.ErrOutOfMemory, scratch.Err} {
		if errors.Is(err, kind) {
			reason = kind.Error() // not once for each size
		}
	}
	if _, again := e.warned.LoadOrStore(where+": "+reason, true); !again {
		slog.Warn(message, "device", where, "reason", err)
	}
}
