package fold

import (
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/quern-go/quern/cpu/internal/simd"
	"github.com/quern-go/quern/kernels"
)

// stridedReference is the Strided order as package kernels defines it.
func stridedReference(acc kernels.Acc, values []kernels.Partial) kernels.Partial {
	nothing := kernels.Partial{Bits: acc.Combine.Identity(acc.Type), Index: kernels.NoIndex}
	if len(values) == 0 {
		return nothing
	}
	var results []kernels.Partial
	for lo := 0; lo < len(values); lo += kernels.StridedSpan {
		total := nothing
		for _, v := range values[lo:min(lo+kernels.StridedSpan, len(values))] {
			total = acc.Combine.Apply(acc.Type, total, v)
		}
		results = append(results, total)
	}
	if len(results) == 1 {
		return results[0]
	}
	return stridedReference(acc, results)
}

func TestStrided(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, shape := range [][2]int{{0, 3}, {1, 5}, {63, 2}, {64, 2}, {65, 40}, {4095, 1}, {4096, 2}, {4097, 33}, {4100, 3}, {6200, 8}, {2100, 9}, {69700, 3}, {65600, 16}, {64*4096 + 1, 1}} {
		rows, width := shape[0], shape[1]
		x := make([]float32, rows*width+1)
		for i := range x {
			x[i] = float32(math.Round(rng.NormFloat64() * 3)) // ties
			if rng.IntN(4) > 0 {
				x[i] = float32(rng.NormFloat64() * math.Exp(rng.NormFloat64()*8))
			}
			if rng.IntN(3000) == 0 {
				x[i] = float32(math.NaN())
			}
		}
		for _, acc := range accs {
			want := make([]kernels.Partial, width)
			for j := range want {
				var column []kernels.Partial
				for r := range rows {
					column = append(column, kernels.Partial{Bits: uint64(math.Float32bits(x[r*width+j])), Index: int64(r)})
				}
				want[j] = stridedReference(acc, column)
			}
			for _, l := range simd.Levels() {
				for _, piece := range []int{1, 50, 2060, max(rows, 1)} {
					checkStrided(t, simd.TableFor(l), acc, x, rows, width, piece, want)
				}
			}
		}
	}
}

func checkStrided(t *testing.T, table *simd.Table, acc kernels.Acc, x []float32, rows, width, piece int, want []kernels.Partial) {
	t.Helper()
	var s Strided
	s.Reserve(table, acc, width)
	s.Reset(0)
	for lo := 0; lo < rows; lo += piece {
		s.Add(unsafe.Pointer(&x[lo*width]), width, min(piece, rows-lo), width)
	}
	values, positions := s.Finish(width)
	for j := range width {
		got := kernels.Partial{Bits: Load(values, j, 4)}
		bothNaN := math.IsNaN(float64(math.Float32frombits(uint32(got.Bits)))) && math.IsNaN(float64(math.Float32frombits(uint32(want[j].Bits))))
		if got.Bits != want[j].Bits && !bothNaN {
			t.Fatalf("%v %s of %d rows by %d: column %d is %#x, expected %#x", table.Level, acc.Combine, rows, piece, j, got.Bits, want[j].Bits)
		}
		if acc.Combine.HasIndex() && Load(positions, j, 8) != uint64(want[j].Index) {
			t.Fatalf("%v %s of %d rows by %d: column %d is at %d, expected %d", table.Level, acc.Combine, rows, piece, j, Load(positions, j, 8), want[j].Index)
		}
	}
}
