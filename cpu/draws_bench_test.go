package cpu

import (
	"testing"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/mathfn"
)

// BenchmarkDraws fills arrays that fit the L2 cache with random numbers.
func BenchmarkDraws(b *testing.B) {
	const n = 64 << 10
	draws := map[string]func(*kernels.Builder, kernels.DType, kernels.Value, kernels.Value, kernels.Value) kernels.Value{
		"uniform": mathfn.Uniform, "normal": mathfn.Normal,
	}
	for _, t := range []kernels.DType{kernels.F32, kernels.F64} {
		for name, draw := range draws {
			b.Run(name+"."+t.String(), func(b *testing.B) {
				k := &kernels.Map{Signature: kernels.Signature{Params: []kernels.DType{kernels.U64}, Indices: 1},
					Body: build(b, func(b *kernels.Builder) []kernels.Value {
						return []kernels.Value{draw(b, t, b.Index(0), b.Int(kernels.U64, 0), b.Param(0, kernels.U64))}
					})}
				bench := newBench(b, 1)
				bench.run(k, &device.Args{Shape: []int{n}, Outs: []device.Operand{flat(bench.array(t, n))}, Params: []uint64{42},
					Indices: []kernels.Layout{kernels.Contiguous(n)}}, 0)
				b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds()/1e6, "M/s")
			})
		}
	}
}
