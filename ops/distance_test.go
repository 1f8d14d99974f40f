package ops

import (
	"errors"
	"math"
	"strings"
	"testing"
)

// TestEveryMetric32 and TestEveryMetric64, which two processes may share, compare bits
// on every engine: of the matrix, and of what is made of it without storing it.
func TestEveryMetric32(t *testing.T) { everyMetric[float32](t) }

func TestEveryMetric64(t *testing.T) { everyMetric[float64](t) }

func everyMetric[T Float](t *testing.T) {
	x := Uniform[T](1, 9, 12).MulScalar(4).Floor() // with zeros, and ties
	y := Uniform[T](2, 35, 12).MulScalar(4).Floor()
	x = Where(x.Sum(1).ExpandDims(1).EqualScalar(0), Full(T(1)), x)
	list := append(Metrics(), SEuclidean(nil), Minkowski(3), Minkowski(5), Minkowski(1.5), Minkowski(1.75), Minkowski(2.5).Weighted(onesAnd(12, 0.5)), Minkowski(3).Weighted(onesAnd(12, 2)), SEuclidean(onesAnd(12, 3)))
	mahalanobis, err := FitMahalanobis(ctx, x, y)
	if err != nil {
		t.Fatal(err)
	}
	all := engines(t)
	for _, m := range append(list, mahalanobis) {
		d := PairwiseDistance(x, y, m)
		for _, a := range []struct {
			name  string
			array Array[T]
		}{
			{"matrix", d}, {"sum", d.Sum(1)}, {"nearest", d.Min(1)}, {"below", d.CountBelow(2, 1)},
			{"kernel sum", d.Square().MulScalar(-0.5).Exp().Sum(1)},
		} {
			want := mustData(t, a.array)
			for _, e := range all[1:] {
				got, err := a.array.Data(ctx, WithEngine(e.Engine))
				if err != nil {
					t.Fatalf("%s, %s: %v", m, a.name, err)
				}
				t.Run(m.String()+"/"+a.name+"/"+e.name, func(t *testing.T) { checkValues(t, got, want) })
			}
		}
		position := mustInts(t, d.ArgMin(1))
		for row, p := range mustTop(t, d) {
			if data := mustData(t, d.Slice(At(row))); p != position[row] && data[position[row]] == data[position[row]] {
				t.Errorf("%s: row %d: the first of top k is %d, argmin %d", m, row, p, position[row])
			}
		}
	}
}

func onesAnd(n int, last float64) []float64 {
	w := make([]float64, n)
	for i := range w {
		w[i] = 1
	}
	w[n-1] = last
	return w
}

