package machine

import (
	"encoding/json"
	"fmt"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/cpuid/v2"
)

// tree builds a root file system from paths and their texts.
func tree(parts ...map[string]string) fstest.MapFS {
	root := fstest.MapFS{}
	for _, files := range parts {
		for name, text := range files {
			root[name] = &fstest.MapFile{Data: []byte(text)}
		}
	}
	return root
}

// system is the part of the files that does not depend on the CPU.
var system = map[string]string{
	"proc/sys/kernel/osrelease": "6.12.9-amd64\n",
	"etc/os-release":            "NAME=\"Debian\"\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n",
	"proc/meminfo":              "MemTotal:       24684092 kB\nMemFree: 1 kB\nMemAvailable:   23773676 kB\n",
	"proc/loadavg":              "3.70 2.95 1.96 8/125 27991\n",
	"sys/kernel/mm/transparent_hugepage/enabled": "always [madvise] never\n",
	"sys/devices/system/node/online":             "0-1\n",
	"proc/self/cgroup":                           "0::/a/b\n",
	"proc/self/mountinfo":                        "31 23 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n",
	"sys/fs/cgroup/a/b/memory.max":               "max\n",
	"sys/fs/cgroup/a/memory.max":                 "2147483648\n",
}

// cpus describes n logical CPUs, smt to a core, perSocket to a socket and an L3 cache.
func cpus(n, smt, perSocket int) map[string]string {
	files := map[string]string{"sys/devices/system/cpu/online": fmt.Sprintf("0-%d\n", n-1)}
	span := func(i, width int) string {
		if width == 1 {
			return fmt.Sprintf("%d\n", i)
		}
		return fmt.Sprintf("%d-%d\n", i/width*width, i/width*width+width-1)
	}
	for i := range n {
		dir := fmt.Sprintf("sys/devices/system/cpu/cpu%d/", i)
		files[dir+"topology/thread_siblings_list"] = span(i, smt)
		files[dir+"topology/physical_package_id"] = fmt.Sprintf("%d\n", i/perSocket)
		for index, cache := range []struct {
			level, kind, size string
			sharers           int
		}{{"1", "Data", "48K", smt}, {"1", "Instruction", "32K", smt}, {"2", "Unified", "2048K", smt}, {"3", "Unified", "32768K", perSocket}} {
			at := fmt.Sprintf("%scache/index%d/", dir, index)
			files[at+"level"], files[at+"type"], files[at+"size"] = cache.level+"\n", cache.kind+"\n", cache.size+"\n"
			files[at+"shared_cpu_list"], files[at+"coherency_line_size"] = span(i, cache.sharers), "64\n"
		}
	}
	return files
}

// amd64 is what CPUID tells on a virtual machine.
func amd64() cpuid.CPUInfo {
	id := cpuid.CPUInfo{
		BrandName: "Intel(R) Xeon(R) Processor ", VendorString: "GenuineIntel", HypervisorVendorID: cpuid.KVM,
		PhysicalCores: 1, LogicalCores: 1, CacheLine: 64, Hz: 2_000_000_000,
	}
	id.Cache.L1D, id.Cache.L1I, id.Cache.L2, id.Cache.L3 = 1, 1, -1, -1
	id.Enable(cpuid.HYPERVISOR, cpuid.AVX2, cpuid.FMA3, cpuid.SSE2, cpuid.SME, cpuid.RDTSCP)
	return id
}

