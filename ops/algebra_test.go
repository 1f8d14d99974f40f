package ops

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// normals is a source of n normal numbers; evaluating it is not part of a plan.
func normals(seed uint64, shape ...int) Array[float64] {
	r := rand.New(rand.NewPCG(seed, 1))
	n := 1
	for _, d := range shape {
		n *= d
	}
	s := make([]float64, n)
	for i := range s {
		s[i] = r.NormFloat64()
	}
	return FromSlice(s, shape...)
}

// TestAlgebra compares every rule with the same expression under Exact.
func TestAlgebra(t *testing.T) {
	a, b := normals(1, 9, 7), normals(2, 7, 11)
	batchA, batchB := normals(3, 4, 1, 9, 7), normals(4, 3, 7, 11)
	x, y := normals(5, 12, 3), normals(6, 10, 3)
	d := PairwiseDistance(x, y, Euclidean)
	list := engines(t)
	for _, c := range []struct {
		name    string
		a       Array[float64]
		rule    string // part of Explain's text
		kernels int
	}{
		{"sum of product", a.Square().MatMul(b).Sum(), "sum(matmul(a, b))", 3},
		{"mean of product", a.MatMul(b.Exp()).Mean(), "sum(matmul(a, b))", 3},
		{"matmulsum", MatMulSum(a, b), "sum(matmul(a, b))", 3},
		{"column sums of product", a.MatMul(b).Sum(0), "sum over rows of matmul(a, b)", 2},
		{"row sums of product", a.MatMul(b).Sum(1), "sum over columns of matmul(a, b)", 2},
		{"sum of transposed product", a.MatMul(b).T().Sum(0), "sum over columns", 2},
		{"sum of transposed factors", b.T().MatMul(a.T()).Sum(), "sum(matmul(a, b))", 3},
		{"batches", batchA.MatMul(batchB).Sum(), "sum(matmul(a, b))", 3},
		{"batches, some", batchA.MatMul(batchB).Sum(0, 2, 3), "sum(matmul(a, b))", 3},
		{"batches, rows", batchA.MatMul(batchB).Sum(-2), "sum over rows", 2},
		{"batches, columns", batchA.MatMul(batchB).Sum(-1), "sum over columns", 2},
		{"batches, none", batchA.MatMul(batchB).Sum(0, 1), "", 2},
		{"sum of distances", d.Sum(), "sum over both axes", 2},
		{"largest distance", d.Max(), "max over both axes", 2},
		{"column sums of distances", d.Sum(0), "column sums of a contraction", 1},
		{"row sums of distances", d.MulScalar(2).Sum(1), "", 1},
		{"least of each column", d.Min(0).Sqrt(), "", 1},
		{"rows and columns", d.Sub(d.Min(0)).Sub(d.Min(1).ExpandDims(1)), "", 4},
	} {
		for _, e := range list {
			t.Run(e.name+"/"+c.name, func(t *testing.T) {
				got, err := c.a.Data(ctx, WithEngine(e.Engine))
				if err != nil {
					t.Fatal(err)
				}
				want, err := c.a.Data(ctx, WithEngine(e.Engine), Exact())
				if err != nil {
					t.Fatal(err)
				}
				for i := range want {
					if !(math.Abs(got[i]-want[i]) <= 1e-12*(1+math.Abs(want[i]))) {
						t.Errorf("element %d is %v, without algebra %v", i, got[i], want[i])
					}
				}
				p, err := c.a.Explain(WithEngine(e.Engine))
				if err != nil {
					t.Fatal(err)
				}
				if !strings.Contains(strings.Join(p.Algebra, "; "), c.rule) || c.rule == "" && p.Algebra != nil {
					t.Errorf("algebra %q, expected %q", p.Algebra, c.rule)
				}
				if len(p.Kernels) != c.kernels {
					t.Errorf("%d kernels, expected %d:\n%s", len(p.Kernels), c.kernels, p)
				}
				exact, err := c.a.Explain(WithEngine(e.Engine), Exact())
				if err != nil || exact.Algebra != nil {
					t.Errorf("under Exact: algebra %q (%v)", exact.Algebra, err)
				}
			})
		}
	}
}

// TestFusion counts kernels and temporary memory of common formulas.
func TestFusion(t *testing.T) {
	e := WithEngine(oracleEngine(t))
	x, row := normals(1, 40, 30), normals(2, 30)
	square := normals(3, 30, 30)
	softmax := x.Sub(x.Max(1).ExpandDims(1)).Exp()
	for _, c := range []struct {
		name      string
		a         Array[float64]
		kernels   int
		temporary int // bytes
	}{
		{"chain", x.Mul(row).AddScalar(1).Exp(), 1, 0},
		{"into a reduction and out of it", x.Square().Sum(1).Sqrt(), 1, 0},
		{"mean", x.Mean(), 1, 0},
		{"std in two passes", x.Std(0), 2, 30 * 8},
		{"centred", square.Add(square.T()).Sub(square.Mean(0)), 2, 30 * 8},
		{"product with bias", x.Neg().MatMul(square.Exp()).Add(row).Tanh(), 2, 30 * 30 * 8},
		{"transposed result", x.MatMul(square).AddScalar(1).T(), 1, 0},
		{"softmax", softmax.Div(softmax.Sum(1).ExpandDims(1)), 3, 2 * 40 * 8},
		{"exp of a row once", x.Mul(row.Exp()), 2, 30 * 8},
		{"random sum", Normal[float64](1, 100, 100).Sum(), 1, 0},
		{"nearest", PairwiseDistance(x, square, Cosine).Min(1), 3, 70 * 8},
		{"product in the output's memory", square.MatMul(square).T().Add(square), 2, 30 * 30 * 8},
		{"a value kept in the output's memory", square.MatMul(square).Add(square.MatMul(square).Sum()), 4, 30*8*2 + 8},
	} {
		p, err := c.a.Explain(e)
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Kernels) != c.kernels || p.TemporaryBytes != c.temporary {
			t.Errorf("%s: %d kernels and %d temporary bytes, expected %d and %d\n%s",
				c.name, len(p.Kernels), p.TemporaryBytes, c.kernels, c.temporary, p.Verbose())
		}
	}
}

