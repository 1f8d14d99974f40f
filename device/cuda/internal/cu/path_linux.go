package cu

import (
	"bufio"
	"fmt"
	"os"
	"strings"
)

// fileOf is the file from which the code at an address was loaded, "" if that
// cannot be found out.
func fileOf(address uintptr) string {
	f, err := os.Open("/proc/self/maps")
	if err != nil {
		return ""
	}
	defer f.Close() // nothing was written
	for lines := bufio.NewScanner(f); lines.Scan(); {
		// 7f1c2d000000-7f1c2d021000 r-xp 00000000 08:01 1234    /usr/lib/libcuda.so.535
		var from, to uintptr
		fields := strings.Fields(lines.Text())
		if len(fields) < 6 {
			continue
		}
		if _, err := fmt.Sscanf(fields[0], "%x-%x", &from, &to); err == nil && from <= address && address < to {
			return strings.Join(fields[5:], " ")
		}
	}
	return ""
}
