package simd

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/quern-go/quern/cpu/internal/outline"
	"github.com/quern-go/quern/kernels"
)

// benchBuffer is n elements of numbers in [1, 2), or whole bytes for Bool.
func benchBuffer(dt kernels.DType, n int) unsafe.Pointer {
	mem := make([]uint64, n+8)
	p := unsafe.Pointer(&mem[0])
	p = unsafe.Add(p, -uintptr(p)&63)
	r := rand.New(rand.NewPCG(1, 1))
	for i := range n {
		x := 1 + r.Float64()
		switch {
		case dt == kernels.Bool:
			store(p, dt, i, r.Uint64())
		case dt.IsFloat():
			store(p, dt, i, kernels.FloatBits(dt, x))
		default:
			store(p, dt, i, r.Uint64())
		}
	}
	return p
}

// BenchmarkElementwise runs each kernel on blocks of the interpreter's size.
// Bytes are those of all operands; divide by the size for elements.
func BenchmarkElementwise(b *testing.B) { benchEntries(b, entries(), Block) }

// BenchmarkFunctions runs each math function on 64 Ki elements.
func BenchmarkFunctions(b *testing.B) { benchEntries(b, funcEntries(), 64<<10) }

func benchEntries(b *testing.B, es []entry, n int) {
	for _, e := range es {
		for _, l := range Levels() {
			call := e.call(TableFor(l))
			if call == nil {
				continue
			}
			var ptrs []unsafe.Pointer
			bytes := blockSize(e.inst.Type, n)
			for i, dt := range e.args {
				ptrs = append(ptrs, benchBuffer(dt, n))
				if i != e.scalar {
					bytes += blockSize(dt, n)
				}
			}
			dst := benchBuffer(e.inst.Type, n)
			b.Run(fmt.Sprintf("%s/%s", e.name, l), func(b *testing.B) {
				b.SetBytes(int64(bytes))
				for b.Loop() {
					call(dst, ptrs, n)
				}
				b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds()/1e6, "M/s")
			})
		}
	}
}

func eachBenchLevel(b *testing.B, name string, bytes int, f func(table *Table)) {
	for _, l := range Levels() {
		table := TableFor(l)
		b.Run(fmt.Sprintf("%s/%s", name, l), func(b *testing.B) {
			b.SetBytes(int64(bytes))
			for b.Loop() {
				f(table)
			}
		})
	}
}

func BenchmarkPhilox(b *testing.B) {
	var dst [4]unsafe.Pointer
	for k := range dst {
		dst[k] = benchBuffer(kernels.U32, Block)
	}
	var s PhiloxState
	s.Set(6, 7)
	for _, n := range []int{Lanes, Block} {
		eachBenchLevel(b, fmt.Sprintf("%d counters", n), 16*n, func(t *Table) { t.Philox(&dst, &s, 5, n, 0) })
		eachBenchLevel(b, fmt.Sprintf("%d uniform counters", n), 16*n, func(t *Table) { t.PhiloxUniform(&dst, &s, 5, n, 0) })
	}
}

// BenchmarkDraws makes values of the words of so many counters.
func BenchmarkDraws(b *testing.B) {
	params := [2]float32{0.5, 0.25}
	args := [2]unsafe.Pointer{unsafe.Pointer(&params[0]), unsafe.Pointer(&params[1])}
	var dst [4]unsafe.Pointer
	for k := range dst {
		dst[k] = benchBuffer(kernels.U32, Block)
	}
	var s PhiloxState
	s.Set(6, 7)
	for _, d := range outline.Draws() {
		b.Run(d.Name, func(b *testing.B) {
			draw := TableFor(Detect()).Draws[d.Name]
			if draw == nil {
				b.Skip("this machine has no kernel for it")
			}
			for range b.N {
				at := dst
				draw(&at, &s, 0, Block, 0, &args)
			}
			values := Block * 4 / d.Words()
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(values)*16, "ns/16")
		})
	}
}

