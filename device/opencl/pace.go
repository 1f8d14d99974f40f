package opencl

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

// rate is in operations of clike.Pass.Work a second; guess if nothing is known.
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
// not been measured.
func (f *facts) guessRate() float64 {
	lanes := 8.0 // that do an operation each clock, in a unit; GPUs have 32 and more
	if f.software() {
		lanes = 1
	}
	return float64(f.units) * float64(max(f.clockMHz, 500)) * 1e6 * lanes
}

// mostItems is the most work items in one launch: the numbers of much larger ranges
// do not fit the 32 bits that some drivers use.
const mostItems = 1 << 30

// sliceGroups is how many of the groups that are left to launch at once: all of
// them if that is short work. Fewer than the device has units would leave
// some idle.
func sliceGroups(left, groupSize, units int, workOfGroup, rate float64) int {
	most := max(1, mostItems/groupSize)
	slice := rate * sliceSeconds / max(workOfGroup, 1)
	if float64(left) > 1.5*slice {
		left = min(left, max(int(slice), units))
	}
	return min(left, most)
}