func TestExplain(t *testing.T) {
	e := WithEngine(testEngine(slow()))
	a := FromSlice(make([]float32, 1e6), 1000, 1000).Square().MatMul(FromSlice(make([]float32, 1e6), 1000, 1000)).Sum()
	p, err := a.Explain(e)
	if err != nil {
		t.Fatal(err)
	}
	want := `device: cpu
algebra: sum(matmul(a, b)) = Σₖ (Σᵢ aᵢₖ)·(Σⱼ bₖⱼ)
1. t1 = sum [0] of square(a)
   space [1000 1000], 4 MB, 2 Mflop, about 400 µs
2. t2 = sum [1] of b
   space [1000 1000], 4 MB, 1 Mflop, about 400 µs
3. sum [0] of mul(t1, t2)
   space [1000], 8 kB, 2 kflop, about 0.9 µs
output 4 B, temporaries 8 kB, at most 8 kB at a time, about 802 µs
`
	if p.String() != want {
		t.Errorf("Explain says\n%s\nexpected\n%s", p, want)
	}
	if v := p.Verbose(); !strings.Contains(v, "| reduce strided [add.f32]") {
		t.Errorf("Verbose does not show the kernels:\n%s", v)
	}
	if p, err := Ones[float64](3).Explain(e); err != nil || len(p.Kernels) != 0 {
		t.Errorf("a constant: %v (%v)", p, err)
	}
}

func TestMonteCarlo(t *testing.T) {
	for _, e := range engines(t) {
		t.Run(e.name, func(t *testing.T) {
			opt := WithEngine(e.Engine)
			pi, err := MonteCarloPi(ctx, 20000, 42, opt)
			if err != nil || math.Abs(pi.Mean-math.Pi) > 4*pi.StdErr || math.Abs(pi.StdErr-1.642/math.Sqrt(20000)) > 1e-3 {
				t.Errorf("π is %+v (%v)", pi, err)
			}
			// E[(x + y·z)²] for three normals is 2, with variance 14.
			m, err := MonteCarlo(ctx, 20000, 1, func(d *Draws[float64]) Array[float64] {
				x, y, z := d.Normal(), d.Normal(), d.Normal()
				return x.Add(y.Mul(z)).Square()
			}, opt)
			if err != nil || math.Abs(m.Mean-2) > 4*m.StdErr || m.StdErr > 0.04 || m.StdErr < 0.02 {
				t.Errorf("second moment is %+v (%v)", m, err)
			}
			one, err := MonteCarlo(ctx, 1, 1, func(*Draws[float32]) Array[float32] { return Full[float32](3) }, opt)
			if err != nil || one.Mean != 3 || !math.IsNaN(one.StdErr) {
				t.Errorf("one sample gives %+v (%v)", one, err)
			}
		})
	}
}

// TestDrawsAreIndependent: draws of one sample differ, those of one seed agree.
func TestDrawsAreIndependent(t *testing.T) {
	e := WithEngine(oracleEngine(t))
	for _, draws := range []int{2, 3, 5, 9} {
		t.Run(fmt.Sprint(draws), func(t *testing.T) {
			var means []float64
			for k := range draws {
				m, err := MonteCarlo(ctx, 100, 9, func(d *Draws[float32]) Array[float32] {
					var list []Array[float32]
					for i := range draws {
						if i%2 == 0 {
							list = append(list, d.Uniform())
						} else {
							list = append(list, d.Normal())
						}
					}
					return list[k]
				}, e)
				if err != nil {
					t.Fatal(err)
				}
				for _, other := range means {
					if other == m.Mean {
						t.Errorf("draw %d has the mean %v of another", k, m.Mean)
					}
				}
				means = append(means, m.Mean)
			}
		})
	}
}

// TestDrawsEnd: a draw after the closure's return would change what earlier ones
// mean.
func TestDrawsEnd(t *testing.T) {
	var draws *Draws[float64]
	var first Array[float64]
	_, err := MonteCarlo(ctx, 1000, 1, func(d *Draws[float64]) Array[float64] {
		draws, first = d, d.Uniform()
		return first
	})
	if err != nil {
		t.Fatal(err)
	}
	before := mustData(t, first.AddScalar(0))
	if late := draws.Uniform(); late.Err() == nil {
		t.Error("a draw after the end has no error")
	}
	checkValues(t, mustData(t, first.MulScalar(1)), before)
}

func TestParseMetric(t *testing.T) {
	for _, m := range append(Metrics(), Minkowski(3), Minkowski(1.5)) {
		got, err := ParseMetric(m.String())
		if err != nil || got != m {
			t.Errorf("%s: %v (%v)", m, got, err)
		}
	}
	for p, want := range map[float64]Metric{1: CityBlock, 2: Euclidean, math.Inf(1): Chebyshev} {
		if Minkowski(p) != want {
			t.Errorf("Minkowski(%v) is %s, expected %s", p, Minkowski(p), want)
		}
	}
}