// BenchmarkDrawPick reads arrays that fit the L1 cache, and that do not.
func BenchmarkDrawPick(b *testing.B) {
	var dst [4]unsafe.Pointer
	for k := range dst {
		dst[k] = benchBuffer(kernels.F64, Lanes)
	}
	var s PhiloxState
	s.Set(6, 7)
	for _, n := range []uint32{1000, 10000} {
		src := benchBuffer(kernels.F64, int(n))
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			draw := TableFor(Detect()).DrawPick[8]
			if draw == nil {
				b.Skip("this machine has no kernel for it")
			}
			for range b.N {
				at := dst
				draw(&at, &s, 0, Lanes, 0, &[2]unsafe.Pointer{unsafe.Pointer(&n), src})
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(4*Lanes)*16, "ns/16")
		})
	}
}

func BenchmarkReduce(b *testing.B) {
	const rows, wide = 16, 4096
	for _, dt := range floats {
		src, acc := benchBuffer(dt, rows*wide), benchBuffer(dt, wide)
		size := dt.Size()
		for _, c := range []kernels.Combine{kernels.CombineAdd, kernels.CombineMin} {
			name := fmt.Sprintf("%s.%s", c, dt)
			eachBenchLevel(b, "rows "+name, rows*Lanes*size, func(t *Table) { t.AccumRows[c][dt](acc, src, rows) })
			eachBenchLevel(b, "fold "+name, Lanes*size, func(t *Table) { t.FoldLanes[c][dt](acc) })
			eachBenchLevel(b, "strided "+name, rows*wide*size, func(t *Table) { t.AccumStrided[c][dt](acc, src, wide, rows, wide) })
		}
		eachBenchLevel(b, "argmin "+dt.String(), wide*size, func(t *Table) { t.ArgMin[dt](src, wide) })
	}
}

// BenchmarkMemory measures single kernels on arrays far larger than the caches.
func BenchmarkMemory(b *testing.B) {
	const n = 32 << 20
	x, y := benchBuffer(kernels.F32, n), benchBuffer(kernels.F32, n)
	var lanes [Lanes]float32
	acc := unsafe.Pointer(&lanes[0])
	eachBenchLevel(b, "stream", 8*n, func(t *Table) { t.Stream(y, x, 4*n); t.StreamFence() })
	eachBenchLevel(b, "sum", 4*n, func(t *Table) { t.AccumRows[kernels.CombineAdd][kernels.F32](acc, x, n/Lanes) })
	eachBenchLevel(b, "add", 12*n, func(t *Table) { t.Binary[VV][kernels.OpAdd][kernels.F32](y, y, x, n) })
}

func BenchmarkCopies(b *testing.B) {
	for size, dt := range wordOf {
		const side = 64
		src, dst := benchBuffer(dt, side*side), benchBuffer(dt, side*side)
		name := fmt.Sprintf("%d bytes", size)
		eachBenchLevel(b, "transpose "+name, 2*side*side*size, func(t *Table) { t.Transpose[size](dst, side, src, side, side, side) })
		eachBenchLevel(b, "gather 3 "+name, Block*2*size, func(t *Table) { t.Gather[size](dst, src, 3, Block) })
		eachBenchLevel(b, "fill "+name, Block*size, func(t *Table) { t.Fill[size](dst, src, Block) })
	}
}

// BenchmarkNarrow folds 256 KiB of rows of few values, of few columns, and of few rows.
func BenchmarkNarrow(b *testing.B) {
	const bytes = 256 << 10
	src, dst := benchBuffer(kernels.F64, bytes/8), benchBuffer(kernels.F64, bytes/8)
	for _, dt := range floats {
		elements := bytes / dt.Size()
		for _, n := range []int{2, 3, 4, 7, 8, 13, 16, 17, 32, 64} {
			eachBenchLevel(b, fmt.Sprintf("rows/%s/%d", dt, n), bytes, func(table *Table) {
				if n <= table.FoldMost[dt] {
					table.FoldRows[kernels.CombineAdd][dt](dst, src, n, elements/n, false)
				}
			})
			eachBenchLevel(b, fmt.Sprintf("spans/%s/%d", dt, n), bytes, func(table *Table) {
				if n <= table.SpanMost[dt] {
					table.FoldSpans[kernels.CombineAdd][dt](dst, src, n, elements/n/kernels.StridedSpan/SpanStep*SpanStep)
				}
			})
		}
		for _, rows := range []int{2, 8, 16} {
			eachBenchLevel(b, fmt.Sprintf("columns/%s/%d", dt, rows), bytes, func(table *Table) {
				table.FoldColumns[kernels.CombineAdd][dt](dst, src, elements/rows, rows, elements/rows, false)
			})
		}
	}
}