func mustInts(t *testing.T, a IntArray) []int {
	t.Helper()
	list, err := a.Ints(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func mustTop[T Float](t *testing.T, d Array[T]) []int {
	t.Helper()
	_, positions, err := d.TopK(ctx, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	return positions
}

// TestReductionsOfDistancesAreFused: one kernel, and no matrix, where the metric is
// one contraction.
func TestReductionsOfDistancesAreFused(t *testing.T) {
	x, y := Uniform[float64](1, 500, 3), Uniform[float64](2, 700, 3)
	twice := map[string]bool{"jaccard": true}
	for _, m := range append(Metrics(), Minkowski(3), Minkowski(1.5), SEuclidean([]float64{1, 2, 3}), Euclidean.Weighted([]float64{1, 2, 3})) {
		d := PairwiseDistance(x, y, m)
		for name, a := range map[string]interface {
			Explain(...Option) (*Plan, error)
		}{
			"argmin": d.ArgMin(1), "count": d.CountBelow(0.1, 1), "sum": d.Sum(1), "kernel sum": d.Square().MulScalar(-2).Exp().Sum(1),
		} {
			p, err := a.Explain()
			if err != nil {
				t.Fatal(err)
			}
			if stored := p.TemporaryBytes >= 500*700*8; stored != twice[m.String()] {
				t.Errorf("%s of %s: a matrix is stored: %v, expected %v\n%s", name, m, stored, twice[m.String()], p)
			}
		}
	}
}

// TestNoCancellation: what was reported of libraries that compute |x|² + |y|² − 2x·y.
func TestNoCancellation(t *testing.T) {
	column := func(data ...float32) Array[float32] { return FromSlice(data, len(data), 1) }
	for _, c := range []struct {
		name string
		x, y Array[float32]
		want []float32
	}{
		{"pytorch issue 42479", column(5000, 512695), column(6500, 512804), []float32{1500, 507804, 506195, 109}},
		{"scikit-learn issue 9354", column(10000), column(10001), []float32{1}},
		{"scikit-learn issue 9354, two columns", FromSlice([]float32{10000, 10001}, 1, 2), FromSlice([]float32{10001, 10001}, 1, 2), []float32{1}},
	} {
		t.Run(c.name, func(t *testing.T) { checkValues(t, cpuData(t, PairwiseDistance(c.x, c.y, Euclidean)), c.want) })
	}
	t.Run("pytorch issue 57690", func(t *testing.T) {
		// Equal rows, of a matrix large enough for any fast path, are at distance 0.
		x := Normal[float32](1, 300, 64).AddScalar(100)
		for _, m := range []Metric{
			Euclidean, CityBlock, Chebyshev, Canberra, BrayCurtis, Hamming, JensenShannon, KullbackLeibler, Hellinger, SEuclidean(nil), Minkowski(3),
		} {
			d := cpuData(t, PairwiseDistance(x, x, m))
			for i := range 300 {
				if d[i*300+i] != 0 {
					t.Fatalf("%s: row %d is at distance %v from itself", m, i, d[i*300+i])
				}
			}
		}
	})
}

// TestDivergencesOfNearbyRows: no digits are lost where p and q are nearly equal.
func TestDivergencesOfNearbyRows(t *testing.T) {
	const e = 0x1p-30
	p, q := FromSlice([]float64{0.5, 0.5}, 1, 2), FromSlice([]float64{0.5 + e, 0.5 - e}, 1, 2)
	// With p = ½ ± e: KL = −½·ln(1 − 4e²) = 2e² + 4e⁴ + …, JS² = e²/2 + O(e⁴).
	for _, c := range []struct {
		metric Metric
		want   float64
	}{{KullbackLeibler, 2 * e * e}, {JensenShannon, e * math.Sqrt(0.5)}} {
		if got := cpuData(t, PairwiseDistance(p, q, c.metric))[0]; math.Abs(got-c.want) > 1e-15*c.want {
			t.Errorf("%s is %v, expected %v", c.metric, got, c.want)
		}
	}
}

// TestHaversine: scikit-learn 1.2.1's haversine_distances.
func TestHaversine(t *testing.T) {
	x := FromSlice([]float64{0.8527, 0.0410, 0, 0}, 2, 2)
	y := FromSlice([]float64{0.7106, -1.2916, 0.8527, 0.0410, 0, math.Pi}, 3, 2)
	got := cpuData(t, PairwiseDistance(x, y, Haversine))
	for i, want := range []float64{0.9161450351983543, 0.0, 2.288158642330363, 1.360362718226697, 0.8534340112594304, 3.141592653589793} {
		if math.Abs(got[i]-want) > 4e-16*max(1, want) {
			t.Errorf("distance %d is %v, expected %v", i, got[i], want)
		}
	}
	if got[1] != 0 {
		t.Errorf("equal points are at distance %v", got[1])
	}
	p, err := PairwiseDistance(Uniform[float32](1, 5000, 2), Uniform[float32](2, 5000, 2), Haversine).ArgMin(1).Explain()
	if err != nil || p.TemporaryBytes > 1<<20 {
		t.Errorf("the nearest take %d bytes (%v)", p.TemporaryBytes, err)
	}
}

func TestMetricMistakes(t *testing.T) {
	x := iota3(4, 2)
	for _, c := range []struct {
		name   string
		metric Metric
		want   string
	}{
		{"p below 1", Minkowski(0.5), "exponent 0.5, expected p ≥ 1"},
		{"p not a number", Minkowski(math.NaN()), "exponent NaN"},
		{"weighted p below 1", Minkowski(0.5).Weighted([]float64{1, 1}), "exponent 0.5"},
		{"negative weight", Euclidean.Weighted([]float64{1, -1}), "weight 1 is -1"},
		{"too few weights", CityBlock.Weighted([]float64{1}), "parameters for 1 columns, the arrays have 2"},
		{"weights twice", CityBlock.Weighted([]float64{1, 2}).Weighted([]float64{1, 2}), "it has weights already"},
		{"weights of variances", SEuclidean([]float64{1, 2}).Weighted([]float64{1, 2}), "metric seuclidean: it takes no weights"},
		{"weights of nothing", Metric{}.Weighted([]float64{1, 2}), "the zero Metric"},
		{"no variance", SEuclidean([]float64{1, 0}), "variance 1 is 0"},
		{"not a square", Mahalanobis([]float64{1, 0, 0}), "a matrix of 3 elements"},
		{"not symmetric", Mahalanobis([]float64{1, 2, 3, 20}), "expected a symmetric one"},
		{"not definite", Mahalanobis([]float64{1, 2, 2, 1}), "not positive definite"},
		{"haversine of three columns", Haversine, "metric haversine: 3 columns"},
		{"other size", Mahalanobis([]float64{1}), "parameters for 1 columns"},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := x
			if c.metric == Haversine {
				x = iota3(4, 3)
			}
			if err := PairwiseDistance(x, x, c.metric).Err(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, expected %q", err, c.want)
			}
		})
	}
	if _, err := FitMahalanobis(ctx, x, x); !errors.Is(err, errNotDefinite) {
		t.Errorf("rows on a line: %v", err)
	}
	if _, err := FitMahalanobis(ctx, x.Slice(To(1)), x.Slice(To(1))); err == nil || !strings.Contains(err.Error(), "expected at least 3 rows") {
		t.Errorf("too few rows: %v", err)
	}
}

// TestDivergencesOfNoProbabilities: NaN, as from the formula, for whatever is no distribution. SciPy has
// +Inf for negative elements and sums of 0 in cdist, NaN or +Inf in its function jensenshannon, and takes
// NaN elements of cdist for 0.
func TestDivergencesOfNoProbabilities(t *testing.T) {
	good := FromSlice([]float64{1, 2, 3, 0, 0, 1}, 2, 3)
	for _, c := range []struct {
		name string
		row  []float64
	}{
		{"zeros", []float64{0, 0, 0}},
		{"a negative element", []float64{0.5, 0.7, -0.2}},
		{"all negative", []float64{-1, -2, -3}},
		{"a sum of 0", []float64{1, -1, 0}},
		{"NaN", []float64{1, math.NaN(), 2}},
		{"infinite", []float64{1, math.Inf(1), 2}},
	} {
		row := FromSlice(c.row, 1, 3)
		for _, m := range []Metric{JensenShannon, KullbackLeibler, Hellinger} {
			for _, d := range append(cpuData(t, PairwiseDistance(row, Concat(0, good, row), m)), cpuData(t, PairwiseDistance(good, row, m))...) {
				if d == d {
					t.Errorf("%s, %s: %v, expected NaN", m, c.name, d)
				}
			}
		}
	}
}
