package ops

import (
	"bytes"
	"math"
	"testing"

	"github.com/quern-go/quern/device"
)

// TestPanelMemory: whatever the expression, its temporaries stay within the
// budget, here smaller than any of the arrays that a plan would store, and its
// bits are those of the evaluation in one piece.
func TestPanelMemory(t *testing.T) {
	const budget = 800 << 10 // an n×n array of float64 is 2 MB
	n := 500
	if testing.Short() {
		n = 400 // 1.3 MB
	}
	for _, c := range panelCases(n) {
		t.Run(c.name, func(t *testing.T) {
			var values [2][]byte
			for i, budget := range []int{math.MaxInt, budget} {
				engine, err := NewEngine(cpuSelector)
				if err != nil {
					t.Fatal(err)
				}
				engine.budget = budget
				if values[i], err = c.value(engine); err != nil {
					t.Fatal(err)
				}
				if i > 0 {
					checkPanelMemory(t, engine, budget)
				}
				if err := engine.Close(); err != nil {
					t.Fatal(err)
				}
			}
			if !bytes.Equal(values[0], values[1]) {
				t.Error("other bits in panels")
			}
		})
	}
}

func checkPanelMemory(t *testing.T, engine *Engine, budget int) {
	t.Helper()
	stats := engine.units[0].dev.(device.MemoryReporter).Memory()
	if allowed := int64(budget + budget/8); stats.Peak > allowed || stats.PeakHeld > allowed || stats.InUse != 0 {
		t.Errorf("peak %d bytes, %d with what was kept, %d left in use; expected at most %d and none",
			stats.Peak, stats.PeakHeld, stats.InUse, allowed)
	}
}

