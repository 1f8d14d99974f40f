package cgroup

import (
	"path"
	"strconv"
	"strings"
)

// MemoryHeadroom is what the process's control groups still allow it to allocate,
// in bytes: the least, over its group and the ancestors, of the limit less the
// memory in use. Cache of files that the kernel would drop first does not count as
// in use. limited is false if no group has a limit.
func (m *Membership) MemoryHeadroom() (bytes int64, limited bool) {
	for _, d := range m.dirs("memory") {
		limitFile, usageFile, cacheKey := "memory.max", "memory.current", "inactive_file"
		if d.version == 1 {
			limitFile, usageFile, cacheKey = "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"
		}
		limit, err := m.memory(path.Join(d.path, limitFile))
		if err != nil {
			continue
		}
		used := m.count(path.Join(d.path, usageFile)) - m.statistic(path.Join(d.path, "memory.stat"), cacheKey)
		if free := max(0, limit-max(0, used)); !limited || free < bytes {
			bytes, limited = free, true
		}
	}
	return bytes, limited
}

// count reads a file that holds one number; 0 if it cannot be read.
func (m *Membership) count(file string) int64 {
	text, err := m.read(file)
	if err != nil {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// statistic reads one line of a file of names and numbers; 0 if it is not there.
func (m *Membership) statistic(file, name string) int64 {
	text, err := m.read(file)
	if err != nil {
		return 0
	}
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(line, name+" "); ok {
			n, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64)
			if err != nil {
				return 0
			}
			return n
		}
	}
	return 0
}
