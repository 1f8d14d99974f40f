package machine

import (
	"slices"
	"strings"

	"github.com/klauspost/cpuid/v2"
)

// simdPrefixes are the beginnings of cpuid's names of vector instruction sets. They are kept by
// architecture because names recur: SME is a matrix extension on arm64 but encrypts memory on amd64.
var simdPrefixes = map[string][]string{
	"amd64":   {"SSE", "SSSE", "AVX", "AMX", "FMA", "F16C", "XOP", "GFNI", "VAES", "VPCLMULQDQ"},
	"386":     {"SSE", "SSSE", "AVX", "AMX", "FMA", "F16C", "XOP", "GFNI", "VAES", "VPCLMULQDQ"},
	"arm64":   {"ASIMD", "SVE", "FP", "FCMA", "FHM", "BF16", "I8MM"},
	"riscv64": {"RV_V", "RV_ZV"},
}

// identify fills in what the CPU tells about itself.
func (s *survey) identify() {
	c, id := &s.m.CPU, &s.id
	c.Model = text(id.BrandName)
	c.Vendor = text(id.VendorString)
	c.PhysicalCores = positive(id.PhysicalCores)
	c.LogicalCPUs = positive(id.LogicalCores)
	c.BaseFrequencyHz = positive(id.Hz)
	c.MaxFrequencyHz = positive(id.BoostFreq)
	c.CacheLineBytes = positive(int64(id.CacheLine))
	c.L1DBytes = positive(int64(id.Cache.L1D))
	c.L1IBytes = positive(int64(id.Cache.L1I))
	c.L2Bytes = positive(int64(id.Cache.L2))
	c.L3Bytes = positive(int64(id.Cache.L3))
	s.identifySIMD()
	if s.goarch == "amd64" {
		virtual := id.Has(cpuid.HYPERVISOR)
		s.m.OS.Virtual = &virtual
		if virtual {
			s.m.OS.Hypervisor = text(hypervisorName(id))
			s.unknown("os.hypervisor", "the CPU tells that there is one, but not which")
		} else {
			s.unknown("os.hypervisor", "not a virtual machine, as far as the CPU tells")
		}
	}
	for _, path := range []string{"cpu.base_frequency_hz", "cpu.max_frequency_hz"} {
		s.unknown(path, "the CPU does not tell")
	}
}

func (s *survey) identifySIMD() {
	if s.goarch == "amd64" {
		s.m.CPU.X86Level = positive(s.id.X64Level())
	} else {
		s.unknown("cpu.x86_64_level", "not an x86-64 CPU")
	}
	for _, name := range s.id.FeatureSet() {
		if slices.ContainsFunc(simdPrefixes[s.goarch], func(p string) bool { return strings.HasPrefix(name, p) }) {
			s.m.CPU.SIMD = append(s.m.CPU.SIMD, name)
		}
	}
	slices.Sort(s.m.CPU.SIMD)
	s.unknown("cpu.simd_features", "none found")
}

// hypervisorName prefers cpuid's name to the raw signature ("KVM" to "KVMKVMKVM").
func hypervisorName(id *cpuid.CPUInfo) string {
	if id.HypervisorVendorID != cpuid.VendorUnknown {
		return id.HypervisorVendorID.String()
	}
	return id.HypervisorVendorString
}

// text is a string without surrounding space, nil if nothing is left.
func text(s string) *string {
	if s = strings.TrimSpace(s); s == "" {
		return nil
	}
	return &s
}

// positive is a number that is only meant if it is above zero.
func positive[T int | int64](n T) *T {
	if n <= 0 {
		return nil
	}
	return &n
}
