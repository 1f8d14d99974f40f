package ops

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
)

func iota3(shape ...int) Array[float64] {
	n := 1
	for _, d := range shape {
		n *= d
	}
	s := make([]float64, n)
	for i := range s {
		s[i] = float64(i)
	}
	return FromSlice(s, shape...)
}

// mustData evaluates by the oracle.
func mustData[T Float](t *testing.T, a Array[T]) []T {
	t.Helper()
	out, err := a.Data(context.Background(), WithEngine(oracleEngine(t)))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestShapes lists results of NumPy's rules.
func TestShapes(t *testing.T) {
	x := iota3(2, 3, 4)
	for _, c := range []struct {
		name string
		a    Array[float64]
		want []int
	}{
		{"broadcast", iota3(2, 1, 4).Add(iota3(3, 1)), []int{2, 3, 4}},
		{"broadcast scalar", x.Add(Full(1.0)), []int{2, 3, 4}},
		{"broadcast empty", iota3(0, 1).Add(iota3(3)), []int{0, 3}},
		{"reverse axes", x.T(), []int{4, 3, 2}},
		{"transpose", x.Transpose(1, -1, 0), []int{3, 4, 2}},
		{"sum all", x.Sum(), []int{}},
		{"sum first", x.Sum(0), []int{3, 4}},
		{"sum negative", x.Sum(-1, 0), []int{3}},
		{"sum of transpose", x.T().Sum(0), []int{3, 2}},
		{"var", x.Var(1), []int{2, 4}},
		{"var of transpose", x.Transpose(2, 0, 1).Var(2), []int{4, 2}},
		{"reshape", x.Reshape(4, -1), []int{4, 6}},
		{"reshape empty", iota3(0, 3).Reshape(-1, 3), []int{0, 3}},
		{"reshape to no axes", iota3(1, 1).Reshape(), []int{}},
		{"matmul", iota3(2, 3).MatMul(iota3(3, 4)), []int{2, 4}},
		{"matmul vector left", iota3(3).MatMul(iota3(3, 4)), []int{4}},
		{"matmul vector right", iota3(2, 3).MatMul(iota3(3)), []int{2}},
		{"matmul vectors", iota3(3).MatMul(iota3(3)), []int{}},
		{"matmul batches", iota3(5, 1, 2, 3).MatMul(iota3(4, 3, 2)), []int{5, 4, 2, 2}},
		{"matmul vector and batch", iota3(3).MatMul(iota3(4, 3, 2)), []int{4, 2}},
		{"matmul empty", iota3(2, 0).MatMul(iota3(0, 4)), []int{2, 4}},
		{"slice", x.Slice(At(-1), From(1), All().By(2)), []int{2, 2}},
		{"slice beyond", x.Slice(Range(1, 100), Range(5, 2)), []int{1, 0, 4}},
		{"slice by huge steps", x.Slice(All(), All().By(math.MaxInt), All().By(math.MinInt)), []int{2, 1, 1}},
		{"expand", x.ExpandDims(-1), []int{2, 3, 4, 1}},
		{"squeeze", iota3(1, 3, 1).Squeeze(), []int{3}},
		{"squeeze one", iota3(1, 3, 1).Squeeze(-1), []int{1, 3}},
		{"broadcast to", iota3(3, 1).BroadcastTo(2, 3, 4), []int{2, 3, 4}},
		{"arange", Arange(0.0, 1, 0.1), []int{10}},
		{"arange far down", Arange(0, -math.MaxFloat64, 1), []int{0}},
		{"arange down", Arange(5.0, 0, -2), []int{3}},
		{"arange empty", Arange(5.0, 0, 1), []int{0}},
		{"where", Where(iota3(3), iota3(2, 1), Full(0.0)), []int{2, 3}},
		{"distance", PairwiseDistance(iota3(2, 3), iota3(4, 3), CityBlock), []int{2, 4}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.a.Err(); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(c.a.Shape(), c.want) {
				t.Errorf("shape %v, expected %v", c.a.Shape(), c.want)
			}
			if got := len(mustData(t, c.a)); got != c.a.Size() {
				t.Errorf("%d elements, expected %d", got, c.a.Size())
			}
		})
	}
}

