package opencl

import (
	"regexp"
	"testing"

	"github.com/quern-go/quern/device/devicetest"
	"github.com/quern-go/quern/kernels/clike"
)

// part is a devicetest.T that runs a part of the suite: the groups it names, and
// of each the sub-tests whose names match.
type part struct {
	*testing.T
	groups map[string]string // regular expressions; nil: everything
	tests  *regexp.Regexp    // of the group, inside of one
}

func (t part) Run(name string, f func(devicetest.T)) bool {
	inside := part{}
	if t.groups != nil {
		pattern, ok := t.groups[name]
		if !ok {
			return true
		}
		inside.tests = regexp.MustCompile(pattern)
	} else if t.tests != nil && !t.tests.MatchString(name) {
		return true
	}
	return t.T.Run(name, func(sub *testing.T) {
		inside.T = sub
		f(inside)
	})
}

// TestVariants runs parts of the suite on devices made to differ from what they
// are: the paths that other hardware takes.
func TestVariants(t *testing.T) {
	if testing.Short() {
		t.Skip("each variant compiles everything again")
	}
	type groups map[string]string
	for _, v := range []struct {
		name   string
		change func(d *Device)
		groups groups
	}{
		// Everything is thought to be slow: each launch is cut in slices, and waits.
		{"Sliced", func(d *Device) { d.owner.Guess = 1e4 }, groups{"Streams": "", "Map": "", "Reduce": "", "Contract": ""}},
		// Memory of its own, reached through pinned memory.
		{"Staged", func(d *Device) { d.mapped = false }, groups{"Streams": "", "Memory": "", "Random": ""}},
		// No room for arguments.
		{"BlocksInMemory", func(d *Device) { d.target.BlockLimit = 0 },
			groups{"Streams": "", "Reduce": "Sizes/argmin/tree/f64|Layouts/strided/f32", "Contract": "Batch/fma/f32"}},
		{"SmallGroups", func(d *Device) { d.target.GroupSize = smallestGroup },
			groups{"Reduce": "Sizes/(add|argmin)/tree/f32|Sizes/add/strided/f64", "Contract": "(Sizes|Fold)/sqdiff/f32|Top/f32"}},
		{"LittleLocalMemory", func(d *Device) { d.target.LocalBytes = 16 << 10 },
			groups{"Reduce": "Sizes/argmin/tree/f64", "Contract": "(Bodies|Fold)/absdiff/f64|Top/f64"}},
		// The tile of fast devices, which emulated ones take long to compile.
		{"LargeTiles", func(d *Device) { d.target.Tile = clike.Tile{M: 128, N: 128, K: 16, RowsPerItem: 8, ColsPerItem: 8} },
			groups{"Contract": "(Large|LongFold)/f32"}},
		// Float32 and whole numbers alone: float64 is refused.
		{"NoFloat64", func(d *Device) { d.info.Float64, d.target.Float64 = false, false },
			groups{"Primitives": "", "Reduce": "Sizes/(add|argmin)", "Contract": "Batch/fma", "Random": ""}},
		{"InexactDivision", func(d *Device) { d.target.ExactDivide = false }, groups{"Primitives": "(div|sqrt).f32"}},
	} {
		t.Run(v.name, func(t *testing.T) {
			dev := openFirst(t)
			v.change(dev)
			v.groups["Accounts"], v.groups["Close"] = "", ""
			devicetest.Run(part{T: t, groups: v.groups}, dev, devicetest.Short)
		})
	}
}
