package cuda_test

import (
	"maps"
	"math"
	"runtime"
	"testing"
	"time"

	"github.com/quern-go/quern/device/cuda"
	"github.com/quern-go/quern/ops"
)

// TestEvaluations computes whole expressions on the fake and on the CPU: the bits
// are the same.
func TestEvaluations(t *testing.T) {
	dev := cuda.OpenFake(t)
	a, b := ops.Uniform[float32](1, 33, 20), ops.Normal[float32](2, 20, 17)
	x, y := ops.Uniform[float64](3, 19, 5), ops.Uniform[float64](4, 23, 5)
	for name, evaluate := range map[string]func(o ops.Option) ([]float64, error){
		"product": func(o ops.Option) ([]float64, error) { return wide(a.Square().MatMul(b).Data(t.Context(), o)) },
		"product's sum": func(o ops.Option) ([]float64, error) {
			return wide(a.MatMul(b).Sum().Data(t.Context(), o))
		},
		"chain": func(o ops.Option) ([]float64, error) {
			return wide(a.Exp().Sin().Add(a.T().T().Sqrt()).Data(t.Context(), o))
		},
		"means":  func(o ops.Option) ([]float64, error) { return wide(b.Mean(0).Data(t.Context(), o)) },
		"maxima": func(o ops.Option) ([]float64, error) { return wide(b.Max(1).Data(t.Context(), o)) },
		"distances": func(o ops.Option) ([]float64, error) {
			return ops.PairwiseDistance(x, y, ops.Euclidean).Data(t.Context(), o)
		},
		"nearest": func(o ops.Option) ([]float64, error) {
			at, err := ops.PairwiseDistance(x, y, ops.CityBlock).ArgMin(1).Ints(t.Context(), o)
			var out []float64
			for _, i := range at {
				out = append(out, float64(i))
			}
			return out, err
		},
		"pi": func(o ops.Option) ([]float64, error) {
			pi, err := ops.MonteCarloPi(t.Context(), 20_000, 42, o)
			return []float64{pi.Mean, pi.StdErr}, err
		},
	} {
		t.Run(name, func(t *testing.T) {
			want, err := evaluate(ops.On("cpu"))
			if err != nil {
				t.Fatal(err)
			}
			got, err := evaluate(ops.OnDevice(dev))
			if err != nil || len(got) != len(want) {
				t.Fatalf("%d elements, %v", len(got), err)
			}
			for i := range want {
				if math.Float64bits(got[i]) != math.Float64bits(want[i]) {
					t.Fatalf("element %d is %v, on the CPU %v", i, got[i], want[i])
				}
			}
		})
	}
}

// TestDriverCalls counts what the driver is asked for by an evaluation that has been done
// before, its sources on the device: nothing but the launch, or the graph of several, the
// copy of the result, and whether that has come.
func TestDriverCalls(t *testing.T) {
	dev, calls := cuda.OpenPrompt(t)
	collect(t, dev)
	x, y := ops.FromSlice(make([]float32, 1024)), ops.FromSlice(make([]float32, 1024))
	for _, c := range []struct {
		name  string
		array ops.Array[float32]
		want  map[string]int
	}{
		{"one kernel", x.Add(y), map[string]int{"cuLaunchKernel": 1}},
		{"several", x.Sub(x.Mean()).Div(y.Max()), map[string]int{"cuGraphLaunch": 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var before map[string]int
			dst := make([]float32, 1024)
			for range 4 {
				before = calls()
				if err := c.array.Into(t.Context(), dst, ops.OnDevice(dev)); err != nil {
					t.Fatal(err)
				}
			}
			c.want["cuCtxPushCurrent_v2"], c.want["cuCtxPopCurrent_v2"] = 2, 2 // to launch, and to wait
			c.want["cuMemcpyDtoHAsync_v2"], c.want["cuStreamQuery"] = 1, 1
			got := calls()
			maps.DeleteFunc(got, func(name string, n int) bool { return n == before[name] })
			for name := range got {
				got[name] -= before[name]
			}
			if !maps.Equal(got, c.want) {
				t.Errorf("calls %v, expected %v", got, c.want)
			}
		})
	}
}

// TestLargerThanTheDevice evaluates what its memory does not hold: in panels, on the
// second device of the machine.
func TestLargerThanTheDevice(t *testing.T) {
	dev := cuda.OpenSmall(t, 128<<10)
	collect(t, dev)
	rows := make([]float32, 300*200) // 240,000 bytes
	for i := range rows {
		rows[i] = float32(i%997) / 997
	}
	x := ops.FromSlice(rows, 300, 200)
	for name, a := range map[string]ops.Array[float32]{
		"map": x.Square().AddScalar(1), "sums of rows": x.Sum(1), "deviation": x.Std(), "product": x.Slice(ops.To(40)).MatMul(x.T()),
	} {
		engine := new(ops.Engine)
		want, err := a.Data(t.Context(), ops.On("cpu"))
		if err != nil {
			t.Fatal(err)
		}
		got, err := a.Data(t.Context(), ops.OnDevice(dev), ops.WithEngine(engine), ops.Strict())
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for i := range want {
			if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
				t.Fatalf("%s: element %d is %v, on the CPU %v", name, i, got[i], want[i])
			}
		}
		if s := engine.Stats(); s.InPanels != 1 || s.Fallbacks != 0 {
			t.Errorf("%s: %+v, expected one evaluation in panels", name, s)
		}
	}
}

// collect has arrays, and copies of them, go before their device is closed.
func collect(t *testing.T, dev *cuda.Device) {
	t.Cleanup(func() {
		for n := 0; dev.Memory().InUse > 0; n++ {
			if n == 1000 {
				t.Fatalf("%d bytes are still in use", dev.Memory().InUse)
			}
			runtime.GC()
			time.Sleep(time.Millisecond)
		}
	})
}

func wide(p []float32, err error) ([]float64, error) {
	out := make([]float64, len(p))
	for i, v := range p {
		out[i] = float64(v)
	}
	return out, err
}
