package panel

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/quern-go/quern/kernels/term"
	"github.com/quern-go/quern/ops/internal/expr"
)

// randomProducts makes expressions of n×n products.
type randomProducts struct {
	*rand.Rand
	text map[*expr.Node]string
	pool []*expr.Node // n×n
}

// name keeps a node and what it is: x and y in the text stand for arguments.
func (g *randomProducts) name(n *expr.Node, text string, args ...*expr.Node) *expr.Node {
	if n.Op == expr.Failed {
		panic(n.Err)
	}
	if _, ok := g.text[n]; !ok {
		for i, a := range args {
			text = strings.ReplaceAll(text, "xy"[i:i+1], g.text[a])
		}
		g.text[n] = text
	}
	return n
}

func (g *randomProducts) pick() *expr.Node {
	if g.IntN(2) == 0 {
		return g.pool[len(g.pool)-1]
	}
	return g.pool[g.IntN(len(g.pool))]
}

func product(a, b *expr.Node) *expr.Node {
	return expr.NewContract("test", expr.Step{Term: term.FMA}, a, b, nil)
}

func deviation(x *expr.Node, axes ...int) *expr.Node { return expr.Unary(expr.Sqrt, expr.Var(x, axes)) }

func centred(x *expr.Node, axis int) *expr.Node {
	return expr.Binary(expr.Sub, x, expr.ExpandDims(expr.Mean(x, []int{axis}), axis))
}

func (g *randomProducts) step() {
	x, y := g.pick(), g.pick()
	var out *expr.Node
	switch g.IntN(9) {
	case 0, 1, 2, 3:
		out = g.name(product(x, y), "(x·y)", x, y)
	case 4:
		out = g.name(expr.Binary(expr.Add, x, y), "(x+y)", x, y)
	case 5:
		out = g.name(expr.Transpose(x, nil), "T(x)", x)
	case 6:
		out = g.name(expr.Call("tanh", x), "tanh(x)", x)
	case 7:
		axis := g.IntN(2)
		out = g.name(centred(x, axis), fmt.Sprintf("centre%d(x)", axis), x)
	case 8:
		out = g.name(expr.Binary(expr.Div, x, expr.NewReduce(expr.Sum, x, nil)), "norm(x)", x)
	}
	g.pool = append(g.pool, out)
}

func (g *randomProducts) root() *expr.Node {
	x := g.pool[len(g.pool)-1]
	axis := g.IntN(2)
	at := fmt.Sprint(axis)
	wide := expr.ReshapeTo(x, []int{-1, []int{16, 50, 500}[g.IntN(3)]})
	g.name(wide, fmt.Sprint("reshape(x, ", wide.Shape, ")"), x)
	switch g.IntN(7) {
	case 0:
		return g.name(deviation(x, axis), "deviation"+at+"(x)", x)
	case 1:
		return g.name(expr.NewReduce(expr.ArgMin, x, []int{axis}), "argmin"+at+"(x)", x)
	case 2:
		return g.name(expr.NewReduce(expr.ArgMin, wide, []int{0}), "argmin0(x)", wide)
	case 3:
		return g.name(deviation(wide, axis), "deviation"+at+"(x)", wide)
	case 4:
		return g.name(expr.Var(x, nil), "var(x)", x)
	case 5:
		return g.name(expr.NewReduce(expr.Min, x, []int{axis}), "min"+at+"(x)", x)
	}
	return x
}

// TestRandomProducts: an expression is evaluated within the budget, whatever it is, and
// in time within reason unless values are stored in files. Not much is.
func TestRandomProducts(t *testing.T) {
	const n, budget = 4000, 26 << 20 // as of a plan of products and reductions in ops
	count, stored := 40, 0
	if testing.Short() {
		count = 20
	}
	for seed := range count {
		g := &randomProducts{Rand: rand.New(rand.NewPCG(uint64(seed), 1)), text: make(map[*expr.Node]string)}
		g.pool = append(g.pool, source(n, n))
		g.text[g.pool[0]] = "f"
		for range 2 + seed%4 {
			g.step()
		}
		root := g.root()
		way, err := newTestCutter().Way(root, budget, true)
		if err != nil {
			t.Fatal(err)
		}
		if !way.Fits {
			t.Errorf("no way to compute %s", g.text[root])
		}
		if len(way.Files) > 0 {
			stored++
		}
	}
	if stored == 0 || stored > count/2 {
		t.Errorf("%d of %d expressions store values in files", stored, count)
	}
}

// TestPowersOfPowers: each step needs all of the one before, so all are stored, and the
// time is that in one piece and of files.
func TestPowersOfPowers(t *testing.T) {
	const n, budget = 3000, 26 << 20
	x := source(n, n)
	for range 12 {
		x = product(x, x)
	}
	cutter := newTestCutter()
	way, err := cutter.Way(x, budget, true)
	if err != nil || !way.Fits || len(way.Files) != 11 {
		t.Errorf("%+v, error %v", way, err)
	}
	if way, err := cutter.Way(x, budget, false); err != nil || way.Fits {
		t.Errorf("without files %+v, error %v", way, err)
	}
	s := &search{Cutter: newTestCutter()}
	if cut := s.stored(x, NodesAt(x, way.Files), budget); cut.Seconds > 3*Work(x) {
		t.Errorf("takes %.3g s, the products alone %.3g", cut.Seconds, Work(x))
	}
}
