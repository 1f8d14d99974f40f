package oracle_test

import (
	"math"
	"testing"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/oracle"
)

const (
	f32 = kernels.F32
	f64 = kernels.F64
	i64 = kernels.I64
)

var negZero = math.Copysign(0, -1)

// build makes a body, or ends the test.
func build(t testing.TB, f func(b *kernels.Builder) []kernels.Value) kernels.Body {
	t.Helper()
	b := kernels.NewBuilder()
	body, err := b.Build(f(b)...)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// load is the body that is input slot's element.
func load(t testing.TB, slot int, dt kernels.DType) kernels.Body {
	return build(t, func(b *kernels.Builder) []kernels.Value {
		return []kernels.Value{b.Load(slot, dt)}
	})
}

// accs is the body that gives the accumulators unchanged, and the positions of
// those that keep one after their values.
func accs(t testing.TB, list []kernels.Acc) kernels.Body {
	return build(t, func(b *kernels.Builder) (vs []kernels.Value) {
		for i, a := range list {
			vs = append(vs, b.Acc(i, a.Type))
			if a.Combine.HasIndex() {
				vs = append(vs, b.AccIndex(i))
			}
		}
		return vs
	})
}

func operand(a oracle.Array, strides ...int) oracle.Operand {
	return oracle.Operand{Array: a, Strides: strides}
}

// floats are an array's elements as float64.
func floats(a oracle.Array) []float64 {
	out := make([]float64, a.Len())
	for i := range out {
		if a.Type == f32 {
			out[i] = float64(math.Float32frombits(uint32(a.At(i))))
		} else {
			out[i] = math.Float64frombits(a.At(i))
		}
	}
	return out
}

// checkFloats compares bits, so that −0 is not +0; any NaN equals any NaN.
func checkFloats(t *testing.T, got oracle.Array, want ...float64) {
	t.Helper()
	have := floats(got)
	if len(have) != len(want) {
		t.Fatalf("%d values, expected %d", len(have), len(want))
	}
	for i, w := range want {
		if math.Float64bits(have[i]) != math.Float64bits(w) && !(math.IsNaN(w) && math.IsNaN(have[i])) {
			t.Errorf("element %d is %v, expected %v", i, have[i], w)
		}
	}
}

func mustRun(t *testing.T, k kernels.Kernel, args *oracle.Args) {
	t.Helper()
	if err := oracle.Run(k, args); err != nil {
		t.Fatal(err)
	}
}
