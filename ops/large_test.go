package ops

import (
	"context"
	"testing"
)

// TestLargeExpressions plans graphs that would explode if shared parts were
// repeated, and kernels larger than the limits.
func TestLargeExpressions(t *testing.T) {
	e := oracleEngine(t)
	x := FromSlice([]float64{1, 2, 3, 4, 5, 6, 7, 8, 9}, 3, 3)
	chain, diamond, skew, many := x, x, x, x
	for range 3000 {
		chain = chain.AddScalar(1)
	}
	for range 60 {
		diamond = diamond.Add(diamond.T()).MulScalar(0.5)
		skew = skew.Add(skew.Slice(All().By(-1))).MulScalar(0.5)
	}
	for i := range 40 {
		many = many.Add(FromSlice([]float64{float64(i), 1, 2}))
	}
	sums := func(from, to int) Array[float64] { // from + … + to−1, of that many sources
		s := Zeros[float64](3, 3)
		for i := from; i < to; i++ {
			s = s.Add(FromSlice([]float64{float64(i), float64(i), float64(i)}))
		}
		return s
	}
	for _, c := range []struct {
		name string
		a    Array[float64]
		want float64 // of element [0, 1]
	}{
		{"chain of 3000", chain, 3002},
		{"60 transposes", diamond, 3},
		{"60 reversals", skew, 5},
		{"40 inputs", many, 42},
		{"product of 24 inputs", sums(0, 12).MatMul(sums(12, 24)), 66 * 210 * 3},
		{"24 inputs into and out of a sum", sums(0, 12).MulScalar(1).Sum(1).ExpandDims(1).Mul(sums(12, 24)), 66 * 3 * 210},
		{"24 inputs before and after a product", sums(0, 12).MatMul(x).Mul(sums(12, 24)), 66 * (2 + 5 + 8) * 210},
		{"reshape in between", x.T().Exp().Log().Rint().Reshape(9).Add(Arange(0.0, 9, 1)), 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := c.a.Data(context.Background(), WithEngine(e))
			if err != nil {
				t.Fatal(err)
			}
			if got[1] != c.want {
				t.Errorf("element [0, 1] is %v, expected %v", got[1], c.want)
			}
			(&generator[float64]{}).check(t, e, c.a.n)
		})
	}
}
