package outline

import (
	"sync"

	"github.com/quern-go/quern/kernels"
)

// Draw is a chain from the words of a counter of Philox to a value: where the CPU
// device has a kernel for it, neither words nor uniforms pass through memory, and
// what the chain computes fills the gaps that the generator, of which every round waits
// for the one before, leaves in the processor's units.
type Draw struct {
	Name string
	// From is a function of Uniforms32 alone, which the chain begins with, and Then
	// what is done with its value v: there are as many parameters of a kernel as that
	// takes, all of the type of v.
	From *kernels.Func
	Then []kernels.Op // v = op(v, parameter)
	// Neutral are the values of the parameters that change nothing: a kernel serves for
	// the chain without its last links. Nil if the chain must be whole.
	Neutral []uint64
	Body    kernels.Body // of the words of a value (U32), then of the parameters
}

// Words is how many words a value takes.
func (d *Draw) Words() int { return len(d.From.Params) }

// Draws lists the chains.
//
//	normal·a + b: any normal number
//	x² + y² < r: whether a point lies in a circle
var Draws = sync.OnceValue(func() []*Draw {
	normal, circle := funcNamed("normal.f32"), funcNamed("sumofsquares.f32")
	return []*Draw{
		draw("normal.f32", normal, []uint64{one32, negativeZero32}, kernels.OpMul, kernels.OpAdd),
		draw("circle.f32", circle, nil, kernels.OpLess),
	}
})

// The bits of 1 and of −0: v·1 and v + −0 are v.
const (
	one32          = 0x3f800000
	negativeZero32 = 0x80000000
)

func funcNamed(name string) *kernels.Func {
	for _, f := range Funcs() {
		if f.Name == name {
			return f
		}
	}
	panic("outline: no chain " + name) // a bug: the chains are fixed
}

func draw(name string, from *kernels.Func, neutral []uint64, then ...kernels.Op) *Draw {
	b := kernels.NewBuilder()
	uniform := funcNamed(Uniform32)
	x := make([]kernels.Value, len(from.Params))
	for i := range x {
		x[i] = b.Call(uniform, b.Arg(i, kernels.U32))
	}
	v := b.Call(from, x...)
	for i, op := range then {
		t := kernels.F32
		if op.IsComparison() {
			t = kernels.Bool
		}
		v = b.Emit(kernels.Inst{Op: op, Type: t, Args: [3]kernels.Value{v, b.Arg(len(x)+i, kernels.F32), kernels.NoValue}})
	}
	return &Draw{Name: name, From: from, Then: then, Neutral: neutral, Body: must(b.Build(v))}
}
