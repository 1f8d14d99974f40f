package simd

import (
	"fmt"
	"math"
	"testing"
	"unsafe"

	"github.com/quern-go/quern/kernels"
)

// wordOf is an unsigned type of the given size, for tests of copies.
var wordOf = map[int]kernels.DType{4: kernels.U32, 8: kernels.U64}

func TestFill(t *testing.T) {
	eachLevel(t, func(t *testing.T, table *Table) {
		tr := newTrial(t)
		for size, dt := range wordOf {
			for _, n := range lengths() {
				a := tr.rand.Uint64() >> (64 - 8*size)
				tr.args[0].resize(size)
				store(tr.args[0].ptr(), dt, 0, a)
				tr.dst.resize(n * size)
				table.Fill[size](tr.dst.ptr(), tr.args[0].ptr(), n)
				for i := range n {
					if got := load(tr.dst.ptr(), dt, i); got != a {
						t.Fatalf("%d bytes, n=%d: element %d is %#x, want %#x", size, n, i, got, a)
					}
				}
				tr.dst.check(t, "fill")
			}
		}
	})
}

func TestGather(t *testing.T) {
	eachLevel(t, func(t *testing.T, table *Table) {
		tr := newTrial(t)
		src := newBuffer(t, 9*1100*8)
		for size, dt := range wordOf {
			for _, n := range lengths() {
				for _, stride := range []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, -1, -2} {
					span := max(n-1, 0)*max(stride, -stride) + min(n, 1)
					in := putWords(tr, src, dt, span)
					first := 0
					if stride < 0 {
						first = max(span-1, 0)
					}
					tr.dst.resize(n * size)
					table.Gather[size](tr.dst.ptr(), unsafe.Add(src.ptr(), first*size), stride, n)
					for i := range n {
						if got, want := load(tr.dst.ptr(), dt, i), in[first+i*stride]; got != want {
							t.Fatalf("%d bytes, n=%d, stride %d: element %d is %#x, want %#x", size, n, stride, i, got, want)
						}
					}
					tr.dst.check(t, "gather")
				}
			}
		}
	})
}

// putWords fills a buffer with n random words and returns them.
func putWords(tr *trial, b *buffer, dt kernels.DType, n int) []uint64 {
	b.resize(n * dt.Size())
	words := make([]uint64, n)
	for i := range words {
		words[i] = tr.rand.Uint64() >> (64 - 8*dt.Size())
		store(b.ptr(), dt, i, words[i])
	}
	return words
}

func TestTranspose(t *testing.T) {
	eachLevel(t, func(t *testing.T, table *Table) {
		tr := newTrial(t)
		src, dst := newBuffer(t, 70*70*8), newBuffer(t, 70*70*8)
		for size, dt := range wordOf {
			for _, shape := range transposeShapes() {
				rows, cols := shape[0], shape[1]
				srcStride, dstStride := rows+tr.rand.IntN(3), cols+tr.rand.IntN(3)
				in := putWords(tr, src, dt, (cols-1)*srcStride+rows)
				out := putWords(tr, dst, dt, (rows-1)*dstStride+cols)
				for r := range rows {
					for c := range cols {
						out[r*dstStride+c] = in[c*srcStride+r]
					}
				}
				table.Transpose[size](dst.ptr(), dstStride, src.ptr(), srcStride, rows, cols)
				compare(t, dst.ptr(), dt, out, fmt.Sprintf("%d bytes, %d rows, %d columns", size, rows, cols))
				dst.check(t, "transpose")
			}
		}
	})
}

// transposeShapes is every small shape and some with whole tiles and rests.
func transposeShapes() [][2]int {
	var shapes [][2]int
	for rows := 1; rows <= 18; rows++ {
		for cols := 1; cols <= 18; cols++ {
			shapes = append(shapes, [2]int{rows, cols})
		}
	}
	return append(shapes, [2]int{64, 64}, [2]int{33, 50}, [2]int{65, 31}, [2]int{1, 66}, [2]int{66, 1})
}

