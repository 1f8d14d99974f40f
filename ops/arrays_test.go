package ops

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/quern-go/quern/ops/internal/plan"
)

// TestArrayMistakes: what cannot be is said with the operation and what was given.
func TestArrayMistakes(t *testing.T) {
	x := iota3(2, 3)
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"take beyond", x.Take(FromInts([]int{0, 3}), 1).Err(), "take: position 3 of axis 1, which has length 3"},
		{"take before", x.Take(FromInts([]int{-3}), 0).Err(), "take: position -3 of axis 0, which has length 2"},
		{"take argmin of a longer axis", x.Take(x.ArgMin(1), 0).Err(), "take: position 2 of axis 0, which has length 2"},
		{"take unknown", x.Take(x.Positions(), 0).Err(), "evaluate them with Ints"},
		{"take axis", x.Take(FromInts([]int{0}), 2).Err(), "take: axis 2 of shape [2 3]"},
		{"take of nothing", Zeros[float64](0).Take(FromInts([]int{0}), 0).Err(), "take: position 0 of axis 0, which has length 0"},
		{"ints", FromInts([]int{1, 2}, 3).Err(), "from ints: shape [3] has 3 elements, the slice has 2"},
		{"concat shapes", Concat(0, x, iota3(2, 2)).Err(), "concat: shapes [2 3] and [2 2] (of array 1) differ in more than axis 0"},
		{"concat axes", Concat(0, x, iota3(3)).Err(), "concat: shapes [2 3] and [3]"},
		{"concat nothing", Concat[float64](0).Err(), "concat: no arrays given"},
		{"concat axis", Concat(2, x).Err(), "concat: axis 2 of shape [2 3]"},
		{"stack", Stack(0, x, x.T()).Err(), "stack: shapes [2 3] and [3 2] (of array 1), expected equal ones"},
		{"stack nothing", Stack[float64](0).Err(), "stack: no arrays given"},
		{"repeat", x.Repeat(-1, 0).Err(), "repeat: -1 copies, expected none or more"},
		{"repeat axis", x.Repeat(2, 5).Err(), "repeat: axis 5 of shape [2 3]"},
		{"repeat too many", x.Repeat(math.MaxInt/2, 0).Err(), "shape"},
		{"roll axes", x.Roll(1, 0, 1).Err(), "roll: axes [0 1] given, expected one or none"},
		{"diff", x.Diff(-1, 0).Err(), "diff: order -1"},
		{"linspace", Linspace(0.0, 1, -1).Err(), "linspace: -1 values"},
		{"eye", Eye[float64](-1, 2, 0).Err(), "eye: "},
		{"diag", Diag(iota3(2, 2, 2), 0).Err(), "diag: shape [2 2 2], expected two axes"},
		{"tril", iota3(2).Tril(0).Err(), "tril: shape [2], expected two axes or more"},
		{"norm", x.Norm(math.NaN()).Err(), "norm: the order is NaN"},
		{"norm of nothing", Zeros[float64](0).Norm(math.Inf(1)).Err(), "max: no elements to choose from"},
		{"softmax", x.Softmax(2).Err(), "softmax: axis 2 of shape [2 3]"},
		{"norm axis", x.Norm(2, 4).Err(), "norm: axis 4 of shape [2 3]"},
		{"any axis", x.Any(2).Err(), "any: axis 2 of shape [2 3]"},
		{"all axis", x.All(0, 0).Err(), "all: axis 0 of shape [2 3] is given twice"},
		{"count axis", x.CountNonZero(-3).Err(), "count nonzero: axis -3 of shape [2 3]"},
		{"count below", x.CountBelow(1, 2).Err(), "count below: axis 2 of shape [2 3]"},
		{"stack axis", Stack(3, x, x).Err(), "stack: expand_dims: axis 3"},
		{"dot", iota3(2, 2, 3).Dot(x).Err(), "dot: shapes [2 2 3] and [2 3]: lengths 3 and 2"},
		{"inner", x.Inner(iota3(2, 2)).Err(), "inner: shapes [2 3] and [2 2]: lengths 3 and 2"},
		{"cumsum axes", x.CumSum(0, 1).Err(), "cumsum: axes [0 1] given, expected one or none"},
		{"sort axis", x.Sort(2).Err(), "sort: axis 2 of shape [2 3]"},
		{"argsort of no axes", Full(1.0).ArgSort(0).Err(), "argsort: axis 0 of an array without axes"},
		{"quantile", x.Quantile(1.5).Err(), "quantile: 1.5, expected a fraction from 0 to 1"},
		{"quantile NaN", x.Quantile(math.NaN()).Err(), "quantile: NaN, expected a fraction"},
		{"median axis", x.Median(2).Err(), "median: axis 2 of shape [2 3]"},
		{"bins", histogramError(x.Histogram(0)), "histogram: 0 bins, expected one or more"},
		{"range", histogramError(x.HistogramBetween(3, 1, 1)), "histogram: bins from 1 to 1, expected finite ascending numbers"},
		{"range to infinity", histogramError(x.HistogramBetween(3, 1, math.Inf(1))), "finite ascending numbers"},
		{"edges", x.HistogramEdges(FromSlice([]float64{0, 2, 1})).Err(), "histogram: edge 2 is 1, after 2, expected ascending ones"},
		{"NaN edge", x.HistogramEdges(FromSlice([]float64{0, math.NaN(), 1})).Err(), "histogram: edge 1 is NaN, after 0"},
		{"one edge", x.HistogramEdges(iota3(1)).Err(), "histogram: edges of shape [1], expected one axis of two or more"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("%s: %v, expected %q", c.name, c.err, c.want)
		}
	}
}

