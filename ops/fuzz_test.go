package ops

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/mathfn"
	"github.com/quern-go/quern/ops/internal/expr"
)

// generator makes random expressions. Its choices come from a sequence of
// numbers, so that a fuzzer can steer it.
type generator[T Float] struct {
	next  func(n int) int // 0 … n−1
	pool  []Array[T]
	trace []string
}

var unaries = append([]expr.Op{
	expr.Neg, expr.Abs, expr.Square, expr.Sqrt, expr.Floor, expr.Rint, expr.Reciprocal,
}, functionsOf(1)...)

var binaries = append([]expr.Op{
	expr.Add, expr.Sub, expr.Mul, expr.Div, expr.Minimum, expr.Maximum, expr.Less, expr.LessEqual,
	expr.Greater, expr.GreaterEqual, expr.Equal, expr.NotEqual,
}, functionsOf(2)...)

// functionsOf lists the functions of that many arguments.
func functionsOf(params int) []expr.Op {
	var list []expr.Op
	for _, f := range mathfn.Functions() {
		if op, n, ok := expr.Function(f.Name); ok && n == params {
			list = append(list, op)
		}
	}
	return list
}

var reductions = []expr.Op{expr.Sum, expr.Min, expr.Max, expr.Prod}

func (g *generator[T]) shape(maxAxes int) []int {
	if g.next(2) == 0 {
		return [][]int{{5, 7}, {7}, {5, 1}, {7, 5}}[g.next(4)] // so that many fit together
	}
	shape := make([]int, g.next(maxAxes+1))
	for i := range shape {
		shape[i] = []int{1, 2, 3, 4, 5, 1, 7}[g.next(7)]
	}
	return shape
}

func (g *generator[T]) value() T {
	special := []float64{0, math.Copysign(0, -1), 1, -1, math.NaN(), math.Inf(1), 0.5, 3}
	if i := g.next(40); i < len(special) {
		return T(special[i])
	}
	return T(float64(g.next(2001)-1000) / 128)
}

func (g *generator[T]) source() Array[T] {
	shape := g.shape(3)
	switch g.next(8) {
	case 0:
		return Full(g.value(), shape...)
	case 1:
		return Uniform[T](uint64(g.next(3)), shape...)
	case 2:
		return Normal[T](uint64(g.next(3)), shape...)
	case 3:
		return Arange(T(g.next(5)), T(5+g.next(6)), T(0.5))
	}
	size, _ := kernels.Size(shape)
	slice := make([]T, size)
	for i := range slice {
		slice[i] = g.value()
	}
	return FromSlice(slice, append([]int{}, shape...)...)
}

// pick prefers the last array, so that chains become long.
func (g *generator[T]) pick() Array[T] {
	if g.next(3) == 0 {
		return g.pool[len(g.pool)-1]
	}
	return g.pool[g.next(len(g.pool))]
}

func (g *generator[T]) axes(rank int) []int {
	var axes []int
	for i := range rank {
		if g.next(2) == 0 {
			axes = append(axes, i-rank*g.next(2))
		}
	}
	return axes
}

func (g *generator[T]) view(a Array[T]) Array[T] {
	rank := a.NDim()
	switch g.next(6) {
	case 0:
		return a.T()
	case 1:
		perm := rand.New(rand.NewPCG(uint64(g.next(100)), 0)).Perm(rank)
		return a.Transpose(perm...)
	case 2:
		spans := []Span{}
		for range rank {
			spans = append(spans, []Span{All(), All().By(-1), From(1), To(-1).By(2), Range(0, 2), At(0)}[g.next(6)])
		}
		return a.Slice(spans...)
	case 3:
		return a.Reshape(-1)
	case 4:
		return a.ExpandDims(0).BroadcastTo(append([]int{1 + g.next(3)}, a.Shape()...)...)
	}
	return a.ExpandDims(-1).Reshape(append([]int{1}, a.Shape()...)...)
}

