package ops_test

import (
	"fmt"
	"math"

	"github.com/quern-go/quern/ops"
)

// All metrics without a parameter, of two vectors of 0 and 1, which are numbers, sets and counts alike.
func ExampleMetrics() {
	x := ops.FromSlice([]float64{1, 1, 1, 0, 0}, 1, 5)
	y := ops.FromSlice([]float64{1, 1, 0, 1, 0}, 1, 5)
	for _, m := range ops.Metrics() {
		d, err := ops.PairwiseDistance(x, y, m).Scalar(ctx)
		if err != nil {
			fmt.Println(err)
		}
		fmt.Printf("%-15s%.4f\n", m, d)
	}
	// Output:
	// euclidean      1.4142
	// sqeuclidean    2.0000
	// cityblock      2.0000
	// chebyshev      1.0000
	// cosine         0.3333
	// correlation    0.8333
	// braycurtis     0.3333
	// canberra       2.0000
	// hamming        0.4000
	// jaccard        0.5000
	// inner          2.0000
	// jensenshannon  0.4807
	// kl             +Inf
	// hellinger      0.5774
	// dice           0.3333
	// kulczynski1    1.0000
	// rogerstanimoto 0.5714
	// russellrao     0.6000
	// sokalmichener  0.5714
	// sokalsneath    0.6667
	// yule           0.6667
}

func ExampleMetric_Formula() {
	fmt.Println(ops.CityBlock, ops.CityBlock.Formula())
	// Output: cityblock Σ|x−y|
}

func ExampleMinkowski() {
	x, y := ops.FromSlice([]float64{0, 0}, 1, 2), ops.FromSlice([]float64{3, 4}, 1, 2)
	show(ops.PairwiseDistance(x, y, ops.Minkowski(3)))
	show(ops.PairwiseDistance(x, y, ops.Minkowski(math.Inf(1))))
	// Output:
	// [1 1] [4.497941445275415]
	// [1 1] [4]
}

func ExampleMetric_Weighted() {
	x, y := ops.FromSlice([]float64{0, 0}, 1, 2), ops.FromSlice([]float64{3, 4}, 1, 2)
	show(ops.PairwiseDistance(x, y, ops.CityBlock.Weighted([]float64{1, 0.5})))
	show(ops.PairwiseDistance(x, y, ops.Euclidean.Weighted([]float64{0, 1})))
	// Output:
	// [1 1] [5]
	// [1 1] [4]
}

func ExampleSEuclidean() {
	x, y := ops.FromSlice([]float64{0, 0}, 1, 2), ops.FromSlice([]float64{3, 8}, 1, 2)
	show(ops.PairwiseDistance(x, y, ops.SEuclidean([]float64{1, 4})))
	// Output: [1 1] [5]
}

// Several sets of queries, measured by the variances of the data.
func ExampleFitSEuclidean() {
	data := ops.FromSlice([]float64{0, 0, 2, 20, 4, 40}, 3, 2)
	metric, err := ops.FitSEuclidean(ctx, data, ops.Zeros[float64](0, 2))
	if err != nil {
		fmt.Println(err)
		return
	}
	show(ops.PairwiseDistance(data, ops.FromSlice([]float64{2, 20}, 1, 2), metric))
	// Output: [3 1] [1.4142135623730951 0 1.4142135623730951]
}

func ExampleFitMahalanobis() {
	data := ops.FromSlice([]float64{0, 0, 2, 1, 4, 4, 6, 5}, 4, 2)
	metric, err := ops.FitMahalanobis(ctx, data, ops.Zeros[float64](0, 2))
	if err != nil {
		fmt.Println(err)
		return
	}
	d, err := ops.PairwiseDistance(data, data.Mean(0).Reshape(1, 2), metric).Data(ctx)
	fmt.Printf("%.4f %v\n", d, err)
	// Output: [1.2247 1.2247 1.2247 1.2247] <nil>
}

// Latitude and longitude of Berlin and Rome, on a sphere as large as the Earth.
func ExamplePairwiseDistance_haversine() {
	berlin := ops.FromSlice([]float64{52.52, 13.40}, 1, 2).DegToRad()
	rome := ops.FromSlice([]float64{41.90, 12.50}, 1, 2).DegToRad()
	d, err := ops.PairwiseDistance(berlin, rome, ops.Haversine).Scalar(ctx)
	fmt.Printf("%.0f km %v\n", d*6371, err)
	// Output: 1183 km <nil>
}

func ExampleStreamCondensed() {
	x := ops.FromSlice([]float64{0, 3, 7}, 3, 1)
	err := ops.StreamCondensed(ctx, x, ops.Euclidean, func(distances []float64) error {
		_, err := fmt.Println(distances)
		return err
	})
	fmt.Println(err)
	// Output:
	// [3 7]
	// [4]
	// <nil>
}
