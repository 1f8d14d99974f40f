package queue

import (
	"math"
	"sync/atomic"
	"time"

	"github.com/quern-go/quern/kernels/grid"
)

// How work is cut so that a stream can stop: a slice takes about sliceSeconds,
// and no more than flightSeconds are queued with the device at a time, which are
// enough to keep it busy.
const (
	sliceSeconds  = 0.020
	flightSeconds = 3 * sliceSeconds

	// SliceSeconds is how long something may take that cannot be cut.
	SliceSeconds = sliceSeconds
)

// Pace is how fast an entry point does its work, learnt from its launches.
type Pace struct{ bits atomic.Uint64 }

// rate is in operations of grid.Pass.Work a second; guess if nothing is known.
func (p *Pace) rate(guess float64) float64 {
	if bits := p.bits.Load(); bits != 0 {
		return math.Float64frombits(bits)
	}
	return guess
}

// learn takes in a launch. Its overhead counts, so that slices grow in steps when
// the first ones were far too short.
func (p *Pace) learn(work float64, took time.Duration) {
	if took <= 0 || work <= 0 {
		return
	}
	measured := work / took.Seconds()
	if bits := p.bits.Load(); bits != 0 {
		measured = (measured + math.Float64frombits(bits)) / 2
	}
	p.bits.Store(math.Float64bits(measured))
}

// Seconds predicts how long an entry point takes for a plan's pass.
func (o *Owner[M]) Seconds(p *Pace, pass *grid.Pass) float64 {
	return float64(pass.Groups) * max(pass.Work, 1) / p.rate(o.Guess)
}

// sliceGroups is how many of the groups that are left to launch at once: all of
// them if that is short work, but never more than most. Fewer than the device has
// units would leave some idle.
func sliceGroups(left, most, units int, workOfGroup, rate float64) int {
	slice := rate * sliceSeconds / max(workOfGroup, 1)
	if float64(left) > 1.5*slice {
		left = min(left, max(int(slice), units))
	}
	return min(left, most)
}
