package ops

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/quern-go/quern/kernels"
)

// sortedTop is the first k of all elements in order, found by sorting.
func sortedTop(row []float64, k int) ([]float64, []int) {
	var all []candidate[float64]
	for i, x := range row {
		all = append(all, candidate[float64]{x, i})
	}
	slices.SortFunc(all, candidate[float64].compare)
	var values []float64
	var positions []int
	for _, c := range all[:k] {
		values, positions = append(values, c.value), append(positions, c.position)
	}
	return values, positions
}

// cpuData is the array by the default engine: the oracle takes long for large ones.
func cpuData[T Float](t *testing.T, a Array[T]) []T {
	t.Helper()
	data, err := a.Data(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestTopK(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		name      string
		data      []float64
		shape     []int
		k, axis   int
		values    []float64
		positions []int
	}{
		{"ties by position", []float64{2, 1, 2, 1, 1}, []int{5}, 4, 0, []float64{1, 1, 1, 2}, []int{1, 3, 4, 0}},
		{"NaN last", []float64{nan, 3, nan, inf, -inf}, []int{5}, 5, -1, []float64{-inf, 3, inf, nan, nan}, []int{4, 1, 3, 0, 2}},
		{"NaN first, then numbers", []float64{nan, nan, 5, 4}, []int{4}, 2, 0, []float64{4, 5}, []int{3, 2}},
		{"zeros of both signs are equal", []float64{0, math.Copysign(0, -1)}, []int{2}, 1, 0, []float64{0}, []int{0}},
		{"columns", []float64{3, 1, 2, 2, 1, 3}, []int{3, 2}, 2, 0, []float64{1, 1, 2, 2}, []int{2, 0, 1, 1}},
		{"middle axis", []float64{4, 3, 2, 1, 5, 6, 7, 8}, []int{2, 2, 2}, 1, 1, []float64{2, 1, 5, 6}, []int{1, 1, 0, 0}},
	} {
		t.Run(c.name, func(t *testing.T) {
			values, positions, err := FromSlice(c.data, c.shape...).TopK(ctx, c.k, c.axis)
			if err != nil {
				t.Fatal(err)
			}
			checkValues(t, values, c.values)
			if !slices.Equal(positions, c.positions) {
				t.Errorf("positions %v, expected %v", positions, c.positions)
			}
		})
	}
}

// TestTopKOfDistances has more rows than a block, and more columns than a piece.
func TestTopKOfDistances(t *testing.T) {
	checkTopK(t, 1030, 5000)
	for _, e := range engines(t) {
		t.Run(e.name, func(t *testing.T) { checkTopK(t, 10, 30, WithEngine(e.Engine)) })
	}
}

func checkTopK(t *testing.T, m, n int, opts ...Option) {
	t.Helper()
	const k = 7
	x, y := Uniform[float64](1, m, 2).MulScalar(6).Floor(), Uniform[float64](2, n, 2).MulScalar(6).Floor()
	d := PairwiseDistance(x, y, CityBlock)
	values, positions, err := d.TopK(ctx, k, 1, opts...)
	if err != nil {
		t.Fatal(err)
	}
	all := cpuData(t, d)
	for row := range m {
		wantValues, wantPositions := sortedTop(all[row*n:][:n], k)
		if got := positions[row*k:][:k]; !slices.Equal(got, wantPositions) || !slices.Equal(values[row*k:][:k], wantValues) {
			t.Fatalf("row %d: %v at %v, expected %v at %v", row, values[row*k:][:k], got, wantValues, wantPositions)
		}
	}
}

// TestSmallest compares with sorting: along every axis, of arrays and of what is computed
// of them, random numbers, products in either direction, with batches and transposed.
func TestSmallest(t *testing.T) {
	data := make([]float64, 4*7*9)
	for i := range data {
		data[i] = float64(i * 5 % 13)
	}
	data[3], data[40] = math.NaN(), math.Copysign(0, -1)
	a := FromSlice(data, 4, 7, 9)
	x := a.Reshape(-1, 3)
	products := PairwiseDistance(x, x, CityBlock)
	list := engines(t)
	for _, c := range []struct {
		name string
		a    Array[float64]
	}{
		{"array", a}, {"computed", a.Square().Neg()}, {"transposed", a.Transpose(2, 0, 1)}, {"random", Normal[float64](1, 5, 8)},
		{"random and more", Uniform[float64](1, 6, 8).MulScalar(4).Floor()}, {"vector", a.Reshape(-1)}, {"distances", products},
		{"negative distances", products.Neg()}, {"distances read twice", products.Add(products.T())}, {"transposed distances", products.T().Sqrt()},
		{"batches", a.MatMul(a.Transpose(0, 2, 1))}, {"sum", a.Sum(0)}, {"gathered", a.Take(FromInts([]int{2, 0, 2}), 1)}, {"constant", Full(2., 3, 4)},
		{"one column", a.Slice(All(), All(), Range(2, 3))},
	} {
		for axis, length := range c.a.Shape() {
			for _, k := range []int{1, min(3, length), min(length, kernels.MaxTop)} {
				t.Run(fmt.Sprintf("%s/axis %d/%d", c.name, axis, k), func(t *testing.T) { checkSmallest(t, list, c.a, k, axis) })
			}
		}
	}
}

func checkSmallest(t *testing.T, list []namedEngine, a Array[float64], k, axis int) {
	t.Helper()
	wantValues, wantPositions, err := sortAndCut(a, k, axis)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		values, err := a.Smallest(k, axis).Data(ctx, WithEngine(e.Engine))
		if err != nil {
			t.Fatal(err)
		}
		checkValues(t, values, wantValues)
		positions, err := a.ArgSmallest(k, axis-a.NDim()).Ints(ctx, WithEngine(e.Engine))
		if err != nil || !slices.Equal(positions, wantPositions) {
			t.Fatalf("%s: positions %v (%v), expected %v", e.name, positions, err, wantPositions)
		}
		both, at, err := a.TopK(ctx, k, axis, WithEngine(e.Engine))
		if err != nil || !slices.Equal(at, wantPositions) {
			t.Fatalf("%s: top k at %v (%v), expected %v", e.name, at, err, wantPositions)
		}
		checkValues(t, both, wantValues)
	}
}

