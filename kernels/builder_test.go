package kernels

import (
	"strings"
	"testing"
)

func mustBuild(t *testing.T, b *Builder, results ...Value) Body {
	t.Helper()
	body, err := b.Build(results...)
	if err != nil {
		t.Fatal(err)
	}
	if err := body.Validate(); err != nil {
		t.Fatal(err)
	}
	return body
}

func TestBuilderSharesEqualInstructions(t *testing.T) {
	b := NewBuilder()
	x, y := b.Load(0, F32), b.Load(1, F32)
	sum := b.Add(x, y)
	if b.Load(0, F32) != x || b.Add(x, y) != sum || b.Float(F32, 1) != b.Bits(F32, 0x3f800000) {
		t.Error("equal instructions got different values")
	}
	if b.Add(y, x) == sum || b.Load(0, F32) == b.Load(0, F64) || b.Float(F64, 0) == b.Int(I64, 0) {
		t.Error("different instructions got the same value")
	}
	c := b.Less(x, y)
	if b.Select(c, x, y) == b.SelectLikely(c, x, y) {
		t.Error("select and likely select got the same value")
	}
}

func TestBuilderFoldsConstants(t *testing.T) {
	b := NewBuilder()
	table := &Table{Name: "t", Type: F64, Bits: []uint64{FloatBits(F64, 4)}}
	twice := doubling(t)
	for _, c := range []struct {
		name string
		v    Value
		want uint64
	}{
		{"arithmetic", b.FMA(b.Float(F32, 2), b.Float(F32, 3), b.Float(F32, 1)), FloatBits(F32, 7)},
		{"integers", b.Shl(b.Int(U32, 3), 31), 1 << 31},
		{"comparison", b.Less(b.Float(F64, 1), b.Float(F64, 2)), 1},
		{"conversion", b.Convert(I64, b.Float(F32, -1.5)), ^uint64(0)},
		{"bitcast", b.Bitcast(U64, b.Float(F64, 1)), 0x3ff << 52},
		{"lookup", b.Lookup(table, b.Int(U32, 0)), FloatBits(F64, 4)},
		{"select", b.Select(b.Bits(Bool, 0), b.Int(I32, 1), b.Int(I32, 2)), 2},
		{"call", b.Call(twice, b.Float(F32, 21)), FloatBits(F32, 42)},
		{"philox", b.Philox(b.Int(U64, 1), b.Int(U64, 2), b.Int(U64, 3), 0, 2), uint64(PhiloxWord(1, 2, 3, 0, 2))},
	} {
		body := mustBuild(t, b, c.v)
		if len(body.Insts) != 1 || body.Insts[0].Op != OpConst || body.Insts[0].Imm != c.want {
			t.Errorf("%s: got\n%sexpected the constant %#x", c.name, &body, c.want)
		}
	}
	gather := mustBuild(t, b, b.Gather(0, F32, b.Int(U64, 5)))
	if len(gather.Insts) != 2 {
		t.Errorf("gather of a constant index was folded:\n%s", &gather)
	}
}

// doubling is the function x + x of float32.
func doubling(t *testing.T) *Func {
	t.Helper()
	b := NewBuilder()
	x := b.Arg(0, F32)
	return &Func{Name: "twice.f32", Params: []DType{F32}, Body: mustBuild(t, b, b.Add(x, x))}
}

func TestBuilderShortCuts(t *testing.T) {
	b := NewBuilder()
	x := b.Load(0, F32)
	c := b.Less(x, b.Float(F32, 0))
	if b.Select(c, x, x) != x || b.Convert(F32, x) != x || b.Bitcast(F32, x) != x {
		t.Error("a select of equal values, or a conversion to the same type, made an instruction")
	}
}

func TestBuildDropsDeadInstructions(t *testing.T) {
	b := NewBuilder()
	x := b.Load(0, F64)
	b.Sqrt(b.Load(1, F64))
	y := b.Neg(x)
	body := mustBuild(t, b, y, x, y)
	want := "%0 = load.f64 0\n%1 = neg.f64 %0\nreturn %1 %0 %1\n"
	if body.String() != want {
		t.Errorf("got\n%sexpected\n%s", &body, want)
	}
}

func TestBuilderKeepsFirstMistake(t *testing.T) {
	for _, c := range []struct {
		name string
		use  func(b *Builder) Value
		want string
	}{
		{"mixed types", func(b *Builder) Value { return b.Add(b.Load(0, F32), b.Load(1, F64)) }, "add.f32: arguments of types [f32 f64]"},
		{"no such value", func(b *Builder) Value { return b.Neg(99) }, "%99: no such value"},
		{"division of integers", func(b *Builder) Value { return b.Div(b.Int(I32, 1), b.Int(I32, 2)) }, "div.i32"},
		{"bits of a float", func(b *Builder) Value { x := b.Load(0, F32); return b.And(x, x) }, "and.f32"},
		{"condition", func(b *Builder) Value { x := b.Load(0, F32); return b.Select(x, x, b.Neg(x)) }, "select.f32"},
		{"bitcast of another size", func(b *Builder) Value { return b.Bitcast(U64, b.Load(0, F32)) }, "bitcast.u64"},
		{"philox words", func(b *Builder) Value { i := b.Index(0); return b.Philox(i, i, i, 1, 2) }, "philox.u32"},
		{"call without a function", func(b *Builder) Value { return b.Call(nil, b.Load(0, F32)) }, "no function"},
		{"too few arguments", func(b *Builder) Value { return b.Call(doubling(t)) }, "0 arguments given, 1 expected"},
		{"argument type", func(b *Builder) Value { return b.Call(doubling(t), b.Load(0, F64)) }, "call.f32"},
	} {
		b := NewBuilder()
		v := c.use(b)
		b.Add(b.Load(5, F32), b.Load(6, F64)) // a second mistake is not reported
		if _, err := b.Build(v); err == nil || !strings.Contains(err.Error(), c.want) || err != b.Err() {
			t.Errorf("%s: error %v, expected %q in it", c.name, err, c.want)
		}
	}
}

func TestBuildWithoutSuchResult(t *testing.T) {
	b := NewBuilder()
	b.Load(0, F32)
	if _, err := b.Build(3); err == nil {
		t.Error("a result that does not exist was accepted")
	}
}

func TestInline(t *testing.T) {
	inner := NewBuilder()
	body := mustBuild(t, inner, inner.Mul(inner.Load(0, F32), inner.Param(0, F32)), inner.Load(0, F32))
	b := NewBuilder()
	sum := b.Add(b.Load(1, F32), b.Load(2, F32))
	results := b.Inline(&body, func(leaf Inst) (Value, bool) { return sum, leaf.Op == OpLoad })
	got := mustBuild(t, b, results...)
	want := `%0 = load.f32 1
%1 = load.f32 2
%2 = add.f32 %0 %1
%3 = param.f32 0
%4 = mul.f32 %2 %3
return %4 %2
`
	if got.String() != want {
		t.Errorf("got\n%sexpected\n%s", &got, want)
	}
}
