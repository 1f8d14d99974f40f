package machine

import (
	"bytes"
	"os"
	"strconv"
	"sync"

	"github.com/quern-go/quern/internal/cgroup"
)

// AvailableBytes is the memory that the process can still get without swapping and
// within the limits of its control groups; known is false where that cannot be
// found out. It costs a few reads of /proc and /sys.
func AvailableBytes() (available int64, known bool) {
	available, known = kernelAvailable()
	if groups, err := membership(); err == nil {
		if free, limited := groups.MemoryHeadroom(); limited && (!known || free < available) {
			return free, true
		}
	}
	return available, known
}

// membership is read once: a process rarely changes its control group.
var membership = sync.OnceValues(func() (*cgroup.Membership, error) { return cgroup.Load(os.DirFS("/")) })

func kernelAvailable() (available int64, known bool) {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0, false
	}
	_, rest, ok := bytes.Cut(text, []byte("MemAvailable:"))
	if !ok {
		return 0, false
	}
	fields := bytes.Fields(rest)
	if len(fields) == 0 {
		return 0, false
	}
	kib, err := strconv.ParseInt(string(fields[0]), 10, 64)
	return kib << 10, err == nil
}
