package devicetest

import "github.com/quern-go/quern/kernels"

// values are a Body's results.
type values = []kernels.Value

// body builds a Body, or ends the test.
func body(t T, f func(b *kernels.Builder) values) kernels.Body {
	t.Helper()
	b := kernels.NewBuilder()
	out, err := b.Build(f(b)...)
	if err != nil {
		t.Fatalf("the suite's own body is wrong: %v", err)
	}
	return out
}

// loadOf is the body that is input number slot's element.
func loadOf(t T, slot int, dt kernels.DType) kernels.Body {
	return body(t, func(b *kernels.Builder) values { return values{b.Load(slot, dt)} })
}

// accsOf is the body that gives the accumulators as they are, each followed by
// its position if it keeps one.
func accsOf(t T, accs []kernels.Acc) kernels.Body {
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

// argument is input number slot as a value of type t. Arrays hold floats and
// I64; the other types are made from I64 by taking low bits or the lowest one.
func argument(b *kernels.Builder, slot int, t kernels.DType) kernels.Value {
	if t == storage(t) {
		return b.Load(slot, t)
	}
	x := b.Load(slot, kernels.I64)
	switch t {
	case kernels.Bool:
		return b.Equal(b.And(x, b.Int(kernels.I64, 1)), b.Int(kernels.I64, 1))
	case kernels.U64:
		return b.Bitcast(t, x)
	}
	return b.Convert(t, x)
}

// result is a value as an array can hold it.
func result(b *kernels.Builder, v kernels.Value) kernels.Value {
	t := b.TypeOf(v)
	if t == kernels.U64 {
		return b.Bitcast(kernels.I64, v)
	}
	return b.Convert(storage(t), v)
}

// storage is the type of an array that carries values of type t.
func storage(t kernels.DType) kernels.DType {
	if t.IsFloat() {
		return t
	}
	return kernels.I64
}

var floatTypes = []kernels.DType{kernels.F32, kernels.F64}
