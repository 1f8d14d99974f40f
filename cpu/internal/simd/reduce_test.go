package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/quern-go/quern/kernels"
)

var combines = []kernels.Combine{kernels.CombineAdd, kernels.CombineMul, kernels.CombineMin, kernels.CombineMax}

// combineBits is combine(a, b) of the IR.
func combineBits(c kernels.Combine, dt kernels.DType, a, b uint64) uint64 {
	return c.Apply(dt, kernels.Partial{Bits: a}, kernels.Partial{Bits: b}).Bits
}

// eachCombine runs f for every combine and float type, with a trial's buffers.
func eachCombine(t *testing.T, f func(t *testing.T, table *Table, tr *trial, c kernels.Combine, dt kernels.DType)) {
	eachLevel(t, func(t *testing.T, table *Table) {
		for _, c := range combines {
			for _, dt := range floats {
				t.Run(fmt.Sprintf("%s.%s", c, dt), func(t *testing.T) { f(t, table, newTrial(t), c, dt) })
			}
		}
	})
}

// put fills a buffer with n samples, mostly plain numbers so that a sum is not
// always NaN, and returns their bits.
func put(r *rand.Rand, b *buffer, dt kernels.DType, n int) []uint64 {
	b.resize(n * dt.Size())
	bits := make([]uint64, n)
	for i := range bits {
		bits[i] = kernels.FloatBits(dt, r.NormFloat64())
		if r.IntN(64) == 0 {
			bits[i] = sample(r, dt)
		}
		store(b.ptr(), dt, i, bits[i])
	}
	return bits
}

func compare(t *testing.T, p unsafe.Pointer, dt kernels.DType, want []uint64, what string) {
	t.Helper()
	for i, w := range want {
		if got := load(p, dt, i); !same(dt, got, w) {
			t.Fatalf("%s: element %d is %s, want %s", what, i, kernels.FormatBits(dt, got), kernels.FormatBits(dt, w))
		}
	}
}

func TestAccumRows(t *testing.T) {
	eachCombine(t, func(t *testing.T, table *Table, tr *trial, c kernels.Combine, dt kernels.DType) {
		src := newBuffer(t, 40*Lanes*8)
		for _, rows := range []int{0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 33} {
			want := put(tr.rand, tr.dst, dt, Lanes)
			in := put(tr.rand, src, dt, rows*Lanes)
			for i, x := range in {
				want[i%Lanes] = combineBits(c, dt, want[i%Lanes], x)
			}
			table.AccumRows[c][dt](tr.dst.ptr(), src.ptr(), rows)
			compare(t, tr.dst.ptr(), dt, want, fmt.Sprintf("%d rows", rows))
			tr.dst.check(t, "acc")
		}
	})
}

func TestFoldLanes(t *testing.T) {
	eachCombine(t, func(t *testing.T, table *Table, tr *trial, c kernels.Combine, dt kernels.DType) {
		for range 20 {
			lanes := put(tr.rand, tr.dst, dt, Lanes)
			for half := Lanes / 2; half > 0; half /= 2 {
				for i := range half {
					lanes[i] = combineBits(c, dt, lanes[i], lanes[i+half])
				}
			}
			table.FoldLanes[c][dt](tr.dst.ptr())
			compare(t, tr.dst.ptr(), dt, lanes[:1], "fold")
			tr.dst.check(t, "acc")
		}
	})
}

func TestAccumStrided(t *testing.T) {
	eachCombine(t, func(t *testing.T, table *Table, tr *trial, c kernels.Combine, dt kernels.DType) {
		src := newBuffer(t, 12*1100*8)
		for _, n := range lengths() {
			rows := n % 12
			stride := n + tr.rand.IntN(3)
			want := put(tr.rand, tr.dst, dt, n)
			length := 0
			if rows > 0 {
				length = (rows-1)*stride + n
			}
			in := put(tr.rand, src, dt, length)
			for r := range rows {
				for j := range n {
					want[j] = combineBits(c, dt, want[j], in[r*stride+j])
				}
			}
			table.AccumStrided[c][dt](tr.dst.ptr(), src.ptr(), n, rows, stride)
			compare(t, tr.dst.ptr(), dt, want, fmt.Sprintf("n=%d, %d rows of stride %d", n, rows, stride))
			tr.dst.check(t, "acc")
		}
	})
}

