package cpu

import (
	"context"
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

// measure finds the device's speeds by a copy and two matrix products.
func (d *Device) measure() device.Rates {
	return device.Rates{
		LaunchSeconds:    launchSeconds,
		BytesPerSecond:   d.measureCopy(),
		FlopsPerSecond32: measureProduct[float32](d),
		FlopsPerSecond64: measureProduct[float64](d),
	}
}

// fallbackBytesPerSecond stands in where there is not even memory to measure
// with.
const fallbackBytesPerSecond = 10e9

func (d *Device) measureCopy() float64 {
	b, err := d.memory.Get(2 * ratesBytes)
	if err != nil {
		return fallbackBytesPerSecond
	}
	defer b.Release()
	p := b.Memory()
	s := &stream{device: d}
	best := time.Duration(1<<63 - 1)
	for range 3 {
		start := time.Now()
		if s.copy(context.Background(), p[:ratesBytes], p[ratesBytes:2*ratesBytes]) != nil {
			return fallbackBytesPerSecond
		}
		best = min(best, time.Since(start))
	}
	return 2 * ratesBytes / best.Seconds()
}

// fallbackFlops is assumed if the measurement cannot run.
const fallbackFlops = 1e9

func measureProduct[T gemm.Float](d *Device) float64 {
	const n = ratesMatrix
	view := func() gemm.View[T] {
		return gemm.View[T]{Data: make([]T, n*n), RowStride: n, ColStride: 1}
	}
	problem := &gemm.Problem[T]{M: n, N: n, K: n, A: view(), B: view(), C: view()}
	work := gemm.NewWorkspace(d.caches)
	best := time.Duration(1<<63 - 1)
	for range 3 {
		start := time.Now()
		if gemm.Run(context.Background(), d.pool, d.table.Level, work, problem) != nil {
			return fallbackFlops
		}
		best = min(best, time.Since(start))
	}
	return 2 * n * n * n / best.Seconds()
}
