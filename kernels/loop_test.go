package kernels_test

import (
	"strings"
	"testing"

	"github.com/quern-go/quern/kernels"
)

// fibonacci is a loop over two states, of which the first step adds a third value.
func fibonacci(t *testing.T, steps uint64) *kernels.Loop {
	t.Helper()
	b := kernels.NewBuilder()
	u64 := kernels.U64
	x, y := b.Arg(1, u64), b.Arg(2, u64)
	body, err := b.Build(y, b.Add(x, b.Add(y, b.Mul(b.Arg(0, u64), b.Arg(3, u64)))))
	if err != nil {
		t.Fatal(err)
	}
	return &kernels.Loop{Steps: steps, States: 2, Params: []kernels.DType{u64, u64, u64, u64}, Body: body}
}

func TestLoopValue(t *testing.T) {
	for _, c := range []struct{ steps, extra, first, second uint64 }{
		{0, 0, 0, 1}, {1, 0, 1, 1}, {10, 0, 55, 89}, {3, 5, 2 + 5, 3 + 5 + 10},
	} {
		b := kernels.NewBuilder()
		l := fibonacci(t, c.steps)
		args := []kernels.Value{b.Int(kernels.U64, 0), b.Int(kernels.U64, 1), b.Load(0, kernels.U64)}
		body, err := b.Build(b.Loop(l, 0, args...), b.Loop(l, 1, args...))
		if err != nil {
			t.Fatal(err)
		}
		for name, body := range map[string]kernels.Body{"as built": body, "inlined": inlined(t, &body)} {
			if err := body.Validate(); err != nil {
				t.Fatal(err)
			}
			got := body.Eval(func(*kernels.Inst) uint64 { return c.extra }, nil)
			if got[0] != c.first || got[1] != c.second {
				t.Errorf("%s, %d steps: %v, expected %d and %d", name, c.steps, got, c.first, c.second)
			}
		}
	}
}

func inlined(t *testing.T, b *kernels.Body) kernels.Body {
	t.Helper()
	out, err := b.InlineCalls(nil)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestLoopText: the text of a Body, of which a kernel's Key is made, has the loop's.
func TestLoopText(t *testing.T) {
	text := func(steps uint64) string {
		b := kernels.NewBuilder()
		zero := b.Int(kernels.U64, 0)
		body, err := b.Build(b.Loop(fibonacci(t, steps), 1, zero, zero, zero))
		if err != nil {
			t.Fatal(err)
		}
		return body.String()
	}
	const want = `%0 = const.u64 0x0 (0)
%1 = loopin.u64 %0
%2 = loopin.u64 %0 %1
%3 = loopin.u64 %0 %2
%4 = loop.u64 %3 1 of loop 0
return %4
loop 0: steps=7 states=2 params=[u64 u64 u64 u64]
  %0 = arg.u64 1
  %1 = arg.u64 2
  %2 = arg.u64 0
  %3 = arg.u64 3
  %4 = mul.u64 %2 %3
  %5 = add.u64 %1 %4
  %6 = add.u64 %0 %5
  return %1 %6
`
	if got := text(7); got != want {
		t.Errorf("got\n%s\nexpected\n%s", got, want)
	}
	if again := text(7); again != want || again == text(8) {
		t.Error("the text does not tell loops apart, or equal ones")
	}
}

func TestLoopMistakes(t *testing.T) {
	u64, f32 := kernels.U64, kernels.F32
	loop := func(write func(b *kernels.Builder) kernels.Value, params ...kernels.DType) *kernels.Loop {
		b := kernels.NewBuilder()
		body, err := b.Build(write(b))
		if err != nil {
			t.Fatal(err)
		}
		return &kernels.Loop{Steps: 1, States: 1, Params: params, Body: body}
	}
	arg := func(b *kernels.Builder) kernels.Value { return b.Arg(1, f32) }
	for _, c := range []struct {
		name string
		loop *kernels.Loop
		args int
		want string
	}{
		{"no loop", nil, 1, "no loop given"},
		{"no states", &kernels.Loop{Params: []kernels.DType{u64}}, 0, "0 states"},
		{"no step number", loop(arg, f32, f32), 1, "begin with u64"},
		{"type of a state", loop(arg, u64, u64), 1, "expected u64"},
		{"arguments", loop(arg, u64, f32), 2, "2 arguments given, expected 1"},
		{"load in a step", loop(func(b *kernels.Builder) kernels.Value { return b.Load(0, f32) }, u64, f32), 1, "load: not allowed in a step"},
		{"argument beyond", loop(func(b *kernels.Builder) kernels.Value { return b.Arg(7, f32) }, u64, f32), 1, "argument 7"},
		{"loop in a step", loop(func(b *kernels.Builder) kernels.Value { return b.Loop(loop(arg, u64, f32), 0, b.Arg(1, f32)) }, u64, f32), 1, "not allowed in a step"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := kernels.NewBuilder()
			args := make([]kernels.Value, c.args)
			for i := range args {
				args[i] = b.Load(0, f32)
			}
			k := &kernels.Map{Signature: kernels.Signature{Ins: []kernels.DType{f32}}}
			var err error
			if k.Body, err = b.Build(b.Loop(c.loop, 0, args...)); err == nil {
				err = k.Validate()
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v; expected an error with %q", err, c.want)
			}
		})
	}
	// Not in a Post.
	b := kernels.NewBuilder()
	post, err := b.Build(b.Loop(loop(arg, u64, f32), 0, b.Acc(0, f32)))
	if err != nil {
		t.Fatal(err)
	}
	pre := kernels.NewBuilder()
	r := &kernels.Reduce{Signature: kernels.Signature{Ins: []kernels.DType{f32}}, Accs: []kernels.Acc{{Type: f32, Combine: kernels.CombineAdd}}, Post: post}
	if r.Pre, err = pre.Build(pre.Load(0, f32)); err != nil {
		t.Fatal(err)
	}
	if err := r.Validate(); err == nil || !strings.Contains(err.Error(), "loop: not allowed here") {
		t.Errorf("a loop in a Post: %v", err)
	}
}
