package machine

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/quern-go/quern/internal/cgroup"
)

// linux reads /proc and /sys. It is compiled everywhere, so that its tests run everywhere.
func (s *survey) linux() {
	s.linuxRelease()
	s.linuxHypervisor()
	s.linuxCPU()
	s.linuxTopology()
	s.linuxCaches()
	s.linuxMemory()
	s.linuxMemoryLimit()
	s.linuxLoad()
}

// read returns a file's text without surrounding space. The path is relative to the root.
func (s *survey) read(path string) (string, error) {
	data, err := fs.ReadFile(s.root, path)
	if err != nil {
		return "", err
	}
	return strings.TrimSpace(string(data)), nil
}

// readOr returns a file's text, or notes that the value at a JSON path is unknown.
func (s *survey) readOr(unknownPath, file string) (string, bool) {
	value, err := s.read(file)
	if err != nil {
		s.unknown(unknownPath, reason(file, err))
		return "", false
	}
	return value, true
}

// reason says why a file told nothing. The error of an fs.FS names the file without its slash.
func reason(file string, err error) string {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		err = pathErr.Err
	}
	return fmt.Sprintf("/%s: %v", file, err)
}

func (s *survey) linuxRelease() {
	if kernel, ok := s.readOr("os.kernel", "proc/sys/kernel/osrelease"); ok {
		s.m.OS.Kernel = text(kernel)
	}
	file := "etc/os-release"
	release, err := s.read(file)
	if errors.Is(err, fs.ErrNotExist) {
		file = "usr/lib/os-release"
		release, err = s.read(file)
	}
	if err != nil {
		s.unknown("os.release", reason(file, err))
		return
	}
	s.unknown("os.release", "no PRETTY_NAME in /"+file)
	for line := range strings.Lines(release) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(line), "PRETTY_NAME="); ok {
			s.m.OS.Release = text(strings.Trim(name, `"'`))
		}
	}
}

// linuxHypervisor asks the firmware tables and Xen's own directory where the CPU did not tell.
func (s *survey) linuxHypervisor() {
	if s.m.OS.Virtual != nil {
		return
	}
	const noSign = "no sign of a hypervisor in /sys/hypervisor or /sys/class/dmi/id"
	s.unknown("os.virtual_machine", noSign)
	s.unknown("os.hypervisor", noSign)
	if kind, err := s.read("sys/hypervisor/type"); err == nil && kind != "" {
		s.m.OS.Virtual, s.m.OS.Hypervisor = new(true), &kind
		return
	}
	// Names that only virtual hardware carries; cloud providers put their own on bare metal too.
	virtual := []string{"KVM", "QEMU", "VMware", "VirtualBox", "Virtual Machine", "Xen", "Parallels", "Google Compute Engine"}
	for _, file := range []string{"product_name", "sys_vendor"} {
		value, _ := s.read("sys/class/dmi/id/" + file)
		for _, name := range virtual {
			if strings.Contains(value, name) {
				s.m.OS.Virtual, s.m.OS.Hypervisor = new(true), &value
				return
			}
		}
	}
}

func (s *survey) linuxMemory() {
	const file = "proc/meminfo"
	meminfo, err := s.read(file)
	fields := map[string]**int64{"MemTotal": &s.m.Memory.TotalBytes, "MemAvailable": &s.m.Memory.AvailableBytes}
	paths := map[string]string{"MemTotal": "memory.total_bytes", "MemAvailable": "memory.available_bytes"}
	for name, path := range paths {
		if err != nil {
			s.unknown(path, reason(file, err))
		} else {
			s.unknown(path, "no "+name+" in /"+file)
		}
	}
	for line := range strings.Lines(meminfo) {
		name, value, _ := strings.Cut(line, ":")
		field, wanted := fields[name]
		if !wanted {
			continue
		}
		kib, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")), 10, 64)
		if err != nil || kib < 0 || kib > 1<<52 {
			s.unknown(paths[name], fmt.Sprintf("/%s says %q", file, strings.TrimSpace(line)))
			continue
		}
		*field = new(kib << 10)
	}
	if thp, ok := s.readOr("memory.transparent_huge_pages", "sys/kernel/mm/transparent_hugepage/enabled"); ok {
		s.m.Memory.HugePages = bracketed(thp)
	}
}

// bracketed finds the chosen one of "always [madvise] never".
func bracketed(choices string) *string {
	for choice := range strings.FieldsSeq(choices) {
		if strings.HasPrefix(choice, "[") && strings.HasSuffix(choice, "]") {
			return text(strings.Trim(choice, "[]"))
		}
	}
	return nil
}

func (s *survey) linuxMemoryLimit() {
	why := "not limited"
	membership, err := cgroup.Load(s.root)
	if err != nil {
		why = "no control groups: " + err.Error()
	} else {
		for _, l := range membership.MemoryLimits() {
			if l.Err != nil {
				why = fmt.Sprintf("ignored: /%s: %v", l.Path, l.Err)
			} else if m := &s.m.Memory; m.CgroupLimit == nil || l.Bytes < *m.CgroupLimit {
				m.CgroupLimit, m.CgroupLimitFile = new(l.Bytes), new("/"+l.Path)
			}
		}
	}
	s.unknown("memory.cgroup_limit_bytes", why)
	s.unknown("memory.cgroup_limit_file", why)
}

func (s *survey) linuxLoad() {
	const file = "proc/loadavg"
	line, err := s.read(file)
	why := fmt.Sprintf("/%s says %q", file, line)
	if err != nil {
		why = reason(file, err)
	}
	fields := strings.Fields(line)
	load := &s.m.Load
	for i, to := range []**float64{&load.Over1Min, &load.Over5Min, &load.Over15Min} {
		s.unknown([]string{"load.average_1_min", "load.average_5_min", "load.average_15_min"}[i], why)
		if i >= len(fields) {
			continue
		}
		if v, err := strconv.ParseFloat(fields[i], 64); err == nil && v >= 0 && v < 1e9 {
			*to = &v
		}
	}
}
