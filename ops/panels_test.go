package ops

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/ops/internal/expr"
)

// TestPanelsOfExpressions: random expressions in panels of a few elements have
// the bits of one kernel for each node, and with the algebra those of the
// evaluation in one piece.
func TestPanelsOfExpressions(t *testing.T) {
	count := 500
	if testing.Short() {
		count = 200
	}
	whole := oracleEngine(t)
	list := engines(t)
	cut := int64(0)
	for _, e := range list {
		for seed := range count {
			t.Run(fmt.Sprint(e.name, seed), func(t *testing.T) {
				e.budget = []int{64, 256, 1024}[seed%3]
				next := seededChoices(uint64(seed))
				checkExpression[float64](t, e.Engine, next, 2+seed%15)
				g := &generator[float64]{next: next}
				g.pool = append(g.pool, g.source(), g.source(), g.source())
				for range 2 + seed%15 {
					g.step()
				}
				g.compare(t, whole, e.Engine, g.pool[len(g.pool)-1].n)
			})
		}
		cut += e.Stats().InPanels
	}
	if cut < int64(count/4) {
		t.Errorf("%d evaluations in panels, expected many", cut)
	}
}

// compare evaluates on two engines, with the algebra.
func (g *generator[T]) compare(t *testing.T, whole, engine *Engine, n *expr.Node) {
	t.Helper()
	var values [2][]uint64
	for i, e := range []*Engine{whole, engine} {
		mem := make([]byte, n.Bytes())
		if err := into(ctx, n, n.Type, mem, []Option{WithEngine(e)}); err != nil {
			t.Fatalf("%v\n%s", err, strings.Join(g.trace, "\n"))
		}
		values[i] = readBits(n.Type, mem)
	}
	for i, want := range values[0] {
		if got := values[1][i]; !sameBits(n.Type, got, want) {
			p, _ := explain(n, []Option{WithEngine(engine)})
			t.Fatalf("element %d is %s in panels, expected %s\n%s\n%v", i, kernels.FormatBits(n.Type, got),
				kernels.FormatBits(n.Type, want), strings.Join(g.trace, "\n"), p)
		}
	}
}

// TestPanelsKeepBits: the cases of TestSameBits in panels of little memory.
func TestPanelsKeepBits(t *testing.T) {
	t.Run("float64", testPanelsKeepBits[float64])
	t.Run("float32", testPanelsKeepBits[float32])
}

func testPanelsKeepBits[T Float](t *testing.T) {
	whole, err := NewEngine(cpuSelector)
	if err != nil {
		t.Fatal(err)
	}
	defer whole.Close()
	cut, err := NewEngine(cpuSelector)
	if err != nil {
		t.Fatal(err)
	}
	defer cut.Close()
	for _, c := range bitCases[T]() {
		t.Run(c.name, func(t *testing.T) {
			want, err := c.value(whole)
			if err != nil {
				t.Fatal(err)
			}
			for _, cut.budget = range []int{1 << 10, 100 << 10} {
				got, err := c.value(cut)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(got, want) {
					t.Errorf("other bits in panels of %d bytes", cut.budget)
				}
			}
		})
	}
	if n := cut.Stats().InPanels; n < 7 {
		t.Errorf("%d evaluations in panels, expected more", n)
	}
}

// TestMomentsInPanels: a simulation whose value would be stored, of a sample's
// products.
func TestMomentsInPanels(t *testing.T) {
	simulate := func(e *Engine) Estimate {
		est, err := MonteCarlo(ctx, 50_000, 9, func(d *Draws[float32]) Array[float32] {
			u := d.Uniform().ExpandDims(1)
			return u.MatMul(Arange[float32](1, 4, 1).ExpandDims(0)).Max(1).Add(d.Normal())
		}, WithEngine(e))
		if err != nil {
			t.Fatal(err)
		}
		return est
	}
	whole, cut := oracleEngine(t), oracleEngine(t)
	cut.budget = 100 << 10
	want, got := simulate(whole), simulate(cut)
	if want != got || cut.Stats().InPanels != 1 || whole.Stats().InPanels != 0 {
		t.Errorf("%v in panels (%+v), expected %v", got, cut.Stats(), want)
	}
}