func TestLinuxServer(t *testing.T) {
	s := survey{root: tree(system, cpus(16, 2, 8)), goos: "linux", goarch: "amd64", id: amd64()}
	got := s.run()
	got.Memory.PageBytes = 4096
	want := Machine{
		OS: OS{
			Name: "linux", Arch: "amd64", Release: new("Debian GNU/Linux 12 (bookworm)"), Kernel: new("6.12.9-amd64"),
			Virtual: new(true), Hypervisor: new("KVM"),
		},
		CPU: CPU{
			Model: new("Intel(R) Xeon(R) Processor"), Vendor: new("GenuineIntel"),
			Sockets: new(2), PhysicalCores: new(8), LogicalCPUs: new(16), NUMANodes: new(2),
			SIMD: []string{"AVX2", "FMA3", "SSE2"}, BaseFrequencyHz: new(int64(2e9)), CacheLineBytes: new(int64(64)),
			L1DBytes: new(int64(48 << 10)), L1IBytes: new(int64(32 << 10)), L2Bytes: new(int64(2 << 20)), L3Bytes: new(int64(32 << 20)),
			Caches: []Cache{
				{Level: 1, Kind: "data", SizeBytes: 48 << 10, SharedCPUs: 2, Instances: 8},
				{Level: 1, Kind: "instruction", SizeBytes: 32 << 10, SharedCPUs: 2, Instances: 8},
				{Level: 2, Kind: "unified", SizeBytes: 2 << 20, SharedCPUs: 2, Instances: 8},
				{Level: 3, Kind: "unified", SizeBytes: 32 << 20, SharedCPUs: 8, Instances: 2},
			},
		},
		Memory: Memory{
			TotalBytes: new(int64(24684092 << 10)), AvailableBytes: new(int64(23773676 << 10)),
			CgroupLimit: new(int64(2 << 30)), CgroupLimitFile: new("/sys/fs/cgroup/a/memory.max"),
			PageBytes: 4096, HugePages: new("madvise"),
		},
		Load: Load{Over1Min: new(3.7), Over5Min: new(2.95), Over15Min: new(1.96)},
		Unknown: map[string]string{
			"cpu.x86_64_level":         "not reported on linux/amd64",
			"cpu.max_frequency_hz":     "neither CPUID nor /sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq tells",
			"cpu.current_frequency_hz": "neither /proc/cpuinfo nor /sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq tells",
			"cpu.frequency_governor":   "there is no /sys/devices/system/cpu/cpu0/cpufreq/scaling_governor; a virtual machine has none",
		},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestLinuxArm(t *testing.T) {
	id := cpuid.CPUInfo{CacheLine: 64, Cache: amd64().Cache}
	id.Enable(cpuid.ASIMD, cpuid.SVE, cpuid.SME)
	files := map[string]string{
		"proc/cpuinfo": "processor\t: 0\nBogoMIPS\t: 243.75\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\n\nprocessor\t: 1\nCPU part\t: 0xfff\n",
		"sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq":     "3000000\n",
		"sys/devices/system/cpu/cpu0/cpufreq/base_frequency":       "2800000\n",
		"sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq":     "2900000\n",
		"sys/devices/system/cpu/cpu0/cpufreq/scaling_governor":     "schedutil\n",
		"sys/devices/system/cpu/cpu0/topology/physical_package_id": "-1\n",
		"sys/devices/system/cpu/cpu1/topology/physical_package_id": "-1\n",
		"sys/class/dmi/id/product_name":                            "KVM Virtual Machine\n",
	}
	s := survey{root: tree(system, cpus(2, 1, 2), files), goos: "linux", goarch: "arm64", id: id}
	m := s.run()
	for what, pair := range map[string][2]any{
		"vendor":            {value(m.CPU.Vendor), "ARM"},
		"model":             {value(m.CPU.Model), "Neoverse-N1"},
		"base frequency":    {value(m.CPU.BaseFrequencyHz), int64(2.8e9)},
		"max frequency":     {value(m.CPU.MaxFrequencyHz), int64(3e9)},
		"governor":          {value(m.CPU.Governor), "schedutil"},
		"current frequency": {value(m.CPU.CurrentFrequencyHz), int64(2.9e9)},
		"physical cores":    {value(m.CPU.PhysicalCores), 2},
		"sockets":           {value(m.CPU.Sockets), nil},
		"hypervisor":        {value(m.OS.Hypervisor), "KVM Virtual Machine"},
		"simd":              {strings.Join(m.CPU.SIMD, " "), "ASIMD SVE"},
		"x86-64 level":      {m.Unknown["cpu.x86_64_level"], "not an x86-64 CPU"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %v, expected %v", what, pair[0], pair[1])
		}
	}
}

// value is what a pointer points to, nil if it is nil.
func value[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}

func TestArmName(t *testing.T) {
	for _, tc := range []struct{ implementer, part, vendor, model string }{
		{"0x41", "0xd4f", "ARM", "Neoverse-V2"},
		{"0x41", "0xabc", "ARM", "ARM, part 0xabc"},
		{"0x99", "0x001", "ARM implementer 0x99", "ARM implementer 0x99, part 0x001"},
	} {
		if vendor, model := armName(tc.implementer, tc.part); vendor != tc.vendor || model != tc.model {
			t.Errorf("armName(%q, %q) = %q, %q; expected %q, %q", tc.implementer, tc.part, vendor, model, tc.vendor, tc.model)
		}
	}
}

func TestHypervisor(t *testing.T) {
	bare := cpuid.CPUInfo{}
	nameless := cpuid.CPUInfo{HypervisorVendorString: "TCGTCGTCGTCG"}
	nameless.Enable(cpuid.HYPERVISOR)
	for _, tc := range []struct {
		name       string
		goarch     string
		id         cpuid.CPUInfo
		files      map[string]string
		virtual    any
		hypervisor any
	}{
		{"amd64, known", "amd64", amd64(), nil, true, "KVM"},
		{"amd64, unknown signature", "amd64", nameless, nil, true, "TCGTCGTCGTCG"},
		{"amd64, bare metal", "amd64", bare, map[string]string{"sys/hypervisor/type": "xen\n"}, false, nil},
		{"arm64, Xen", "arm64", bare, map[string]string{"sys/hypervisor/type": "xen\n"}, true, "xen"},
		{"arm64, cloud name that bare metal has too", "arm64", bare, map[string]string{"sys/class/dmi/id/sys_vendor": "Amazon EC2\n"}, nil, nil},
		{"arm64, nothing", "arm64", bare, nil, nil, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := survey{root: tree(tc.files), goos: "linux", goarch: tc.goarch, id: tc.id}
			m := s.run()
			if v, h := value(m.OS.Virtual), value(m.OS.Hypervisor); v != tc.virtual || h != tc.hypervisor {
				t.Errorf("virtual %v, hypervisor %v; expected %v, %v", v, h, tc.virtual, tc.hypervisor)
			}
			checkReasons(t, m)
		})
	}
}

func TestMemoryLimit(t *testing.T) {
	for _, tc := range []struct {
		name  string
		files map[string]string
		limit any
		file  any
		why   string
	}{
		{name: "none", files: map[string]string{"sys/fs/cgroup/a/memory.max": "max"}, why: "not limited"},
		{name: "garbage", files: map[string]string{"sys/fs/cgroup/a/memory.max": "plenty"}, why: "ignored: /sys/fs/cgroup/a/memory.max"},
		{name: "garbage below a limit", files: map[string]string{"sys/fs/cgroup/a/b/memory.max": "plenty", "sys/fs/cgroup/a/memory.max": "4096"},
			limit: int64(4096), file: "/sys/fs/cgroup/a/memory.max"},
		{name: "version 1, above the mount", files: map[string]string{
			"proc/self/cgroup":        "4:memory:/docker/x\n",
			"proc/self/mountinfo":     "33 31 0:30 /docker/x /m rw - cgroup cgroup rw,memory\n",
			"m/memory.limit_in_bytes": "9223372036854771712\n", "m/memory.stat": "hierarchical_memory_limit 1048576\n",
		}, limit: int64(1 << 20), file: "/m/memory.stat"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := survey{root: tree(system, tc.files), goos: "linux", goarch: "amd64"}
			m := s.run()
			if l, f := value(m.Memory.CgroupLimit), value(m.Memory.CgroupLimitFile); l != tc.limit || f != tc.file {
				t.Errorf("limit %v of %v, expected %v of %v", l, f, tc.limit, tc.file)
			}
			if why := m.Unknown["memory.cgroup_limit_bytes"]; !strings.HasPrefix(why, tc.why) {
				t.Errorf("reason %q, expected %q", why, tc.why)
			}
			checkReasons(t, m)
		})
	}
}

