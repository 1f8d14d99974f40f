package simd

import (
	"testing"
	"unsafe"

	"github.com/quern-go/quern/cpu/internal/outline"
	"github.com/quern-go/quern/kernels"
)

// TestDraws compares the kernels with the chains that they stand for.
func TestDraws(t *testing.T) {
	eachLevel(t, func(t *testing.T, table *Table) {
		for _, d := range outline.Draws() {
			if draw := table.Draws[d.Name]; draw != nil {
				t.Run(d.Name, func(t *testing.T) { testDraw(t, d, draw) })
			}
		}
	})
}

func testDraw(t *testing.T, d *outline.Draw, draw func(*[4]unsafe.Pointer, *PhiloxState, uint64, int, int, *[2]unsafe.Pointer)) {
	stream, seed := uint64(1<<40+3), uint64(1<<50+4)
	tr := newTrial(t)
	dt := d.Body.ResultTypes()[0]
	results := []*buffer{tr.dst, tr.args[0]}[:4/d.Words()]
	params := [2]float32{0.75, 0.25}
	args := [2]unsafe.Pointer{unsafe.Pointer(&params[0]), unsafe.Pointer(&params[1])}
	var s PhiloxState
	s.Set(stream, seed)
	for _, first := range []uint64{0, 1<<32 - Lanes, 5<<32 - 2*Lanes, 1<<64 - Lanes} {
		for _, rows := range []int{1, 2, 4} {
			for _, gap := range []int{0, blockSize(dt, Lanes)} {
				var dst, at [4]unsafe.Pointer
				for k, b := range results {
					b.resize(rows*blockSize(dt, Lanes) + (rows-1)*gap)
					at[k] = b.ptr()
				}
				dst = at
				draw(&dst, &s, first, rows*Lanes, gap, &args)
				for i := range rows * Lanes {
					c := first + uint64(i)
					words := kernels.Philox4x32([4]uint32{uint32(c), uint32(c >> 32), uint32(stream), uint32(stream >> 32)}, [2]uint32{uint32(seed), uint32(seed >> 32)})
					for k := range results {
						want := d.Body.Eval(func(in *kernels.Inst) uint64 {
							if n := int(in.Imm); n < d.Words() {
								return uint64(words[k*d.Words()+n])
							} else {
								return kernels.FloatBits(kernels.F32, float64(params[n-d.Words()]))
							}
						}, nil)[0]
						if got := load(unsafe.Add(at[k], i/Lanes*gap), dt, i); got != want {
							t.Fatalf("%d rows from %#x, gap %d: value %d of counter %d is %#x, want %#x", rows, first, gap, k, i, got, want)
						}
					}
				}
				for _, b := range results {
					b.check(t, "draw")
				}
			}
		}
	}
}