// TestPanelsInPlace: a result in the place of a source in panels, which is read
// where it is written, before, or after.
func TestPanelsInPlace(t *testing.T) {
	for _, dev := range []device.Device{slow(), smallGPU()} {
		for _, c := range []struct {
			name string
			make func(y, m Array[float64]) Array[float64]
		}{
			{"same rows", func(y, m Array[float64]) Array[float64] { return y.Add(m) }},
			{"same rows and a reduction", func(y, m Array[float64]) Array[float64] { return y.Sub(y.Mean(0)).Add(m) }},
			{"same columns", func(y, m Array[float64]) Array[float64] { return y.Add(m.Div(m.Sum(0))) }},
			{"rows after", func(y, m Array[float64]) Array[float64] { return y.Slice(All().By(-1)).Add(m) }},
			{"transposed", func(y, m Array[float64]) Array[float64] { return y.T().Add(m) }},
			{"product", func(y, m Array[float64]) Array[float64] { return m.MatMul(y).Add(m.T()) }},
			{"square", func(y, m Array[float64]) Array[float64] { return y.MatMul(y).MatMul(y) }},
		} {
			t.Run(dev.Info().Driver+" "+c.name, func(t *testing.T) {
				other := randomMatrix(24, 24)
				m := other.MatMul(other).Tanh()
				values := mustData(t, randomMatrix(24, 24).T())
				want := mustData(t, c.make(FromSlice(slices.Clone(values), 24, 24), m))
				engine := testEngine(dev)
				engine.budget = 2000
				if err := c.make(FromSlice(values, 24, 24), m.Add(m.T())).Into(ctx, make([]float64, 24*24), WithEngine(engine)); err != nil {
					t.Fatal(err) // fills the cache with other values
				}
				if err := c.make(FromSlice(values, 24, 24), m).Into(ctx, values, WithEngine(engine)); err != nil {
					t.Fatal(err)
				}
				if engine.Stats().InPanels == 0 {
					t.Error("not in panels")
				}
				if !slices.Equal(values, want) {
					t.Error("other values in place")
				}
			})
		}
	}
}

// smallGPU has less memory than three of the matrices of TestPanelsInPlace.
func smallGPU() *testDevice {
	d := gpu()
	d.limit, d.known = 12000, true
	return d
}

// TestPanelsAreCancelled between panels, and what was taken is freed.
func TestPanelsAreCancelled(t *testing.T) {
	d := slow()
	engine := testEngine(d)
	engine.budget = 2000
	x := randomMatrix(40, 40)
	a := x.MatMul(x).MatMul(x)
	stopped, cancel := context.WithCancel(ctx)
	d.launched = func(n int) {
		if n == 5 {
			cancel()
		}
	}
	if err := a.Into(stopped, make([]float64, 1600), WithEngine(engine)); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if d.launches > 8 || d.used() != 0 || engine.Stats().InPanels != 0 {
		t.Errorf("%d launches, %d bytes in use, %+v", d.launches, d.used(), engine.Stats())
	}
	d.launched, d.failLaunches = nil, 0
	for fail := range 6 {
		d.launches, d.failAt = 0, fail+1
		if err := a.Into(ctx, make([]float64, 1600), WithEngine(engine)); err == nil || d.used() != 0 {
			t.Errorf("launch %d failed: error %v, %d bytes in use", fail, err, d.used())
		}
	}
}

// TestPanelPlans: panels share their plans, and an expression that is evaluated
// again finds all of them.
func TestPanelPlans(t *testing.T) {
	engine, err := NewEngine(cpuSelector)
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	e := WithEngine(engine)
	s := randomMatrix(500, 500)
	for _, c := range []struct {
		name   string
		a      Array[float64]
		budget int
		most   int64
	}{
		{"product and its transpose", s.MatMul(s).Add(s.MatMul(s).T()), 100 << 10, 3},
		{"random", Normal[float64](1, 500, 500).MatMul(s).MatMul(Uniform[float64](2, 500, 500)), 500 << 10, 3},
		{"deviation", s.MatMul(s).Std(), 600 << 10, 10},
	} {
		engine.budget = c.budget
		before := engine.Stats().Plans
		for range 3 {
			if _, err := c.a.Add(Zeros[float64]()).Data(ctx, e); err != nil {
				t.Fatal(err)
			}
		}
		if made := engine.Stats().Plans - before; made > c.most {
			t.Errorf("%s: %d plans made, expected at most %d", c.name, made, c.most)
		}
	}
}

// TestExplainPanels: the plan tells how an evaluation is cut, and what it takes.
func TestExplainPanels(t *testing.T) {
	x := Normal[float64](1, 3000, 3000)
	product := x.MatMul(x.T())
	points := x.Slice(All(), To(16))
	for _, c := range []struct {
		name string
		a    interface {
			Explain(opts ...Option) (*Plan, error)
		}
		want []string
	}{
		{"chain", product.MatMul(x), []string{"in 3 panels of 1008 along axis 0 of shape [3000 3000]"}},
		{"deviation", PairwiseDistance(points, points, Euclidean).Std(), []string{
			"first the sum of shape []", "  first the sum of shape []",
			"    the sum of shape [3000 3000] in blocks of 4096 values", "      in 6 panels of 375 along axis 0 of shape [2197]",
			"  the sum of shape [3000 3000] in blocks of 4096 values", "    in 6 panels of 375 along axis 0 of shape [2197]"}},
		{"position", PairwiseDistance(points, points, Euclidean).ArgMin(), []string{"the argmin of shape [9000000] in blocks of 3000 values"}},
		{"fits", PairwiseDistance(points, points, Euclidean).ArgMin(1), nil},
	} {
		p, err := c.a.Explain(On(cpuSelector))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(p.Panels, c.want) || p.PeakBytes > hostBudget || len(p.Kernels) == 0 {
			t.Errorf("%s: %q\n%v", c.name, p.Panels, p)
		}
	}
}
