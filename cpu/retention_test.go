package cpu

import (
	"runtime"
	"testing"
	"time"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/term"
)

// An idle device must not keep the host memory of past launches alive.
func TestPastLaunchesKeepNothingAlive(t *testing.T) {
	const f32, n = kernels.F32, 256
	load := func(slot int) kernels.Body {
		return build(t, func(b *kernels.Builder) []kernels.Value { return []kernels.Value{b.Load(slot, f32)} })
	}
	acc := build(t, func(b *kernels.Builder) []kernels.Value { return []kernels.Value{b.Acc(0, f32)} })
	sig := kernels.Signature{Ins: []kernels.DType{f32, f32}}
	sum := func(order kernels.Order) *kernels.Reduce {
		pre := build(t, func(b *kernels.Builder) []kernels.Value {
			return []kernels.Value{b.Mul(b.Load(0, f32), b.Load(1, f32))}
		})
		return &kernels.Reduce{Signature: sig, Order: order, Pre: pre, Accs: []kernels.Acc{{Type: f32, Combine: kernels.CombineAdd}}, Post: acc}
	}
	step := must(term.FMA.Step(f32, nil))
	square := []int{n, 1} // strides
	tests := map[string]struct {
		kernel  kernels.Kernel
		shape   []int
		reduced int
		a, b    []int // strides of the inputs
		out     []int
	}{
		"map": {&kernels.Map{Signature: sig, Body: build(t, func(b *kernels.Builder) []kernels.Value {
			return []kernels.Value{b.Add(b.Load(0, f32), b.Load(1, f32))}
		})}, []int{n, n}, 0, square, square, square},
		"tree":    {sum(kernels.Tree), []int{n, n}, 1, square, square, []int{1}},
		"strided": {sum(kernels.Strided), []int{n, n}, 1, []int{1, n}, []int{1, n}, []int{1}},
		"contract": {&kernels.Contract{Signature: sig, PreA: load(0), PreB: load(1), Step: step, Start: []uint64{0},
			Accs: []kernels.Acc{{Type: f32, Combine: kernels.CombineAdd}}, Post: acc}, []int{n, n, n}, 0, []int{n, 0, 1}, []int{0, n, 1}, square},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d := open(t, Options{Threads: 2})
			program := must(d.Compile(tt.kernel))
			stream := must(d.NewStream())
			defer stream.Close()
			const operands = 3
			freed := make(chan struct{}, operands)
			wrap := func() device.Buffer {
				p := make([]float32, n*n)
				runtime.AddCleanup(&p[0], func(int) { freed <- struct{}{} }, 0)
				return must(d.Wrap(asBytes(p)))
			}
			func() {
				args := &device.Args{Shape: tt.shape, Reduced: tt.reduced, Ins: []device.Operand{{Buffer: wrap(), Strides: tt.a}, {Buffer: wrap(), Strides: tt.b}},
					Outs: []device.Operand{{Buffer: wrap(), Strides: tt.out}}}
				if err := stream.Launch(program, args); err != nil {
					t.Fatal(err)
				}
				if err := stream.Sync(t.Context()); err != nil {
					t.Fatal(err)
				}
			}()
			for i := range operands {
				runtime.GC()
				select {
				case <-freed:
				case <-time.After(10 * time.Second):
					t.Fatalf("%d of %d operands are still referenced", operands-i, operands)
				}
			}
			runtime.KeepAlive(program)
		})
	}
}
