package cpu

import (
	"fmt"

	"github.com/klauspost/cpuid/v2"

	"github.com/quern-go/quern/cpu/internal/sched"
	"github.com/quern-go/quern/cpu/internal/simd"
	"github.com/quern-go/quern/device"
)

func init() { device.Register(driver{}) }

// driver is the device.Driver: there is always exactly one CPU device, which
// options vary.
type driver struct{}

func (driver) Name() string { return "cpu" }

func (driver) Probe() ([]device.Info, error) {
	return []device.Info{info(simd.Detect(), sched.EffectiveCPUs(0).CPUs)}, nil
}

func (driver) Open(ordinal int) (device.Device, error) {
	if ordinal != 0 {
		return nil, fmt.Errorf("open cpu:%d: there is one CPU device, cpu:0", ordinal)
	}
	return Open(Options{})
}

func (driver) OpenOptions(options string) (device.Device, error) {
	o, err := parseOptions(options)
	if err != nil {
		return nil, err
	}
	return Open(o)
}

// info describes the device at a level with a number of threads.
func info(level simd.Level, threads int) device.Info {
	name := cpuid.CPU.BrandName
	if name == "" {
		name = "CPU"
	}
	return device.Info{
		Driver:       "cpu",
		Name:         name,
		Vendor:       cpuid.CPU.VendorString,
		Platform:     level.String(),
		ComputeUnits: threads,
		MemoryBytes:  memoryLimit(),
		Float64:      true,
		Reproducible: true,
	}
}
