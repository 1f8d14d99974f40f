package cuda

import (
	"context"
	"iter"
	"testing"

	"github.com/quern-go/quern/device/cuda/internal/cu"
	"github.com/quern-go/quern/device/cuda/internal/fakecuda"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/term"
)

// nothing is a Machine that compiles and runs at once, and computes nothing.
type nothing struct{}

func (nothing) Load(string) (fakecuda.Program, error)           { return nothing{}, nil }
func (nothing) Entry(string) (fakecuda.Entry, bool)             { return nothing{}, true }
func (nothing) Run(*cu.Launch, iter.Seq2[uint64, []byte]) error { return nil }

// product is a matrix product of one type.
func product(t testing.TB, dt kernels.DType) *kernels.Contract {
	t.Helper()
	build := func(f func(b *kernels.Builder) kernels.Value) kernels.Body {
		b := kernels.NewBuilder()
		body, err := b.Build(f(b))
		if err != nil {
			t.Fatal(err)
		}
		return body
	}
	step, err := term.FMA.Step(dt, nil)
	if err != nil {
		t.Fatal(err)
	}
	load := func(slot int) kernels.Body {
		return build(func(b *kernels.Builder) kernels.Value { return b.Load(slot, dt) })
	}
	return &kernels.Contract{
		Signature: kernels.Signature{Ins: []kernels.DType{dt, dt}}, PreA: load(0), PreB: load(1), Step: step,
		Accs: []kernels.Acc{{Type: dt, Combine: kernels.CombineAdd}}, Start: []uint64{0},
		Post: build(func(b *kernels.Builder) kernels.Value { return b.Acc(0, dt) }),
	}
}

// BenchmarkStart is our part of a process's way to its first result: the devices
// discovered, one opened, a sum and a product compiled, one of them run, all closed.
// What the driver itself does for that takes no time here.
func BenchmarkStart(b *testing.B) {
	k, sum := product(b, kernels.F32), halfPlusOne(b)
	o := fakeOptions()
	o.Machine, o.Took = nothing{}, 1
	for b.Loop() {
		dev, err := discover(fakecuda.New(o)).open(0, Options{})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := dev.Compile(k); err != nil {
			b.Fatal(err)
		}
		if err := halve(context.Background(), dev, sum, 1000); err != nil && err != errWrong {
			b.Fatal(err)
		}
		if err := dev.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