// sortAndCut finds what Smallest does by sorting each line.
func sortAndCut(a Array[float64], k, axis int) (values []float64, positions []int, err error) {
	all, err := a.Data(ctx)
	if err != nil {
		return nil, nil, err
	}
	inner := 1
	for _, d := range a.Shape()[axis+1:] {
		inner *= d
	}
	length := a.Shape()[axis]
	values, positions = make([]float64, len(all)/length*k), make([]int, len(all)/length*k)
	for line := range len(all) / length {
		row := make([]float64, length)
		for i := range row {
			row[i] = all[(line/inner*length+i)*inner+line%inner]
		}
		v, p := sortedTop(row, k)
		for i := range k {
			at := (line/inner*k+i)*inner + line%inner
			values[at], positions[at] = v[i], p[i]
		}
	}
	return values, positions, nil
}

// TestTopKWays has searches that one kernel does, and those that are done in pieces.
func TestTopKWays(t *testing.T) {
	x := Uniform[float32](1, 3000, 2)
	d := PairwiseDistance(x, x, Euclidean)
	for _, c := range []struct {
		name  string
		a     Array[float32]
		k     int
		fused bool
	}{
		{"distances", d, 10, true},
		{"as many as a kernel keeps", d, kernels.MaxTop, true},
		{"more", d, kernels.MaxTop + 1, false},
		{"an array", x, 2, true},
		{"what would be stored", d.Add(d.T()), 5, false},
	} {
		n := c.a.n
		if got := newTop[float32](n, c.k, 1).fused(n, 1, nil); got != c.fused {
			t.Errorf("%s: one kernel: %v, expected %v", c.name, got, c.fused)
		}
	}
	plan, err := d.ArgSmallest(10, 1).Explain()
	if err != nil || !strings.Contains(plan.String(), "then sqrt, first 10 of rows") || plan.TemporaryBytes > 1<<20 {
		t.Errorf("the plan is not that of one kernel (%v):\n%v", err, plan)
	}
	if plan, err = d.Neg().T().Smallest(3, 1).Explain(); err != nil || !strings.Contains(plan.String(), "first 3 of columns") {
		t.Errorf("the plan is not that of one kernel (%v):\n%v", err, plan)
	}
}

// TestTopKInPanels computes an array that is not to be stored, panel by panel.
func TestTopKInPanels(t *testing.T) {
	e, err := NewEngine(cpuSelector)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	e.budget = 1 << 20
	x := Uniform[float64](1, 700, 3).MulScalar(3).Floor()
	d := PairwiseDistance(x, x, CityBlock)
	twice := d.Add(d.T()) // 3.9 MB
	values, err := twice.Smallest(6, 1).Data(ctx, WithEngine(e))
	if err != nil {
		t.Fatal(err)
	}
	all := cpuData(t, twice)
	for row := range 700 {
		want, _ := sortedTop(all[row*700:][:700], 6)
		if got := values[row*6:][:6]; !slices.Equal(got, want) {
			t.Fatalf("row %d: %v, expected %v", row, got, want)
		}
	}
	if e.Stats().InPanels != 1 {
		t.Errorf("%d evaluations in panels, expected 1", e.Stats().InPanels)
	}
}

// TestStoredConstant reads a constant that is stored for a scan at other positions too.
func TestStoredConstant(t *testing.T) {
	c := Full(2., 3)
	sums := c.CumSum().Reshape(3, 1)
	checkValues(t, mustData(t, FMA(sums, sums, c)), []float64{6, 6, 6, 18, 18, 18, 38, 38, 38})
}

