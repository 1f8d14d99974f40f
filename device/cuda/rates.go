package cuda

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/kernels"
)

// knownRates are those measured before on such a device with such a driver, or
// those measured now; what cannot be measured is unknown.
func (d *Device) knownRates() device.Rates {
	r, _ := device.CachedRates(d.info, d.measureRates) // it is known in part
	return r
}

// Sizes of the measurements.
const (
	rateBytes    = 256 << 20 // of a copy, at most: more than any cache holds
	transferSize = 32 << 20  // bytes
	rateRepeats  = 5         // the best counts
)

// measureRates measures what depends on the machine around the device and on the
// driver. The arithmetic's peak is known from the clock.
func (d *Device) measureRates() (r device.Rates, err error) {
	f := &d.found.facts
	r.FlopsPerSecond32, r.FlopsPerSecond64 = f.flops(f.lanes32()), f.flops(f.lanes64())
	opened, err := d.NewStream()
	if err != nil {
		return r, err
	}
	defer opened.Close()
	s := opened.(*stream)
	for _, step := range []struct {
		to      *float64
		measure func() (float64, error)
	}{
		{&r.LaunchSeconds, s.launchSeconds},
		{&r.BytesPerSecond, s.copyRate},
		{&r.TransferPerSec, s.transferRate},
	} {
		if *step.to, err = step.measure(); err != nil {
			return r, d.owner.Failure(fmt.Errorf("measure %s: %w", d.info.Selector(), err))
		}
	}
	return r, nil
}

// fastest is the shortest of some times in seconds, after a first one that does not
// count: it may include compiling.
func fastest(measure func() (float64, error)) (float64, error) {
	best := math.Inf(1)
	for i := range 1 + rateRepeats {
		took, err := measure()
		if err != nil {
			return 0, err
		}
		if i > 0 {
			best = min(best, took)
		}
	}
	return max(best, 1e-9), nil
}

// launchSeconds is the time of a launch of next to no work, with Sync.
func (s *stream) launchSeconds() (float64, error) {
	b := kernels.NewBuilder()
	body, err := b.Build(b.Neg(b.Load(0, kernels.F32)))
	if err != nil {
		return 0, err
	}
	prog, err := s.line.device.Compile(&kernels.Map{Signature: kernels.Signature{Ins: []kernels.DType{kernels.F32}}, Body: body})
	if err != nil {
		return 0, err
	}
	buf, err := s.line.device.Alloc(4)
	if err != nil {
		return 0, err
	}
	defer buf.Release()
	one := []device.Operand{{Buffer: buf, Strides: []int{1}}}
	args := &device.Args{Shape: []int{1}, Ins: one, Outs: one}
	return fastest(func() (float64, error) {
		start := time.Now()
		if err := s.Launch(prog, args); err != nil {
			return 0, err
		}
		err := s.Sync(context.Background())
		return time.Since(start).Seconds(), err
	})
}

// copyRate is the bytes read and written a second by a copy in the device's memory.
func (s *stream) copyRate() (float64, error) {
	n := int(min(rateBytes, s.line.device.found.facts.memory/16))
	var pair [2]*block
	for i := range pair {
		b, err := s.line.device.owner.Alloc(n)
		if err != nil {
			return 0, err
		}
		defer b.Release()
		pair[i] = b
	}
	took, err := s.timed(func() error {
		return s.line.api.MemcpyDtoDAsync(pair[0].Memory(), pair[1].Memory(), n, s.line.queue)
	})
	return 2 * float64(n) / took, err
}

// timed is the time that the device takes for what queue queues.
func (s *stream) timed(queue func() error) (took float64, err error) {
	err = s.Use("measure", func() (err error) {
		took, err = fastest(func() (float64, error) { return s.line.timed(queue) })
		if err != nil {
			s.line.Quiesce() // what has been queued may still use its memory
		}
		return err
	})
	return took, err
}

// timed is the time that the device takes for what queue queues, once.
func (s *line) timed(queue func() error) (float64, error) {
	start, err := s.mark()
	if err != nil {
		return 0, err
	}
	defer s.putEvent(start)
	if err := queue(); err != nil {
		return 0, err
	}
	end, err := s.mark()
	if err != nil {
		return 0, err
	}
	defer s.putEvent(end)
	if err := await(s.api, end); err != nil {
		return 0, err
	}
	return s.api.EventElapsedTime(start, end)
}

// transferRate is the mean of both directions, the way arrays are moved.
func (s *stream) transferRate() (float64, error) {
	b, err := s.line.device.Alloc(transferSize)
	if err != nil {
		return 0, err
	}
	defer b.Release()
	host := make([]byte, transferSize)
	took, err := fastest(func() (float64, error) {
		start := time.Now()
		if err := s.Upload(b, host); err != nil {
			return 0, err
		}
		if err := s.Download(host, b); err != nil {
			return 0, err
		}
		err := s.Sync(context.Background())
		return time.Since(start).Seconds(), err
	})
	return 2 * transferSize / took, err
}
