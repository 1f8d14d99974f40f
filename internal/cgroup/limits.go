package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path"
	"strconv"
	"strings"
)

// defaultPeriod is the kernel's CPU bandwidth period in microseconds, used where only a quota is given.
const defaultPeriod = 100_000

// CPUQuota is the CPU bandwidth limit of one group of the process.
type CPUQuota struct {
	Version int     // 1 or 2
	Path    string  // the file that says so, relative to the root
	CPUs    float64 // quota over period, in CPUs; 0 when Err is set
	Err     error   // the file is there but cannot be read or makes no sense
}

// CPUQuotas lists every CPU bandwidth limit on the process, its own group's and its ancestors',
// innermost first. Groups without a limit are left out; the least of the rest binds.
func (m *Membership) CPUQuotas() []CPUQuota {
	var quotas []CPUQuota
	for _, d := range m.dirs("cpu") {
		var cpus float64
		var file string
		var err error
		if d.version == 2 {
			file = path.Join(d.path, "cpu.max")
			cpus, err = m.quotaV2(file)
		} else {
			file = path.Join(d.path, "cpu.cfs_quota_us")
			cpus, err = m.quotaV1(file, path.Join(d.path, "cpu.cfs_period_us"))
		}
		if errors.Is(err, errNoLimit) {
			continue
		}
		quotas = append(quotas, CPUQuota{Version: d.version, Path: file, CPUs: cpus, Err: err})
	}
	return quotas
}

// errNoLimit says that a group sets no limit, or has no such file at all.
var errNoLimit = errors.New("no limit")

func (m *Membership) quotaV1(quotaFile, periodFile string) (float64, error) {
	text, err := m.read(quotaFile)
	if err != nil {
		return 0, err
	}
	if quota, err := strconv.ParseInt(text, 10, 64); err == nil && quota < 0 { // -1: no limit
		return 0, errNoLimit
	}
	period, err := m.read(periodFile)
	if errors.Is(err, errNoLimit) {
		period = strconv.Itoa(defaultPeriod)
	} else if err != nil {
		return 0, err
	}
	return ratio(text, period)
}

func (m *Membership) quotaV2(file string) (float64, error) {
	text, err := m.read(file)
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(text)
	if len(fields) == 0 || len(fields) > 2 {
		return 0, fmt.Errorf("cpu.max holds %q, expected \"quota period\"", clip(text))
	}
	if fields[0] == "max" {
		return 0, errNoLimit
	}
	if len(fields) == 1 {
		fields = append(fields, strconv.Itoa(defaultPeriod))
	}
	return ratio(fields[0], fields[1])
}

// ratio divides a quota by its period, both decimal microseconds.
func ratio(quota, period string) (float64, error) {
	q, qerr := strconv.ParseInt(quota, 10, 64)
	p, perr := strconv.ParseInt(period, 10, 64)
	if qerr != nil || perr != nil || q <= 0 || p <= 0 {
		return 0, fmt.Errorf("quota %q over period %q, expected two positive numbers of microseconds", clip(quota), clip(period))
	}
	return float64(q) / float64(p), nil
}

// MemoryLimit is the memory limit of one group of the process.
type MemoryLimit struct {
	Version int    // 1 or 2
	Path    string // the file that says so, relative to the root
	Bytes   int64  // 0 when Err is set
	Err     error  // the file is there but cannot be read or makes no sense
}

// MemoryLimits lists every memory limit on the process, its own group's and its ancestors',
// innermost first. Groups without a limit are left out; the least of the rest binds.
func (m *Membership) MemoryLimits() []MemoryLimit {
	var limits []MemoryLimit
	add := func(d dir, file string, bytes int64, err error) {
		if !errors.Is(err, errNoLimit) {
			limits = append(limits, MemoryLimit{Version: d.version, Path: file, Bytes: bytes, Err: err})
		}
	}
	for _, d := range m.dirs("memory") {
		name := "memory.limit_in_bytes"
		if d.version == 2 {
			name = "memory.max"
		}
		file := path.Join(d.path, name)
		bytes, err := m.memory(file)
		add(d, file, bytes, err)
		if d.version == 1 {
			// The least limit of all ancestors, those above the mount included.
			file := path.Join(d.path, "memory.stat")
			bytes, err := m.hierarchicalMemory(file)
			add(d, file, bytes, err)
		}
	}
	return limits
}

func (m *Membership) memory(file string) (int64, error) {
	text, err := m.read(file)
	if err != nil {
		return 0, err
	}
	return parseMemory(text)
}

func (m *Membership) hierarchicalMemory(file string) (int64, error) {
	text, err := m.read(file)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(line, "hierarchical_memory_limit "); ok {
			return parseMemory(strings.TrimSpace(value))
		}
	}
	return 0, errNoLimit
}

// parseMemory reads a limit in bytes. Version 2 writes "max" for none; version 1 writes the largest
// multiple of the page size that fits (9223372036854771712 with 4 KiB pages) or the largest number.
func parseMemory(text string) (int64, error) {
	const largestPage = 1 << 16 // 64 KiB, on arm64 and ppc64
	if text == "max" || text == "-1" {
		return 0, errNoLimit
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || n == 0 {
		return 0, fmt.Errorf("limit %q, expected \"max\" or a positive number of bytes", clip(text))
	}
	if n >= math.MaxInt64-largestPage {
		return 0, errNoLimit
	}
	return int64(n), nil
}

// read returns a file's text without surrounding space. A file that is not there sets no limit:
// the root groups have none, and a controller need not be enabled at every level.
func (m *Membership) read(file string) (string, error) {
	text, err := fs.ReadFile(m.root, file)
	if errors.Is(err, fs.ErrNotExist) {
		return "", errNoLimit
	}
	if err != nil {
		return "", err
	}
	return strings.TrimSpace(string(text)), nil
}

// clip keeps a message short whatever a file holds.
func clip(s string) string {
	const longest = 40
	if len(s) > longest {
		return s[:longest] + "…"
	}
	return s
}
