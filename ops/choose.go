package ops

import "math"

// choose is the device on which an evaluation begins: the one predicted to be
// done first, never a lost one if there is another.
func choose(b *bound, units []*unit, outBytes int) *unit {
	if len(units) == 1 {
		return units[0]
	}
	return fastest(b, units, outBytes)
}

// fastest predicts which device is done first. Lost devices and those whose
// speed is not known are taken only where there are no others; then, and among
// equals, it is the first.
func fastest(b *bound, units []*unit, outBytes int) *unit {
	best := quickest(b, units)
	if best == nil {
		return units[0]
	}
	least := b.entry.secondsOn(best) + best.transferSeconds(b, outBytes)
	for _, u := range units {
		if u == best || u.lost.Load() != nil {
			continue
		}
		t := b.entry.secondsOn(u)
		if t >= least { // as most often: where the sources are need not be known
			continue
		}
		if t += u.transferSeconds(b, outBytes); t < least {
			best, least = u, t
		}
	}
	return best
}

// quickest is the device with the least time for the kernels alone; nil if all
// are lost.
func quickest(b *bound, units []*unit) *unit {
	var best *unit
	least := 0.0
	for _, u := range units {
		if u.lost.Load() != nil {
			continue
		}
		if t := b.entry.secondsOn(u); best == nil || t < least {
			best, least = u, t
		}
	}
	return best
}

// unitSeconds is what a plan is predicted to take on a device.
type unitSeconds struct {
	unit    *unit
	seconds float64
}

// secondsOn predicts the time of the kernels alone, +Inf if the device does not
// know its speed. Neither depends on anything that changes, so each is found
// once.
func (e *entry) secondsOn(u *unit) float64 {
	if s, ok := e.findSeconds(u); ok {
		return s
	}
	seconds := u.seconds(e.plan)
	if seconds == 0 {
		seconds = math.Inf(1)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if s, ok := e.findSeconds(u); ok {
		return s
	}
	var list []unitSeconds
	if known := e.seconds.Load(); known != nil {
		list = append(list, *known...)
	}
	list = append(list, unitSeconds{u, seconds})
	e.seconds.Store(&list)
	return seconds
}

func (e *entry) findSeconds(u *unit) (seconds float64, ok bool) {
	if list := e.seconds.Load(); list != nil {
		for i := range *list {
			if s := &(*list)[i]; s.unit == u {
				return s.seconds, true
			}
		}
	}
	return 0, false
}
