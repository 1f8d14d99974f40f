package machine

import (
	"io/fs"
	"os"
	"runtime"

	"github.com/klauspost/cpuid/v2"
)

// Machine is a host. Fields that could not be found out are nil and have their reason in Unknown.
type Machine struct {
	OS      OS                `json:"os"`
	CPU     CPU               `json:"cpu"`
	Memory  Memory            `json:"memory"`
	Load    Load              `json:"load"`
	Unknown map[string]string `json:"unknown"` // JSON path of a null value → why
}

// OS is the operating system and what it runs on.
type OS struct {
	Name       string  `json:"name"`         // as runtime.GOOS
	Arch       string  `json:"architecture"` // as runtime.GOARCH
	Release    *string `json:"release"`      // for people: "Debian GNU/Linux 12 (bookworm)"
	Kernel     *string `json:"kernel"`       // "6.12.1"
	Virtual    *bool   `json:"virtual_machine"`
	Hypervisor *string `json:"hypervisor"` // "KVM"
}

// CPU is all processors together.
type CPU struct {
	Model         *string  `json:"model"`  // "Intel(R) Xeon(R) Platinum 8480+"
	Vendor        *string  `json:"vendor"` // "GenuineIntel", "ARM"
	Sockets       *int     `json:"sockets"`
	PhysicalCores *int     `json:"physical_cores"`
	LogicalCPUs   *int     `json:"logical_cpus"` // online, whether or not this process may use them
	NUMANodes     *int     `json:"numa_nodes"`
	X86Level      *int     `json:"x86_64_level"`  // 1 … 4, the microarchitecture levels of the x86-64 psABI
	SIMD          []string `json:"simd_features"` // "AVX2", "AVX512F", "ASIMD", …; sorted

	BaseFrequencyHz    *int64 `json:"base_frequency_hz"`
	MaxFrequencyHz     *int64 `json:"max_frequency_hz"`
	CurrentFrequencyHz *int64 `json:"current_frequency_hz"` // of the first CPU, now

	Governor *string `json:"frequency_governor"` // Linux's policy for the first CPU's frequency: "performance", "schedutil", …

	CacheLineBytes *int64 `json:"cache_line_bytes"`
	// The size of one instance; of the largest where cores differ.
	L1DBytes *int64  `json:"l1d_bytes"`
	L1IBytes *int64  `json:"l1i_bytes"`
	L2Bytes  *int64  `json:"l2_bytes"`
	L3Bytes  *int64  `json:"l3_bytes"`
	Caches   []Cache `json:"caches"`
}

// Cache is all caches of one level, kind, size and sharing.
type Cache struct {
	Level      int    `json:"level"`       // 1 is next to the core
	Kind       string `json:"kind"`        // "data", "instruction" or "unified"
	SizeBytes  int64  `json:"size_bytes"`  // of one instance
	SharedCPUs int    `json:"shared_cpus"` // logical CPUs that share one instance
	Instances  int    `json:"instances"`
}

// Memory is the main memory and what limits its use.
type Memory struct {
	TotalBytes      *int64  `json:"total_bytes"`
	AvailableBytes  *int64  `json:"available_bytes"`    // without swapping
	CgroupLimit     *int64  `json:"cgroup_limit_bytes"` // the least of the process's control groups and their ancestors
	CgroupLimitFile *string `json:"cgroup_limit_file"`  // where that limit stands
	PageBytes       int64   `json:"page_bytes"`
	HugePages       *string `json:"transparent_huge_pages"` // "always", "madvise" or "never"
}

// Load is the number of runnable threads, averaged over three spans of time.
type Load struct {
	Over1Min  *float64 `json:"average_1_min"`
	Over5Min  *float64 `json:"average_5_min"`
	Over15Min *float64 `json:"average_15_min"`
}

// Detect describes the machine this program runs on.
func Detect() Machine {
	s := survey{root: os.DirFS("/"), goos: runtime.GOOS, goarch: runtime.GOARCH, id: cpuid.CPU}
	return s.run()
}

// survey collects what is known about a machine; a test makes one of another machine.
type survey struct {
	root   fs.FS // stands for "/"
	goos   string
	goarch string
	id     cpuid.CPUInfo
	m      Machine
}

// run asks every source, the more trustworthy later, and gives a reason for what is still unknown.
func (s *survey) run() Machine {
	s.m.OS.Name, s.m.OS.Arch = s.goos, s.goarch
	s.m.Memory.PageBytes = int64(os.Getpagesize())
	s.m.Unknown = map[string]string{}
	s.identify()
	if s.goos == "linux" {
		s.linux()
	} else {
		s.native()
	}
	explain(&s.m)
	return s.m
}

// unknown notes why the value at a JSON path is not known. It does not matter if a later source knows it.
func (s *survey) unknown(path, reason string) { s.m.Unknown[path] = reason }