// take picks elements of a random axis, by given or by computed positions.
func (g *generator[T]) take(a Array[T]) Array[T] {
	if a.NDim() == 0 {
		return a
	}
	axis := g.next(a.NDim())
	length := a.Shape()[axis]
	if length > 0 && g.next(3) == 0 {
		return a.Take(a.ArgMin(axis), axis)
	}
	index := make([]int, 1+g.next(4))
	for i := range index {
		index[i] = g.next(2*max(length, 1)) - length
	}
	return a.Take(FromInts(index).Reshape([][]int{{-1}, {1, -1}}[g.next(2)]...), axis)
}

// rearrange joins arrays, moves elements about or masks them.
func (g *generator[T]) rearrange(a Array[T]) (out Array[T], what string) {
	axis := 0
	if a.NDim() > 0 {
		axis = g.next(a.NDim())
	}
	switch g.next(10) {
	case 0:
		return Concat(axis, a, a.Square(), a), "concat"
	case 1:
		return Concat(axis, a, g.pick()), "concat"
	case 2:
		return Stack(axis, a.T(), a.T().Exp()), "stack"
	case 3:
		return a.Repeat(1+g.next(3), axis), "repeat"
	case 4:
		return a.Tile(1+g.next(3), axis), "tile"
	case 5:
		return a.Roll(g.next(7)-3, axis), "roll"
	case 6:
		return a.Tril(g.next(5) - 2), "tril"
	case 7:
		return a.Diff(1+g.next(2), axis), "diff"
	case 8:
		return Diag(a, g.next(5)-2), "diag"
	}
	return a.Softmax(axis), "softmax"
}

// scan orders or adds up along an axis.
func (g *generator[T]) scan(a Array[T]) (out Array[T], what string) {
	if a.NDim() == 0 {
		return a.CumSum(), "cumsum"
	}
	axis := g.next(a.NDim())
	k := 1 + g.next(max(1, min(a.Shape()[axis], 6)))
	switch g.next(10) {
	case 0:
		return a.CumSum(axis), "cumsum"
	case 1:
		return a.CumProd(), "cumprod"
	case 2:
		return a.Sort(axis), "sort"
	case 3:
		return Floats[T](a.ArgSort(axis)), "argsort"
	case 4:
		return a.Median(g.axes(a.NDim())...), "median"
	case 5:
		return a.Quantile(float64(g.next(101))/100, axis), "quantile"
	case 6:
		counts, edges := a.Histogram(1 + g.next(6))
		return Concat(0, Floats[T](counts), edges), "histogram"
	case 7:
		return a.Smallest(k, axis), "smallest"
	case 8:
		return Floats[T](a.ArgSmallest(k, axis)), "argsmallest"
	}
	return a.Take(a.ArgSort(axis), axis).Reshape(-1), "take in order"
}

// step adds a random operation on what there is.
func (g *generator[T]) step() {
	a := g.pick()
	var out Array[T]
	var what string
	switch g.next(14) {
	case 0:
		op := unaries[g.next(len(unaries))]
		out, what = a.unary(op), op.String()
	case 1, 2, 3:
		op, b := binaries[g.next(len(binaries))], g.pick()
		out, what = a.binary(op, b), op.String()
	case 4:
		op := binaries[g.next(len(binaries))]
		out, what = a.withScalar(op, g.value()), op.String()+" scalar"
	case 5:
		if g.next(2) == 0 {
			out, what = Where(g.pick().Less(g.pick()), a, g.pick()), "where"
		} else {
			out, what = FMA(a, g.pick(), g.pick()), "fma"
		}
	case 6, 7:
		out, what = g.view(a), "view"
	case 8:
		op := reductions[g.next(len(reductions))]
		out, what = Array[T]{expr.NewReduce(op, a.n, g.axes(a.NDim()))}, op.String()
		if g.next(4) == 0 {
			out, what = []Array[T]{a.Mean(g.axes(a.NDim())...), a.Var(g.axes(a.NDim())...), a.Std()}[g.next(3)], "moment"
		}
	case 9:
		out, what = a.MatMul(g.pick()), "matmul"
		if out.Err() != nil {
			out = a.MatMul(a.T())
		}
	case 10:
		out, what = g.take(a), "take"
	case 11:
		out, what = g.rearrange(a)
	case 12:
		out, what = g.scan(a)
	case 13:
		x, y := a, g.pick()
		if y.NDim() != 2 || x.NDim() != 2 || x.Shape()[1] != y.Shape()[1] {
			x = x.Reshape(-1, 1)
			y = y.Reshape(-1, 1)
		}
		metric := []Metric{Euclidean, SqEuclidean, CityBlock, Chebyshev, Cosine, Minkowski(3), Minkowski(5), Minkowski(1.5)}[g.next(8)]
		out, what = PairwiseDistance(x, y, metric), metric.String()
	}
	if out.Err() != nil || out.Size() > 3000 {
		return
	}
	g.trace = append(g.trace, fmt.Sprintf("%s → %v", what, out.Shape()))
	g.pool = append(g.pool, out)
}