func TestErrors(t *testing.T) {
	x := iota3(2, 3)
	var zero Array[float64]
	nine := []int{1, 1, 1, 1, 1, 1, 1, 1, 1}
	for _, c := range []struct {
		name string
		a    Array[float64]
		want string // part of the message
	}{
		{"broadcast", x.Add(iota3(4)), "add: shapes [2 3] and [4] do not broadcast together"},
		{"kept through", x.Add(iota3(4)).Exp().Sum().MatMul(x), "add: shapes [2 3] and [4]"},
		{"where", Where(x, x, iota3(2)), "where: shapes [2 3], [2 3] and [2]"},
		{"slice length", FromSlice(make([]float64, 5), 2, 3), "from slice: shape [2 3] has 6 elements, the slice has 5"},
		{"negative length", Zeros[float64](2, -3), "zeros: shape [2 -3]: negative length -3"},
		{"overflow", Zeros[float64](math.MaxInt/2, 3), "too many elements"},
		{"overflow by broadcast", Zeros[float64](1<<40, 1).Add(Zeros[float64](1 << 40)), "too many elements"},
		{"nine axes", Ones[float64](nine...), "9 axes, at most 8"},
		{"nine axes by slice", FromSlice([]float64{1}, nine...), "9 axes, at most 8"},
		{"axis", x.Sum(2), "sum: axis 2 of shape [2 3]: expected -2 to 1"},
		{"axis of scalar", Full(1.0).Sum(0), "sum: axis 0 of an array without axes"},
		{"axis twice", x.Mean(0, -2), "mean: axis 0 of shape [2 3] is given twice"},
		{"min of nothing", iota3(0, 3).Min(), "min: no elements"},
		{"max of nothing", iota3(2, 0).Max(1), "max: no elements"},
		{"matmul", x.MatMul(x), "matmul: shapes [2 3] and [2 3]: 3 columns and 2 rows"},
		{"matmul vector", x.MatMul(iota3(2)), "matmul: shapes [2 3] and [2]: lengths 3 and 2"},
		{"matmul batch", iota3(2, 3, 3).MatMul(iota3(4, 3, 3)), "leading axes do not broadcast"},
		{"matmul scalar", x.MatMul(Full(1.0)), "cannot be multiplied, use Mul"},
		{"reshape", x.Reshape(4, 2), "reshape: shape [4 2] does not hold the 6 elements of [2 3]"},
		{"reshape unknown twice", x.Reshape(-1, -1), "except one -1"},
		{"reshape of nothing", iota3(0).Reshape(-1, 0), "reshape: shape [-1 0]"},
		{"transpose count", x.Transpose(0), "transpose: 1 axes [0] given for shape [2 3]"},
		{"transpose twice", x.Transpose(0, 0), "given twice"},
		{"slice position", x.Slice(At(2)), "slice: position 2 of axis 0, which has length 2"},
		{"slice rank", x.Slice(All(), All(), All()), "slice: 3 spans given for shape [2 3]"},
		{"slice step", x.Slice(All().By(0)), "slice: step 0"},
		{"broadcast to", x.BroadcastTo(3, 2), "broadcast: shape [2 3] does not broadcast to [3 2]"},
		{"squeeze", x.Squeeze(0), "squeeze: axis 0 of shape [2 3] has length 2"},
		{"expand", x.ExpandDims(4), "expand_dims: axis 4"},
		{"arange", Arange(0.0, 1, 0), "arange: start 0, stop 1, step 0"},
		{"arange nan", Arange(0.0, math.NaN(), 1), "not finite"},
		{"distance", PairwiseDistance(x, iota3(2, 2), Euclidean), "pairwise distance: shapes [2 3] and [2 2]"},
		{"minkowski", PairwiseDistance(x, x, Minkowski(0.5)), "pairwise distance: exponent 0.5, expected p ≥ 1"},
		{"minkowski nan", PairwiseDistance(x, x, Minkowski(math.NaN())), "exponent NaN"},
		{"no metric", PairwiseDistance(x, x, Metric{}), "the zero Metric"},
		{"zero array", zero, "the zero Array"},
		{"of zero array", x.Add(zero).T(), "the zero Array"},
		{"distance of zero array", PairwiseDistance(x, zero, Cosine), "the zero Array"},
		{"no matrix", FromMatrix(nil), "from matrix: no matrix given"},
		{"slice of zero array", zero.Slice(All()), "the zero Array"},
		{"convert zero array", Convert[float64](zero), "the zero Array"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := c.a.Data(context.Background())
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, expected one with %q", err, c.want)
			}
			if c.a.Err() == nil || c.a.Shape() != nil || c.a.Size() != 0 {
				t.Errorf("Err %v, shape %v, size %d", c.a.Err(), c.a.Shape(), c.a.Size())
			}
		})
	}
}

