package clike

import (
	"testing"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/grid"
	"github.com/quern-go/quern/kernels/mathfn"
	"github.com/quern-go/quern/kernels/term"
)

const (
	f32 = kernels.F32
	f64 = kernels.F64
	u64 = kernels.U64
)

// target is like a common GPU.
func target() Target {
	return Target{
		Dialect: OpenCL(), Float64: true, ExactDivide: true,
		GroupSize: 256, LocalBytes: 48 << 10, BlockLimit: 1024,
	}
}

func render(t *testing.T, k kernels.Kernel, axes int) *Module {
	t.Helper()
	if err := k.Validate(); err != nil {
		t.Fatalf("the test's own kernel is wrong: %v", err)
	}
	m, err := Render(k, target(), axes)
	if err != nil {
		t.Fatalf("render: %v", err)
	}
	return m
}

func plan(t *testing.T, m *Module, args *grid.Args) *grid.Plan {
	t.Helper()
	var p grid.Plan
	if err := m.Plan(args, &p); err != nil {
		t.Fatalf("plan: %v", err)
	}
	return &p
}

// body builds a Body.
func body(t *testing.T, f func(b *kernels.Builder) []kernels.Value) kernels.Body {
	t.Helper()
	b := kernels.NewBuilder()
	out, err := b.Build(f(b)...)
	if err != nil {
		t.Fatalf("the test's own body is wrong: %v", err)
	}
	return out
}

func load(t *testing.T, slot int, dt kernels.DType) kernels.Body {
	return body(t, func(b *kernels.Builder) []kernels.Value { return []kernels.Value{b.Load(slot, dt)} })
}

// addMap is a + b.
func addMap(t *testing.T, dt kernels.DType) *kernels.Map {
	return &kernels.Map{
		Signature: kernels.Signature{Ins: []kernels.DType{dt, dt}},
		Body: body(t, func(b *kernels.Builder) []kernels.Value {
			return []kernels.Value{b.Add(b.Load(0, dt), b.Load(1, dt))}
		}),
	}
}

// uniformMap is an array of random numbers.
func uniformMap(t *testing.T) *kernels.Map {
	k := &kernels.Map{Signature: kernels.Signature{Params: []kernels.DType{u64, u64}, Indices: 1}}
	k.Body = body(t, func(b *kernels.Builder) []kernels.Value {
		return []kernels.Value{mathfn.Uniform(b, f32, b.Index(0), b.Param(0, u64), b.Param(1, u64))}
	})
	return k
}

// sumReduce is a sum of squares.
func sumReduce(t *testing.T, order kernels.Order, dt kernels.DType) *kernels.Reduce {
	k := &kernels.Reduce{
		Signature: kernels.Signature{Ins: []kernels.DType{dt}},
		Order:     order, Accs: []kernels.Acc{{Type: dt, Combine: kernels.CombineAdd}},
	}
	k.Pre = body(t, func(b *kernels.Builder) []kernels.Value {
		x := b.Load(0, dt)
		return []kernels.Value{b.Mul(x, x)}
	})
	k.Post = body(t, func(b *kernels.Builder) []kernels.Value { return []kernels.Value{b.Acc(0, dt)} })
	return k
}

// product is a matrix product, or the contraction by another step.
func productOf(t *testing.T, step term.Term, dt kernels.DType) *kernels.Contract {
	t.Helper()
	b, err := step.Step(dt, nil)
	if err != nil {
		t.Fatal(err)
	}
	k := &kernels.Contract{
		Signature: kernels.Signature{Ins: []kernels.DType{dt, dt}},
		PreA:      load(t, 0, dt), PreB: load(t, 1, dt), Step: b,
		Accs: []kernels.Acc{{Type: dt, Combine: step.Combine()}}, Start: []uint64{0},
	}
	k.Post = body(t, func(b *kernels.Builder) []kernels.Value { return []kernels.Value{b.Acc(0, dt)} })
	return k
}

// nearest is the position of the nearest row of b for each row of a.
func nearest(t *testing.T) *kernels.Contract {
	k := productOf(t, term.SqDiff, f32)
	k.Fold = &kernels.Fold{Accs: []kernels.Acc{{Type: f32, Combine: kernels.CombineArgMin}}}
	k.Fold.Post = body(t, func(b *kernels.Builder) []kernels.Value { return []kernels.Value{b.AccIndex(0)} })
	return k
}

// nearestFew keeps the first values of each row.
func nearestFew(t *testing.T, count int) *kernels.Contract {
	k := nearest(t)
	k.Fold.Top = count
	return k
}

// dense is an operand that lies in row-major order over some axes of a shape,
// those in drop excepted.
func dense(shape []int, drop ...int) grid.Operand {
	o := grid.Operand{Strides: make([]int, len(shape))}
	step := 1
axes:
	for i := len(shape) - 1; i >= 0; i-- {
		for _, d := range drop {
			if d == i {
				continue axes
			}
		}
		o.Strides[i] = step
		step *= shape[i]
	}
	return o
}

// addArgs are a sum's arguments, all dense.
func addArgs(shape ...int) *grid.Args {
	o := dense(shape)
	return &grid.Args{Shape: shape, Ins: []grid.Operand{o, o}, Outs: []grid.Operand{o}}
}

// sumArgs reduce the last axis.
func sumArgs(shape ...int) *grid.Args {
	kept := len(shape) - 1
	return &grid.Args{Shape: shape, Reduced: 1, Ins: []grid.Operand{dense(shape)}, Outs: []grid.Operand{dense(shape[:kept])}}
}

// columnArgs reduce the first axis.
func columnArgs(n, kept int) *grid.Args {
	return &grid.Args{
		Shape: []int{kept, n}, Reduced: 1,
		Ins: []grid.Operand{{Strides: []int{1, kept}}}, Outs: []grid.Operand{{Strides: []int{1}}},
	}
}

// productArgs are a product's arguments; with fold, the outputs are rows.
func productArgs(fold bool, shape ...int) *grid.Args {
	axes := len(shape)
	out := dense(shape[:axes-1])
	if fold {
		out = dense(shape[:axes-2])
	}
	return &grid.Args{
		Shape: shape,
		Ins:   []grid.Operand{dense(shape, axes-2), {Strides: bStrides(shape)}},
		Outs:  []grid.Operand{out},
	}
}

// topArgs are productArgs with outputs of 10 values per row.
func topArgs(shape ...int) *grid.Args {
	args := productArgs(true, shape...)
	out := append(shape[:len(shape)-2:len(shape)-2], 10)
	args.Outs[0] = dense(out)
	return args
}

// bStrides are those of b over (batch…, k, n).
func bStrides(shape []int) []int {
	axes := len(shape)
	n, k := shape[axes-2], shape[axes-1]
	strides := make([]int, axes)
	strides[axes-2], strides[axes-1] = 1, n
	step := n * k
	for i := axes - 4; i >= 0; i-- {
		strides[i] = step
		step *= shape[i]
	}
	return strides
}