// check compares the planner's result with the naive one, bit for bit.
func (g *generator[T]) check(t *testing.T, e *Engine, n *expr.Node) {
	t.Helper()
	want := evaluateNaively(t, n)
	mem := make([]byte, n.Size()*n.Type.Size())
	if err := into(context.Background(), n, n.Type, mem, []Option{WithEngine(e), Exact()}); err != nil {
		t.Fatalf("%v\n%s", err, strings.Join(g.trace, "\n"))
	}
	for i, got := range readBits(n.Type, mem) {
		if !sameBits(n.Type, got, want[i]) {
			p, _ := explain(n, []Option{WithEngine(e), Exact()})
			t.Fatalf("element %d of %s %v is %s, expected %s\n%s\n%s", i, n.Op, n.Shape, kernels.FormatBits(n.Type, got),
				kernels.FormatBits(n.Type, want[i]), strings.Join(g.trace, "\n"), p.Verbose())
		}
	}
}

// checkExpression makes one random expression of a number of steps and checks it.
func checkExpression[T Float](t *testing.T, e *Engine, next func(int) int, steps int) {
	g := &generator[T]{next: next}
	for range 3 {
		g.pool = append(g.pool, g.source())
	}
	for range steps {
		g.step()
	}
	last := g.pool[len(g.pool)-1]
	g.check(t, e, last.n)
	if last.Size() > 0 {
		axes := g.axes(last.NDim())
		if len(axes) > 1 {
			axes = axes[:1]
		}
		arg := last.ArgMin(axes...)
		if g.next(2) == 0 {
			arg = last.ArgMax(axes...)
		}
		g.check(t, e, arg.n)
	}
}

func seededChoices(seed uint64) func(int) int { return rand.New(rand.NewPCG(seed, 7)).IntN }

// TestExpressions is the main test of the planner: random expressions, exactly
// the bits of one kernel for each node.
func TestExpressions(t *testing.T) {
	count := 1500
	if testing.Short() {
		count = 200
	}
	for _, e := range engines(t) {
		for seed := range count {
			t.Run(fmt.Sprint(e.name, seed), func(t *testing.T) {
				next := seededChoices(uint64(seed))
				if seed%2 == 0 {
					checkExpression[float32](t, e.Engine, next, 2+seed%15)
				} else {
					checkExpression[float64](t, e.Engine, next, 2+seed%15)
				}
			})
		}
	}
}

func FuzzExpressions(f *testing.F) {
	list := engines(f)
	f.Add(uint64(1), []byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
	f.Fuzz(func(t *testing.T, seed uint64, choices []byte) {
		for _, e := range list {
			r := rand.New(rand.NewPCG(seed, 11))
			i := -1
			next := func(n int) int {
				if i++; i < len(choices) {
					return int(choices[i]) % n
				}
				return r.IntN(n)
			}
			checkExpression[float32](t, e.Engine, next, 1+len(choices)%12)
		}
	})
}
