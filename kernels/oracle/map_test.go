package oracle_test

import (
	"strings"
	"testing"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/oracle"
	"github.com/quern-go/quern/kernels/term"
)

// axpy is x·param + y, and x alone.
func axpy(t *testing.T) *kernels.Map {
	return &kernels.Map{
		Signature: kernels.Signature{Ins: []kernels.DType{f32, f32}, Params: []kernels.DType{f32}},
		Body: build(t, func(b *kernels.Builder) []kernels.Value {
			x := b.Load(0, f32)
			return []kernels.Value{b.FMA(x, b.Param(0, f32), b.Load(1, f32)), x}
		}),
	}
}

// TestMapLayouts: x is [1 2 3] backwards, y a column broadcast along the rows.
func TestMapLayouts(t *testing.T) {
	sum, x := oracle.NewArray(f32, 6), oracle.NewArray(f32, 6)
	mustRun(t, axpy(t), &oracle.Args{
		Shape: []int{2, 3},
		Ins: []oracle.Operand{
			{Array: oracle.FromFloats(f32, 1, 2, 3), Offset: 2, Strides: []int{0, -1}},
			{Array: oracle.FromFloats(f32, -1, 10, 20), Offset: 1, Strides: []int{1, 0}},
		},
		Outs:   []oracle.Operand{operand(sum, 3, 1), operand(x, 1, 2)},
		Params: []uint64{kernels.FloatBits(f32, 2)},
	})
	checkFloats(t, sum, 16, 14, 12, 26, 24, 22)
	checkFloats(t, x, 3, 3, 2, 2, 1, 1)
}

func TestMapInPlaceOfAScalarAndGather(t *testing.T) {
	x := oracle.FromFloats(f64, 5, 6, 7, 8)
	// out[i] = src[1 + (3 − i)·1]: the last three, reversed, through an index.
	k := &kernels.Map{
		Signature: kernels.Signature{Ins: []kernels.DType{f64}, Indices: 1},
		Body: build(t, func(b *kernels.Builder) []kernels.Value {
			return []kernels.Value{b.Gather(0, f64, b.Index(0))}
		}),
	}
	out := oracle.NewArray(f64, 3)
	mustRun(t, k, &oracle.Args{
		Shape:   []int{3},
		Ins:     []oracle.Operand{{Array: x, Offset: 1}},
		Outs:    []oracle.Operand{operand(out, 1)},
		Indices: []kernels.Layout{{Offset: 2, Strides: []int{-1}}},
	})
	checkFloats(t, out, 8, 7, 6)

	double := &kernels.Map{
		Signature: kernels.Signature{Ins: []kernels.DType{f64}},
		Body: build(t, func(b *kernels.Builder) []kernels.Value {
			v := b.Load(0, f64)
			return []kernels.Value{b.Add(v, v)}
		}),
	}
	op := oracle.Operand{Array: x, Offset: 3, Strides: []int{}}
	mustRun(t, double, &oracle.Args{Shape: []int{}, Ins: []oracle.Operand{op}, Outs: []oracle.Operand{op}})
	checkFloats(t, x, 5, 6, 7, 16)
}

func TestErrors(t *testing.T) {
	good := func() *oracle.Args {
		return &oracle.Args{
			Shape:  []int{2},
			Ins:    []oracle.Operand{operand(oracle.NewArray(f32, 2), 1), operand(oracle.NewArray(f32, 2), 1)},
			Outs:   []oracle.Operand{operand(oracle.NewArray(f32, 2), 1), operand(oracle.NewArray(f32, 2), 1)},
			Params: []uint64{0},
		}
	}
	for _, c := range []struct {
		name  string
		spoil func(*oracle.Args)
		want  string
	}{
		{"input missing", func(a *oracle.Args) { a.Ins = a.Ins[:1] }, "1 inputs"},
		{"param missing", func(a *oracle.Args) { a.Params = nil }, "0 params"},
		{"wrong type", func(a *oracle.Args) { a.Ins[1].Type = f64 }, "input 1: type f64 given, expected f32"},
		{"output strides", func(a *oracle.Args) { a.Outs[0].Strides = nil }, "output 0: 0 strides given, expected 1"},
		{"input strides", func(a *oracle.Args) { a.Ins[0].Strides = []int{1, 1} }, "input 0: 2 strides given, expected 1"},
		{"negative length", func(a *oracle.Args) { a.Shape[0] = -1 }, "negative length"},
		{"past the end", func(a *oracle.Args) { a.Shape[0] = 3 }, "input 0: element 2 at index [2], of 2 elements"},
		{"before the start", func(a *oracle.Args) { a.Ins[1].Offset = -1 }, "input 1: element -1"},
		{"output past the end", func(a *oracle.Args) { a.Outs[1].Offset = 1 }, "output 1: element 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			args := good()
			c.spoil(args)
			err := oracle.Run(axpy(t), args)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, expected %q in it", err, c.want)
			}
		})
	}
	for name, k := range map[string]kernels.Kernel{
		"reduce: 2 reduced axes, of 1": plainReduce(t, kernels.Tree, kernels.CombineAdd, f32),
		"contract: shape [3]":          contract(t, term.FMA, f32),
	} {
		err := oracle.Run(k, &oracle.Args{Shape: []int{3}, Reduced: 2})
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("error %v, expected %q in it", err, name)
		}
	}
	far := &kernels.Map{Signature: kernels.Signature{Ins: []kernels.DType{f32}}}
	far.Body = build(t, func(b *kernels.Builder) []kernels.Value {
		return []kernels.Value{b.Gather(0, f32, b.Int(kernels.U64, -1))}
	})
	args := good()
	args.Ins, args.Outs, args.Params = args.Ins[:1], args.Outs[:1], nil
	if err := oracle.Run(far, args); err == nil || !strings.Contains(err.Error(), "gather of element 18446744073709551615") {
		t.Errorf("error %v", err)
	}
	if err := oracle.Run(axpy(t), good()); err != nil {
		t.Error(err)
	}
	if err := oracle.Run(&kernels.Map{}, &oracle.Args{}); err == nil {
		t.Error("an invalid kernel ran")
	}
}
