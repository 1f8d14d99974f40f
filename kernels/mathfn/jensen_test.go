package mathfn

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/quern-go/quern/kernels"
)

// TestJensen compares with s·Σ t²ⁿ/(n·(2n−1)) in 120 bits where t is small enough for that
// to end soon, and with values known otherwise.
func TestJensen(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, dt := range []kernels.DType{kernels.F32, kernels.F64} {
		f, digits := Jensen(dt), map[kernels.DType]int{kernels.F32: 24, kernels.F64: 53}[dt]
		eval := func(p, q float64) float64 {
			return toFloat(dt, f.Eval([]uint64{kernels.FloatBits(dt, p), kernels.FloatBits(dt, q)}))
		}
		worst := 0.0
		for i := range 600 {
			p := toFloat(dt, kernels.FloatBits(dt, r.Float64()))
			q := toFloat(dt, kernels.FloatBits(dt, r.Float64()))
			if i%2 == 0 { // close to p
				q = toFloat(dt, kernels.FloatBits(dt, p*(1+(r.Float64()-0.5)*math.Ldexp(1, -r.IntN(20)))))
			}
			if q == p || min(p, q) < 0.05*max(p, q) {
				continue
			}
			want := jensenSeries(p, q)
			got := eval(p, q)
			_, e := math.Frexp(want)
			worst = max(worst, math.Abs(got-want)/math.Ldexp(1, e-digits))
		}
		if worst > 7.5 {
			t.Errorf("%s: %.2f ULP off", dt, worst)
		}
		for _, c := range [][3]float64{{0, 0, 0}, {0.25, 0.25, 0}, {0, 0.5, math.Ln2}, {0.5, 0, math.Ln2}, {1, 0, 2 * math.Ln2}} {
			if got := eval(c[0], c[1]); math.Abs(got-c[2]) > math.Ldexp(c[2], 2-digits) {
				t.Errorf("%s: jensen(%v, %v) = %v, expected %v", dt, c[0], c[1], got, c[2])
			}
		}
		for _, c := range [][2]float64{{math.NaN(), 1}, {1, math.NaN()}, {math.Inf(1), 1}} {
			if got := eval(c[0], c[1]); got == got {
				t.Errorf("%s: jensen(%v, %v) = %v, expected NaN", dt, c[0], c[1], got)
			}
		}
	}
}

// jensenSeries is the series for |t| ≤ 0.91, in 120 bits.
func jensenSeries(p, q float64) float64 {
	const bits, terms = 120, 500
	x := func(v float64) *big.Float { return new(big.Float).SetPrec(bits).SetFloat64(v) }
	s := x(p)
	s.Add(s, x(q))
	t := x(p)
	t.Quo(t.Sub(t, x(q)), s)
	z, power, sum := x(0), x(1), x(0)
	z.Mul(t, t)
	for n := 1; n <= terms && power.MantExp(nil) > -90; n++ {
		power.Mul(power, z)
		sum.Add(sum, x(0).Quo(power, x(float64(n*(2*n-1)))))
	}
	v, _ := sum.Mul(sum, s).Float64()
	return v
}
