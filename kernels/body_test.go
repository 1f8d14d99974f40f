package kernels

import (
	"strings"
	"testing"
)

// TestBodyText shows every form of instruction in the text form.
func TestBodyText(t *testing.T) {
	b := NewBuilder()
	x, i := b.Load(0, F32), b.Index(1)
	word := b.Philox(i, i, b.Param(0, U64), 1, 1)
	table := &Table{Name: "digits", Type: U32, Bits: []uint64{1, 2}}
	g := b.Gather(2, F32, i)
	one := b.Float(F32, 1)
	sel := b.SelectLikely(b.Less(x, one), b.FMA(x, g, one), b.Call(doubling(t), g))
	body := mustBuild(t, b, sel, b.Convert(F64, b.Bitcast(I32, b.Lookup(table, word))))
	want := `%0 = load.f32 0
%1 = index.u64 1
%2 = param.u64 0
%3 = philox.u32 %1 %1 %2 share=1 word=1
%4 = gather.f32 %1 2
%5 = const.f32 0x3f800000 (1)
%6 = less.bool %0 %5
%7 = fma.f32 %0 %4 %5
%8 = call.f32 twice.f32 %4
%9 = select.f32 %6 %7 %8 likely
%10 = lookup.u32 digits %3
%11 = bitcast.i32 %10
%12 = convert.f64 %11
return %9 %12
`
	if body.String() != want {
		t.Errorf("got\n%sexpected\n%s", &body, want)
	}
}

func TestKernelText(t *testing.T) {
	b := NewBuilder()
	square := mustBuild(t, b, b.Mul(b.Load(0, F64), b.Load(0, F64)))
	p := NewBuilder()
	post := mustBuild(t, p, p.Sqrt(p.Acc(0, F64)))
	norm := &Reduce{
		Signature: Signature{Ins: []DType{F64}}, Order: Tree, Pre: square,
		Accs: []Acc{{F64, CombineAdd}}, Post: post,
	}
	if err := norm.Validate(); err != nil {
		t.Fatal(err)
	}
	want := `reduce tree [add.f64] ins=[f64] params=[] indices=0
pre:
  %0 = load.f64 0
  %1 = mul.f64 %0 %0
  return %1
post:
  %0 = acc.f64 0
  %1 = sqrt.f64 %0
  return %1
`
	if norm.String() != want {
		t.Errorf("got\n%sexpected\n%s", norm, want)
	}
	other := *norm
	other.Order = Strided
	if norm.Key() == other.Key() || len(norm.Key()) != 32 || norm.Key() != keyOf(norm) {
		t.Errorf("keys %s and %s", norm.Key(), other.Key())
	}
}

func TestContractText(t *testing.T) {
	c := product(t)
	text := c.String()
	for _, part := range []string{"contract [add.f32] start=[0x80000000]", "a:\n  %0 = load.f32 0", "step:\n", "fma.f32 %1 %2 %0", "post:\n"} {
		if !strings.Contains(text, part) {
			t.Errorf("no %q in\n%s", part, text)
		}
	}
}

func TestIsLoadAndIsAcc(t *testing.T) {
	b := NewBuilder()
	load := mustBuild(t, b, b.Load(3, F32))
	if slot, ok := load.IsLoad(); !ok || slot != 3 {
		t.Errorf("IsLoad = %d, %v", slot, ok)
	}
	b = NewBuilder()
	accs := mustBuild(t, b, b.Acc(0, F32), b.Acc(1, F64))
	if !accs.IsAcc(2) || accs.IsAcc(1) {
		t.Error("IsAcc does not know two accumulators")
	}
	b = NewBuilder()
	swapped := mustBuild(t, b, b.Acc(1, F64), b.Acc(0, F32))
	if swapped.IsAcc(2) {
		t.Error("IsAcc takes swapped accumulators")
	}
	if _, ok := swapped.IsLoad(); ok {
		t.Error("IsLoad takes accumulators")
	}
}

func TestNames(t *testing.T) {
	for op := OpConst; op < numOps; op++ {
		if opInfo[op].name == "" {
			t.Errorf("op %d has no name", op)
		}
	}
	if Op(200).String() != "op(200)" || DType(99).String() != "dtype(99)" || Op(200).Arity() != 0 || DType(99).Size() != 0 {
		t.Error("out of range ops and types")
	}
	for typ, want := range map[DType]string{Bool: "bool", I32: "int32", U32: "uint32", I64: "int64", U64: "uint64", F32: "float32", F64: "float64", InvalidType: "invalid"} {
		if got := typ.NumPyName(); got != want {
			t.Errorf("NumPy name of %s is %s, expected %s", typ, got, want)
		}
	}
}
