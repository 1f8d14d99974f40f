package panel

import (
	"slices"
	"testing"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/term"
	"github.com/quern-go/quern/ops/internal/expr"
	"github.com/quern-go/quern/ops/internal/plan"
)

func source(shape ...int) *expr.Node {
	return expr.NewSource(kernels.F64, new(int), kernels.Contiguous(shape...))
}

// filed is the data of a source in a file.
type filed struct{ bytes int }

func partOfSource(n *expr.Node, spans []expr.Span) *expr.Node {
	layout := kernels.Contiguous(expr.SliceLayout(n.Layout, spans).Shape...)
	if _, ok := n.Data.(*filed); ok {
		return expr.NewSource(n.Type, &filed{layout.Len() * n.Type.Size()}, layout)
	}
	return expr.NewSource(n.Type, new(int), layout)
}

func newTestCutter() *Cutter {
	return NewCutter(Model{
		Source: partOfSource,
		Value:  func(n *expr.Node) *expr.Node { return source(n.Shape...) },
		Need: func(p *plan.Plan, b *plan.Binding) int {
			need := p.HeldBytes(func(bytes int) int { return bytes })
			for _, source := range b.Sources {
				if f, ok := source.(*filed); ok {
					need += f.bytes
				}
			}
			return need
		},
		Block: func(bytes int) int { return bytes },
		Filed: func(n *expr.Node) *expr.Node {
			return expr.NewSource(n.Type, &filed{n.Bytes()}, kernels.Contiguous(n.Shape...))
		},
		Read: func(source any) (bytes, pieces int) {
			if f, ok := source.(*filed); ok {
				return f.bytes, 1
			}
			return 0, 0
		},
	})
}

// TestCuts: what is chosen, for temporaries of n×n elements of 8 bytes.
func TestCuts(t *testing.T) {
	const n = 1000
	a, b := source(n, n), source(n, n)
	product := func(a, b *expr.Node) *expr.Node {
		return expr.NewContract("test", expr.Step{Term: term.FMA}, a, b, nil)
	}
	m := product(a, b)
	sum := func(x *expr.Node, axes ...int) *expr.Node { return expr.NewReduce(expr.Sum, x, axes) }
	divide := func(x, y *expr.Node) *expr.Node { return expr.Binary(expr.Div, x, y) }
	for _, c := range []struct {
		name   string
		n      *expr.Node
		budget int
		want   Cut // Axis, Length, Blocks and, for how many, First
	}{
		{"fits", product(m, a), 8 * n * n, Cut{}},
		{"product on the left", product(m, a), 4 * n * n, Cut{Axis: 0, Length: 336}},
		{"product on the right", product(a, m), 4 * n * n, Cut{Axis: 1, Length: 336}},
		{"row sums", divide(m, expr.ReshapeTo(sum(m, 1), []int{n, 1})), 4 * n * n, Cut{}},
		{"column sums", product(divide(m, sum(m, 0)), a), 4 * n * n, Cut{First: []int{1}}},
		{"sum of all", sum(m), 4 * n * n, Cut{Blocks: true}},
		{"both sums", expr.Binary(expr.Add, product(divide(m, sum(m)), a), a), 4 * n * n, Cut{First: []int{1}}},
	} {
		cut, err := newTestCutter().Cut(c.n, nil, c.budget)
		if err != nil {
			t.Fatal(err)
		}
		if cut.Axis != c.want.Axis || cut.Length != c.want.Length || cut.Blocks != c.want.Blocks || len(cut.First) != len(c.want.First) {
			t.Errorf("%s: %+v, expected %+v", c.name, *cut, c.want)
		}
		if cut.Over > 0 || cut.Need > c.budget {
			t.Errorf("%s: needs %d bytes of %d", c.name, cut.Need, c.budget)
		}
		for _, first := range NodesAt(c.n, cut.First) {
			if first.Op != expr.Sum {
				t.Errorf("%s: first a %s", c.name, first.Op)
			}
		}
	}
}

// TestBlocks: the numbers of full blocks and of what is left.
func TestBlocks(t *testing.T) {
	for _, c := range []struct {
		name       string
		op         expr.Op
		x          *expr.Node
		axes       []int
		span       int
		head, tail []int
	}{
		{"sum", expr.Sum, source(10_000), nil, 4096, []int{2, 4096}, []int{1, 1808}},
		{"sum of rows", expr.Sum, source(3, 8192), []int{1}, 4096, []int{3, 2, 4096}, nil},
		{"sum of columns", expr.Sum, source(5000, 3), []int{0}, 4096, []int{3, 1, 4096}, []int{3, 1, 904}},
		{"minimum of long rows", expr.Min, source(7, 300), nil, 300, []int{7, 300}, nil},
		{"minimum of short rows", expr.Min, source(1000, 10), nil, 4090, []int{2, 4090}, []int{1, 1820}},
		{"position", expr.ArgMax, source(7, 300), nil, 300, []int{7, 300}, nil},
		{"one block", expr.Sum, source(4096), nil, 0, nil, nil},
		{"positions of rows", expr.ArgMin, source(7, 9000), []int{1}, 4096, []int{7, 2, 4096}, []int{7, 1, 808}},
		{"many positions", expr.ArgMin, source(65, 9000), []int{1}, 64, []int{65, 140, 64}, []int{65, 1, 40}},
		{"wide columns", expr.Sum, source(300, 1000), []int{0}, 64, []int{1000, 4, 64}, []int{1000, 1, 44}},
		{"rows of one block", expr.Sum, source(1000, 300), []int{1}, 0, nil, nil},
	} {
		b, ok := BlocksOf(expr.NewReduce(c.op, c.x, c.axes), 4<<20, partOfSource)
		if ok != (c.span > 0) {
			t.Errorf("%s: blocks %v, expected %v", c.name, ok, !ok)
			continue
		}
		if !ok {
			continue
		}
		var tail []int
		if b.Tail != nil {
			tail = b.Tail.Args[0].Shape
		}
		if b.Span != c.span || !slices.Equal(b.Head.Args[0].Shape, c.head) || !slices.Equal(tail, c.tail) {
			t.Errorf("%s: span %d, %v and %v; expected %d, %v, %v", c.name, b.Span, b.Head.Args[0].Shape, tail, c.span, c.head, c.tail)
		}
	}
}