func TestEvaluationErrors(t *testing.T) {
	ctx := context.Background()
	x := iota3(2, 3)
	_, scalar := x.Scalar(ctx)
	_, dense := x.Reshape(-1).Dense(ctx)
	_, empty := iota3(0, 2).Dense(ctx)
	_, position := x.ArgMin(0, 1).Ints(ctx)
	_, several := x.ArgMin(0).Int(ctx)
	_, zero := IntArray{}.Ints(ctx)
	_, samples := MonteCarloPi(ctx, 0, 1)
	_, many := MonteCarloPi(ctx, 1e15, 1)
	_, shape := MonteCarlo(ctx, 10, 1, func(*Draws[float32]) Array[float32] { return Zeros[float32](3) })
	_, inner := MonteCarlo(ctx, 10, 1, func(d *Draws[float32]) Array[float32] { return d.Normal().Add(Zeros[float32](3)) })
	_, closure := MonteCarlo[float32](ctx, 10, 1, nil)
	_, device := x.Exp().Data(ctx, On("nonsense"))
	_, unneeded := x.Data(ctx, On("nonsense"))
	_, forConst := Zeros[float64](0).Data(ctx, On("nonsense"))
	_, planned := x.Explain(On("nonsense"))
	_, kept := x.Eval(ctx, On("nonsense"))
	_, foreign := new(Draws[float64]).Normal().Data(ctx)
	_, metric := ParseMetric("manhattan")
	_, power := ParseMetric("minkowski:0.1")
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"into", x.Into(ctx, make([]float64, 5)), "into: a slice of 5 elements for shape [2 3]"},
		{"scalar", scalar, "scalar: shape [2 3] has 6 elements"},
		{"dense", dense, "dense: shape [6], expected two axes"},
		{"dense empty", empty, "dense: shape [0 2]"},
		{"argmin", position, "argmin: axes [0 1] given, expected one axis or none"},
		{"int", several, "int: shape [3] has 3 elements"},
		{"zero int array", zero, "the zero Array"},
		{"no samples", samples, "monte carlo: 0 samples, expected 1 to 1000000000000"},
		{"samples", many, "monte carlo: 1000000000000000 samples"},
		{"sample shape", shape, "monte carlo: the value has shape [3]"},
		{"sample error", inner, "monte carlo: add: shapes [10] and [3]"},
		{"closure", closure, "monte carlo: no closure given"},
		{"stream's closure", x.Stream(ctx, nil), "stream: no closure given"},
		{"closure of distances", StreamCondensed(ctx, x, Euclidean, nil), "condensed distance: no closure given"},
		{"selector", device, `"nonsense"`},
		{"selector for a slice", unneeded, `"nonsense"`},
		{"selector for a constant", forConst, `"nonsense"`},
		{"selector to explain", planned, `"nonsense"`},
		{"selector to keep", kept, `"nonsense"`},
		{"draws without a simulation", foreign, "draw normal: "},
		{"metric", metric, `metric "manhattan": unknown, expected one of euclidean, sqeuclidean`},
		{"metric exponent", power, "expected p ≥ 1"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("%s: error %v, expected one with %q", c.name, c.err, c.want)
		}
	}
}

func TestNothing(t *testing.T) {
	empty := iota3(0, 3)
	for _, c := range []struct {
		name string
		a    Array[float64]
		want []float64
	}{
		{"sum", empty.Sum(0), []float64{0, 0, 0}},
		{"sum of all", empty.Sum(), []float64{0}},
		{"mean", empty.Mean(), []float64{math.NaN()}},
		{"var", empty.Var(0), []float64{math.NaN(), math.NaN(), math.NaN()}},
		{"product over nothing", iota3(1, 0).MatMul(iota3(0, 2)), []float64{0, 0}},
		{"chebyshev without columns", PairwiseDistance(iota3(1, 0), iota3(2, 0), Chebyshev), []float64{0, 0}},
		{"exp", empty.Exp(), nil},
		{"sum along another axis", empty.Sum(1), nil},
		{"slice", iota3(4).Slice(Range(2, 2)), nil},
		{"function of a slice", iota3(4).Slice(Range(3, 1)).Exp(), nil},
		{"broadcast", iota3(1).BroadcastTo(0), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			checkValues(t, mustData(t, c.a), c.want)
			kept, err := c.a.Eval(ctx)
			if err != nil {
				t.Fatal(err)
			}
			checkValues(t, mustData(t, kept), c.want)
		})
	}
}

// checkValues compares values and signs of zeros; any NaN equals any NaN.
func checkValues[T Float](t *testing.T, got, want []T) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d values %v, expected %v", len(got), got, want)
	}
	for i, w := range want {
		if !(got[i] == w && math.Signbit(float64(got[i])) == math.Signbit(float64(w)) || got[i] != got[i] && w != w) {
			t.Fatalf("element %d is %v, expected %v: all are %v", i, got[i], w, got)
		}
	}
}

