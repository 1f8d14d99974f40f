package simd

import (
	"testing"
	"unsafe"

	"github.com/quern-go/quern/kernels"
)

// TestDrawPick compares with reads at the positions that the words' definition gives.
func TestDrawPick(t *testing.T) {
	stream, seed := uint64(1<<40+3), uint64(1<<50+4)
	eachLevel(t, func(t *testing.T, table *Table) {
		tr := newTrial(t)
		src := newBuffer(t, 300*8)
		var results [4]*buffer
		for k := range results {
			results[k] = newBuffer(t, 8*Lanes*8)
		}
		var s PhiloxState
		s.Set(stream, seed)
		for size, draw := range table.DrawPick {
			dt := wordOf[size]
			for i, bound := range []uint32{1, 2, 77, 300} {
				in := putWords(tr, src, dt, int(bound))
				first := []uint64{0, 1<<32 - Lanes, 5<<32 - 2*Lanes, 1<<64 - Lanes}[i]
				for _, rows := range []int{1, 2, 4} {
					gap := i % 2 * Lanes * size
					var dst, at [4]unsafe.Pointer
					for k, b := range results {
						b.resize(rows*Lanes*size + (rows-1)*gap)
						at[k] = b.ptr()
					}
					dst = at
					draw(&dst, &s, first, rows*Lanes, gap, &[2]unsafe.Pointer{unsafe.Pointer(&bound), src.ptr()})
					for i := range rows * Lanes {
						c := first + uint64(i)
						words := kernels.Philox4x32([4]uint32{uint32(c), uint32(c >> 32), uint32(stream), uint32(stream >> 32)}, [2]uint32{uint32(seed), uint32(seed >> 32)})
						for k := range results {
							want := in[uint64(words[k])*uint64(bound)>>32]
							if got := load(unsafe.Add(at[k], i/Lanes*gap), dt, i); got != want {
								t.Fatalf("%d bytes, one of %d, %d rows from %#x, gap %d: element %d of counter %d is %#x, want %#x", size, bound, rows, first, gap, k, i, got, want)
							}
						}
					}
					for _, b := range results {
						b.check(t, "draw and pick")
					}
				}
			}
		}
	})
}