func TestStream(t *testing.T) {
	eachLevel(t, func(t *testing.T, table *Table) {
		const span = 3000
		src, dst := make([]byte, span), make([]byte, span)
		for i := range src {
			src[i] = byte(i*7 + i>>8)
		}
		for _, n := range append(lengths(), 64, 127, 128, 129, 511, 512, 2048, 2600) {
			for _, shift := range []int{0, 1, 4, 8, 31, 33, 63} {
				clear(dst)
				table.Stream(unsafe.Pointer(&dst[shift]), unsafe.Pointer(&src[3]), n)
				table.StreamFence()
				for i, got := range dst {
					var want byte
					if i >= shift && i < shift+n {
						want = src[3+i-shift]
					}
					if got != want {
						t.Fatalf("n=%d, dst offset %d: byte %d is %#x, want %#x", n, shift, i-shift, got, want)
					}
				}
			}
		}
	})
}

func TestPhilox(t *testing.T) {
	word := func(w uint32) uint32 { return w }
	uniform := func(w uint32) uint32 { return math.Float32bits(float32(w>>8) / (1 << 24)) }
	eachLevel(t, func(t *testing.T, table *Table) {
		t.Run("words", func(t *testing.T) { testPhilox(t, table.Philox, word) })
		t.Run("uniforms", func(t *testing.T) { testPhilox(t, table.PhiloxUniform, uniform) })
	})
}

func testPhilox(t *testing.T, philox func(*[4]unsafe.Pointer, *PhiloxState, uint64, int, int), value func(uint32) uint32) {
	firsts := []uint64{0, 1, 1 << 40, math.MaxUint32, math.MaxUint32 - 20, math.MaxUint32 << 3, math.MaxUint64 - 9, 0xfffffffffffffff0 - 1024}
	tr := newTrial(t)
	words := [4]*buffer{tr.dst, tr.args[0], tr.args[1], tr.args[2]}
	var s PhiloxState
	var stream, seed uint64
	draw := func(i int, first uint64, n, gap int) {
		switch i % 4 { // else as before
		case 0:
			stream, seed = tr.rand.Uint64(), tr.rand.Uint64()
		case 1:
			stream = tr.rand.Uint64()
		case 2:
			seed = tr.rand.Uint64()
		}
		size := n*4 + max(0, n/Lanes-1)*gap
		var at [4]unsafe.Pointer
		for k, b := range words {
			b.resize(size)
			if i&(1<<k) != 0 || i%16 == 0 {
				at[k] = b.ptr()
			}
		}
		dst := at
		s.Set(stream, seed)
		philox(&dst, &s, first, n, gap)
		for k := range n {
			c := first + uint64(k)
			want := kernels.Philox4x32([4]uint32{uint32(c), uint32(c >> 32), uint32(stream), uint32(stream >> 32)}, [2]uint32{uint32(seed), uint32(seed >> 32)})
			for w, p := range at {
				if p == nil {
					continue
				}
				p = unsafe.Add(p, k/Lanes*gap)
				if got := uint32(load(p, kernels.U32, k)); got != value(want[w]) {
					t.Fatalf("n=%d from %#x, gap %d: word %d of counter %d is %#x, want %#x", n, first, gap, w, k, got, value(want[w]))
				}
				if last := k%Lanes == Lanes-1 && k < n-1; last && gap > 0 && uint32(load(p, kernels.U32, k+1)) != guardByte*0x01010101 {
					t.Fatalf("n=%d from %#x, gap %d: word %d is written after counter %d", n, first, gap, w, k)
				}
			}
		}
		for _, b := range words {
			b.check(t, "philox")
		}
	}
	for i, n := range lengths() {
		draw(i, firsts[i%len(firsts)], n, 0)
	}
	for i, n := range []int{Lanes, 2 * Lanes, 4 * Lanes} {
		for k, gap := range []int{64, 4 * Lanes} {
			draw(2*i+k, 3*Lanes, n, gap)
			draw(15-2*i-k, 1<<32-Lanes, n, gap) // across the end of the counters' low words
		}
	}
}
