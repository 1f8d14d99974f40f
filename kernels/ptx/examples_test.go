package ptx_test

import (
	"fmt"
	"testing"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/mathfn"
	"github.com/quern-go/quern/kernels/term"
)

const (
	f32 = kernels.F32
	f64 = kernels.F64
	i64 = kernels.I64
	u64 = kernels.U64
)

type values = []kernels.Value

// body builds a Body, or ends the test.
func body(t testing.TB, f func(b *kernels.Builder) values) kernels.Body {
	t.Helper()
	b := kernels.NewBuilder()
	out, err := b.Build(f(b)...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// mapOf is a Map of inputs of one type.
func mapOf(t testing.TB, ins []kernels.DType, f func(b *kernels.Builder) values) *kernels.Map {
	return &kernels.Map{
		Signature: kernels.Signature{Ins: ins, Params: []kernels.DType{u64}, Indices: 1},
		Body:      body(t, f),
	}
}

// examples are kernels of every kind, as programs use them.
func examples(t testing.TB) map[string]kernels.Kernel {
	ks := make(map[string]kernels.Kernel)
	for _, dt := range []kernels.DType{f32, f64} {
		suffix := "/" + dt.String()
		three := []kernels.DType{dt, dt, dt}
		ks["copy"+suffix] = mapOf(t, three[:1], func(b *kernels.Builder) values { return values{b.Load(0, dt)} })
		ks["fma"+suffix] = mapOf(t, three, func(b *kernels.Builder) values {
			return values{b.FMA(b.Load(0, dt), b.Load(1, dt), b.Load(2, dt))}
		})
		ks["max"+suffix] = mapOf(t, three[:2], func(b *kernels.Builder) values {
			return values{b.Max(b.Load(0, dt), b.Load(1, dt))}
		})
		ks["chain"+suffix] = mapOf(t, three, func(b *kernels.Builder) values {
			s := b.Call(mathfn.Sin(dt), b.Load(0, dt))
			c := b.Call(mathfn.Cos(dt), b.Load(1, dt))
			return values{b.Mul(b.Sqrt(b.FMA(s, s, b.Mul(c, c))), b.Call(mathfn.Exp(dt), b.Neg(b.Load(2, dt))))}
		})
		ks["uniform"+suffix] = mapOf(t, nil, func(b *kernels.Builder) values {
			return values{mathfn.Uniform(b, dt, b.Index(0), b.Int(u64, 7), b.Param(0, u64))}
		})
		ks["normal"+suffix] = mapOf(t, nil, func(b *kernels.Builder) values {
			return values{mathfn.Normal(b, dt, b.Index(0), b.Int(u64, 7), b.Param(0, u64))}
		})
		for _, f := range mathfn.All() {
			if f.Result() == dt {
				ks[f.Name] = mapOf(t, three[:len(f.Params)], func(b *kernels.Builder) values {
					args := values{b.Load(0, dt), kernels.NoValue}[:1]
					if len(f.Params) == 2 {
						args = append(args, b.Load(1, dt))
					}
					return values{b.Call(f, args...)}
				})
			}
		}
		loopExamples(t, ks, dt)
		reduceExamples(t, ks, dt)
		contractExamples(t, ks, dt)
	}
	return ks
}

// reduceOf is a Reduce of one input.
func reduceOf(t testing.TB, order kernels.Order, dt kernels.DType, combines ...kernels.Combine) *kernels.Reduce {
	k := &kernels.Reduce{Signature: kernels.Signature{Ins: []kernels.DType{dt}}, Order: order}
	for _, c := range combines {
		k.Accs = append(k.Accs, kernels.Acc{Type: dt, Combine: c})
	}
	k.Pre = body(t, func(b *kernels.Builder) (vs values) {
		x := b.Load(0, dt)
		for i := range combines {
			if i%2 == 1 {
				x = b.Mul(x, x)
			}
			vs = append(vs, x)
		}
		return vs
	})
	k.Post = accsOf(t, k.Accs)
	return k
}

// accsOf gives the accumulators as they are, each followed by its position if it
// keeps one.
func accsOf(t testing.TB, accs []kernels.Acc) kernels.Body {
	return body(t, func(b *kernels.Builder) (vs values) {
		for i, a := range accs {
			vs = append(vs, b.Acc(i, a.Type))
			if a.Combine.HasIndex() {
				vs = append(vs, b.AccIndex(i))
			}
		}
		return vs
	})
}

func reduceExamples(t testing.TB, ks map[string]kernels.Kernel, dt kernels.DType) {
	for _, order := range []kernels.Order{kernels.Tree, kernels.Strided} {
		suffix := "/" + order.String() + "/" + dt.String()
		ks["sum"+suffix] = reduceOf(t, order, dt, kernels.CombineAdd)
		ks["max"+suffix] = reduceOf(t, order, dt, kernels.CombineMax)
		ks["argmin"+suffix] = reduceOf(t, order, dt, kernels.CombineArgMin)
		ks["moments"+suffix] = reduceOf(t, order, dt, kernels.CombineAdd, kernels.CombineAdd)
		pi := reduceOf(t, order, f64, kernels.CombineAdd)
		pi.Ins, pi.Params, pi.Indices = nil, []kernels.DType{u64}, 1
		pi.Pre = body(t, func(b *kernels.Builder) values {
			d := mathfn.Draws{Index: b.Index(0), Stream: b.Int(u64, 0), Seed: b.Param(0, u64), Words: 2 * mathfn.UniformWords(dt)}
			x, y := d.Uniform(b, dt, 0), d.Uniform(b, dt, mathfn.UniformWords(dt))
			inside := b.Less(b.FMA(x, x, b.Mul(y, y)), b.Float(dt, 1))
			return values{b.Select(inside, b.Float(f64, 4), b.Float(f64, 0))}
		})
		ks["pi"+suffix] = pi
	}
}

// contractOf is a Contract of two inputs by a named step.
func contractOf(t testing.TB, step term.Term, dt kernels.DType) *kernels.Contract {
	b, err := step.Step(dt, func(b *kernels.Builder) kernels.Value { return b.Load(2, dt) })
	if err != nil {
		t.Fatal(err)
	}
	accs := step.Accs(dt)
	load := func(slot int) kernels.Body {
		return body(t, func(b *kernels.Builder) values { return values{b.Load(slot, dt)} })
	}
	k := &kernels.Contract{
		Signature: kernels.Signature{Ins: []kernels.DType{dt, dt}},
		PreA:      load(0), PreB: load(1), Step: b, Accs: accs, Start: make([]uint64, len(accs)), Post: accsOf(t, accs),
	}
	if step.IsWeighted() {
		k.Ins = append(k.Ins, dt)
	}
	return k
}

func contractExamples(t testing.TB, ks map[string]kernels.Kernel, dt kernels.DType) {
	for _, step := range term.All() {
		name := step.String() + "/" + dt.String()
		ks["contract/"+name] = contractOf(t, step, dt)
		if step != term.FMA && step != term.SqDiff {
			continue
		}
		for _, c := range []kernels.Combine{kernels.CombineAdd, kernels.CombineArgMin} {
			k := contractOf(t, step, dt)
			accs := []kernels.Acc{{Type: dt, Combine: c}}
			k.Fold = &kernels.Fold{Accs: accs, Post: accsOf(t, accs)}
			ks["fold/"+c.String()+"/"+name] = k
		}
	}
	for _, count := range []int{10, kernels.MaxTop} {
		k := contractOf(t, term.SqDiff, dt)
		accs := []kernels.Acc{{Type: dt, Combine: kernels.CombineArgMin}}
		k.Post = body(t, func(b *kernels.Builder) values { return values{b.Sqrt(b.Acc(0, dt))} })
		k.Fold = &kernels.Fold{Accs: accs, Post: accsOf(t, accs), Top: count}
		ks[fmt.Sprintf("top%d/%s", count, dt)] = k
	}
	if dt == f32 {
		for step, p := range map[term.Term]kernels.Precision{term.FMA: kernels.TF32, term.SqDiff: kernels.BF16} {
			k := contractOf(t, step, dt)
			k.Precision = p
			ks["contract/"+p.String()+"/"+step.String()] = k
		}
	}
	root := contractOf(t, term.SqDiff, dt)
	root.Post = body(t, func(b *kernels.Builder) values { return values{b.Sqrt(b.Acc(0, dt))} })
	ks["contract/euclidean/"+dt.String()] = root
	gram := contractOf(t, term.FMA, dt)
	gram.PreA = body(t, func(b *kernels.Builder) values { x := b.Load(0, dt); return values{b.Mul(x, x)} })
	ks["contract/square/"+dt.String()] = gram
}

// loopExamples are the gain of an option on the mean of a path of 252 steps, and the
// sum of such gains.
func loopExamples(t testing.TB, ks map[string]kernels.Kernel, dt kernels.DType) {
	step := kernels.NewBuilder()
	d := mathfn.Draws{Index: step.Arg(3, u64), Stream: step.Arg(0, u64), Seed: step.Arg(4, u64), Words: mathfn.NormalWords(dt)}
	logarithm := step.FMA(d.Normal(step, dt, 0), step.Float(dt, 0.0126), step.Arg(1, dt))
	l := &kernels.Loop{Steps: 252, States: 2, Params: []kernels.DType{u64, dt, dt, u64, u64}}
	var err error
	if l.Body, err = step.Build(logarithm, step.Add(step.Arg(2, dt), step.Call(mathfn.Exp(dt), logarithm))); err != nil {
		t.Fatal(err)
	}
	gain := func(b *kernels.Builder) values {
		zero := b.Float(dt, 0)
		return values{b.Max(b.Sub(b.Loop(l, 1, zero, zero, b.Index(0), b.Param(0, u64)), b.Float(dt, 265)), zero)}
	}
	ks["loop/"+dt.String()] = mapOf(t, nil, gain)
	sum := reduceOf(t, kernels.Tree, dt, kernels.CombineAdd)
	sum.Ins, sum.Params, sum.Indices, sum.Pre = nil, []kernels.DType{u64}, 1, body(t, gain)
	ks["loopsum/"+dt.String()] = sum
}
