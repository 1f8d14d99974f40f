package cpu

import (
	"fmt"
	"testing"

	"github.com/quern-go/quern/cpu/internal/simd"
	"github.com/quern-go/quern/device/devicetest"
)

// TestConformance runs the suite at every level that this machine has with one, two
// and seven threads; with -short, at each level with one of these.
func TestConformance(t *testing.T) {
	suite := devicetest.NewSuite()
	threads := []int{1, 2, 7}
	for at, level := range simd.Levels() {
		for i, n := range threads {
			if testing.Short() && i != at%len(threads) {
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
