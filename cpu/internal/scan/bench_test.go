package scan

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/quern-go/quern/cpu/internal/sched"
	"github.com/quern-go/quern/kernels"
)

// BenchmarkScan does 10⁷ normal values on one thread and on two.
func BenchmarkScan(b *testing.B) {
	const n = 10_000_000
	benchmarkScan[float32](b, n)
	benchmarkScan[float64](b, n)
}

func benchmarkScan[T number](b *testing.B, n int) {
	in, out := make([]T, n), make([]uint64, n)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range in {
		in[i] = T(r.NormFloat64())
	}
	edges := make([]T, 101)
	for i := range edges {
		edges[i] = T(i)/10 - 5
	}
	t := kernels.F32
	if unsafe.Sizeof(in[0]) == 8 {
		t = kernels.F64
	}
	scratch := make([]byte, 32*n)
	memory := func(bytes int) ([]byte, func(), error) { return scratch[:bytes], func() {}, nil }
	for _, k := range []*kernels.Scan{
		kernels.NewScan(kernels.ScanPrefix, kernels.CombineAdd, t, 0), kernels.NewScan(kernels.ScanSort, 0, t, 0),
		kernels.NewScan(kernels.ScanArgSort, 0, t, 0), kernels.NewScan(kernels.ScanSelect, 0, t, 2),
		kernels.NewScan(kernels.ScanHistogram, 0, t, 0),
	} {
		args := &Args{
			Shape: []int{n}, In: Array{unsafe.Pointer(&in[0]), []int{1}}, Out: Array{unsafe.Pointer(&out[0]), []int{1}},
			Edges: unsafe.Pointer(&edges[0]), Params: []uint64{uint64(n/2 - 1), uint64(n / 2)},
		}
		if k.Kind == kernels.ScanHistogram {
			args.Params = []uint64{100}
		}
		for _, threads := range []int{1, 2} {
			pool := sched.New(threads)
			b.Run(fmt.Sprintf("%s/%s/%dthreads", k.Kind, t, threads), func(b *testing.B) {
				b.SetBytes(int64(n * t.Size()))
				for b.Loop() {
					if err := Run(context.Background(), pool, memory, k, args); err != nil {
						b.Fatal(err)
					}
				}
			})
			pool.Close()
		}
	}
}
