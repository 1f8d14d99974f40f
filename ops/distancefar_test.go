package ops

import (
	"fmt"
	"math"
	"math/big"
	"testing"
)

// farRows are rows that differ by a little and are far from 0, in two clusters whose
// signs differ, so that no one point is near to all: row i is ±10⁸, of a size of its own
// for each column, plus multiples of 2⁻²⁰.
func farRows(rows, k int) []float64 {
	data := make([]float64, rows*k)
	for i := range rows {
		sign := 1 - 2*float64(i%2)
		for c := range k {
			data[i*k+c] = sign*(1e8+1e7*float64(c)) + float64((i*7+c*13)%31-15)*0x1p-20
		}
	}
	return data
}

// TestParametersOfFarRows compares distances with parameters with exact values: all
// digits are there although the rows are close together and far from 0.
func TestParametersOfFarRows(t *testing.T) {
	const rows, k = 12, 5
	data := farRows(rows, k)
	weights := []float64{0.1, 3, 1e-7, 12.5, 1e6}
	variances := []float64{0.3, 7e4, 1e-9, 2, 5}
	// Positive definite, and far from diagonal.
	vi := make([]float64, k*k)
	for i := range k {
		for j := range k {
			vi[i*k+j] = 1 / (1 + math.Abs(float64(i-j))) * math.Sqrt(weights[i]*weights[j])
		}
	}
	for _, c := range []struct {
		metric Metric
		exact  func(d []*big.Float) *big.Float // of the differences, the square of the distance or, of a sum, itself
		root   bool
		units  float64 // of error allowed, in 2⁻⁵³ of the distance
	}{
		{SEuclidean(variances), func(d []*big.Float) *big.Float {
			return bigSum(k, func(i int) *big.Float { return bigQuo(bigMul(d[i], d[i]), big.NewFloat(variances[i])) })
		}, true, k + 3},
		{Euclidean.Weighted(weights), func(d []*big.Float) *big.Float {
			return bigSum(k, func(i int) *big.Float { return bigMul(big.NewFloat(weights[i]), bigMul(d[i], d[i])) })
		}, true, k + 2},
		{CityBlock.Weighted(weights), func(d []*big.Float) *big.Float {
			return bigSum(k, func(i int) *big.Float { return bigMul(big.NewFloat(weights[i]), new(big.Float).Abs(d[i])) })
		}, false, k + 2},
		{Mahalanobis(vi), func(d []*big.Float) *big.Float {
			return bigSum(k*k, func(n int) *big.Float {
				return bigMul(bigMul(d[n/k], big.NewFloat(vi[n])), d[n%k])
			})
		}, true, 100}, // of which the factor of vi has most
	} {
		x := FromSlice(data, rows, k)
		got := cpuData(t, PairwiseDistance(x, x, c.metric))
		for i := range rows {
			for j := range rows {
				d := make([]*big.Float, k)
				for n := range d {
					d[n] = new(big.Float).Sub(bigFloat(data[i*k+n]), bigFloat(data[j*k+n]))
				}
				exact := c.exact(d)
				if c.root {
					exact = new(big.Float).Sqrt(exact)
				}
				want, _ := exact.Float64()
				if off := math.Abs(got[i*rows+j] - want); off > c.units*0x1p-53*want {
					t.Errorf("%s of rows %d and %d is %v, exactly %v: %.3g units off", c.metric, i, j, got[i*rows+j], want, off/want*0x1p53)
				}
			}
		}
	}
}

// TestEqualRowsWithParameters: their distance is exactly 0.
func TestEqualRowsWithParameters(t *testing.T) {
	const rows, k = 40, 7
	x := Normal[float64](3, rows, k).MulScalar(1000).AddScalar(1e5)
	mahalanobis, err := FitMahalanobis(ctx, x, x)
	if err != nil {
		t.Fatal(err)
	}
	list := []Metric{SEuclidean(nil), mahalanobis}
	w := []float64{0.1, 0.7, 0, 1e-9, 3, 1e7, 1. / 3}
	for _, m := range []Metric{Euclidean, SqEuclidean, CityBlock, Chebyshev, Minkowski(3), Minkowski(1.5), Minkowski(1.7), BrayCurtis, Canberra, Hamming, Jaccard, Dice, RogersTanimoto, SokalMichener, SokalSneath, Yule} {
		list = append(list, m.Weighted(w))
	}
	for _, m := range list {
		t.Run(fmt.Sprint(m), func(t *testing.T) {
			for name, rows32 := range map[string]Array[float32]{"float32": Convert[float32](x)} {
				checkZeroDiagonal(t, name, cpuData(t, PairwiseDistance(rows32, rows32, m)), rows)
			}
			checkZeroDiagonal(t, "float64", cpuData(t, PairwiseDistance(x, x, m)), rows)
		})
	}
}

func checkZeroDiagonal[T Float](t *testing.T, name string, d []T, rows int) {
	t.Helper()
	for i := range rows {
		if d[i*rows+i] != 0 {
			t.Fatalf("%s: row %d is at distance %v from itself", name, i, d[i*rows+i])
		}
	}
}

const bigBits = 400

func bigFloat(x float64) *big.Float { return new(big.Float).SetPrec(bigBits).SetFloat64(x) }

func bigMul(x, y *big.Float) *big.Float { return new(big.Float).SetPrec(bigBits).Mul(x, y) }

func bigQuo(x, y *big.Float) *big.Float { return new(big.Float).SetPrec(bigBits).Quo(x, y) }

func bigSum(n int, term func(i int) *big.Float) *big.Float {
	sum := bigFloat(0)
	for i := range n {
		sum.Add(sum, term(i))
	}
	return sum
}
