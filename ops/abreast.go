package ops

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/quern-go/quern/internal/meter"
	"github.com/quern-go/quern/ops/internal/expr"
	"github.com/quern-go/quern/ops/internal/panel"
)

// mostAbreast is how many panels are computed at a time where the device copies both
// ways while it computes: one is uploaded, one computed, one downloaded.
const mostAbreast = 3

// abreast is how the panels of a cut are computed: how many at a time, the length of
// one, and the bytes that it may take.
type abreast struct{ lanes, length, budget int }

// abreast decides how many panels of a cut are computed at a time. Each is evaluated on a
// stream of its own, so that where the device can (device.Info.CopyEngines) the copies of
// one go on beside the kernels of another. They are shorter than the cut's, so that
// together they take no more than the budget; what they read whole is there once.
func (x *pieces) abreast(n *expr.Node, cut *panel.Cut, parts func(panel.Source) *expr.Parts, strides []int, budget int) (abreast, error) {
	one := abreast{1, cut.Length, budget}
	if x.unit.wrapper != nil {
		return one, nil
	}
	strides = panel.Strides(n, cut.Axis, strides)
	for lanes := min(mostAbreast, 1+x.unit.info.CopyEngines); lanes > 1; lanes-- {
		for _, length := range panel.Shorter(n, cut, lanes) {
			piece, shared := x.sample(n, cut.Axis, length, parts)
			a := abreast{lanes, length, shared + (budget-shared)/lanes}
			if fits, err := x.cutter.Fits(piece, strides, a.budget); fits || err != nil {
				return a, err
			}
		}
	}
	return one, nil
}

// sample is a panel of a length, and the bytes of the sources that every panel reads
// whole.
func (x *pieces) sample(n *expr.Node, axis, length int, parts func(panel.Source) *expr.Parts) (piece *expr.Node, shared int) {
	own := make(map[any]bool)
	piece = parts(func(s *expr.Node, spans []expr.Span) *expr.Node {
		part := x.source(s, spans)
		own[part.Data] = true
		return part
	}).Along(n, axis, 0, length)
	expr.Walk(piece, func(s *expr.Node) {
		if s.Op == expr.Source && !own[s.Data] {
			shared += s.Data.(*data).bytes()
		}
	})
	return piece, shared
}

// atOnce computes panels several at a time, of which none reads what another writes. If it
// has not done so they are to be computed one by one.
func (x *pieces) atOnce(ctx context.Context, n *expr.Node, cut *panel.Cut, v *stored, t target) (done bool, err error) {
	a, err := x.abreast(n, cut, v.parts, t.strides, v.left)
	if err != nil || a.lanes == 1 {
		return err != nil, err
	}
	err = x.inLanes(ctx, n, cut, a, v, t)
	if mayReclaim(err) { // one takes less
		x.unit.reclaim()
		return false, nil
	}
	return true, err
}

// inLanes computes the panels, several at a time. The first failure ends all, and is
// the one that is told.
func (x *pieces) inLanes(ctx context.Context, n *expr.Node, cut *panel.Cut, a abreast, v *stored, t target) error {
	short := *cut
	short.Length = a.length
	length := n.Shape[cut.Axis]
	count := (length + a.length - 1) / a.length
	lanes := make([]pieces, min(a.lanes, count))
	all, stop := context.WithCancelCause(meter.Off(ctx))
	defer stop(nil)
	var next, done atomic.Int64
	var group sync.WaitGroup
	for i := range lanes {
		lanes[i] = *x
		group.Go(func() {
			for k := int(next.Add(1)) - 1; k < count && all.Err() == nil; k = int(next.Add(1)) - 1 {
				start := k * a.length
				part := t.along(n, cut.Axis, start, min(a.length, length-start))
				if err := lanes[i].panel(all, n, &short, v, part, start, a.budget); err != nil {
					stop(err)
					return
				}
				meter.Of(ctx).Set(float64(done.Add(1)) / float64(count))
			}
		})
	}
	group.Wait()
	for i := range lanes {
		x.wrote, x.reduced = x.wrote || lanes[i].wrote, x.reduced || lanes[i].reduced
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return context.Cause(all)
}
