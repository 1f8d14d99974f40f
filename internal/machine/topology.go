package machine

import (
	"cmp"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/quern-go/quern/internal/cpulist"
)

const (
	cpuDir   = "sys/devices/system/cpu"
	nodeList = "sys/devices/system/node/online"
)

// linuxTopology counts sockets, cores, CPUs and NUMA nodes.
func (s *survey) linuxTopology() {
	c := &s.m.CPU
	dirs, _ := fs.Glob(s.root, cpuDir+"/cpu[0-9]*/topology") // only a malformed pattern fails; offline CPUs have none
	cores, sockets := map[string]bool{}, map[string]bool{}
	for _, dir := range dirs {
		if siblings, err := s.read(dir + "/thread_siblings_list"); err == nil && siblings != "" {
			cores[siblings] = true
		}
		// -1 where the firmware does not tell, as on some arm64 machines.
		if socket, err := s.read(dir + "/physical_package_id"); err == nil && socket != "" && socket != "-1" {
			sockets[socket] = true
		}
	}
	override(&c.PhysicalCores, positive(len(cores)))
	override(&c.Sockets, positive(len(sockets)))
	s.unknown("cpu.sockets", "no physical_package_id in /"+cpuDir+"/cpu*/topology")
	if list, ok := s.readOr("cpu.logical_cpus", cpuDir+"/online"); ok {
		if n, err := cpulist.Count(list); err == nil {
			c.LogicalCPUs = &n
		}
	} else {
		override(&c.LogicalCPUs, positive(len(dirs)))
	}
	if list, ok := s.readOr("cpu.numa_nodes", nodeList); ok {
		if n, err := cpulist.Count(list); err == nil {
			c.NUMANodes = &n
		} else {
			s.unknown("cpu.numa_nodes", err.Error())
		}
	}
}

// override replaces a value by that of a better source, if the latter has one.
func override[T any](to **T, by *T) {
	if by != nil {
		*to = by
	}
}

// linuxCaches groups the caches of all CPUs by level, kind, size and number of sharers.
func (s *survey) linuxCaches() {
	dirs, _ := fs.Glob(s.root, cpuDir+"/cpu[0-9]*/cache/index[0-9]*")
	instances := map[Cache]map[string]bool{} // a kind of cache → its instances, named by their CPUs
	for _, dir := range dirs {
		cache, sharers, ok := s.linuxCache(dir)
		if !ok {
			continue
		}
		if instances[cache] == nil {
			instances[cache] = map[string]bool{}
		}
		instances[cache][sharers] = true
	}
	var caches []Cache
	for cache, names := range instances {
		cache.Instances = len(names)
		caches = append(caches, cache)
	}
	s.unknown("cpu.caches", "none described in /"+cpuDir+"/cpu*/cache")
	s.setCaches(caches)
}

// linuxCache reads one of the cache directories of one CPU.
func (s *survey) linuxCache(dir string) (c Cache, sharers string, ok bool) {
	level, _ := s.read(dir + "/level")
	kind, _ := s.read(dir + "/type")
	size, _ := s.read(dir + "/size")
	sharers, _ = s.read(dir + "/shared_cpu_list")
	c.Level, _ = strconv.Atoi(level)
	c.Kind = strings.ToLower(kind)
	c.SizeBytes = parseSize(size)
	c.SharedCPUs, _ = cpulist.Count(sharers)
	if line, err := s.read(path.Join(dir, "coherency_line_size")); err == nil && c.Level == 1 {
		if n, err := strconv.ParseInt(line, 10, 64); err == nil {
			override(&s.m.CPU.CacheLineBytes, positive(n))
		}
	}
	return c, sharers, c.Level > 0 && c.SizeBytes > 0 && c.SharedCPUs > 0 && c.Kind != ""
}

// parseSize reads the kernel's "48K"; 0 if it is no size.
func parseSize(size string) int64 {
	shift := 0
	if i := strings.IndexAny(size, "KMG"); i >= 0 && i == len(size)-1 {
		shift = 10 * (1 + strings.IndexByte("KMG", size[i]))
		size = size[:i]
	}
	n, err := strconv.ParseInt(size, 10, 64)
	if err != nil || n < 0 || n > 1<<40>>shift {
		return 0
	}
	return n << shift
}

// setCaches sorts the caches and takes the sizes of the levels from them: of each level and kind the
// largest comes first.
func (s *survey) setCaches(caches []Cache) {
	slices.SortFunc(caches, func(a, b Cache) int {
		return cmp.Or(cmp.Compare(a.Level, b.Level), cmp.Compare(a.Kind, b.Kind),
			cmp.Compare(b.SizeBytes, a.SizeBytes), cmp.Compare(b.SharedCPUs, a.SharedCPUs))
	})
	c := &s.m.CPU
	c.Caches = caches
	for _, cache := range slices.Backward(caches) {
		switch {
		case cache.Level == 1 && cache.Kind == "instruction":
			c.L1IBytes = &cache.SizeBytes
		case cache.Level == 1:
			c.L1DBytes = &cache.SizeBytes
		case cache.Level == 2 && cache.Kind != "instruction":
			c.L2Bytes = &cache.SizeBytes
		case cache.Level == 3 && cache.Kind != "instruction":
			c.L3Bytes = &cache.SizeBytes
		}
	}
	if len(caches) > 0 {
		s.unknown("cpu.l3_bytes", "the CPU has none, or the system does not describe it")
	}
}
