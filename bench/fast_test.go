package bench

import (
	"math"
	"testing"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/oracle"
	"github.com/quern-go/quern/kernels/term"
)

// TestErrorOfBound measures the errors of results that are off by as much as they may
// be, and more.
func TestErrorOfBound(t *testing.T) {
	const m, n, depth = 2, 3, 16
	for _, c := range []struct {
		name string
		step term.Term
		off  float64 // as a part of the bound
	}{
		{"product", term.FMA, 0.9}, {"product off", term.FMA, 1.2}, {"distance", term.SqDiff, 0.9}, {"distance off", term.SqDiff, 1.2},
	} {
		k, err := contractKernel(c.step, kernels.F32, func(b *kernels.Builder, acc kernels.Value) kernels.Value { return acc })
		if err != nil {
			t.Fatal(err)
		}
		allowed := fast(k, kernels.TF32).(*kernels.Contract)
		if allowed.Precision != kernels.TF32 || k.(*kernels.Contract).Precision != kernels.Exact {
			t.Fatalf("%s: the kernel allows %s", c.name, allowed.Precision)
		}
		a, b, out := oracle.NewArray(kernels.F32, m*depth), oracle.NewArray(kernels.F32, n*depth), oracle.NewArray(kernels.F32, m*n)
		fillArray(a, 1)
		fillArray(b, 2)
		args := &oracle.Args{
			Shape: []int{m, n, depth},
			Ins:   []oracle.Operand{{Array: a, Strides: []int{depth, 0, 1}}, {Array: b, Strides: []int{0, depth, 1}}},
			Outs:  []oracle.Operand{{Array: out, Strides: []int{n, 1}}},
		}
		exact, size, aa, bb := 0.0, 0.0, 0.0, 0.0 // of the first element
		for at := range depth {
			x, y := float64(math.Float32frombits(uint32(a.At(at)))), float64(math.Float32frombits(uint32(b.At(at))))
			size, aa, bb = size+x*y, aa+x*x, bb+y*y
			if c.step == term.FMA {
				exact += x * y
			} else {
				exact += (x - y) * (x - y)
			}
		}
		bound := kernels.TF32.ProductError(depth) * size
		value := exact + c.off*bound
		if c.step == term.SqDiff {
			bound = kernels.TF32.SqDistanceError(depth, math.Sqrt(exact), math.Sqrt(aa)+math.Sqrt(bb))
			value = math.Sqrt(exact + c.off*bound) // what a kernel with a root gives
		}
		if err := oracle.Run(k, args); err != nil {
			t.Fatal(err)
		}
		if c.step == term.SqDiff {
			for i := range m * n {
				out.Set(i, kernels.FloatBits(kernels.F32, math.Sqrt(float64(math.Float32frombits(uint32(out.At(i)))))))
			}
		}
		out.Set(0, kernels.FloatBits(kernels.F32, value))
		if got := errorOfBound(allowed, args, out.Bytes); math.Abs(got-c.off) > 0.05 {
			t.Errorf("%s: %.3g of the bound, expected %.3g", c.name, got, c.off)
		}
	}
}
