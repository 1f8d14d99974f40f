package cuda

import (
	"math"
	"sync/atomic"
	"time"
)

// How work is cut so that a stream can stop: a slice takes about sliceSeconds,
// and no more than flightSeconds are queued with the device at a time, which are
// enough to keep it busy.
const (
	sliceSeconds  = 0.020
	flightSeconds = 3 * sliceSeconds
)

// pace is how fast an entry point does its work, learnt from its launches.
type pace struct{ bits atomic.Uint64 }

// rate is in operations of ptx.Pass.Work a second; guess if nothing is known.
func (p *pace) rate(guess float64) float64 {
	if bits := p.bits.Load(); bits != 0 {
		return math.Float64frombits(bits)
	}
	return guess
}

// learn takes in a launch. Its overhead counts, so that slices grow in steps when
// the first ones were far too short.
func (p *pace) learn(work float64, took time.Duration) {
	if took <= 0 || work <= 0 {
		return
	}
	measured := work / took.Seconds()
	if bits := p.bits.Load(); bits != 0 {
		measured = (measured + math.Float64frombits(bits)) / 2
	}
	p.bits.Store(math.Float64bits(measured))
}

// guessRate is a cautious estimate, in operations a second, of a device that has
// not been measured: a quarter of its lanes at work.
func (f *facts) guessRate() float64 {
	return float64(max(f.sms, 1)) * float64(max(f.clockKHz, 500_000)) * 1e3 * 16
}

// mostGroups is the most blocks that one launch may have.
const mostGroups = 1<<31 - 1

// sliceGroups is how many of the groups that are left to launch at once: all of
// them if that is short work. Fewer than the device has units would leave
// some idle.
func sliceGroups(left, units int, workOfGroup, rate float64) int {
	slice := rate * sliceSeconds / max(workOfGroup, 1)
	if float64(left) > 1.5*slice {
		left = min(left, max(int(slice), units))
	}
	return min(left, mostGroups)
}
