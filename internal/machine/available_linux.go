package machine

import (
	"bytes"
	"os"
	"strconv"
)

// AvailableBytes is the memory that the kernel can still give without swapping;
// known is false where that cannot be found out. It costs one read of
// /proc/meminfo.
func AvailableBytes() (available int64, known bool) {
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
