package machine

import (
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// native asks the registry and kernel32.
func (s *survey) native() {
	v := windows.RtlGetVersion()
	s.m.OS.Kernel = new(fmt.Sprintf("%d.%d.%d", v.MajorVersion, v.MinorVersion, v.BuildNumber))
	s.windowsRegistry()
	s.windowsMemory()
	if s.m.CPU.LogicalCPUs == nil {
		s.m.CPU.LogicalCPUs = positive(runtime.NumCPU())
	}
	for _, path := range []string{"memory.cgroup_limit_bytes", "memory.cgroup_limit_file", "memory.transparent_huge_pages"} {
		s.unknown(path, "exists only on linux")
	}
	for _, path := range []string{"load.average_1_min", "load.average_5_min", "load.average_15_min"} {
		s.unknown(path, "Windows keeps no load average")
	}
}

// windowsRegistry reads names and the nominal frequency. The release name still says Windows 10 on
// Windows 11, which is told by its build number (22000 or more).
func (s *survey) windowsRegistry() {
	if k, err := registry.OpenKey(registry.LOCAL_MACHINE, `SOFTWARE\Microsoft\Windows NT\CurrentVersion`, registry.QUERY_VALUE); err == nil {
		if name, _, err := k.GetStringValue("ProductName"); err == nil {
			build, _, _ := k.GetStringValue("CurrentBuildNumber")
			s.m.OS.Release = text(name + ", build " + build)
		}
		k.Close()
	}
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, `HARDWARE\DESCRIPTION\System\CentralProcessor\0`, registry.QUERY_VALUE)
	if err != nil {
		s.unknown("cpu.model", "registry: "+err.Error())
		return
	}
	defer k.Close()
	if name, _, err := k.GetStringValue("ProcessorNameString"); err == nil {
		override(&s.m.CPU.Model, text(name))
	}
	if vendor, _, err := k.GetStringValue("VendorIdentifier"); err == nil {
		override(&s.m.CPU.Vendor, text(vendor))
	}
	if mhz, _, err := k.GetIntegerValue("~MHz"); err == nil && s.m.CPU.BaseFrequencyHz == nil && mhz < 1e6 {
		s.m.CPU.BaseFrequencyHz = positive(int64(mhz) * 1e6)
	}
}

// memoryStatus is MEMORYSTATUSEX of <sysinfoapi.h>.
type memoryStatus struct {
	length               uint32
	memoryLoad           uint32
	totalPhys            uint64
	availPhys            uint64
	totalPageFile        uint64
	availPageFile        uint64
	totalVirtual         uint64
	availVirtual         uint64
	availExtendedVirtual uint64
}

func (s *survey) windowsMemory() {
	kernel32 := windows.NewLazySystemDLL("kernel32.dll")
	globalMemoryStatusEx := kernel32.NewProc("GlobalMemoryStatusEx")
	status := memoryStatus{}
	status.length = uint32(unsafe.Sizeof(status))
	if err := globalMemoryStatusEx.Find(); err != nil {
		s.unknown("memory.total_bytes", err.Error())
		s.unknown("memory.available_bytes", err.Error())
		return
	}
	if ok, _, err := globalMemoryStatusEx.Call(uintptr(unsafe.Pointer(&status))); ok == 0 {
		s.unknown("memory.total_bytes", "GlobalMemoryStatusEx: "+err.Error())
		s.unknown("memory.available_bytes", "GlobalMemoryStatusEx: "+err.Error())
		return
	}
	s.m.Memory.TotalBytes = positive(int64(status.totalPhys))
	s.m.Memory.AvailableBytes = positive(int64(status.availPhys))

	highestNode := kernel32.NewProc("GetNumaHighestNodeNumber")
	var highest uint32
	if highestNode.Find() == nil {
		if ok, _, _ := highestNode.Call(uintptr(unsafe.Pointer(&highest))); ok != 0 {
			s.m.CPU.NUMANodes = positive(int(highest) + 1)
		}
	}
}
