package cpulist

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Count is the number of members of a list. An empty list is an error: nothing the kernel
// describes by a list is ever without members.
func Count(list string) (int, error) {
	total := 0
	for part := range strings.SplitSeq(strings.TrimSpace(list), ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		lo, err := strconv.Atoi(first)
		if err != nil {
			return 0, fmt.Errorf("cpulist: count %q: %w", list, err)
		}
		hi, err := strconv.Atoi(last)
		if err != nil {
			return 0, fmt.Errorf("cpulist: count %q: %w", list, err)
		}
		if lo < 0 || hi < lo || hi > math.MaxInt32 {
			return 0, fmt.Errorf("cpulist: count %q: range %q, expected ascending numbers below 2³¹", list, part)
		}
		total += hi - lo + 1
	}
	return total, nil
}
