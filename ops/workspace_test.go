package ops

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/quern-go/quern/device"
)

var long = flag.Bool("long", false, "run the long tests")

// workspaceExpr makes expressions whose intermediate values are n×n products.
type workspaceExpr struct {
	*rand.Rand
	n    int
	text []string
	pool []Array[float64]
}

func newWorkspaceExpr(seed uint64, n int) *workspaceExpr {
	g := &workspaceExpr{Rand: rand.New(rand.NewPCG(seed, 3)), n: n}
	for i := range 2 {
		data := make([]float64, n*n)
		for k := range data {
			data[k] = g.NormFloat64() / math.Sqrt(float64(n))
		}
		g.add(FromSlice(data, n, n), string(rune('a'+i)))
	}
	return g
}

func (g *workspaceExpr) add(a Array[float64], format string, args ...int) {
	var texts []any
	for _, i := range args {
		texts = append(texts, g.text[i])
	}
	g.pool, g.text = append(g.pool, a), append(g.text, fmt.Sprintf(format, texts...))
}

// pick prefers what was made last.
func (g *workspaceExpr) pick() int {
	if g.IntN(3) > 0 {
		return len(g.pool) - 1
	}
	return g.IntN(len(g.pool))
}

func (g *workspaceExpr) step() {
	i, j := g.pick(), g.pick()
	x, y := g.pool[i], g.pool[j]
	axis := g.IntN(2)
	switch g.IntN(13) {
	case 0, 1:
		g.add(x.MatMul(y), "(%s·%s)", i, j)
	case 2: // chains from the right
		g.add(g.pool[0].MatMul(x), "(a·%s)", i)
	case 3: // and from the left
		g.add(x.MatMul(g.pool[1]), "(%s·b)", i)
	case 4: // powers of powers
		g.add(x.MatMul(x), "(%s)²", i)
	case 5:
		g.add(x.T().MatMul(y), "(%sᵀ·%s)", i, j)
	case 6:
		g.add(x.Add(y), "(%s+%s)", i, j)
	case 7:
		g.add(x.T(), "%sᵀ", i)
	case 8:
		g.add(x.Tanh(), "tanh(%s)", i)
	case 9:
		g.add(x.Sub(x.Mean(axis).ExpandDims(axis)), fmt.Sprintf("centre%d(%%s)", axis), i)
	case 10:
		g.add(x.DivScalar(2).Add(y.Sum().MulScalar(1e-6)), "(%s/2+sum(%s))", i, j)
	case 11:
		g.add(PairwiseDistance(x, y, []Metric{Euclidean, CityBlock}[axis]).DivScalar(float64(g.n)), "dist(%s,%s)", i, j)
	case 12:
		g.add(x.Slice(All().By(-1)), "flip(%s)", i)
	}
}

// root is a value of the last one: bytes, so that positions are compared too.
func (g *workspaceExpr) root() (name string, value func(opts ...Option) ([]byte, error)) {
	i := len(g.pool) - 1
	x, name := g.pool[i], g.text[i]
	axis := g.IntN(2)
	floats := func(what string, a Array[float64]) (string, func(opts ...Option) ([]byte, error)) {
		return fmt.Sprintf("%s%d %s", what, axis, name), func(opts ...Option) ([]byte, error) {
			v, err := a.Data(ctx, opts...)
			return bytesOf(v), err
		}
	}
	ints := func(what string, a IntArray) (string, func(opts ...Option) ([]byte, error)) {
		return fmt.Sprintf("%s%d %s", what, axis, name), func(opts ...Option) ([]byte, error) {
			v, err := a.Ints(ctx, opts...)
			out := make([]float64, len(v))
			for i := range v {
				out[i] = float64(v[i])
			}
			return bytesOf(out), err
		}
	}
	switch g.IntN(17) {
	case 0:
		return floats("std", x.Std(axis))
	case 1:
		return floats("std of all", x.Std())
	case 2:
		return floats("sum", x.Sum(axis))
	case 3:
		return floats("min", x.Min(axis))
	case 4:
		return ints("argmin", x.ArgMin(axis))
	case 5:
		return ints("argmax of all", x.ArgMax())
	case 6:
		return ints("argmin of columns", x.Reshape(-1, 8).ArgMin(axis))
	case 7:
		return floats("times a vector", x.MatMul(g.pool[1].Slice(At(0))))
	case 8:
		return floats("outer sum", x.Slice(All(), At(0)).ExpandDims(1).Add(x.Mean(0)))
	case 9:
		return floats("cumsum", x.CumSum(axis))
	case 10:
		return floats("softmax", x.Softmax(axis))
	case 11:
		return floats("reshape", x.Reshape(-1, 2).Sum(1))
	case 12:
		return floats("median", x.Median())
	case 13:
		return floats("quantile", x.Quantile(0.3, axis))
	case 14:
		counts, _ := x.Histogram(9)
		return ints("histogram", counts)
	}
	return floats("", x)
}

// TestWorkspace: whatever the expression, its temporaries stay within the workspace,
// here smaller than each n×n array in it, and its bits are those of the evaluation in one
// piece. It is three blocks of 4096 values, and so too small for very few.
func TestWorkspace(t *testing.T) {
	count := 200
	switch {
	case *long:
		count = 5000
	case testing.Short():
		count = 60
	}
	whole, err := NewEngine(cpuSelector)
	if err != nil {
		t.Fatal(err)
	}
	defer whole.Close()
	files, tooSmall := int64(0), 0
	for seed := range uint64(count) {
		g := newWorkspaceExpr(seed, 112+8*int(seed%8))
		for range 2 + seed%9 {
			g.step()
		}
		name, value := g.root()
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			want, err := value(WithEngine(whole))
			if err != nil {
				t.Fatal(err)
			}
			engine, err := NewEngine(cpuSelector)
			if err != nil {
				t.Fatal(err)
			}
			defer engine.Close()
			const workspace = 96 << 10
			got, err := value(WithEngine(engine), Workspace(workspace), Strict())
			if errors.Is(err, errWorkspace) {
				tooSmall++
				return
			}
			if err != nil {
				t.Fatalf("%s of %d: %v", name, g.n, err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s of %d: other bits", name, g.n)
			}
			s := engine.units[0].dev.(device.MemoryReporter).Memory()
			if s.Peak > workspace || s.PeakHeld > workspace || s.InUse != 0 {
				t.Errorf("%s of %d: peak %d bytes, %d with what was kept, %d left in use", name, g.n, s.Peak, s.PeakHeld, s.InUse)
			}
			files += engine.Stats().InFiles
		})
	}
	if tooSmall > count/100 {
		t.Errorf("the workspace is too small for %d of %d expressions", tooSmall, count)
	}
	if files < int64(count)/10 {
		t.Errorf("%d of %d expressions used files", files, count)
	}
}