func TestValues(t *testing.T) {
	x := FromSlice([]float64{1, -2, math.NaN(), 0, 5, 5}, 2, 3)
	nan := math.NaN()
	for _, c := range []struct {
		name string
		a    Array[float64]
		want []float64
	}{
		{"not equal", x.NotEqual(x), []float64{0, 0, 1, 0, 0, 0}},
		{"where takes NaN for true", Where(x, Full(1.0), Full(2.0)), []float64{1, 1, 1, 2, 1, 1}},
		{"where of a comparison", Where(x.LessScalar(1), x, Full(9.0)), []float64{9, -2, 9, 0, 9, 9}},
		{"where not equal", Where(x.NotEqualScalar(5), Full(1.0), x), []float64{1, 1, 1, 1, 5, 5}},
		{"max", x.Max(1), []float64{nan, 5}},
		{"constants fold", Full(2.0).Add(Full(3.0)).Exp().Log().Rint(), []float64{5}},
		{"reversed", iota3(2, 3).Slice(All().By(-1), All().By(-2)), []float64{5, 3, 2, 0}},
		{"every other column from the end", iota3(2, 4).Slice(All(), From(-3).By(2)), []float64{1, 3, 5, 7}},
		{"backwards between", iota3(6).Slice(Range(4, 1).By(-1)), []float64{4, 3, 2}},
		{"reshape of a transpose", iota3(2, 3).T().Reshape(-1), []float64{0, 3, 1, 4, 2, 5}},
		{"arange", Arange(1.0, 2, 0.25), []float64{1, 1.25, 1.5, 1.75}},
		{"cosine of a zero vector", PairwiseDistance(iota3(1, 2), Zeros[float64](1, 2), Cosine), []float64{nan}},
		{"minkowski 2", PairwiseDistance(iota3(1, 2), Zeros[float64](1, 2), Minkowski(2)), []float64{1}},
		{"sum keeps the sign of zero", FromSlice([]float64{math.Copysign(0, -1), math.Copysign(0, -1)}).Sum(), []float64{math.Copysign(0, -1)}},
	} {
		t.Run(c.name, func(t *testing.T) { checkValues(t, mustData(t, c.a), c.want) })
	}
}

func TestArgMin(t *testing.T) {
	x := FromSlice([]float32{3, 1, 1, 0, 7, 0}, 2, 3)
	nan := FromSlice([]float32{0, float32(math.NaN()), -1, float32(math.NaN())})
	for _, c := range []struct {
		name string
		a    IntArray
		want []int
	}{
		{"rows", x.ArgMin(1), []int{1, 0}},
		{"columns", x.ArgMin(0), []int{1, 0, 1}},
		{"all", x.ArgMin(), []int{3}},
		{"all of the transpose", x.T().ArgMin(), []int{1}},
		{"max of the transpose", x.T().ArgMax(-1), []int{0, 1, 0}},
		{"nan", nan.ArgMin(), []int{1}},
		{"nan max", nan.ArgMax(), []int{1}},
		{"single", Full[float32](4).ArgMax(), []int{0}},
		{"length one", x.Slice(Range(0, 1)).ArgMax(0), []int{0, 0, 0}},
		{"nearest", PairwiseDistance(x, x.MulScalar(1.5), Euclidean).ArgMin(1), []int{0, 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := c.a.Ints(context.Background(), WithEngine(oracleEngine(t)))
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("%v (%v), expected %v", got, err, c.want)
			}
		})
	}
}

func TestMatrix(t *testing.T) {
	ctx := context.Background()
	whole := mat.NewDense(4, 5, mustData(t, iota3(20)))
	part := whole.Slice(1, 3, 2, 5).(*mat.Dense) // rows 1, 2; columns 2 to 4
	for _, c := range []struct {
		name string
		m    mat.Matrix
	}{
		{"dense", whole}, {"part", part}, {"transposed", part.T()},
		{"column", whole.ColView(1)}, {"row", whole.RowView(2).T()},
		{"symmetric", mat.NewSymDense(2, []float64{1, 2, 2, 3})},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := FromMatrix(c.m).AddScalar(0).Dense(ctx, WithEngine(oracleEngine(t)))
			if err != nil || !mat.Equal(got, c.m) {
				t.Errorf("%v (%v), expected %v", got, err, c.m)
			}
		})
	}
	if FromMatrix(&mat.Dense{}).Size() != 0 {
		t.Error("the empty matrix has elements")
	}
}
