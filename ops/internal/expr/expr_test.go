package expr

import (
	"math"
	"slices"
	"testing"

	"github.com/quern-go/quern/kernels"
)

func source(shape ...int) *Node {
	return NewSource(kernels.F64, new(int), kernels.Contiguous(shape...))
}

// TestNormalForm: the rules of the package comment.
func TestNormalForm(t *testing.T) {
	x := source(3, 4)
	same := func(name string, got, want *Node) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %s %v is not its argument", name, got.Op, got.Shape)
		}
	}
	same("transposed twice", Transpose(Transpose(x, nil), nil), x)
	same("reshaped and back", ReshapeTo(ReshapeTo(x, []int{12}), []int{3, -1}), x)
	same("broadcast to itself", BroadcastTo(x, []int{3, 4}), x)
	same("whole slice", SliceSpans(x, []Span{{0, 1, 3}, {0, 1, 4}}), x)
	same("converted to its type", ConvertTo(x, kernels.F64), x)

	if n := SliceSpans(SliceSpans(x, []Span{{2, -1, 3}, {0, 2, 2}}), []Span{{1, 1, 2}, {1, 1, 1}}); n.Args[0] != x ||
		!slices.Equal(n.View.Starts, []int{1, 2}) || !slices.Equal(n.View.Steps, []int{-1, 2}) {
		t.Errorf("slices of slices: %+v", n.View)
	}
	if n := NewReduce(Sum, Transpose(x, nil), []int{0}); n.Args[0] != x || !slices.Equal(n.Reduce.Axes, []int{1}) || n.Reduce.Order != kernels.Tree {
		t.Errorf("sum of a transpose: %+v", n.Reduce)
	}
	if n := Var(Transpose(source(2, 3, 4), []int{2, 0, 1}), []int{1}); !slices.Equal(n.Shape, []int{4, 3}) || n.Op != Permute {
		t.Errorf("var of a transpose: %s %v", n.Op, n.Shape)
	}
	if n := MatMul(Transpose(source(5, 3), nil), source(5)); n.Op != Sum || n.Reduce.Order != kernels.Strided {
		t.Errorf("transpose times vector: %s %+v", n.Op, n.Reduce)
	}
	if n := NewReduce(Sum, source(3, 1), []int{1}); n.Op != Reshape {
		t.Errorf("sum of single elements: %s", n.Op)
	}
	if n := NewReduce(ArgMax, source(3, 1), []int{1}); n.Op != Const || n.Type != kernels.I64 {
		t.Errorf("argmax of single elements: %s", n.Op)
	}
}

func TestOrders(t *testing.T) {
	for _, c := range []struct {
		shape, axes []int
		want        kernels.Order
	}{
		{[]int{3, 4}, []int{1}, kernels.Tree},
		{[]int{3, 4}, []int{0}, kernels.Strided},
		{[]int{3, 4}, nil, kernels.Tree},
		{[]int{3, 4, 1}, []int{1}, kernels.Tree},
		{[]int{3, 1}, []int{0}, kernels.Tree},
		{[]int{2, 3, 4}, []int{0, 2}, kernels.Tree},
		{[]int{2, 3, 4}, []int{0, 1}, kernels.Strided},
	} {
		if n := NewReduce(Sum, source(c.shape...), c.axes); n.Reduce.Order != c.want {
			t.Errorf("shape %v, axes %v: order %s, expected %s", c.shape, c.axes, n.Reduce.Order, c.want)
		}
	}
}

// TestPowers checks |a−b|ᵖ, with a weight and without, for exponents that are whole,
// whole and a half, and neither.
func TestPowers(t *testing.T) {
	for quarters := 4; quarters <= 66*4; quarters++ {
		p, weight, w := float64(quarters)/4, 1.0, (func(b *kernels.Builder) kernels.Value)(nil)
		if quarters%3 == 0 {
			weight, w = 0.75, func(b *kernels.Builder) kernels.Value { return b.Load(2, kernels.F64) }
		}
		body, err := Step{Power: p}.Body(kernels.F64, w)
		if err != nil {
			t.Fatal(err)
		}
		leaves := map[kernels.Op]float64{kernels.OpAcc: 0.5, kernels.OpLoad: weight}
		out := body.Eval(func(in *kernels.Inst) uint64 {
			x := leaves[in.Op]
			if in.Op == kernels.OpArg {
				x = []float64{1, 2.25}[in.Imm]
			}
			return math.Float64bits(x)
		}, nil)
		got, want := math.Float64frombits(out[0]), 0.5+weight*math.Pow(1.25, p)
		if math.Abs(got-want) > 1e-13*want {
			t.Errorf("p = %v: %v, expected %v", p, got, want)
		}
	}
}

func TestFold(t *testing.T) {
	two, three := Scalar(kernels.F64, 2), Scalar(kernels.F64, 3)
	for _, c := range []struct {
		name string
		n    *Node
		want float64
	}{
		{"add", Binary(Add, two, three), 5},
		{"less", Binary(Less, two, three), 1},
		{"fma", Ternary(FMA, two, three, two), 8},
		{"view", BroadcastTo(two, []int{2, 2}), 2},
		{"pow", Call("pow", two, three), 8},
	} {
		if c.n.Op != Const || math.Float64frombits(c.n.Bits) != c.want {
			t.Errorf("%s: %s %v, expected the constant %v", c.name, c.n.Op, math.Float64frombits(c.n.Bits), c.want)
		}
	}
	if n := Binary(Add, source(0, 3), source(3)); n.Op != Const || !slices.Equal(n.Shape, []int{0, 3}) {
		t.Errorf("no elements: %s %v", n.Op, n.Shape)
	}
}
