package ops

import (
	"fmt"
	"math"
	"testing"
)

// TestSetsCounted compares with counts in plain Go, for lengths of one chain and of
// several, and without columns. NaN and negative elements are in a set.
func TestSetsCounted(t *testing.T) {
	t.Run("float32", setsCounted[float32])
	t.Run("float64", setsCounted[float64])
}

func setsCounted[T Float](t *testing.T) {
	const rows = 3
	formulas := map[Metric]func(tt, d, k T) T{
		RogersTanimoto: func(_, d, k T) T { return 2 * d / (k + d) },
		SokalMichener:  func(_, d, k T) T { return 2 * d / (k + d) },
		RussellRao:     func(tt, _, k T) T { return (k - tt) / k },
		Dice:           func(tt, d, _ T) T { return d / (2*tt + d) },
		Kulczynski1:    func(tt, d, _ T) T { return tt / d },
		SokalSneath:    func(tt, d, _ T) T { return 2 * d / (tt + 2*d) },
	}
	for _, k := range []int{0, 1, 7, 64, 8191, 20011} {
		in := []T{0, 1, T(math.NaN()), T(math.Copysign(0, -1)), -2, 0, T(math.Inf(1))}
		x, y := make([]T, rows*k), make([]T, rows*k)
		for i := range x {
			x[i], y[i] = in[i*i%97%len(in)], in[i*i%89%len(in)]
		}
		copy(y[:k], x[:k]) // a distance of 0
		for m, formula := range formulas {
			var want []T
			for i := range rows {
				for j := range rows {
					var tt, d T
					for c := range k {
						switch a, b := x[i*k+c] != 0, y[j*k+c] != 0; {
						case a && b:
							tt++
						case a != b:
							d++
						}
					}
					want = append(want, formula(tt, d, T(k)))
				}
			}
			distance := PairwiseDistance(FromSlice(x, rows, k), FromSlice(y, rows, k), m)
			for _, e := range engines(t) {
				t.Run(fmt.Sprintf("%v/%d/%s", m, k, e.name), func(t *testing.T) {
					got, err := distance.Data(ctx, WithEngine(e.Engine))
					if err != nil {
						t.Fatal(err)
					}
					checkValues(t, got, want)
				})
			}
		}
	}
}
