package cpu

import (
	"fmt"
	"os"
	"testing"

	"github.com/quern-go/quern/cpu/internal/simd"
	"github.com/quern-go/quern/device/devicetest"
)

// TestConformance runs the suite at every level this machine has: with one, two
// and seven threads in turn or, with QUERN_LONG=1, with each number at each level.
func TestConformance(t *testing.T) {
	threads := []int{1, 2, 7}
	for level := simd.Generic; level <= simd.Detect(); level++ {
		for i, n := range threads {
			if os.Getenv("QUERN_LONG") != "1" && i != int(level)%len(threads) {
				continue
			}
			t.Run(fmt.Sprintf("%s,%dthreads", level, n), func(t *testing.T) {
				t.Parallel()
				d, err := Open(Options{Level: level.String(), Threads: n})
				if err != nil {
					t.Fatal(err)
				}
				devicetest.RunAll(t, d)
			})
		}
	}
}
