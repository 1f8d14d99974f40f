package ops

import (
	"errors"
	"math"
	"testing"

	"github.com/quern-go/quern/device"
)

// TestHugeResults: what memory does not hold is refused; Go would end the program.
func TestHugeResults(t *testing.T) {
	if _, _, err := Zeros[float64](1<<44, 8).TopK(ctx, 2, 1); !errors.Is(err, device.ErrOutOfMemory) {
		t.Errorf("top k: %v", err)
	}
	if _, err := CondensedDistance(ctx, Zeros[float64](1<<26, 1), Euclidean); !errors.Is(err, device.ErrOutOfMemory) {
		t.Errorf("condensed distance: %v", err)
	}
	if _, err := CondensedDistance(ctx, Zeros[float64](1<<40, 1), Euclidean); err == nil {
		t.Error("condensed distance: no error for 2⁸⁰ pairs")
	}
	for _, offset := range []int{math.MinInt, math.MaxInt, math.MinInt + 1} {
		if err := Diag(iota3(2), offset).Err(); err == nil {
			t.Errorf("diag: no error for offset %d", offset)
		}
	}
	if counts, _ := iota3(2).Histogram(math.MaxInt); counts.Err() == nil {
		t.Error("histogram: no error for as many bins as there are numbers")
	}
}