// productBits is acc + x·y of the IR, each rounded.
func productBits(dt kernels.DType, acc, x, y uint64) uint64 {
	mul := kernels.Inst{Op: kernels.OpMul, Type: dt}
	return combineBits(kernels.CombineAdd, dt, acc, kernels.Apply(&mul, dt, []uint64{x, y}))
}

// eachProduct runs f for two factors and for one with itself.
func eachProduct(t *testing.T, f func(t *testing.T, table *Table, tr *trial, dt kernels.DType, square bool)) {
	eachLevel(t, func(t *testing.T, table *Table) {
		for _, dt := range floats {
			for _, square := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/square=%t", dt, square), func(t *testing.T) { f(t, table, newTrial(t), dt, square) })
			}
		}
	})
}

func TestAccumRowsMul(t *testing.T) {
	eachProduct(t, func(t *testing.T, table *Table, tr *trial, dt kernels.DType, square bool) {
		a, b := newBuffer(t, 40*Lanes*8), newBuffer(t, 40*Lanes*8)
		for _, rows := range []int{0, 1, 2, 3, 15, 16, 17, 33} {
			want := put(tr.rand, tr.dst, dt, Lanes)
			x, y := put(tr.rand, a, dt, rows*Lanes), put(tr.rand, b, dt, rows*Lanes)
			first, second := a.ptr(), b.ptr()
			if square {
				second, y = first, x
			}
			for i := range x {
				want[i%Lanes] = productBits(dt, want[i%Lanes], x[i], y[i])
			}
			table.AccumRowsMul[dt](tr.dst.ptr(), first, second, rows)
			compare(t, tr.dst.ptr(), dt, want, fmt.Sprintf("%d rows", rows))
			tr.dst.check(t, "acc")
		}
	})
}

func TestAccumStridedMul(t *testing.T) {
	eachProduct(t, func(t *testing.T, table *Table, tr *trial, dt kernels.DType, square bool) {
		a, b := newBuffer(t, 12*1100*8), newBuffer(t, 12*1100*8)
		for _, n := range lengths() {
			rows := n % 12
			stride := n + tr.rand.IntN(3)
			want := put(tr.rand, tr.dst, dt, n)
			length := 0
			if rows > 0 {
				length = (rows-1)*stride + n
			}
			x, y := put(tr.rand, a, dt, length), put(tr.rand, b, dt, length)
			first, second := a.ptr(), b.ptr()
			if square {
				second, y = first, x
			}
			for r := range rows {
				for j := range n {
					want[j] = productBits(dt, want[j], x[r*stride+j], y[r*stride+j])
				}
			}
			table.AccumStridedMul[dt](tr.dst.ptr(), first, second, n, rows, stride)
			compare(t, tr.dst.ptr(), dt, want, fmt.Sprintf("n=%d, %d rows of stride %d", n, rows, stride))
			tr.dst.check(t, "acc")
		}
	})
}

// TestSumBlock compares whole blocks with what the other kernels make of them.
func TestSumBlock(t *testing.T) {
	eachProduct(t, func(t *testing.T, table *Table, tr *trial, dt kernels.DType, square bool) {
		if table.SumBlock[dt] == nil {
			t.Skip("the level has no kernel for whole blocks")
		}
		a, b := newBuffer(t, kernels.TreeBlock*8), newBuffer(t, kernels.TreeBlock*8)
		for _, n := range append(lengths()[1:], 2047, 2048, 4095, 4096) {
			x, y := put(tr.rand, a, dt, n), put(tr.rand, b, dt, n)
			first, second := a.ptr(), b.ptr()
			if square {
				second, y = first, x
			}
			tr.dst.resize(dt.Size())
			table.SumBlock[dt](tr.dst.ptr(), first, n)
			compare(t, tr.dst.ptr(), dt, []uint64{sumBlock(dt, n, func(i int) uint64 { return x[i] })}, fmt.Sprintf("sum of %d", n))
			if f := table.SumBlockMul[dt]; f != nil {
				f(tr.dst.ptr(), first, second, n)
				zero := kernels.FloatBits(dt, 0) | 1<<(8*dt.Size()-1) // −0 + x·y is x·y
				want := sumBlock(dt, n, func(i int) uint64 { return productBits(dt, zero, x[i], y[i]) })
				compare(t, tr.dst.ptr(), dt, []uint64{want}, fmt.Sprintf("sum of %d products", n))
			}
			tr.dst.check(t, "dst")
		}
	})
}