func TestTopKMistakes(t *testing.T) {
	x := iota3(2, 3)
	for _, c := range []struct {
		k, axis int
		want    string
	}{
		{4, 1, "k = 4 along axis 1 of shape [2 3], expected 1 to 3"},
		{0, 1, "k = 0"},
		{1, 2, "axis 2 of shape [2 3]"},
	} {
		if _, _, err := x.TopK(ctx, c.k, c.axis); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("k = %d, axis %d: %v, expected %q", c.k, c.axis, err, c.want)
		}
	}
	if _, _, err := (Array[float64]{}).TopK(ctx, 1, 0); err == nil {
		t.Error("no error for the zero Array")
	}
	for _, c := range []struct {
		k, axis int
		want    string
	}{
		{4, 1, "smallest: k = 4 along axis 1 of shape [2 3], expected 1 to 3"},
		{1, -3, "smallest: axis -3 of shape [2 3]"},
	} {
		if err := x.Smallest(c.k, c.axis).Err(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("k = %d, axis %d: %v, expected %q", c.k, c.axis, err, c.want)
		}
	}
	if _, err := Zeros[float64](2, 100).ArgSmallest(65, 1).Ints(ctx); err == nil || !strings.Contains(err.Error(), "argsmallest: k = 65, expected at most 64") {
		t.Errorf("65 of 100: %v", err)
	}
	if err := Zeros[float64](1, 1, 1, 1, 1, 1, 1, 3).Smallest(2, 7).Err(); err == nil || !strings.Contains(err.Error(), "expected at most 7 axes") {
		t.Errorf("eight axes: %v", err)
	}
	if values, _, err := Arange(3., 0, -1).Reshape(1, 1, 1, 1, 1, 1, 1, 3).TopK(ctx, 2, 7); err != nil || !slices.Equal(values, []float64{1, 2}) {
		t.Errorf("top k of eight axes: %v (%v)", values, err)
	}
	if got := mustData(t, Zeros[float64](0, 3).Smallest(2, 1)); len(got) != 0 {
		t.Errorf("of no rows: %v", got)
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if _, _, err := PairwiseDistance(x, x, Euclidean).TopK(cancelled, 1, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestCountBelow(t *testing.T) {
	x := FromSlice([]float64{1, 2, math.NaN(), 3, 2, 2}, 2, 3)
	checkValues(t, mustData(t, x.CountBelow(2.5, 1)), []float64{2, 2})
	checkValues(t, mustData(t, x.CountBelow(2)), []float64{1})
}

func TestStream(t *testing.T) {
	x := Uniform[float32](3, 3000, 3)
	d := PairwiseDistance(x, x, Euclidean) // 36 MB: two pieces
	want, at, calls := cpuData(t, d), 0, 0
	err := d.Stream(ctx, func(part []float32) error {
		if !slices.Equal(part, want[at:at+len(part)]) {
			t.Error("a piece has other bits")
		}
		at += len(part)
		calls++
		return nil
	})
	if err != nil || at != len(want) || calls != 2 {
		t.Errorf("%d elements in %d calls (%v), expected %d in 2", at, calls, err, len(want))
	}
	stop := errors.New("enough")
	if err := d.Stream(ctx, func([]float32) error { return stop }); err != stop {
		t.Errorf("error %v, expected f's", err)
	}
	scalar := 0.
	if err := Full(2.5).Stream(ctx, func(part []float64) error { scalar = part[0]; return nil }); err != nil || scalar != 2.5 {
		t.Errorf("a number: %v (%v)", scalar, err)
	}
	if err := Zeros[float64](0, 3).Stream(ctx, func([]float64) error { t.Error("called for nothing"); return nil }); err != nil {
		t.Error(err)
	}
}

func TestCondensedDistance(t *testing.T) {
	for _, m := range []int{0, 1, 2, 3, 300} {
		x := Uniform[float64](5, max(m, 1), 4).Slice(To(m))
		for _, metric := range []Metric{Euclidean, BrayCurtis, KullbackLeibler} {
			got, err := CondensedDistance(ctx, x, metric)
			if err != nil {
				t.Fatal(err)
			}
			all := cpuData(t, PairwiseDistance(x, x, metric))
			want := []float64{}
			for i := range m {
				want = append(want, all[i*m+i+1:(i+1)*m]...)
			}
			checkValues(t, got, want)
		}
	}
	x := FromSlice([]float64{1, 2, 4, 8}, 4, 1)
	got, err := CondensedDistance(ctx, x, SEuclidean(nil))
	if err != nil {
		t.Fatal(err)
	}
	// SciPy 1.10.1: pdist(x, 'seuclidean')
	for i, want := range []float64{0.3230291412348993, 0.9690874237046979, 2.261203988644295, 0.6460582824697986, 1.9381748474093958, 1.2921165649395971} {
		if math.Abs(got[i]-want) > 1e-15*8 {
			t.Errorf("distance %d is %v, expected %v", i, got[i], want)
		}
	}
	if _, err := CondensedDistance(ctx, iota3(3), Euclidean); err == nil {
		t.Error("no error for a vector")
	}
}
