package ptx_test

import (
	"testing"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/mathfn"
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
	}
	return ks
}
