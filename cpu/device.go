package cpu

import (
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/quern-go/quern/cpu/internal/contract"
	"github.com/quern-go/quern/cpu/internal/exec"
	"github.com/quern-go/quern/cpu/internal/gemm"
	"github.com/quern-go/quern/cpu/internal/sched"
	"github.com/quern-go/quern/cpu/internal/simd"
	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/internal/reuse"
	"github.com/quern-go/quern/kernels"
)

// Device is the CPU as a device.Device. Besides the required interface it
// computes on host memory in place (device.HostMapper, device.HostWrapper),
// reports its memory (device.MemoryReporter) and its speeds (device.Rater).
type Device struct {
	table     *simd.Table
	pool      *sched.Pool
	caches    gemm.Caches
	memory    *device.Pool[[]byte]
	rates     func() device.Rates
	crews     reuse.Stack[*exec.Crew] // not in use
	contracts *contract.Memory
	closed    atomic.Bool
	kinds     atomic.Uint64 // of launches so far: see exec.Args

	mu       sync.Mutex
	programs map[string]*program
}

// Open opens the CPU with the given options.
func Open(o Options) (*Device, error) {
	if o.Threads < 0 || o.Threads > maxThreads {
		return nil, fmt.Errorf("open cpu: %d threads, expected 1 to %d", o.Threads, maxThreads)
	}
	table, err := o.table()
	if err != nil {
		return nil, err
	}
	threads := o.Threads
	if threads == 0 {
		threads = sched.EffectiveCPUs(0).CPUs
	}
	limit, caches := memoryLimit(), gemm.DetectCaches()
	d := &Device{
		table:     table,
		pool:      sched.New(threads),
		caches:    caches,
		memory:    device.NewPool[[]byte](&backing{limit: limit}, limit/8),
		contracts: contract.NewMemory(caches),
		programs:  make(map[string]*program),
	}
	d.rates = sync.OnceValue(d.knownRates)
	return d, nil
}

// Info describes the device.
func (d *Device) Info() device.Info { return info(d.table.Level, d.pool.Threads()) }

// Compile prepares a kernel; programs are kept by the kernel's Key.
func (d *Device) Compile(k kernels.Kernel) (device.Program, error) {
	if d.closed.Load() {
		return nil, fmt.Errorf("compile: cpu: %w", device.ErrClosed)
	}
	key := k.Key()
	d.mu.Lock()
	defer d.mu.Unlock()
	if p, ok := d.programs[key]; ok {
		return p, nil
	}
	run, err := d.compile(k)
	if err != nil {
		return nil, fmt.Errorf("compile: cpu: %w", err)
	}
	p := &program{device: d, kernel: k, ins: k.Inputs().Ins, outs: k.Outs(), run: run}
	d.programs[key] = p
	return p, nil
}

// Close stops the workers and frees the memory that is not in use. Buffers still
// in use are freed when they are released.
func (d *Device) Close() error {
	if d.closed.CompareAndSwap(false, true) {
		d.pool.Close()
		d.memory.Close()
	}
	return nil
}

// Memory reports what the device's buffers take.
func (d *Device) Memory() device.MemoryStats { return d.memory.Stats() }

// Trim returns cached memory to the system.
func (d *Device) Trim() {
	d.memory.Trim()
	d.contracts.Trim()
}

// Rates are measured when first asked for, in a few tens of milliseconds, and kept
// in the user's cache directory.
func (d *Device) Rates() device.Rates { return d.rates() }
