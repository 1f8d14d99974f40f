package devicetest

import (
	"fmt"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/mathfn"
	"github.com/quern-go/quern/kernels/oracle"
)

func (s *tester) loops(t T) {
	for _, dt := range floatTypes {
		t.Run("Map/"+dt.String(), func(t T) { s.loopMap(t, dt) })
		t.Run("Walk/"+dt.String(), func(t T) { s.loopWalk(t, dt) })
	}
	t.Run("States", s.loopStates)
}

// loopMap iterates z → z² + c from z = 0, counting while |z| < 2: functions,
// selections and several states of which two are results.
func (s *tester) loopMap(t T, dt kernels.DType) {
	step := kernels.NewBuilder()
	re, im, count := step.Arg(1, dt), step.Arg(2, dt), step.Arg(3, dt)
	x, y := step.Arg(4, dt), step.Arg(5, dt)
	nextRe := step.Add(step.Sub(step.Mul(re, re), step.Mul(im, im)), x)
	nextIm := step.FMA(step.Add(re, re), im, y)
	inside := step.Less(step.FMA(nextRe, nextRe, step.Mul(nextIm, nextIm)), step.Float(dt, 4))
	grown := step.Select(inside, step.Add(count, step.Call(mathfn.Exp(dt), step.Neg(step.Abs(nextRe)))), count)
	l := &kernels.Loop{Steps: 20, States: 3, Params: []kernels.DType{kernels.U64, dt, dt, dt, dt, dt}}
	l.Body = built(t, step, step.Select(inside, nextRe, re), step.Select(inside, nextIm, im), grown)

	k := &kernels.Map{Signature: kernels.Signature{Ins: []kernels.DType{dt, dt}}}
	k.Body = body(t, func(b *kernels.Builder) values {
		zero := b.Float(dt, 0)
		args := values{zero, zero, zero, b.Load(0, dt), b.Mul(b.Load(1, dt), b.Float(dt, 0.5))}
		return values{b.Loop(l, 2, args...), b.Add(b.Loop(l, 0, args...), b.Load(0, dt))}
	})
	for _, shape := range [][]int{{1}, {700}, {13, 45}} {
		for _, how := range []arrangement{rowMajor, colMajor, stretched} {
			d := newData(fmt.Sprint("loop", dt, shape, how))
			args := &oracle.Args{
				Shape: shape, Outs: outputs(k, shape, rowMajor),
				Ins: []oracle.Operand{d.input(dt, tame, shape, how), d.input(dt, tame, shape, rowMajor)},
			}
			if !s.check(t, k, args) {
				return
			}
		}
	}
}

// loopWalk counts the random walks that end far off, and sums the squares of all ends: a
// Reduce that draws in each step, with words of which rows share counters and of which they
// do not, and that may count bits instead of adding numbers.
func (s *tester) loopWalk(t T, dt kernels.DType) {
	u64 := kernels.U64
	for _, words := range []int{mathfn.UniformWords(dt), mathfn.NormalWords(dt)} {
		if s.effort == Short && words != 2 {
			continue
		}
		step := kernels.NewBuilder()
		at, index, seed := step.Arg(1, dt), step.Arg(2, u64), step.Arg(3, u64)
		d := mathfn.Draws{Index: index, Stream: step.Add(step.Arg(0, u64), step.Int(u64, 1<<32)), Seed: seed, Words: words}
		move := d.Uniform(step, dt, 0)
		if words == mathfn.NormalWords(dt) {
			move = d.Normal(step, dt, 0)
		}
		l := &kernels.Loop{Steps: 7, States: 1, Params: []kernels.DType{u64, dt, u64, u64}}
		l.Body = built(t, step, step.Add(at, move))

		acc := kernels.Acc{Type: dt, Combine: kernels.CombineAdd}
		k := &kernels.Reduce{Signature: kernels.Signature{Params: []kernels.DType{u64}, Indices: 1}, Accs: []kernels.Acc{acc, acc}}
		k.Pre = body(t, func(b *kernels.Builder) values {
			end := b.Loop(l, 0, b.Float(dt, 0.25), b.Index(0), b.Param(0, u64))
			return values{b.Select(b.Less(b.Float(dt, 3), end), b.Float(dt, 1), b.Float(dt, 0)), b.Mul(end, end)}
		})
		k.Post = body(t, func(b *kernels.Builder) values { return values{b.Acc(0, dt), b.Acc(1, dt)} })
		for _, n := range []int{1, 600, 4096 + 700} {
			args := &oracle.Args{
				Shape: []int{n}, Reduced: 1, Outs: outputs(k, nil, rowMajor),
				Indices: []kernels.Layout{{Shape: []int{n}, Strides: []int{1}, Offset: 77}}, Params: []uint64{12345},
			}
			if !s.check(t, k, args) {
				return
			}
		}
	}
}

// loopStates exchanges states, lets one become the number of the step, one stay, and
// one take a value from outside; and does so in no step, and in two runs of one loop.
func (s *tester) loopStates(t T) {
	f32, i64, u64 := kernels.F32, kernels.I64, kernels.U64
	for _, steps := range pick(s.effort, []uint64{5}, []uint64{0, 1, 5}, []uint64{0, 1, 5}) {
		step := kernels.NewBuilder()
		number := step.Convert(i64, step.Arg(0, u64))
		l := &kernels.Loop{Steps: steps, States: 5, Params: []kernels.DType{u64, f32, f32, i64, f32, f32, f32}}
		l.Body = built(t, step, step.Arg(2, f32), step.Arg(1, f32), number, step.Arg(4, f32), step.Add(step.Arg(6, f32), step.Arg(4, f32)))
		k := &kernels.Map{Signature: kernels.Signature{Ins: []kernels.DType{f32, f32}, Params: []kernels.DType{f32}}}
		k.Body = body(t, func(b *kernels.Builder) (vs values) {
			x, y, p := b.Load(0, f32), b.Load(1, f32), b.Param(0, f32)
			for _, first := range []kernels.Value{x, p} {
				for i := range l.States {
					vs = append(vs, b.Loop(l, i, first, y, b.Int(i64, 9), x, p, b.Sqrt(b.Abs(y))))
				}
			}
			return vs
		})
		for _, n := range []int{3, 1100} {
			shape := []int{n}
			d := newData(fmt.Sprint("states", steps, n))
			args := &oracle.Args{
				Shape: shape, Outs: outputs(k, shape, rowMajor),
				Ins:    []oracle.Operand{d.input(f32, mixed, shape, rowMajor), d.input(f32, mixed, shape, rowMajor)},
				Params: []uint64{d.value(f32, wide)},
			}
			if !s.check(t, k, args) {
				return
			}
		}
	}
}

// built finishes the step of a loop.
func built(t T, b *kernels.Builder, results ...kernels.Value) kernels.Body {
	t.Helper()
	step, err := b.Build(results...)
	if err != nil {
		t.Fatalf("loop: %v", err)
	}
	return step
}
