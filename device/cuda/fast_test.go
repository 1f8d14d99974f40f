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
		{"nearest distance", distances.Min(1), []ops.Option{ops.Fast()}, 0},
		{"farthest in columns", distances.Max(0), []ops.Option{ops.Fast(ops.BF16)}, 0},
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

// TestFastOperands: operands may lie anyhow.
func TestFastOperands(t *testing.T) {
	dev := cuda.OpenFake(t)
	collect(t, dev)
	engine := new(ops.Engine)
	defer engine.Close()
	const m, n, k = 33, 20, 24
	a, b := ops.Uniform[float32](1, m, k), ops.Uniform[float32](2, k, n)
	for _, c := range []struct {
		name string
		a, b ops.Array[float32]
	}{
		{"transposed", ops.Uniform[float32](1, k, m).T(), ops.Uniform[float32](2, n, k).T()},
		{"backwards", a.Slice(ops.All().By(-1), ops.All().By(-1)), b.Slice(ops.All().By(-1))},
		{"every other", ops.Uniform[float32](1, 2*m, 2*k).Slice(ops.All().By(2), ops.All().By(2)), b},
		{"a batch", ops.Uniform[float32](1, 3, m, k), ops.Uniform[float32](2, 3, k, n)},
		{"a batch by one", ops.Uniform[float32](1, 3, m, k), b},
		{"one row everywhere", ops.Uniform[float32](1, 1, k).BroadcastTo(m, k), b},
	} {
		t.Run(c.name, func(t *testing.T) {
			x, err := c.a.Eval(t.Context(), ops.On("cpu"))
			if err != nil {
				t.Fatal(err)
			}
			want, err := x.MatMul(c.b).Data(t.Context(), ops.On("cpu"), ops.Exact())
			if err != nil {
				t.Fatal(err)
			}
			before := engine.Stats().Fast
			got, err := x.MatMul(c.b).Data(t.Context(), ops.Fast(), ops.OnDevice(dev), ops.WithEngine(engine), ops.Strict())
			if err != nil || engine.Stats().Fast == before {
				t.Fatalf("error %v, or exact", err)
			}
			for i := range want {
				if math.Abs(float64(got[i]-want[i])) > ops.TF32.ProductError(k)*k {
					t.Fatalf("element %d is %v, exactly %v", i, got[i], want[i])
				}
			}
		})
	}
}

// TestFastNotFinite: what is not finite does not come out as a number, and stays in its
// rows.
func TestFastNotFinite(t *testing.T) {
	dev := cuda.OpenFake(t)
	collect(t, dev)
	const m, n, k = 33, 20, 24
	for _, bad := range []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), math.MaxFloat32} {
		values := make([]float32, m*k)
		for i := range values {
			values[i] = float32(i%7) - 3
		}
		values[5*k+1], values[30*k+23] = bad, bad
		a, b := ops.FromSlice(values, m, k), ops.Uniform[float32](2, n, k).AddScalar(1)
		for name, x := range map[string]ops.Array[float32]{"product": a.MatMul(b.T()), "distances": ops.PairwiseDistance(a, b, ops.Euclidean)} {
			for _, p := range []ops.Precision{ops.TF32, ops.BF16} {
				got, err := x.Data(t.Context(), ops.Fast(p), ops.OnDevice(dev), ops.Strict())
				if err != nil {
					t.Fatal(err)
				}
				for i, v := range got {
					finite := v-v == 0
					if row := i / n; finite == (row == 5 || row == 30) {
						t.Fatalf("%s in %s: with %v in rows 5 and 30, row %d has %v", name, p, bad, row, v)
					}
				}
			}
		}
	}
}

// TestProductsExplained: a plan says on which units products of float64 are computed; they
// are exact, and what is no such product is not spoken of.
func TestProductsExplained(t *testing.T) {
	a, b := ops.Uniform[float64](1, 33, 24), ops.Uniform[float64](2, 24, 20)
	for _, c := range []struct {
		name, env, want string
		array           ops.Array[float64]
	}{
		{"product", "", ", on tensor units (m16n8k8)", a.MatMul(b)},
		{"turned off", "off", ", not on tensor units: turned off by QUERN_DMMA=off", a.MatMul(b)},
		{"distances", "", "", ops.PairwiseDistance(a, b.T(), ops.SqEuclidean)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("QUERN_DMMA", c.env)
			dev := cuda.OpenFake(t)
			x, err := c.array.Explain(ops.OnDevice(dev), ops.WithEngine(new(ops.Engine)))
			if err != nil {
				t.Fatal(err)
			}
			text := x.String()
			if x.Precision != 0 || strings.Contains(text, "tensor units") != (c.want != "") || !strings.Contains(text, c.want) {
				t.Errorf("planned with precision %s, expected %q:\n%s", x.Precision, c.want, text)
			}
			want, err := c.array.Data(t.Context(), ops.On("cpu"))
			if err != nil {
				t.Fatal(err)
			}
			got, err := c.array.Data(t.Context(), ops.OnDevice(dev), ops.WithEngine(new(ops.Engine)), ops.Strict())
			if err != nil {
				t.Fatal(err)
			}
			for i := range want {
				if math.Float64bits(got[i]) != math.Float64bits(want[i]) {
					t.Fatalf("element %d is %v, on the CPU %v", i, got[i], want[i])
				}
			}
		})
	}
}
