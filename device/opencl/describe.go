package opencl

import (
	"fmt"
	"slices"
	"strings"

	"github.com/quern-go/quern/device"
)

// facts is what a device says of itself.
type facts struct {
	name, vendor, platform string
	version                string // OpenCL 3.0 …
	language               string // OpenCL C 1.2 …
	driver                 string
	kind                   uint64 // deviceTypeCPU …
	units                  int
	clockMHz               int
	groupSize              int // the most work items in a group
	parameterBytes         int // all arguments of a kernel together
	memory, maxAlloc       int64
	localBytes             int64
	addressBits            int
	unified                bool
	fp32, fp64             uint64 // fpFMA …; fp64 is 0 without float64
	subgroups              []uint64
}

// describe asks a device for its facts. The error says why it cannot be used.
func describe(a *api, platform, id uintptr) (facts, error) {
	d := ofDevice(id)
	f := facts{
		name: a.text(d, deviceName), vendor: a.text(d, deviceVendor),
		platform: a.text(ofPlatform(platform), platformName),
		version:  a.text(d, deviceVersion), language: a.text(d, deviceOpenCLCVersion),
		driver: a.text(d, deviceDriverVersion), kind: a.number(d, deviceType),
		units:          int(a.number(d, deviceMaxComputeUnits)),
		clockMHz:       int(a.number(d, deviceMaxClockFrequency)),
		groupSize:      int(a.number(d, deviceMaxWorkGroupSize)),
		parameterBytes: int(a.number(d, deviceMaxParameterSize)),
		memory:         int64(a.number(d, deviceGlobalMemSize)),
		maxAlloc:       int64(a.number(d, deviceMaxMemAllocSize)),
		localBytes:     int64(a.number(d, deviceLocalMemSize)),
		addressBits:    int(a.number(d, deviceAddressBits)),
		unified:        a.number(d, deviceHostUnifiedMemory) != 0,
		fp32:           a.number(d, deviceSingleFPConfig),
	}
	extensions := strings.Fields(a.text(d, deviceExtensions))
	f.describeExtensions(a, d, extensions)
	switch {
	case f.name == "" || f.units == 0 || f.groupSize == 0 || f.memory == 0:
		return f, fmt.Errorf("device %q does not say what it is", f.name)
	case !atLeast12(f.version):
		return f, fmt.Errorf("device %q: it has %q, expected OpenCL 1.2 or later", f.name, f.version)
	case a.number(d, deviceAvailable) == 0:
		return f, fmt.Errorf("device %q says that it is not available", f.name)
	case a.number(d, deviceCompilerAvailable) == 0:
		return f, fmt.Errorf("device %q has no compiler", f.name)
	case a.number(d, deviceEndianLittle) == 0:
		return f, fmt.Errorf("device %q is big-endian", f.name)
	}
	return f, nil
}

func (f *facts) describeExtensions(a *api, d subject, extensions []string) {
	for _, e := range extensions {
		switch e {
		case "cl_khr_fp64", "cl_amd_fp64":
			f.fp64 = a.number(d, deviceDoubleFPConfig)
		case "cl_intel_required_subgroup_size":
			f.subgroups = a.numbers(d, deviceSubGroupSizesIntel, 8)
		case "cl_nv_device_attribute_query":
			f.subgroups = a.numbers(d, deviceWarpSizeNV, 0)
		case "cl_amd_device_attribute_query":
			f.subgroups = a.numbers(d, deviceWavefrontWidthAMD, 0)
		}
	}
}

// atLeast12 reads "OpenCL 1.2 and what the vendor likes to add".
func atLeast12(version string) bool {
	var major, minor int
	if _, err := fmt.Sscanf(version, "OpenCL %d.%d", &major, &minor); err != nil {
		return false
	}
	return major > 1 || major == 1 && minor >= 2
}

// softwareNames are parts of the names of devices that claim to be GPUs and are
// emulated on the CPU.
var softwareNames = []string{"llvmpipe", "oclgrind", "swrast", "softpipe"}

// software reports whether the device runs on the CPU.
func (f *facts) software() bool {
	if f.kind&(deviceTypeGPU|deviceTypeAccelerator) == 0 {
		return true
	}
	return slices.ContainsFunc(softwareNames, func(name string) bool {
		return strings.Contains(strings.ToLower(f.name+" "+f.platform), name)
	})
}

// exactDivide says that float32 division and square root can be built correctly
// rounded.
func (f *facts) exactDivide() bool { return f.fp32&fpCorrectlyRoundedDivSqrt != 0 }

// promise says, by the device's own word, why it cannot give the oracle's bits;
// "" if it can.
func (f *facts) promise() string {
	switch {
	case f.fp32&fpDenorm == 0:
		return "it flushes float32 denormals to zero"
	case !f.exactDivide() && f.fp64 == 0:
		return "its float32 division is not correctly rounded and it has no float64"
	}
	return ""
}

// info is the device's description.
func (f *facts) info(ordinal int, library string) device.Info {
	why := f.promise()
	return device.Info{
		Driver: driverName, Ordinal: ordinal,
		Name: f.name, Vendor: f.vendor, Platform: f.platform,
		Version:      f.driver,
		ComputeUnits: f.units, MemoryBytes: f.memory,
		Float64: f.fp64 != 0, Software: f.software(),
		Reproducible: why == "", NotReproducible: why,
		Details: f.details(library),
	}
}

func (f *facts) details(library string) []device.Detail {
	subgroups := "not told"
	if len(f.subgroups) > 0 {
		subgroups = strings.Trim(fmt.Sprint(f.subgroups), "[]")
	}
	return []device.Detail{
		{Name: "type", Value: f.kindName()},
		{Name: "OpenCL", Value: f.version},
		{Name: "language", Value: f.language},
		{Name: "driver", Value: f.driver},
		{Name: "library", Value: library},
		{Name: "clock", Value: fmt.Sprintf("%d MHz", f.clockMHz)},
		{Name: "largest buffer", Value: mebibytes(f.maxAlloc)},
		{Name: "local memory", Value: fmt.Sprintf("%d KiB", f.localBytes>>10)},
		{Name: "largest group", Value: fmt.Sprintf("%d work items", f.groupSize)},
		{Name: "subgroup sizes", Value: subgroups},
		{Name: "float32", Value: precision(f.fp32)},
		{Name: "float64", Value: precision(f.fp64)},
		{Name: "unified memory", Value: yesNo(f.unified)},
	}
}

func (f *facts) kindName() string {
	var kinds []string
	for _, k := range []struct {
		bit  uint64
		name string
	}{{deviceTypeCPU, "CPU"}, {deviceTypeGPU, "GPU"}, {deviceTypeAccelerator, "accelerator"}} {
		if f.kind&k.bit != 0 {
			kinds = append(kinds, k.name)
		}
	}
	if kinds == nil {
		return fmt.Sprintf("%#x", f.kind)
	}
	return strings.Join(kinds, ", ")
}

// precision spells out a floating-point configuration.
func precision(config uint64) string {
	if config == 0 {
		return "none"
	}
	var parts []string
	for _, c := range []struct {
		bit       uint64
		yes, lack string
	}{
		{fpFMA, "fma", "fma in software"},
		{fpDenorm, "denormals", "no denormals"},
		{fpCorrectlyRoundedDivSqrt, "exact division", ""},
		{fpSoftFloat, "all in software", ""},
	} {
		text := c.lack
		if config&c.bit != 0 {
			text = c.yes
		}
		if text != "" {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, ", ")
}

func mebibytes(n int64) string { return fmt.Sprintf("%d MiB", n>>20) }

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
