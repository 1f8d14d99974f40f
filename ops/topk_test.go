package ops

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
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
