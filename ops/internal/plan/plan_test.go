package plan

import (
	"slices"
	"testing"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/term"
	"github.com/quern-go/quern/ops/internal/expr"
)

func source(shape ...int) *expr.Node {
	return expr.NewSource(kernels.F64, new(int), kernels.Contiguous(shape...))
}

func scalar(x float64) *expr.Node { return expr.Scalar(kernels.F64, x) }

// TestKeys: expressions share a key exactly if one plan serves them.
func TestKeys(t *testing.T) {
	x, y := source(4), source(4)
	matrix := source(4, 4)
	add := func(a, b *expr.Node) *expr.Node { return expr.Binary(expr.Add, a, b) }
	contract := func(s expr.Step) *expr.Node { return expr.NewContract("test", s, matrix, matrix, nil) }
	strided := expr.NewSource(kernels.F64, new(int), kernels.Layout{Shape: []int{4}, Strides: []int{2}})
	draw := func(words int) *expr.Node {
		return expr.Random(expr.Uniform, kernels.F64, 1, &expr.Draw{Sample: &expr.Draws{Words: words}}, []int{4})
	}
	for _, c := range []struct {
		name string
		a, b *expr.Node
		same bool
	}{
		{"other sources", add(x, y), add(source(4), source(4)), true},
		{"one source twice", add(x, y), add(x, x), false},
		{"other scalar", add(x, scalar(1)), add(x, scalar(2)), true},
		{"equal scalars", add(add(x, scalar(1)), scalar(1)), add(add(x, scalar(1)), scalar(2)), false},
		{"order of arguments", add(add(x, y), x), add(add(x, y), y), false},
		{"operation", add(x, y), expr.Binary(expr.Sub, x, y), false},
		{"type", x, expr.NewSource(kernels.F32, new(int), kernels.Contiguous(4)), false},
		{"layout", x, strided, false},
		{"shape", expr.NewReduce(expr.Sum, source(4, 6), nil), expr.NewReduce(expr.Sum, source(6, 4), nil), false},
		{"axes", expr.NewReduce(expr.Sum, matrix, []int{0}), expr.NewReduce(expr.Sum, matrix, []int{1}), false},
		{"step", contract(expr.Step{Term: term.SqDiff}), contract(expr.Step{Term: term.AbsDiff}), false},
		{"power", contract(expr.Step{Power: 4}), contract(expr.Step{Power: 5}), false},
		{"seed", expr.Random(expr.Uniform, kernels.F64, 1, nil, []int{4}), expr.Random(expr.Uniform, kernels.F64, 2, nil, []int{4}), true},
		{"draw", expr.Random(expr.Uniform, kernels.F64, 1, nil, []int{4}), draw(2), false},
		{"words of a sample", draw(2), draw(4), false},
	} {
		ka, kb := Bind(c.a, Options{}), Bind(c.b, Options{})
		if slices.Equal(ka.Key, kb.Key) != c.same {
			t.Errorf("%s: equal keys %v, expected %v", c.name, !c.same, c.same)
		}
	}
	if slices.Equal(Bind(x, Options{}).Key, Bind(x, Options{Exact: true}).Key) {
		t.Error("exact: equal keys")
	}
}

// TestMergedAxes gives the index spaces of the last kernel of some expressions.
func TestMergedAxes(t *testing.T) {
	unary := func(x *expr.Node) *expr.Node { return expr.Call("exp", x) }
	sum := func(x *expr.Node, axes ...int) *expr.Node { return expr.NewReduce(expr.Sum, x, axes) }
	x := source(2, 3, 4)
	for _, c := range []struct {
		name string
		root *expr.Node
		want []int
	}{
		{"contiguous map", unary(x), []int{24}},
		{"one element", unary(source(1, 1)), []int{1}},
		{"no axes", unary(expr.ReshapeTo(source(1), nil)), []int{1}},
		{"row broadcast", expr.Binary(expr.Add, x, source(4)), []int{6, 4}},
		{"transposed", unary(expr.Transpose(x, []int{2, 0, 1})), []int{4, 6}},
		{"sum of all", sum(x), []int{24}},
		{"sum of last", sum(x, 2), []int{6, 4}},
		{"sum of first", sum(x, 0), []int{12, 2}},
		{"sum of middle", sum(x, 1), []int{2, 4, 3}},
		{"one batch axis, shared b", expr.MatMul(x, source(4, 5)), []int{6, 5, 4}},
		{"batches of both", expr.MatMul(x, source(2, 4, 5)), []int{2, 3, 5, 4}},
		{"batches of rows", expr.MatMul(source(2, 1, 4), source(2, 4, 5)), []int{2, 1, 5, 4}},
		{"batches of rows, shared b", expr.MatMul(source(2, 1, 4), source(4, 5)), []int{2, 5, 4}},
		{"single batch", expr.MatMul(source(1, 3, 4), source(4, 5)), []int{3, 5, 4}},
	} {
		binding := Bind(c.root, Options{}).Binding()
		p, err := Build(c.root, &binding, Options{})
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if got := p.Steps[len(p.Steps)-1].Shape; !slices.Equal(got, c.want) {
			t.Errorf("%s: index space %v, expected %v", c.name, got, c.want)
		}
	}
}

func TestInPlaceAndSharing(t *testing.T) {
	x, y := source(4, 4), source(4, 4)
	sum := func(x *expr.Node) *expr.Node { return expr.NewReduce(expr.Sum, x, nil) }
	add := func(a, b *expr.Node) *expr.Node { return expr.Binary(expr.Add, a, b) }
	product := expr.MatMul(x, y)
	for _, c := range []struct {
		name    string
		root    *expr.Node
		inPlace []bool
		total   int // bytes of temporaries
	}{
		{"same positions", add(x, y), []bool{true, true}, 0},
		{"transposed", add(x, expr.Transpose(x, nil)), []bool{false}, 0},
		{"read before", add(y, sum(x)), []bool{true, true}, 8},
		{"product", product, []bool{false, false}, 0},
		{"product kept in the output", add(product, expr.NewReduce(expr.Max, product, nil)), []bool{false, false}, 8},
	} {
		binding := Bind(c.root, Options{}).Binding()
		p, err := Build(c.root, &binding, Options{})
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if total, _ := p.TemporaryBytes(); !slices.Equal(p.InPlace, c.inPlace) || total != c.total {
			t.Errorf("%s: in place %v, %d bytes; expected %v, %d", c.name, p.InPlace, total, c.inPlace, c.total)
		}
	}
}
