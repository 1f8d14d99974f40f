package cpu

import (
	"fmt"
	"os"
	"testing"

	"github.com/quern-go/quern/cpu/internal/simd"
	"github.com/quern-go/quern/device/devicetest"
)

// TestConformance runs the suite at the best level that this machine has with one,
// two and seven threads and at each other level with one of these; with -short, at
// every level with one, and if QUERN_LONG is 1 with all. How work is divided is the
// same code at every level.
func TestConformance(t *testing.T) {
	suite := devicetest.NewSuite()
	threads := []int{1, 2, 7}
	for level := simd.Generic; level <= simd.Detect(); level++ {
		for i, n := range threads {
			one := testing.Short() || level < simd.Detect() && os.Getenv("QUERN_LONG") != "1"
			if one && i != int(level)%len(threads) {
				continue
			}
			t.Run(fmt.Sprintf("%s,%dthreads", level, n), func(t *testing.T) {
				d, err := Open(Options{Level: level.String(), Threads: n})
				if err != nil {
					t.Fatal(err)
				}
				suite.RunAll(t, d)
			})
		}
	}
}