func histogramError(counts IntArray, _ Array[float64]) error { return counts.Err() }

// TestNothingIsStored: scalars, constants of any shape, masks, triangles and what is
// gathered from memory are computed where they are used.
func TestNothingIsStored(t *testing.T) {
	x, i := iota3(64, 32), FromInts([]int{3, -1, 0})
	for _, c := range []struct {
		name string
		a    Array[float64]
	}{
		{"scalar", x.AddScalar(2)},
		{"array of no axes", x.Mul(Full(3.0)).Sub(x)},
		{"array of one value", x.Add(Ones[float64](64, 32))},
		{"zeros in a choice", Where(x.LessScalar(5), Zeros[float64](64, 32), x)},
		{"identity added", x.Slice(To(32)).Add(Eye[float64](32, 32, 0))},
		{"triangle", x.Tril(1).Sum()},
		{"linspace", x.Mul(Linspace(0.0, 1, 32))},
		{"take", x.Take(i, 0).Exp().Sum(1)},
		{"take of a slice", x.Slice(From(2), All()).Take(i, 1)},
		{"concat", Concat(0, x.Square(), x.Exp(), x)},
		{"repeat", x.Square().Repeat(3, 1)},
		{"tile", x.Tile(3, 0)},
		{"roll", x.Roll(5, 1)},
		{"flip", x.Flip().Sub(x)},
		{"diff", x.Diff(1, 0)},
		{"cumsum of a slice", x.Slice(All(), From(3)).CumSum(1)},
		{"cumsum where its argument was", x.Exp().CumSum(0)},
		{"sort where its argument was", x.Square().Sort(1)},
		{"scaled cumsum", x.CumSum(1).MulScalar(2)},
		{"sort of a transpose", x.T().Sort(0)},
	} {
		b, err := oracleEngine(t).bindTo(c.a.n, plan.Options{})
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if b.entry.held > 0 {
			t.Errorf("%s: %d bytes of temporaries", c.name, b.entry.held)
		}
	}
}

// TestNorms are those that neither NumPy nor the table of results covers.
func TestNorms(t *testing.T) {
	x := FromSlice([]float32{1e30, 1e30})
	if got := mustData(t, x.Norm(2)); !math.IsInf(float64(got[0]), 1) {
		t.Errorf("the 2-norm beyond the range is %v, expected +Inf", got)
	}
	if got := mustData(t, x.Norm(1)); got[0] != 2e30 {
		t.Errorf("the 1-norm is %v, expected 2e30", got)
	}
	ones := Ones[float32](1<<25 + 1)
	if n, err := ones.CountNonZero().Int(ctx); err != nil || n != 1<<25+1 {
		t.Errorf("%d elements are not zero (%v), expected %d", n, err, 1<<25+1)
	}
}

// TestDiagonalOfExpressions: that of what is computed element by element is computed
// alone, and is that of the matrix.
func TestDiagonalOfExpressions(t *testing.T) {
	for _, shape := range [][]int{{3, 3}, {3, 5}, {5, 3}, {1, 4}, {4, 1}, {1, 1}} {
		rows, columns := shape[0], shape[1]
		x, y := Uniform[float64](1, rows, columns), Uniform[float64](2, columns, rows)
		column, row := Uniform[float64](3, rows, 1), Uniform[float64](4, columns)
		for name, a := range map[string]Array[float64]{
			"source":          FromSlice(cpuData(t, x), rows, columns),
			"chain":           x.Sin().Add(y.T()).Mul(column).Sub(row),
			"rows alone":      row.AddScalar(1).BroadcastTo(rows, columns),
			"columns alone":   column.Exp().BroadcastTo(rows, columns),
			"both":            column.Mul(row),
			"number":          Full(2., rows, columns),
			"one element":     Uniform[float64](5, 1, 1).BroadcastTo(rows, columns),
			"eye":             Eye[float64](rows, columns, 1),
			"triangle":        x.Tril(0).Add(Eye[float64](rows, columns, 0)),
			"transposed":      y.Add(row.ExpandDims(1)).T().AddScalar(1),
			"product":         x.MatMul(x.T()).MatMul(x).AddScalar(1),
			"sums":            x.Sum(1).ExpandDims(1).Add(x),
			"choice":          Where(x.LessScalar(0.5), row, column),
			"flipped, joined": Concat(0, x.Flip(0)).MulScalar(2),
		} {
			stored := FromSlice(cpuData(t, a), rows, columns)
			for offset := -6; offset <= 6; offset++ {
				if got, want := cpuData(t, Diag(a, offset)), cpuData(t, Diag(stored, offset)); !slices.Equal(got, want) {
					t.Errorf("%s of shape %v: diagonal %d is %v, expected %v", name, shape, offset, got, want)
				}
			}
			if got, want := cpuData(t, a.Trace())[0], cpuData(t, stored.Trace())[0]; got != want {
				t.Errorf("%s of shape %v: trace %v, expected %v", name, shape, got, want)
			}
		}
	}
	if got := cpuData(t, Eye[float64](1<<20, 1<<20, 0).T().Trace())[0]; got != 1<<20 {
		t.Errorf("the trace of a large identity is %v", got)
	}
	x := Uniform[float64](1, 4, 4)
	for range 200 { // shared parts are taken once
		x = x.Add(x).MulScalar(0.5)
	}
	if got, want := cpuData(t, x.Trace())[0], cpuData(t, Uniform[float64](1, 4, 4).Trace())[0]; got != want {
		t.Errorf("of a long chain %v, expected %v", got, want)
	}
}
