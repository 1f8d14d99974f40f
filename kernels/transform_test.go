package kernels

import "testing"

// guarded is x<0 likely ? -x : sqrt(x), and then y<x likely ? it : x·y.
func guarded(t *testing.T) Body {
	b := NewBuilder()
	x, y := b.Arg(0, F32), b.Arg(1, F32)
	first := b.SelectLikely(b.Less(x, b.Float(F32, 0)), b.Neg(x), b.Sqrt(x))
	return mustBuild(t, b, b.SelectLikely(b.Less(y, x), first, b.Mul(x, y)))
}

func TestLikely(t *testing.T) {
	body := guarded(t)
	fast, ok, err := body.Likely()
	if err != nil || !ok {
		t.Fatalf("Likely: %v, %v", ok, err)
	}
	want := `%0 = arg.f32 0
%1 = arg.f32 1
%2 = const.f32 0x0 (0)
%3 = less.bool %0 %2
%4 = neg.f32 %0
%5 = less.bool %1 %0
%6 = and.bool %3 %5
return %4 %6
`
	if fast.String() != want {
		t.Errorf("got\n%sexpected\n%s", &fast, want)
	}
}

// TestLikelySharesConditions: a condition used twice, or extended by another,
// stands in the guard once.
func TestLikelySharesConditions(t *testing.T) {
	b := NewBuilder()
	x, y := b.Arg(0, F32), b.Arg(1, F32)
	p, q := b.Less(x, y), b.Less(y, b.Float(F32, 1))
	both := b.And(p, q)
	v := b.SelectLikely(p, x, y)
	v = b.SelectLikely(both, b.Neg(v), v)
	v = b.SelectLikely(q, b.Sqrt(v), v)
	body := mustBuild(t, b, v)
	fast, ok, err := body.Likely()
	if err != nil || !ok {
		t.Fatalf("Likely: %v, %v", ok, err)
	}
	ands := 0
	for _, in := range fast.Insts {
		if in.Op == OpAnd {
			ands++
		}
	}
	if ands != 1 {
		t.Errorf("%d conjunctions, expected 1:\n%s", ands, &fast)
	}
}

func TestLikelyWithout(t *testing.T) {
	b := NewBuilder()
	body := mustBuild(t, b, b.Neg(b.Load(0, F32)))
	if _, ok, err := body.Likely(); ok || err != nil {
		t.Errorf("Likely of a body without likely selects: %v, %v", ok, err)
	}
}

func TestInlineCalls(t *testing.T) {
	twice := doubling(t)
	b := NewBuilder()
	x := b.Arg(0, F32)
	fourfold := &Func{Name: "fourfold.f32", Params: []DType{F32}, Body: mustBuild(t, b, b.Call(twice, b.Call(twice, x)))}
	b = NewBuilder()
	body := mustBuild(t, b, b.Call(fourfold, b.Load(2, F32)))

	flat, err := body.InlineCalls(nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := "%0 = load.f32 2\n%1 = add.f32 %0 %0\n%2 = add.f32 %1 %1\nreturn %2\n"; flat.String() != want {
		t.Errorf("got\n%sexpected\n%s", &flat, want)
	}
	kept, err := body.InlineCalls(func(f *Func) bool { return f == twice })
	if err != nil {
		t.Fatal(err)
	}
	if want := "%0 = load.f32 2\n%1 = call.f32 twice.f32 %0\n%2 = call.f32 twice.f32 %1\nreturn %2\n"; kept.String() != want {
		t.Errorf("got\n%sexpected\n%s", &kept, want)
	}
}

func TestFuncEval(t *testing.T) {
	body := guarded(t)
	f := &Func{Name: "guarded.f32", Params: []DType{F32, F32}, Body: body}
	for _, c := range []struct{ x, y, want float64 }{{-4, -5, 4}, {4, 3, 2}, {4, 5, 20}} {
		if got := f.Eval([]uint64{FloatBits(F32, c.x), FloatBits(F32, c.y)}); got != FloatBits(F32, c.want) {
			t.Errorf("f(%v, %v) = %s, expected %v", c.x, c.y, FormatBits(F32, got), c.want)
		}
	}
}

func TestEvalLeavesAndGather(t *testing.T) {
	b := NewBuilder()
	body := mustBuild(t, b, b.Add(b.Gather(1, F64, b.Index(0)), b.Param(0, F64)))
	got := body.Eval(
		func(leaf *Inst) uint64 {
			if leaf.Op == OpIndex {
				return 7
			}
			return FloatBits(F64, 0.5)
		},
		func(in *Inst, i uint64) uint64 { return FloatBits(F64, float64(10*in.Imm+i)) })
	if got[0] != FloatBits(F64, 17.5) {
		t.Errorf("got %s, expected 17.5", FormatBits(F64, got[0]))
	}
}