// panelCases are expressions whose plans store arrays of n×n elements.
func panelCases(n int) []bitCase {
	x := Normal[float64](1, n, n)
	y := Uniform[float64](2, n, n)
	data, _ := Normal[float64](3, n, n).Data(ctx)
	s := FromSlice(data, n, n)
	points := s.Slice(All(), To(7))
	d := PairwiseDistance(points, points, Euclidean)
	city := PairwiseDistance(points, s.Slice(All().By(-1), To(7)), CityBlock)
	m := s.MatMul(s.T())
	row := func(a Array[float64], axis int) Array[float64] { return a.ExpandDims(axis) }
	softmax := func(a Array[float64], axis int) Array[float64] {
		e := a.Sub(row(a.Max(axis), axis)).Exp()
		return e.Div(row(e.Sum(axis), axis))
	}
	even := s.Slice(All().By(2))
	heads := s.Reshape(n, 4, n/4).Transpose(1, 0, 2)
	list := []struct {
		name string
		a    Array[float64]
	}{
		{"sum of a reshaped transpose", s.T().Reshape(-1).Sum()},
		{"reshaped transpose", s.T().Reshape(-1).AddScalar(1)},
		{"deviation of distances", d.Std()},
		{"deviation of rows of distances", d.Std(1)},
		{"deviation of columns of distances", d.Std(0)},
		{"variance of distances", city.Var()},
		{"sum of squares of distances and their mean", d.Square().Sum().Add(d.Mean())},
		{"product and its transpose", m.Add(m.T())},
		{"product and its reversal", m.Add(m.Slice(All().By(-1), All().By(-1)))},
		{"product and its neighbours", m.Slice(From(1)).Sub(m.Slice(To(-1)))},
		{"product and its square", m.Add(m.MatMul(m))},
		{"chain from the left", s.MatMul(x).MatMul(y)},
		{"chain from the right", s.MatMul(x.MatMul(y))},
		{"product of products", s.MatMul(x).MatMul(y.MatMul(s))},
		{"chain of four", s.MatMul(x).MatMul(y).MatMul(s)},
		{"transposed chain", s.MatMul(x).T().MatMul(y)},
		{"chain with functions", s.MatMul(x).Tanh().MatMul(y).Exp().Neg()},
		{"chain times a vector", s.MatMul(x).MatMul(y).MatMul(s.Slice(At(0)))},
		{"normalised by the maximum", m.Div(m.Max())},
		{"normalised by columns", m.Div(m.Sum(0))},
		{"normalised by rows", m.Div(row(m.Sum(1), 1))},
		{"centred both ways", m.Sub(m.Mean(0)).Sub(row(m.Mean(1), 1)).Add(m.Mean())},
		{"standardised product", m.Sub(m.Mean(0)).Div(m.Std(0))},
		{"softmax of a product by rows", softmax(m, 1)},
		{"softmax of a product by columns", softmax(m, 0)},
		{"attention", softmax(s.MatMul(x.T()), 1).MatMul(y)},
		{"attention of heads", softmax(heads.MatMul(heads.Transpose(0, 2, 1)), 2).MatMul(heads).Transpose(1, 0, 2).Reshape(n, n)},
		{"gram matrix of a product", m.MatMul(m.T())},
		{"distances of a product's rows", PairwiseDistance(m, m, SqEuclidean).Add(m)},
		{"distances of distances", PairwiseDistance(d, city, Chebyshev).Min(1)},
		{"kernel matrix times a matrix", d.Square().Neg().Exp().MatMul(s)},
		{"cosine distances and their mean", PairwiseDistance(s, x, Cosine).Sub(PairwiseDistance(s, x, Cosine).Mean())},
		{"maximum of a product and its transpose", m.Maximum(m.T()).Max()},
		{"minimum along columns", m.Minimum(m.T()).Min(0)},
		{"sum of a symmetrised product", m.Add(m.T()).Sum()},
		{"sum of columns of a symmetrised product", m.Add(m.T()).Sum(0)},
		{"residual", s.Sub(s.MatMul(x).MatMul(x.T())).Square().Sum()},
		{"where on distances", Where(d.Less(city), d, city).Std(1)},
		{"product of a reshape", s.T().Reshape(n*2, n/2).MatMul(x.Slice(To(n / 2)))},
		{"reshape of a product", m.Reshape(n*2, n/2).Add(m.T().Reshape(n*2, n/2))},
		{"slice of a product", m.Slice(All().By(-2), From(1)).Add(m.Slice(From(n/2), From(1)))},
		{"batches", s.Reshape(4, n/4, n).MatMul(x.MatMul(y)).Sum(0)},
		{"cumulated products", s.MatMul(x.MatMul(y.MatMul(s.MatMul(x))))},
		{"deviation of columns of chains", s.MatMul(x).MatMul(y).MatMul(s).Add(s.MatMul(x).T()).Std(0)},
		{"variance of a chain from the right", s.MatMul(x.MatMul(y)).Var()},
		{"maximum of a square of products", s.MatMul(x).MatMul(y.MatMul(s)).Max(1)},
		{"difference of chains", s.MatMul(x).MatMul(y).Sub(s.MatMul(x.MatMul(y))).Abs().Max()},
		{"every second row", even.MatMul(x).MatMul(y).Std()},
		{"third moment of a product", m.Sub(m.Mean()).Mul(m.Sub(m.Mean())).Mul(m.Sub(m.Mean())).Mean()},
	}
	cases := []bitCase{
		indices("nearest of all", d.ArgMin()),
		indices("farthest of all", city.Add(d).ArgMax()),
		indices("smallest of each column of a reshaped product", m.Reshape(-1, 4).ArgMin(0)),
		indices("largest of each column of a reshaped product", m.Add(m.T()).Reshape(-1, 2, 4).ArgMax(0)),
		indices("largest of each of many columns of a reshaped product", m.Reshape(-1, 125).ArgMax(0)),
		indices("smallest of rows of a chain from the right", s.MatMul(x.MatMul(y)).ArgMin(1)),
		indices("largest of a symmetrised product", m.Add(m.T()).ArgMax()),
		indices("largest of rows of a symmetrised product", m.Add(m.T()).ArgMax(1)),
		indices("smallest of columns of a normalised product", m.Div(m.Max()).Add(m.T()).ArgMin(0)),
		{"exact sum of a product", func(e *Engine) ([]byte, error) {
			sum, err := m.Sum().Data(ctx, WithEngine(e), Exact())
			return bytesOf(sum), err
		}},
	}
	for _, c := range list {
		cases = append(cases, floats(c.name, c.a))
	}
	return cases
}
