package cuda_test

import (
	"math"
	"strings"
	"testing"

	"github.com/quern-go/quern/device/cuda"
	"github.com/quern-go/quern/ops"
)

// TestFast: what may be less exact is so only where that was allowed, is within its
// bound, and is marked.
func TestFast(t *testing.T) {
	dev := cuda.OpenFake(t)
	engine := new(ops.Engine)
	defer engine.Close()
	const m, n, k = 33, 20, 24
	a, b := ops.Uniform[float32](1, m, k), ops.Uniform[float32](2, k, n)
	product, distances := a.MatMul(b), ops.PairwiseDistance(a, b.T(), ops.Euclidean)
	for _, c := range []struct {
		name  string
		array ops.Array[float32]
		opts  []ops.Option
		want  ops.Precision
	}{
		{"product", product, nil, 0},
		{"product in TF32", product, []ops.Option{ops.Fast()}, ops.TF32},
		{"product in BF16", product, []ops.Option{ops.Fast(ops.BF16)}, ops.BF16},
		{"exactly all the same", product, []ops.Option{ops.Fast(), ops.Exact()}, 0},
		{"distances in TF32", distances, []ops.Option{ops.Fast()}, ops.TF32},
		{"sum of distances", distances.Sum(1), []ops.Option{ops.Fast()}, 0},
		{"city block", ops.PairwiseDistance(a, b.T(), ops.CityBlock), []ops.Option{ops.Fast()}, 0},
		{"product again", product, nil, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			want, err := c.array.Data(t.Context(), ops.On("cpu"), ops.Exact())
			if err != nil {
				t.Fatal(err)
			}
			opts := append(c.opts, ops.OnDevice(dev), ops.WithEngine(engine), ops.Strict())
			before := engine.Stats().Fast
			got, err := c.array.Data(t.Context(), opts...)
			if err != nil {
				t.Fatal(err)
			}
			p, err := c.array.Explain(opts...)
			if err != nil {
				t.Fatal(err)
			}
			if p.Precision != c.want || strings.Contains(p.String(), "products in") != (c.want != 0) {
				t.Errorf("planned with precision %s, expected %s:\n%s", p.Precision, c.want, p)
			}
			if marked := engine.Stats().Fast != before; marked != (c.want != 0) {
				t.Errorf("counted as less exact: %v", marked)
			}
			differ := false
			for i := range want {
				differ = differ || got[i] != want[i]
				// Elements are below 1: a row's norm below √k, a product's terms below k.
				bound := c.want.ProductError(k) * k
				if c.array.NDim() == 2 && strings.HasPrefix(c.name, "distances") {
					bound = c.want.Unit()*2*math.Sqrt(k) + 2*math.Sqrt(k)*math.Sqrt((k+2)*0x1p-22)
				}
				if math.Abs(float64(got[i]-want[i])) > bound {
					t.Fatalf("element %d is %v, exactly %v", i, got[i], want[i])
				}
			}
			if differ != (c.want != 0) {
				t.Errorf("differs from the exact bits: %v", differ)
			}
		})
	}
}
