package outline

import (
	"fmt"
	"sync"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/mathfn"
)

// Uniform32 is the name of the chain that makes a float32 uniform of a word: the
// kernel that draws words can make it as well.
const Uniform32 = "uniform.f32"

// Funcs lists the chains, each before those that are part of it.
var Funcs = sync.OnceValue(func() []*kernels.Func {
	var fs []*kernels.Func
	for _, t := range []kernels.DType{kernels.F32, kernels.F64} {
		uniform := drawn(t, "uniform", nil, func(b *kernels.Builder, zero kernels.Value) kernels.Value {
			return mathfn.Uniform(b, t, zero, zero, zero)
		})
		fs = append(fs, drawn(t, "normal", uniform, func(b *kernels.Builder, zero kernels.Value) kernels.Value {
			return mathfn.Normal(b, t, zero, zero, zero)
		}), uniform, sumOfSquares(t))
	}
	return fs
})

// drawn is what a draw does with its words, or with the uniforms that it makes of
// them.
func drawn(t kernels.DType, name string, uniform *kernels.Func, draw func(b *kernels.Builder, zero kernels.Value) kernels.Value) *kernels.Func {
	b := kernels.NewBuilder()
	index := b.Index(0) // not a constant, which would be folded
	body := must(b.Build(draw(b, index)))
	isArg := func(in *kernels.Inst) bool { return in.Op == kernels.OpPhilox }
	if uniform != nil {
		body = must(rewrite(&body, []*kernels.Func{uniform}))
		isArg = func(in *kernels.Inst) bool { return in.Func == uniform }
	}
	return cut(name+"."+t.String(), &body, isArg)
}

// cut is the function that computes the body's result from the instructions that
// isArg names.
func cut(name string, body *kernels.Body, isArg func(in *kernels.Inst) bool) *kernels.Func {
	f := &kernels.Func{Name: name}
	b := kernels.NewBuilder()
	at := make([]kernels.Value, len(body.Insts))
	for i, in := range body.Insts {
		if isArg(&in) {
			at[i] = b.Arg(len(f.Params), in.Type)
			f.Params = append(f.Params, in.Type)
			continue
		}
		for k := range in.NumArgs() {
			in.Args[k] = at[in.Args[k]]
		}
		at[i] = b.Emit(in)
	}
	f.Body = must(b.Build(at[body.Results[0]]))
	return f
}

// sumOfSquares is x² + y².
func sumOfSquares(t kernels.DType) *kernels.Func {
	b := kernels.NewBuilder()
	x, y := b.Arg(0, t), b.Arg(1, t)
	body := must(b.Build(b.Add(b.Mul(x, x), b.Mul(y, y))))
	return &kernels.Func{Name: "sumofsquares." + t.String(), Params: []kernels.DType{t, t}, Body: body}
}

// must is for bodies that are the same in every run.
func must(body kernels.Body, err error) kernels.Body {
	if err != nil {
		panic(fmt.Sprintf("outline: %v", err)) // a bug: the chains are fixed
	}
	return body
}