// sumBlock is the Tree order of one block.
func sumBlock(dt kernels.DType, n int, value func(i int) uint64) uint64 {
	lanes := make([]uint64, Lanes)
	for j := range lanes {
		lanes[j] = kernels.CombineAdd.Identity(dt)
	}
	for i := range n {
		lanes[i%Lanes] = combineBits(kernels.CombineAdd, dt, lanes[i%Lanes], value(i))
	}
	for half := Lanes / 2; half > 0; half /= 2 {
		for j := range half {
			lanes[j] = combineBits(kernels.CombineAdd, dt, lanes[j], lanes[j+half])
		}
	}
	return lanes[0]
}

func TestArg(t *testing.T) {
	eachLevel(t, func(t *testing.T, table *Table) {
		tr := newTrial(t)
		for _, dt := range floats {
			for _, n := range lengths()[1:] {
				for kind := range 6 {
					bits := argInput(tr, dt, n, kind)
					testArg(t, kernels.CombineArgMin, dt, bits, table.ArgMin[dt](tr.dst.ptr(), n))
					testArg(t, kernels.CombineArgMax, dt, bits, table.ArgMax[dt](tr.dst.ptr(), n))
				}
			}
		}
	})
}

// argInput makes inputs with many ties, all equal, all infinite, with NaN.
func argInput(tr *trial, dt kernels.DType, n, kind int) []uint64 {
	bits := put(tr.rand, tr.dst, dt, n)
	for i := range bits {
		switch kind {
		case 0: // few different values, both zeros among them
			bits[i] = kernels.FloatBits(dt, float64(tr.rand.IntN(3)))
			if tr.rand.IntN(2) == 0 {
				bits[i] ^= 1 << (8*dt.Size() - 1)
			}
		case 1:
			bits[i] = kernels.CombineMin.Identity(dt) // +Inf
		case 2:
			bits[i] = kernels.CombineMax.Identity(dt) // −Inf
		case 3: // NaN is possible
			bits[i] = sample(tr.rand, dt)
		case 4: // no NaN
			bits[i] = kernels.FloatBits(dt, tr.rand.NormFloat64())
		}
		store(tr.dst.ptr(), dt, i, bits[i])
	}
	return bits
}

func testArg(t *testing.T, c kernels.Combine, dt kernels.DType, bits []uint64, got int) {
	t.Helper()
	best := kernels.Partial{Bits: bits[0]}
	for i, x := range bits[1:] {
		best = c.Apply(dt, best, kernels.Partial{Bits: x, Index: int64(i + 1)})
	}
	if int64(got) != best.Index {
		t.Fatalf("%s.%s, n=%d: %d, want %d", c, dt, len(bits), got, best.Index)
	}
}

// TestFirstBelow has bounds that no value is below, that are values themselves, NaN,
// and infinite.
func TestFirstBelow(t *testing.T) {
	eachLevel(t, func(t *testing.T, table *Table) {
		tr, bound := newTrial(t), newBuffer(t, 8)
		for _, dt := range floats {
			less := kernels.Inst{Op: kernels.OpLess, Type: kernels.Bool}
			for _, n := range lengths() {
				for kind := range 8 {
					bits := put(tr.rand, tr.dst, dt, n)
					limits := []uint64{kernels.CombineMin.Identity(dt), kernels.CombineMax.Identity(dt),
						kernels.FloatBits(dt, math.NaN()), kernels.FloatBits(dt, 0), kernels.FloatBits(dt, -2.5), kernels.FloatBits(dt, -3.5)}
					limit := limits[kind%len(limits)]
					if kind >= len(limits) && n > 0 {
						limit = bits[tr.rand.IntN(n)]
					}
					bound.resize(dt.Size())
					store(bound.ptr(), dt, 0, limit)
					want := slices.IndexFunc(bits, func(x uint64) bool { return kernels.Apply(&less, dt, []uint64{x, limit}) != 0 })
					if want < 0 {
						want = n
					}
					if got := table.FirstBelow[dt](tr.dst.ptr(), bound.ptr(), n); got != want {
						t.Fatalf("%s, n=%d, bound %s: %d, want %d", dt, n, kernels.FormatBits(dt, limit), got, want)
					}
				}
			}
		}
	})
}
