package fold

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/quern-go/quern/cpu/internal/simd"
	"github.com/quern-go/quern/kernels"
)

var accs = []kernels.Acc{
	{Type: kernels.F32, Combine: kernels.CombineAdd}, {Type: kernels.F32, Combine: kernels.CombineMax},
	{Type: kernels.F32, Combine: kernels.CombineArgMin},
}

// reference is the Tree order as package kernels defines it.
func reference(acc kernels.Acc, values []kernels.Partial) kernels.Partial {
	nothing := kernels.Partial{Bits: acc.Combine.Identity(acc.Type), Index: kernels.NoIndex}
	if len(values) == 0 {
		return nothing
	}
	var results []kernels.Partial
	for lo := 0; lo < len(values); lo += block {
		var lane [lanes]kernels.Partial
		for t := range lane {
			lane[t] = nothing
		}
		for i, v := range values[lo:min(lo+block, len(values))] {
			lane[i%lanes] = acc.Combine.Apply(acc.Type, lane[i%lanes], v)
		}
		for half := lanes / 2; half > 0; half /= 2 {
			for t := range half {
				lane[t] = acc.Combine.Apply(acc.Type, lane[t], lane[t+half])
			}
		}
		results = append(results, lane[0])
	}
	if len(results) == 1 {
		return results[0]
	}
	return reference(acc, results)
}

func TestTree(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 2, 255, 256, 257, 4095, 4096, 4097, 9000, 70000, 4096*4096 + 5000} {
		if testing.Short() && n > 1<<20 {
			continue
		}
		x := make([]float32, n+1)
		values := make([]kernels.Partial, n)
		for i := range values {
			x[i] = float32(rng.NormFloat64() * math.Exp(rng.NormFloat64()*8))
			values[i] = kernels.Partial{Bits: uint64(math.Float32bits(x[i])), Index: int64(i)}
		}
		want := make([]kernels.Partial, len(accs))
		for k, a := range accs {
			want[k] = reference(a, values)
		}
		for _, l := range simd.Levels() {
			for _, piece := range []int{n, 1024, 1000, 77} {
				if got := addAll(simd.TableFor(l), x[:n], max(piece, 1)); !same(got, want) {
					t.Errorf("%v, %d values in pieces of %d: %v, expected %v", l, n, piece, got, want)
				}
			}
			if got := pushAll(simd.TableFor(l), x[:n]); !same(got, want) {
				t.Errorf("%v, %d values by blocks: %v, expected %v", l, n, got, want)
			}
		}
	}
}

// same compares bits, and positions where they are kept.
func same(a, b []kernels.Partial) bool {
	for k := range a {
		if a[k].Bits != b[k].Bits || accs[k].Combine.HasIndex() && a[k].Index != b[k].Index {
			return false
		}
	}
	return true
}

func addAll(table *simd.Table, x []float32, piece int) []kernels.Partial {
	var tree Tree
	tree.Init(table, accs, len(x))
	got := make([]kernels.Partial, len(accs))
	for range 2 { // the second time after Reset
		tree.Reset()
		for lo := 0; lo < len(x); lo += piece {
			p := unsafe.Pointer(&x[lo])
			tree.Add([]unsafe.Pointer{p, p, p}, min(piece, len(x)-lo))
		}
		tree.Finish(got)
	}
	return got
}

func pushAll(table *simd.Table, x []float32) []kernels.Partial {
	var tree Tree
	tree.Init(table, accs, len(x))
	got := make([]kernels.Partial, len(accs))
	for lo := 0; lo < len(x); lo += block {
		p := unsafe.Pointer(&x[lo])
		tree.Block(got, []unsafe.Pointer{p, p, p}, min(block, len(x)-lo), int64(lo))
		tree.Push(got)
	}
	tree.Finish(got)
	return got
}

func BenchmarkTree(b *testing.B) {
	for _, n := range []int{100, 4096, 1 << 20} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			x := make([]float32, n)
			src := []unsafe.Pointer{unsafe.Pointer(&x[0])}
			var tree Tree
			tree.Init(simd.TableFor(simd.Detect()), accs[:1], n)
			got := make([]kernels.Partial, 1)
			b.SetBytes(int64(4 * n))
			for b.Loop() {
				tree.Reset()
				tree.Add(src, n)
				tree.Finish(got)
			}
		})
	}
}
