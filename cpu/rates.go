package cpu

import (
	"context"
	"errors"
	"time"

	"github.com/quern-go/quern/cpu/internal/gemm"
	"github.com/quern-go/quern/device"
)

// Sizes of the measurement: small enough for a few milliseconds, large enough to
// leave the caches (bytes) and to reach the micro-kernel's speed (flops).
const (
	ratesBytes  = 64 << 20
	ratesMatrix = 256
)

// launchSeconds is the cost of one kernel through the seam beside its work; see
// the launch benchmark.
const launchSeconds = 0.5e-6

// knownRates are those measured before on such a CPU with as many threads, or
// those measured now. Where there is not even memory to measure with, guesses
// take their place for as long as the device is open.
func (d *Device) knownRates() device.Rates {
	r, _ := device.CachedRates(d.Info(), d.measure) // the error is that of guesses
	return r
}

// measure finds the device's speeds by a copy and two matrix products. With an
// error some are guesses.
func (d *Device) measure() (device.Rates, error) {
	bytes, err := d.measureCopy()
	flops32, err32 := measureProduct[float32](d)
	flops64, err64 := measureProduct[float64](d)
	return device.Rates{
		LaunchSeconds:    launchSeconds,
		BytesPerSecond:   bytes,
		FlopsPerSecond32: flops32,
		FlopsPerSecond64: flops64,
	}, errors.Join(err, err32, err64)
}

// fallbackBytesPerSecond is a guess.
const fallbackBytesPerSecond = 10e9

func (d *Device) measureCopy() (bytesPerSecond float64, err error) {
	b, err := d.memory.Get(2 * ratesBytes)
	if err != nil {
		return fallbackBytesPerSecond, err
	}
	defer b.Release()
	p := b.Memory()
	s := &stream{device: d}
	best := time.Duration(1<<63 - 1)
	for range 3 {
		start := time.Now()
		if err := s.copy(context.Background(), p[:ratesBytes], p[ratesBytes:2*ratesBytes]); err != nil {
			return fallbackBytesPerSecond, err
		}
		best = min(best, time.Since(start))
	}
	return 2 * ratesBytes / best.Seconds(), nil
}

// fallbackFlops is a guess.
const fallbackFlops = 1e9

func measureProduct[T gemm.Float](d *Device) (flopsPerSecond float64, err error) {
	const n = ratesMatrix
	view := func() gemm.View[T] {
		return gemm.View[T]{Data: make([]T, n*n), RowStride: n, ColStride: 1}
	}
	problem := &gemm.Problem[T]{M: n, N: n, K: n, A: view(), B: view(), C: view()}
	work := gemm.NewWorkspace(d.caches)
	best := time.Duration(1<<63 - 1)
	for range 3 {
		start := time.Now()
		if err := gemm.Run(context.Background(), d.pool, d.table.Level, work, problem); err != nil {
			return fallbackFlops, err
		}
		best = min(best, time.Since(start))
	}
	return 2 * n * n * n / best.Seconds(), nil
}