// TestHybridCaches has cores of two kinds: the larger counts for the flat sizes.
func TestHybridCaches(t *testing.T) {
	small := map[string]string{"sys/devices/system/cpu/cpu1/cache/index0/size": "32K\n", "sys/devices/system/cpu/cpu1/cache/index2/size": "4M\n"}
	s := survey{root: tree(cpus(2, 1, 2), small), goos: "linux", goarch: "amd64"}
	m := s.run()
	if got := value(m.CPU.L1DBytes); got != int64(48<<10) {
		t.Errorf("L1d %v, expected %d", got, 48<<10)
	}
	if got := value(m.CPU.L2Bytes); got != int64(4<<20) {
		t.Errorf("L2 %v, expected %d", got, 4<<20)
	}
	if len(m.CPU.Caches) != 6 {
		t.Errorf("%d kinds of caches, expected 6: %+v", len(m.CPU.Caches), m.CPU.Caches)
	}
}

func TestParseSize(t *testing.T) {
	for in, want := range map[string]int64{
		"48K": 48 << 10, "2M": 2 << 20, "1G": 1 << 30, "512": 512, "0": 0,
		"": 0, "K": 0, "4KB": 0, "-4K": 0, "K4": 0, "99999999999999999999": 0, "9223372036854775807K": 0,
	} {
		if got := parseSize(in); got != want {
			t.Errorf("parseSize(%q) = %d, expected %d", in, got, want)
		}
	}
}

