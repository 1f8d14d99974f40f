package cuda

import (
	"fmt"
	"strconv"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/device/cuda/internal/cu"
)

// facts is what a device says of itself.
type facts struct {
	name       string
	uuid       string // GPU-…, as nvidia-smi writes it
	pci        string // domain:bus:device.function
	capability int    // 90 for 9.0
	memory     int64
	sms        int
	clockKHz   int
	memoryKHz  int
	busBits    int
	l2         int // bytes
	threads    int // the most of a block
	shared     int // bytes a block may have
	ecc        bool
	integrated bool
	watchdog   bool // the system stops long launches
	pools      bool // stream-ordered allocation
	engines    int  // that copy while kernels run
}

// oldestCapability is compute capability 7.0: Volta.
const oldestCapability = 70

// describe asks a device for its facts. The error says why it cannot be used.
func describe(api cu.API, ordinal int) (*found, error) {
	handle, err := api.DeviceGet(ordinal)
	if err != nil {
		return nil, fmt.Errorf("device %d: %w", ordinal, err)
	}
	q := asker{api: api, device: handle}
	f := facts{
		name: ask(&q, api.DeviceGetName), pci: ask(&q, api.DeviceGetPCIBusID),
		memory:     ask(&q, api.DeviceTotalMem),
		capability: 10*q.attribute(cu.ComputeCapabilityMajor) + q.attribute(cu.ComputeCapabilityMinor),
		sms:        q.attribute(cu.MultiprocessorCount),
		clockKHz:   q.attribute(cu.ClockRate),
		memoryKHz:  q.attribute(cu.MemoryClockRate),
		busBits:    q.attribute(cu.GlobalMemoryBusWidth),
		l2:         q.attribute(cu.L2CacheSize),
		threads:    q.attribute(cu.MaxThreadsPerBlock),
		shared:     max(q.attribute(cu.MaxSharedMemoryPerBlockOptin), q.attribute(cu.MaxSharedMemoryPerBlock)),
		ecc:        q.attribute(cu.ECCEnabled) != 0,
		integrated: q.attribute(cu.Integrated) != 0,
		watchdog:   q.attribute(cu.KernelExecTimeout) != 0,
		engines:    q.attribute(cu.AsyncEngineCount),
		uuid:       uuidText(ask(&q, api.DeviceGetUUID)),
	}
	mode := q.attribute(cu.ComputeMode)
	switch {
	case q.err != nil:
		return nil, fmt.Errorf("device %d: %w", ordinal, q.err)
	case f.capability < oldestCapability:
		return nil, fmt.Errorf("device %d (%s): compute capability %s, expected %s or newer",
			ordinal, f.name, f.capabilityText(), (&facts{capability: oldestCapability}).capabilityText())
	case mode == cu.ComputeModeProhibited:
		return nil, fmt.Errorf("device %d (%s): its compute mode is prohibited (nvidia-smi --compute-mode)", ordinal, f.name)
	}
	// Drivers older than the question do not know it.
	if pools, err := api.DeviceGetAttribute(cu.MemoryPoolsSupported, handle); err == nil {
		f.pools = pools != 0 && api.Has(cu.StreamOrderedMemory)
	}
	return &found{primary: &primary{api: api, device: handle}, facts: f}, nil
}

// asker asks a device questions until one fails.
type asker struct {
	api    cu.API
	device cu.Device
	err    error
}

func ask[V any](q *asker, question func(cu.Device) (V, error)) (v V) {
	if q.err == nil {
		v, q.err = question(q.device)
	}
	return v
}

func (q *asker) attribute(a cu.Attribute) int {
	return ask(q, func(d cu.Device) (int, error) { return q.api.DeviceGetAttribute(a, d) })
}

// uuidText writes a UUID as nvidia-smi does, but for MIG devices, which the driver
// does not tell from others.
func uuidText(id [16]byte) string {
	return fmt.Sprintf("GPU-%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}

func (f *facts) capabilityText() string {
	return fmt.Sprintf("%d.%d", f.capability/10, f.capability%10)
}

func versionText(v int) string { return fmt.Sprintf("%d.%d", v/1000, v%1000/10) }

// peakBytes is what the memory's clock and width allow, in bytes a second: two
// transfers a clock.
func (f *facts) peakBytes() float64 {
	return 2 * float64(f.memoryKHz) * 1e3 * float64(f.busBits) / 8
}

// lanes32 and lanes64 are how many fused multiply-adds a multiprocessor starts each
// clock: CUDA C++ Programming Guide, throughput of native arithmetic instructions.
func (f *facts) lanes32() int {
	switch f.capability {
	case 70, 72, 75, 80:
		return 64
	}
	return 128
}

func (f *facts) lanes64() int {
	switch f.capability {
	case 70, 72, 80:
		return 32
	case 90, 100:
		return 64
	}
	return 2
}

// flops is the peak of fused multiply-adds of that many lanes, counting two each.
func (f *facts) flops(lanes int) float64 {
	return 2 * float64(lanes) * float64(f.sms) * float64(f.clockKHz) * 1e3
}

// info is the device's description.
func (f *facts) info(ordinal int, library string, version int) device.Info {
	return device.Info{
		Driver: driverName, Ordinal: ordinal,
		Name: f.name, Vendor: "NVIDIA", Platform: "compute capability " + f.capabilityText(),
		Version:      "CUDA " + versionText(version),
		ComputeUnits: f.sms, MemoryBytes: f.memory, CopyEngines: f.engines,
		Float64: true, Reproducible: true,
		Details: f.details(library, version),
	}
}

func (f *facts) details(library string, version int) []device.Detail {
	list := []device.Detail{
		{Name: "compute capability", Value: f.capabilityText()},
		{Name: "UUID", Value: f.uuid},
		{Name: "PCI", Value: f.pci},
		{Name: "driver", Value: "CUDA " + versionText(version)},
		{Name: "library", Value: library},
		{Name: "multiprocessors", Value: fmt.Sprintf("%d at %.0f MHz", f.sms, float64(f.clockKHz)/1e3)},
		{Name: "float32 peak", Value: fmt.Sprintf("%.1f TFLOP/s", f.flops(f.lanes32())/1e12)},
		{Name: "float64 peak", Value: fmt.Sprintf("%.1f TFLOP/s", f.flops(f.lanes64())/1e12)},
		{Name: "memory bus", Value: fmt.Sprintf("%d bits at %.0f MHz: %.0f GB/s", f.busBits, float64(f.memoryKHz)/1e3, f.peakBytes()/1e9)},
		{Name: "L2 cache", Value: fmt.Sprintf("%d KiB", f.l2>>10)},
		{Name: "shared memory", Value: fmt.Sprintf("%d KiB a block", f.shared>>10)},
		{Name: "ECC", Value: yesNo(f.ecc)},
		{Name: "copy engines", Value: strconv.Itoa(f.engines)},
		{Name: "integrated", Value: yesNo(f.integrated)},
		{Name: "launches limited in time", Value: yesNo(f.watchdog)},
		{Name: "stream-ordered allocation", Value: yesNo(f.pools)},
	}
	return list
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
