package ptx_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/grid"
	"github.com/quern-go/quern/kernels/oracle"
	"github.com/quern-go/quern/kernels/ptx"
)

// TestAcross reduces rows that lie across the memory's, as of a transposed array.
func TestAcross(t *testing.T) {
	for _, dt := range []kernels.DType{f32, f64} {
		for _, combines := range [][]kernels.Combine{{kernels.CombineAdd}, {kernels.CombineArgMax}, {kernels.CombineMul, kernels.CombineAdd}} {
			for _, shape := range [][]int{{32, 32}, {45, 300}, {32, 4096}, {70, 5000}} {
				t.Run(fmt.Sprint(dt, combines, shape), func(t *testing.T) {
					k := reduceOf(t, kernels.Tree, dt, combines...)
					args := &oracle.Args{Shape: shape, Reduced: 1}
					in := oracle.NewArray(dt, shape[0]*shape[1])
					rng := rand.New(rand.NewPCG(1, 2))
					for i := range in.Len() {
						in.Set(i, kernels.FloatBits(dt, float64(rng.IntN(2000))/1000))
					}
					args.Ins = []oracle.Operand{{Array: in, Strides: []int{1, shape[0]}}}
					for _, out := range k.Outs() {
						args.Outs = append(args.Outs, oracle.Operand{Array: oracle.NewArray(out, shape[0]), Strides: []int{1}})
					}
					m := render(t, k, ptx.Target{SM: 80}, 2)
					var plan grid.Plan
					err := m.Plan(&grid.Args{
						Shape: shape, Reduced: 1, Ins: []grid.Operand{{Strides: []int{1, shape[0]}}},
						Outs: make([]grid.Operand, len(args.Outs)),
					}, &plan)
					if err != nil {
						t.Fatal(err)
					}
					// Two float64, or one with its position, take too many registers.
					across := slices.ContainsFunc(m.Entries, func(e ptx.Entry) bool { return e.Name == "tree_across" })
					if name := m.Entries[plan.Passes[0].Entry].Name; across != (name == "tree_across") || across == (dt == f64 && k.Accs[0].Combine != kernels.CombineAdd) {
						t.Errorf("the first pass is %s", name)
					}
					compare(t, k, args)
				})
			}
		}
	}
}

// compare launches a kernel on the interpreted device and by the oracle.
func compare(t *testing.T, k kernels.Kernel, args *oracle.Args) {
	t.Helper()
	dev := newInterpreted(ptx.Target{SM: 80})
	defer dev.Close()
	stream, err := dev.NewStream()
	if err != nil {
		t.Fatal(err)
	}
	place := func(ops []oracle.Operand) (out []device.Operand) {
		for _, op := range ops {
			buf, err := dev.Alloc(len(op.Bytes))
			if err != nil {
				t.Fatal(err)
			}
			if err := stream.Upload(buf, op.Bytes); err != nil {
				t.Fatal(err)
			}
			out = append(out, device.Operand{Buffer: buf, Offset: op.Offset, Strides: op.Strides})
		}
		return out
	}
	prog, err := dev.Compile(k)
	if err != nil {
		t.Fatal(err)
	}
	launch := &device.Args{Shape: args.Shape, Reduced: args.Reduced, Ins: place(args.Ins), Outs: place(args.Outs)}
	if err := stream.Launch(prog, launch); err != nil {
		t.Fatal(err)
	}
	got := make([][]byte, len(args.Outs))
	for i, out := range launch.Outs {
		got[i] = make([]byte, out.Buffer.Bytes())
		if err := stream.Download(got[i], out.Buffer); err != nil {
			t.Fatal(err)
		}
	}
	if err := stream.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := oracle.Run(k, args); err != nil {
		t.Fatal(err)
	}
	for i, out := range args.Outs {
		if !bytes.Equal(got[i], out.Bytes) {
			t.Errorf("output %d differs from the oracle's", i)
		}
	}
}
