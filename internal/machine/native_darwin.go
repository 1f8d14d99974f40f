package machine

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// native asks sysctl. Names that a version of macOS or a CPU does not have leave their value unknown.
func (s *survey) native() {
	c, m := &s.m.CPU, &s.m.Memory
	s.m.OS.Kernel = sysctlText("kern.osrelease")
	if version := sysctlText("kern.osproductversion"); version != nil {
		s.m.OS.Release = new("macOS " + *version)
	}
	if v, err := unix.SysctlUint32("kern.hv_vmm_present"); err == nil {
		s.m.OS.Virtual = new(v != 0)
		if v == 0 {
			s.unknown("os.hypervisor", "not a virtual machine")
		}
	}
	override(&c.Model, sysctlText("machdep.cpu.brand_string"))
	override(&c.Vendor, sysctlText("machdep.cpu.vendor"))
	override(&c.Sockets, sysctlInt("hw.packages"))
	override(&c.PhysicalCores, sysctlInt("hw.physicalcpu"))
	override(&c.LogicalCPUs, sysctlInt("hw.logicalcpu"))
	override(&c.MaxFrequencyHz, sysctlBytes("hw.cpufrequency_max"))
	override(&c.CacheLineBytes, sysctlBytes("hw.cachelinesize"))
	// On Apple silicon perflevel0 is the performance cores; the plain names tell of the efficiency cores.
	override(&c.L1DBytes, first(sysctlBytes("hw.perflevel0.l1dcachesize"), sysctlBytes("hw.l1dcachesize")))
	override(&c.L1IBytes, first(sysctlBytes("hw.perflevel0.l1icachesize"), sysctlBytes("hw.l1icachesize")))
	override(&c.L2Bytes, first(sysctlBytes("hw.perflevel0.l2cachesize"), sysctlBytes("hw.l2cachesize")))
	override(&c.L3Bytes, sysctlBytes("hw.l3cachesize"))
	m.TotalBytes = sysctlBytes("hw.memsize")
	s.unknown("memory.available_bytes", "macOS tells it only through Mach calls")
	s.unknown("cpu.caches", "sysctl does not tell how caches are shared")
	for _, path := range []string{"memory.cgroup_limit_bytes", "memory.cgroup_limit_file", "memory.transparent_huge_pages"} {
		s.unknown(path, "exists only on linux")
	}
	s.loadAverage()
}

// loadAverage reads struct loadavg of <sys/resource.h>: three 32-bit fixed-point numbers, padding, and
// their scale in 64 bits.
func (s *survey) loadAverage() {
	raw, err := unix.SysctlRaw("vm.loadavg")
	if err != nil || len(raw) < 24 {
		return
	}
	scale := float64(binary.LittleEndian.Uint64(raw[16:]))
	if scale == 0 {
		return
	}
	l := &s.m.Load
	for i, to := range []**float64{&l.Over1Min, &l.Over5Min, &l.Over15Min} {
		*to = new(float64(binary.LittleEndian.Uint32(raw[4*i:])) / scale)
	}
}

func sysctlText(name string) *string {
	value, err := unix.Sysctl(name)
	if err != nil {
		return nil
	}
	return text(value)
}

// sysctlBytes reads a number of either width.
func sysctlBytes(name string) *int64 {
	raw, err := unix.SysctlRaw(name)
	switch {
	case err != nil:
		return nil
	case len(raw) == 8:
		return positive(int64(binary.LittleEndian.Uint64(raw)))
	case len(raw) == 4:
		return positive(int64(binary.LittleEndian.Uint32(raw)))
	}
	return nil
}

func sysctlInt(name string) *int {
	if n := sysctlBytes(name); n != nil {
		return new(int(*n))
	}
	return nil
}

// first is the first value that is known.
func first(values ...*int64) *int64 {
	for _, v := range values {
		if v != nil {
			return v
		}
	}
	return nil
}
