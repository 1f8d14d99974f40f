package ops

import (
	"fmt"
	"runtime"
	"sync"

	"github.com/quern-go/quern/device"
)

// repeats is how a plan that has run before is launched on a device: its launches as
// one, by one of a few sequences that its runs share.
type repeats struct {
	mu   sync.Mutex
	uses int
	idle []device.Sequence
	made int
}

// maxSequences bounds the sequences of a plan: what runs beside them launches one by
// one.
const maxSequences = 4

// sequence takes a sequence of the plan's launches; nil if they are to be launched one
// by one: the first time, and where the device knows no sequences.
func (c *compiled) sequence() device.Sequence {
	d := c.unit.sequencer
	if d == nil {
		return nil
	}
	r := c.repeats
	r.mu.Lock()
	defer r.mu.Unlock()
	r.uses++
	if n := len(r.idle); n > 0 {
		q := r.idle[n-1]
		r.idle = r.idle[:n-1]
		return q
	}
	if r.uses < 2 || r.made >= maxSequences {
		return nil
	}
	q, err := d.NewSequence(c.programs)
	if err != nil {
		return nil // they are launched one by one, and whatever it is comes up then
	}
	r.made++
	return q
}

// putSequence gives a sequence back, whose work may still be going on.
func (r *repeats) putSequence(q device.Sequence) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.idle = append(r.idle, q)
}

// newRepeats is for a plan, with which its sequences go.
func newRepeats(c *compiled) *repeats {
	r := new(repeats)
	runtime.AddCleanup(c, func(r *repeats) {
		for _, q := range r.idle { // nobody uses the plan
			_ = q.Close()
		}
	}, r)
	return r
}

// launchAll queues every step by a sequence, with the memory of all temporaries at once.
// The device keeps them until the work is done.
func (r *run) launchAll(stream device.Stream, b *bound, q device.Sequence) error {
	defer r.c.repeats.putSequence(q)
	for i := range r.c.plan.Steps {
		if err := r.bindStep(i, b); err != nil {
			return err
		}
	}
	if err := q.Launch(stream, r.args); err != nil {
		u := r.c.unit
		return u.noted(fmt.Errorf("launch the plan on %s: %w", u.name, err))
	}
	for i := range r.c.plan.Steps {
		r.releaseStep(&r.c.plan.Steps[i])
	}
	return nil
}
