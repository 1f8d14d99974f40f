package ops

import "github.com/quern-go/quern/ops/internal/plan"

// seconds predicts how long a device takes for a plan, without transfers: each
// step is bound by memory or by arithmetic. 0 means that the device does not
// know its rates.
func (u *unit) seconds(p *plan.Plan) float64 {
	total := 0.0
	for i := range p.Steps {
		total += u.stepSeconds(&p.Steps[i])
	}
	return total
}

// Rates are those of products, whose operations come two at a time and with their
// operands in registers. How many of them one that stands alone takes the time of: on
// a GPU two; on the CPU, where its operands come from and go to the L1 cache, about as
// many as this (measured: 11 to 18, from a chain of five to a single product and sum).
const (
	singleOnGPU = 2
	singleOnCPU = 12
)

func (u *unit) stepSeconds(s *plan.Step) float64 {
	r, more := u.rates(), float64(singleOnGPU-1)
	if u.wrapper != nil {
		more = singleOnCPU - 1
	}
	return r.LaunchSeconds + max(
		over(s.Bytes, r.BytesPerSecond),
		over(s.Flops32+more*s.Single32, r.FlopsPerSecond32)+over(s.Flops64+more*s.Single64, r.FlopsPerSecond64))
}

// transferSeconds predicts the time to bring the sources to the device, as far
// as they are not there, and the result back.
func (u *unit) transferSeconds(b *bound, outBytes int) float64 {
	total := over(float64(outBytes), u.rates().TransferPerSec)
	for i := range b.sources {
		total += b.source(i).secondsTo(u)
	}
	return total
}

// secondsTo predicts the time to bring the array to a device: from the program's
// slice, or off the device that computed it and through the host.
func (d *data) secondsTo(u *unit) float64 {
	recent := d.recent.Load()
	switch {
	case d.host != nil && u.rates().TransferPerSec <= 0 || recent != nil && recent.unit == u || d.isOn(u):
		return 0
	case d.host != nil:
		return u.copySeconds(len(d.host))
	}
	bytes := recent.buffer.Bytes()
	return recent.unit.copySeconds(bytes) + u.copySeconds(bytes)
}

// copySeconds predicts a copy between host and device: it takes no less than any
// other work that is waited for.
func (u *unit) copySeconds(bytes int) float64 {
	r := u.rates()
	if r.TransferPerSec <= 0 {
		return 0
	}
	return r.LaunchSeconds + over(float64(bytes), r.TransferPerSec)
}

// over is amount/rate, 0 if the rate is unknown.
func over(amount, rate float64) float64 {
	if rate <= 0 {
		return 0
	}
	return amount / rate
}

// isOn reports whether a device has a copy of the array.
func (d *data) isOn(u *unit) bool {
	d.copies.mu.Lock()
	defer d.copies.mu.Unlock()
	for _, c := range d.copies.list {
		if c.unit == u {
			return true
		}
	}
	return false
}

// bytes is the size of the array.
func (d *data) bytes() int {
	switch {
	case d.host != nil:
		return len(d.host)
	case d.packed != nil:
		return d.packed.Len() * d.dtype.Size()
	case d.whole != nil: // on a device, where the whole is
		return 0
	}
	return d.recent.Load().buffer.Bytes()
}
