package outline

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/mathfn"
	"github.com/quern-go/quern/kernels/term"
)

const (
	f32 = kernels.F32
	f64 = kernels.F64
	u64 = kernels.U64
)

type values = []kernels.Value

func TestBody(t *testing.T) {
	draws := func(b *kernels.Builder, words int) mathfn.Draws {
		return mathfn.Draws{Index: b.Index(0), Stream: b.Int(u64, 1), Seed: b.Param(0, u64), Words: words}
	}
	for _, c := range []struct {
		name  string
		build func(b *kernels.Builder) values
		want  string
	}{
		{"uniforms and the sum of their squares", func(b *kernels.Builder) values {
			d := draws(b, 2)
			x, y := d.Uniform(b, f32, 0), d.Uniform(b, f32, 1)
			return values{b.Add(b.Mul(x, x), b.Mul(y, y))}
		}, "philox uniform.f32 philox uniform.f32 sumofsquares.f32"},
		{"a normal", func(b *kernels.Builder) values { return values{draws(b, 4).Normal(b, f64, 0)} },
			"philox philox uniform.f64 philox philox uniform.f64 normal.f64"},
		{"a root, and a product with a decay", func(b *kernels.Builder) values {
			x, y := b.Load(0, f64), b.Load(1, f64)
			return values{b.Mul(b.Sqrt(b.Add(b.Mul(x, x), b.Mul(y, y))), b.Call(mathfn.Exp(f64), b.Neg(x)))}
		}, "rootofsquares.f64 decay.f64 mul"},
		{"a sum of an exponential", func(b *kernels.Builder) values {
			return values{b.Add(b.Load(0, f32), b.Call(mathfn.Exp(f32), b.Load(1, f32)))}
		}, "addexp.f32"},
		{"a divergence", func(b *kernels.Builder) values { // as its Step has it
			step := must(term.KullbackLeibler.Step(f64, nil))
			at := make([]kernels.Value, len(step.Insts))
			for i, in := range step.Insts {
				for k := range in.NumArgs() {
					in.Args[k] = at[in.Args[k]]
				}
				if in.Op == kernels.OpArg || in.Op == kernels.OpAcc {
					at[i] = b.Load(i, f64)
				} else {
					at[i] = b.Emit(in)
				}
			}
			return values{at[step.Results[0]]}
		}, "kullbackleibler.f64 add"},
		{"squares that serve elsewhere too", func(b *kernels.Builder) values {
			x, y := b.Load(0, f32), b.Load(1, f32)
			xx := b.Mul(x, x)
			return values{b.Add(xx, b.Mul(y, y)), xx}
		}, "mul mul add"},
		{"products of different values", func(b *kernels.Builder) values {
			x, y := b.Load(0, f32), b.Load(1, f32)
			return values{b.Add(b.Mul(x, y), b.Mul(y, y))}
		}, "mul mul add"},
		{"what follows from a choice", func(b *kernels.Builder) values {
			hit := b.Select(b.Less(b.Load(0, f32), b.Float(f32, 1)), b.Float(f32, 1), b.Float(f32, 0))
			v := b.Convert(f64, b.Mul(hit, b.Float(f32, 4)))
			return values{v, b.Mul(v, v)}
		}, "less select(4, 0) select(16, 0)"},
		{"a choice times a parameter", func(b *kernels.Builder) values {
			hit := b.Convert(f32, b.Less(b.Load(0, f32), b.Param(1, f32)))
			v := b.Convert(f64, b.Mul(hit, b.Param(2, f32)))
			return values{v, b.Mul(v, v)}
		}, "less mul mul convert convert select(%8, %9) mul mul select(%11, %12)"},
		{"a comparison as a number", func(b *kernels.Builder) values {
			hit := b.Convert(f32, b.Less(b.Load(0, f32), b.Float(f32, 1)))
			return values{b.Add(hit, b.Float(f32, 2))}
		}, "less select(3, 2)"},
		{"choices by two conditions", func(b *kernels.Builder) values {
			x, one, zero := b.Load(0, f32), b.Float(f32, 1), b.Float(f32, 0)
			p, q := b.Select(b.Less(x, one), one, zero), b.Select(b.Less(x, zero), one, zero)
			return values{b.Add(p, q)}
		}, "less select(1, 0) less select(1, 0) add"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := kernels.NewBuilder()
			body, err := b.Build(c.build(b)...)
			if err != nil {
				t.Fatal(err)
			}
			got, err := Body(&body)
			if err != nil {
				t.Fatal(err)
			}
			if ops := summary(&got); ops != c.want {
				t.Errorf("got %q, expected %q from\n%s", ops, c.want, &body)
			}
			sameValues(t, &body, &got)
		})
	}
}

// summary lists the instructions but for leaves, and what choices choose from.
func summary(body *kernels.Body) string {
	var ops []string
	for i := range body.Insts {
		in := &body.Insts[i]
		switch {
		case in.NumArgs() == 0:
		case in.Op == kernels.OpCall:
			ops = append(ops, in.Func.Name)
		case in.Op == kernels.OpSelect:
			value := func(k int) string {
				if arg := &body.Insts[in.Args[k]]; arg.Op == kernels.OpConst {
					return kernels.FormatBits(in.Type, arg.Imm)
				}
				return fmt.Sprintf("%%%d", in.Args[k])
			}
			ops = append(ops, fmt.Sprintf("select(%s, %s)", value(1), value(2)))
		default:
			ops = append(ops, in.Op.String())
		}
	}
	return strings.Join(ops, " ")
}

// sameValues compares two bodies' results on random leaves.
func sameValues(t *testing.T, x, y *kernels.Body) {
	t.Helper()
	for i := range uint64(200) {
		leaf := func(in *kernels.Inst) uint64 {
			rng := rand.New(rand.NewPCG(i, uint64(in.Op)<<32|in.Imm))
			if in.Type.IsFloat() {
				return kernels.FloatBits(in.Type, 2*rng.Float64())
			}
			return rng.Uint64()
		}
		want, got := x.Eval(leaf, nil), y.Eval(leaf, nil)
		for r := range want {
			if got[r] != want[r] {
				t.Fatalf("leaves %d, result %d: %#x, expected %#x", i, r, got[r], want[r])
			}
		}
	}
}

// TestFuncs checks that the chains are found whole in what they come from: were one
// to read a word itself, a kernel could not be made of it.
func TestFuncs(t *testing.T) {
	arity := map[string]int{"uniform.f32": 1, "uniform.f64": 2, "normal.f32": 2, "normal.f64": 2, "sumofsquares.f32": 2, "sumofsquares.f64": 2,
		"rootofsquares.f32": 2, "rootofsquares.f64": 2, "decay.f32": 1, "decay.f64": 1, "addexp.f32": 2, "addexp.f64": 2,
		"kullbackleibler.f32": 2, "kullbackleibler.f64": 2}
	for _, f := range Funcs() {
		if n, ok := arity[f.Name]; !ok || n != len(f.Params) {
			t.Errorf("%s has %d parameters, expected %d", f.Name, len(f.Params), n)
		}
		delete(arity, f.Name)
		for i := range f.Body.Insts {
			if op := f.Body.Insts[i].Op; op == kernels.OpPhilox || op == kernels.OpIndex {
				t.Errorf("%s reads a %s", f.Name, op)
			}
		}
	}
	for name := range arity {
		t.Errorf("no %s", name)
	}
}
