package outline

import (
	"fmt"
	"sync"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/mathfn"
	"github.com/quern-go/quern/kernels/term"
)

// Uniform32 is the name of the chain that makes a float32 uniform of a word: the
// kernel that draws words can make it as well.
const Uniform32 = "uniform.f32"

// Funcs lists the chains, each before those that are part of it.
//
// A vector of 16 float32 normals takes 42 instructions of arithmetic with AVX-512, of
// which 25 multiply or fuse: 25 cycles on Zen 4 beside 31 of its words, 21 on
// Sapphire Rapids. Zen 4 takes 70 for both.
var Funcs = sync.OnceValue(func() []*kernels.Func {
	var fs []*kernels.Func
	for _, t := range []kernels.DType{kernels.F32, kernels.F64} {
		uniform := drawn(t, "uniform", nil, func(b *kernels.Builder, zero kernels.Value) kernels.Value {
			return mathfn.Uniform(b, t, zero, zero, zero)
		})
		fs = append(fs, drawn(t, "normal", uniform, func(b *kernels.Builder, zero kernels.Value) kernels.Value {
			return mathfn.Normal(b, t, zero, zero, zero)
		}), uniform, rootOfSquares(t), sumOfSquares(t), decay(t), addExp(t), kullbackLeibler(t))
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

// sumOfSquares is x² + y², rootOfSquares its square root.
func sumOfSquares(t kernels.DType) *kernels.Func {
	return of("sumofsquares", t, 2, func(b *kernels.Builder, x []kernels.Value) kernels.Value {
		return b.Add(b.Mul(x[0], x[0]), b.Mul(x[1], x[1]))
	})
}

func rootOfSquares(t kernels.DType) *kernels.Func {
	return of("rootofsquares", t, 2, func(b *kernels.Builder, x []kernels.Value) kernels.Value {
		return b.Sqrt(b.Add(b.Mul(x[0], x[0]), b.Mul(x[1], x[1])))
	})
}

// decay is e⁻ˣ.
func decay(t kernels.DType) *kernels.Func {
	return of("decay", t, 1, func(b *kernels.Builder, x []kernels.Value) kernels.Value {
		return b.Call(mathfn.Exp(t), b.Neg(x[0]))
	})
}

// addExp is x + eʸ: the sum of the prices on a path, of which y is the logarithm.
func addExp(t kernels.DType) *kernels.Func {
	return of("addexp", t, 2, func(b *kernels.Builder, x []kernels.Value) kernels.Value {
		return b.Add(x[0], b.Call(mathfn.Exp(t), x[1]))
	})
}

// kullbackLeibler is what a pair of elements adds to that divergence. There is no likely
// case: of any eight pairs some are far apart.
func kullbackLeibler(t kernels.DType) *kernels.Func {
	step := must(term.KullbackLeibler.Step(t, nil))
	sum := step.Insts[step.Results[0]] // the accumulator and the value
	step.Results = []kernels.Value{sum.Args[1]}
	value := &step.Insts[sum.Args[1]]
	value.Imm = 0
	return cut("kullbackleibler."+t.String(), &step, func(in *kernels.Inst) bool { return in.Op == kernels.OpArg })
}

// of is a function of arguments of one type.
func of(name string, t kernels.DType, params int, write func(b *kernels.Builder, x []kernels.Value) kernels.Value) *kernels.Func {
	f := &kernels.Func{Name: name + "." + t.String()}
	b := kernels.NewBuilder()
	var x []kernels.Value
	for i := range params {
		x = append(x, b.Arg(i, t))
		f.Params = append(f.Params, t)
	}
	f.Body = must(b.Build(write(b, x)))
	return f
}

// must is for bodies that are the same in every run.
func must(body kernels.Body, err error) kernels.Body {
	if err != nil {
		panic(fmt.Sprintf("outline: %v", err)) // a bug: the chains are fixed
	}
	return body
}
