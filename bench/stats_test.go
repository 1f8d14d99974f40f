package bench

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSummarise(t *testing.T) {
	tests := []struct {
		name    string
		samples []float64
		want    Stats
	}{
		{"one", []float64{3}, Stats{MedianSeconds: 3, MinSeconds: 3}},
		{"even", []float64{4, 1, 2, 8}, Stats{MedianSeconds: 3, MinSeconds: 1, MADSeconds: 1.5}},
		{"an outlier moves little", []float64{5, 5, 6, 4, 1000}, Stats{MedianSeconds: 5, MinSeconds: 4, MADSeconds: 1}},
		{"six give an interval", []float64{6, 5, 4, 3, 2, 1}, Stats{MedianSeconds: 3.5, MinSeconds: 1, MADSeconds: 1.5,
			CI95Low: new(1.0), CI95High: new(6.0)}},
		{"ten: second to ninth", []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, Stats{MedianSeconds: 5.5, MinSeconds: 1, MADSeconds: 2.5,
			CI95Low: new(2.0), CI95High: new(9.0)}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.want.Samples, test.want.RunsPerSample, test.want.All = len(test.samples), 7, test.samples
			if diff := cmp.Diff(test.want, Summarise(test.samples, 7)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The ranks are those of the table in Conover, Practical Nonparametric Statistics (and of any table of the
// sign test): the largest r with P(binomial(n, ½) < r) ≤ 0.025.
func TestMedianRank(t *testing.T) {
	want := map[int]int{1: 0, 5: 0, 6: 1, 8: 1, 9: 2, 10: 2, 15: 4, 20: 6, 25: 8, 50: 18, 100: 40}
	for n, rank := range want {
		if got := medianRank(n); got != rank {
			t.Errorf("%d samples: rank %d, expected %d", n, got, rank)
		}
	}
}

func TestMedianRankCovers(t *testing.T) {
	for n := 6; n <= 60; n++ {
		rank, below, term := medianRank(n), 0.0, math.Pow(0.5, float64(n))
		for k := range rank {
			below += term
			term *= float64(n-k) / float64(k+1)
		}
		if 1-2*below < 0.95 {
			t.Errorf("%d samples: ranks %d to %d cover the median with %v", n, rank, n+1-rank, 1-2*below)
		}
	}
}