// TestNothingKnown gives every value a reason on machines that tell nothing or nonsense.
func TestNothingKnown(t *testing.T) {
	garbage := map[string]string{}
	for _, files := range []map[string]string{system, cpus(3, 1, 1), {
		"proc/cpuinfo": "", "proc/device-tree/model": "", "sys/hypervisor/type": "", "sys/class/dmi/id/product_name": "",
		"sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq": "", "sys/devices/system/cpu/cpu0/cpufreq/base_frequency": "",
	}} {
		for name := range files {
			garbage[name] = "\x00-1 : \xff[[ 99999999999999999999 kB\n"
		}
	}
	for name, files := range map[string]map[string]string{"no files": nil, "garbage": garbage} {
		for _, goarch := range []string{"amd64", "arm64", "riscv64"} {
			t.Run(name+" on "+goarch, func(t *testing.T) {
				s := survey{root: tree(files), goos: "linux", goarch: goarch}
				m := s.run()
				checkReasons(t, m)
				if m.Memory.TotalBytes != nil || m.CPU.Caches != nil || m.CPU.SIMD != nil || m.Load.Over1Min != nil {
					t.Errorf("something is known: %+v", m)
				}
			})
		}
	}
}

// checkReasons compares the nulls of the JSON form with the reasons, and checks the names.
func checkReasons(t *testing.T, m Machine) {
	t.Helper()
	data, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	var form map[string]any
	if err := json.Unmarshal(data, &form); err != nil {
		t.Fatal(err)
	}
	reasons, ok := form["unknown"].(map[string]any)
	if !ok {
		t.Fatalf("unknown is %v, expected an object", form["unknown"])
	}
	delete(form, "unknown")
	nulls := map[string]bool{}
	walk(form, "", func(path string, value any) {
		if value == nil {
			nulls[path] = true
			if reasons[path] == nil || reasons[path] == "" {
				t.Errorf("%s is null without a reason", path)
			}
		}
		if !regexp.MustCompile(`^[a-z][a-z0-9_.]*$`).MatchString(path) {
			t.Errorf("%s is not in snake case", path)
		}
	})
	for path := range reasons {
		if !nulls[path] {
			t.Errorf("%s has a reason to be unknown, but is known or does not exist", path)
		}
	}
}

func walk(form map[string]any, prefix string, visit func(path string, value any)) {
	for name, value := range form {
		visit(prefix+name, value)
		if inner, ok := value.(map[string]any); ok {
			walk(inner, prefix+name+".", visit)
		}
	}
}

// TestDetectHere runs on whatever machine this is.
func TestDetectHere(t *testing.T) {
	m := Detect()
	checkReasons(t, m)
	if m.OS.Name != runtime.GOOS || m.OS.Arch != runtime.GOARCH || m.Memory.PageBytes < 1 {
		t.Errorf("%+v", m)
	}
	if runtime.GOOS == "linux" && (m.Memory.TotalBytes == nil || m.CPU.LogicalCPUs == nil) {
		t.Errorf("neither memory nor CPUs on linux: %v", m.Unknown)
	}
	form, _ := json.MarshalIndent(m, "", "  ")
	t.Logf("%s", form)
}

func BenchmarkDetect(b *testing.B) {
	for b.Loop() {
		Detect()
	}
}
