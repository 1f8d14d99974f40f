package ptx_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/quern-go/quern/device/devicetest"
	"github.com/quern-go/quern/kernels/ptx"
)

// TestConformance runs the suite on texts for sm_80, and on those for sm_70 what
// they have of their own: other minima, contractions without asynchronous copies.
// An interpreter takes its time: it is the suite's smallest, all of the next size if
// QUERN_LONG is 1, and little of it with -short.
func TestConformance(t *testing.T) {
	all := []string{""}
	old := []string{"Primitives/m", "Contract/Sizes", "Contract/Specials/maxabsdiff", "Contract/LongK/fma", "Contract/Fold/fma", "Contract/Top/f64"}
	switch {
	case testing.Short():
		all = []string{"Primitives/con", "Map/Many", "Map/Mixed", "Reduce/Fused", "Contract/Bodies/sqdiff", "Contract/Batch/byK/f32", "Contract/Drawn", "Contract/Aligned/f32", "Streams", "Memory"}
		old = []string{"Contract/Bodies/fma"}
	case suiteEffort() > devicetest.Short:
		old = all
	}
	for sm, groups := range map[int][]string{70: old, 80: all} {
		t.Run(fmt.Sprintf("sm_%d", sm), func(t *testing.T) {
			devicetest.Run(devicetest.Selected(t, groups...), newInterpreted(ptx.Target{SM: sm}), suiteEffort())
		})
	}
}

// TestConformanceInParts runs a part of the suite with launches cut in many
// passes, as very large ones are.
func TestConformanceInParts(t *testing.T) {
	groups := []string{
		"Map/Large", "Map/Index", "Random/Philox/share2", "Reduce/Large", "Reduce/Fused", "Reduce/NoInput", "Reduce/Sizes/argmin",
		"Contract/LongK/fma", "Contract/LongK/byK", "Contract/Batch/sqdiff", "Contract/Batch/byK", "Contract/LongFold/f32", "Contract/Top/f32",
	}
	if testing.Short() {
		groups = []string{"Map/Large/f32", "Reduce/Large/tree/f32", "Contract/LongK/fma/f64"}
	}
	d := newInterpreted(ptx.Target{SM: 80})
	d.rendered = func(m *ptx.Module) { m.SetLimits(1<<12, 1<<14) }
	devicetest.Run(devicetest.Selected(t, groups...), d, suiteEffort())
}

// TestConformanceOfLargeTiles has few outputs computed in the tiles of many.
func TestConformanceOfLargeTiles(t *testing.T) {
	groups := []string{"Contract/Aligned", "Contract/Specials/fma", "Contract/Bodies/fma"}
	if testing.Short() {
		groups = groups[:1]
	}
	devicetest.Run(devicetest.Selected(t, groups...), largeTiles(80), suiteEffort())
}

// TestConformanceProduct64 runs what is about products of float64 on tensor units.
func TestConformanceProduct64(t *testing.T) {
	groups := []string{"Contract/Sizes/fma/f64", "Contract/LongK/fma/f64", "Contract/Batch/fma/f64", "Contract/Specials/fma/f64", "Contract/Layouts/fma/f64"}
	if testing.Short() {
		groups = groups[2:3]
	}
	devicetest.Run(devicetest.Selected(t, groups...), doubleDevice(ptx.M16N8K8, false), suiteEffort())
}

func suiteEffort() devicetest.Effort {
	if os.Getenv("QUERN_LONG") == "1" {
		return devicetest.Normal
	}
	return devicetest.Short
}
