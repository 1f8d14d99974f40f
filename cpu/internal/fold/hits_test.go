package fold

import (
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/quern-go/quern/cpu/internal/simd"
	"github.com/quern-go/quern/kernels"
)

// TestHits compares counting with adding up what the bits stand for, in pieces that
// begin and end anywhere in a byte, a row and a block. Bits beyond a piece's last one
// are set: they are another piece's.
func TestHits(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	accs := []kernels.Acc{{Type: kernels.F64, Combine: kernels.CombineAdd}, {Type: kernels.F32, Combine: kernels.CombineAdd}}
	hits := []Hits{{true, kernels.FloatBits(kernels.F64, 0.1328125)}, {true, kernels.FloatBits(kernels.F32, -4)}}
	table := simd.TableFor(simd.Detect())
	for _, n := range []int{0, 1, 7, 8, 63, 255, 256, 257, 4095, 4096, 4097, 9001, 70000} {
		for _, share := range []float64{0, 0.3, 1} {
			set := make([]bool, n)
			for i := range set {
				set[i] = rng.Float64() < share
			}
			want := make([]kernels.Partial, len(accs))
			for k, a := range accs {
				want[k] = reference(a, hitValues(set, hits[k].Value))
			}
			var tree Tree
			tree.Init(table, accs, n)
			got := make([]kernels.Partial, len(accs))
			for _, piece := range []int{1024, 1000, 77, 4096} {
				tree.Reset()
				for lo := 0; lo < n; lo += piece {
					m := min(piece, n-lo)
					bits := make([]byte, (m+7)/8)
					for i, on := range set[lo : lo+m] {
						if on {
							bits[i/8] |= 1 << (i % 8)
						}
					}
					p := unsafe.Pointer(unsafe.SliceData(bits))
					tree.AddHits([]unsafe.Pointer{p, p}, hits, m)
				}
				tree.Finish(got)
				for k := range got {
					if got[k].Bits != want[k].Bits {
						t.Errorf("%d values, %v of them hits, in pieces of %d: sum %d is %s, expected %s", n, share, piece, k,
							kernels.FormatBits(accs[k].Type, got[k].Bits), kernels.FormatBits(accs[k].Type, want[k].Bits))
					}
				}
			}
		}
	}
}

func hitValues(set []bool, value uint64) []kernels.Partial {
	values := make([]kernels.Partial, len(set))
	for i, on := range set {
		if on {
			values[i].Bits = value
		}
	}
	return values
}

func TestCountable(t *testing.T) {
	f32, f64 := kernels.F32, kernels.F64
	for _, c := range []struct {
		name    string
		t       kernels.DType
		combine kernels.Combine
		value   float64
		want    bool
	}{
		{"one", f32, kernels.CombineAdd, 1, true},
		{"negative", f64, kernels.CombineAdd, -16, true},
		{"10 digits", f32, kernels.CombineAdd, 1 + 0x1p-10, true},
		{"11 digits", f32, kernels.CombineAdd, 1 + 0x1p-11, false},
		{"11 digits of float64", f64, kernels.CombineAdd, 1 + 0x1p-11, true},
		{"a tenth", f64, kernels.CombineAdd, 0.1, false},
		{"zero", f64, kernels.CombineAdd, 0, false},
		{"denormal", f32, kernels.CombineAdd, 0x1p-130, false},
		{"large", f32, kernels.CombineAdd, 0x1p115, true},
		{"too large", f32, kernels.CombineAdd, 0x1p116, false},
		{"large float64", f64, kernels.CombineAdd, 0x1p1011, true},
		{"too large float64", f64, kernels.CombineAdd, 0x1p1012, false},
		{"a product", f64, kernels.CombineMul, 2, false},
		{"a maximum", f32, kernels.CombineMax, 2, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := kernels.Acc{Type: c.t, Combine: c.combine}
			if got := Countable(a, kernels.FloatBits(c.t, c.value)); got != c.want {
				t.Errorf("%v, expected %v", got, c.want)
			}
		})
	}
}
