package opencl

import (
	"context"
	"fmt"
	"math"
	"time"
	"unsafe"

	"github.com/quern-go/quern/device"
)

// recallRates returns the device's speeds as measured before or now. After an error
// some are unknown.
func (d *Device) recallRates() device.Rates {
	r, _ := device.CachedRates(d.info, d.measureRates)
	return r
}

// Rates are measured by two kernels: one that does nothing, and one that does
// eight chains of fma in each work item, enough to hide the latency of one.
const (
	ratesSource = `#pragma OPENCL FP_CONTRACT OFF
#ifdef cl_khr_fp64
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#endif
__kernel void nothing(__global uint *out, uint rounds) {}
#define CHAINS(name, type) \
__kernel void name(__global type *out, uint rounds) { \
    const type m = (type)0.999, x = (type)get_global_id(0); \
    type a = x, b = x + 1, c = x + 2, d = x + 3, e = x + 4, f = x + 5, g = x + 6, h = x + 7; \
    for (uint i = 0; i < rounds; i++) { \
        a = fma(a, m, x); b = fma(b, m, x); c = fma(c, m, x); d = fma(d, m, x); \
        e = fma(e, m, x); f = fma(f, m, x); g = fma(g, m, x); h = fma(h, m, x); \
    } \
    out[get_global_id(0)] = a + b + c + d + e + f + g + h; \
}
CHAINS(chains32, float)
`
	ratesSource64 = "CHAINS(chains64, double)\n"
	chainFlops    = 8 * 2 // of one round
)

// Sizes of the measurements.
const (
	rateItems    = 2048             // work items for each unit of the device
	rateBytes    = 256 << 20        // of a copy, at most: more than any cache holds
	transferSize = 32 << 20         // bytes
	longEnough   = time.Millisecond // for a time to mean something
	rateRepeats  = 5                // the best counts
)

// meter is what measurements share.
type meter struct {
	*line
	exe *executable
	out *block
}

func (d *Device) measureRates() (r device.Rates, err error) {
	opened, err := d.NewStream()
	if err != nil {
		return r, err
	}
	defer opened.Close()
	s := opened.(*stream)
	err = s.Use("measure", func() (err error) {
		r, err = d.measureOn(s.line)
		return err
	})
	return r, err
}

func (d *Device) measureOn(l *line) (r device.Rates, err error) {
	m := &meter{line: l}
	source, names := ratesSource, []string{"nothing", "chains32"}
	if d.info.Float64 {
		source, names = source+ratesSource64, append(names, "chains64")
	}
	if m.exe, err = d.build(source, names); err != nil {
		return r, err
	}
	defer m.exe.release()
	if m.out, err = d.owner.Memory.Get(d.rateItems() * 8); err != nil {
		return r, err
	}
	defer m.out.Release()
	defer func() { _ = m.Finish() }()
	for _, step := range []struct {
		to      *float64
		measure func() (float64, error)
	}{
		{&r.LaunchSeconds, m.launchSeconds},
		{&r.FlopsPerSecond32, func() (float64, error) { return m.flops(1) }},
		{&r.FlopsPerSecond64, func() (float64, error) { return m.flops(2) }},
		{&r.BytesPerSecond, m.copyRate},
		{&r.TransferPerSec, m.transferRate},
	} {
		if *step.to, err = step.measure(); err != nil {
			return r, d.owner.Failure(fmt.Errorf("measure %s: %w", d.info.Selector(), err))
		}
	}
	return r, nil
}

func (d *Device) rateItems() int { return d.info.ComputeUnits * rateItems }

// launch runs one of the kernels to its end and returns the time that took.
func (m *meter) launch(kernel, items int, rounds uint32) (time.Duration, error) {
	mem, global := m.out.Memory(), uintptr(items)
	k := m.exe.kernels[kernel]
	if err := m.api.call(setKernelArg, k, 0, unsafe.Sizeof(mem), uintptr(unsafe.Pointer(&mem))); err != nil {
		return 0, err
	}
	if err := m.api.call(setKernelArg, k, 1, unsafe.Sizeof(rounds), uintptr(unsafe.Pointer(&rounds))); err != nil {
		return 0, err
	}
	start := time.Now()
	if err := m.api.call(enqueueKernel, m.queue, k, 1, 0, uintptr(unsafe.Pointer(&global)), 0, 0, 0, 0); err != nil {
		return 0, err
	}
	err := m.api.call(finish, m.queue)
	return time.Since(start), err
}

// fastest is the shortest of some times, after a first one that does not count: it
// may include compiling.
func fastest(measure func() (time.Duration, error)) (time.Duration, error) {
	best := time.Duration(math.MaxInt64)
	for i := range 1 + rateRepeats {
		took, err := measure()
		if err != nil {
			return 0, err
		}
		if i > 0 {
			best = min(best, took)
		}
	}
	return max(best, 1), nil
}

func (m *meter) launchSeconds() (float64, error) {
	took, err := fastest(func() (time.Duration, error) { return m.launch(0, 1, 0) })
	return took.Seconds(), err
}

// flops is the rate of a chains kernel, with as many rounds as it takes; 0 if there
// is no such kernel.
func (m *meter) flops(kernel int) (float64, error) {
	if kernel >= len(m.exe.kernels) {
		return 0, nil
	}
	items := m.device.rateItems()
	for rounds := uint32(64); ; rounds *= 4 {
		took, err := fastest(func() (time.Duration, error) { return m.launch(kernel, items, rounds) })
		if err != nil {
			return 0, err
		}
		if took >= longEnough || rounds > 1<<24 {
			return float64(items) * float64(rounds) * chainFlops / took.Seconds(), nil
		}
	}
}

// copyRate is the bytes read and written by a copy in the device's memory, which is
// written before: the first touch of a page costs far more on a CPU.
func (m *meter) copyRate() (float64, error) {
	n := int(min(rateBytes, m.device.found.facts.memory/16, m.device.found.facts.maxAlloc))
	var pair [2]uintptr
	host := make([]byte, n)
	for i := range pair {
		b, err := m.device.owner.Memory.Get(n)
		if err != nil {
			return 0, err
		}
		defer b.Release()
		pair[i] = b.Memory()
		if err := m.Write(b, host); err != nil {
			return 0, err
		}
	}
	took, err := fastest(func() (time.Duration, error) {
		start := time.Now()
		if err := m.api.call(enqueueCopy, m.queue, pair[0], pair[1], 0, 0, uintptr(n), 0, 0, 0); err != nil {
			return 0, err
		}
		err := m.api.call(finish, m.queue)
		return time.Since(start), err
	})
	return 2 * float64(n) / took.Seconds(), err
}

// transferRate is the mean of both directions, the way arrays are moved.
func (m *meter) transferRate() (float64, error) {
	b, err := m.device.owner.Memory.Get(transferSize)
	if err != nil {
		return 0, err
	}
	defer b.Release()
	host := make([]byte, transferSize)
	took, err := fastest(func() (time.Duration, error) {
		start := time.Now()
		if err := m.Write(b, host); err != nil {
			return 0, err
		}
		if _, err := m.Read(context.Background(), host, b); err != nil {
			return 0, err
		}
		return time.Since(start), m.api.call(finish, m.queue)
	})
	return 2 * transferSize / took.Seconds(), err
}
