package mathfn

import (
	"fmt"
	"math"
	"math/big"
	"testing"

	"github.com/quern-go/quern/kernels"
)

// turns splits u exactly: cos(2πu) is ±cos or ±sin of 2πf, |f| ≤ 1/8.
func turns(u float64) (f float64, quarter int) {
	n := math.RoundToEven(4 * u)
	return u - n/4, int(n) & 3
}

func trueCosPi2(u float64) float64 {
	f, quarter := turns(u)
	s, c := math.Sincos(2 * math.Pi * f)
	return [4]float64{c, -s, -c, s}[quarter]
}

func TestCosPi2Single(t *testing.T) {
	step := uint64(61)
	if *long {
		step = 1
	}
	f := CosPi2(kernels.F32)
	m := newBatch(&f.Body, 1)
	in, out := m.arg(0).f32, m.result(0).f32
	var worst worstCase
	for first := uint64(0); first < 1<<24; first += lanes * step {
		for i := range lanes {
			in[i] = float32((first+uint64(i)*step)%(1<<24)) * 0x1p-24
		}
		m.run()
		for i := range lanes {
			if e := error32(out[i], trueCosPi2(float64(in[i]))); e > worst.ulp {
				worst = worstCase{e, fmt.Sprint(in[i])}
			}
		}
	}
	t.Logf("largest error %.4f ULP at %s", worst.ulp, worst.at)
	if worst.ulp > 1 {
		t.Errorf("%.4f ULP at %s, expected at most 1", worst.ulp, worst.at)
	}
}

// bigCosPi2 is cos(2πu) to 200 bits by the Taylor series of the reduced angle.
func bigCosPi2(u float64) *big.Float {
	const pi = "3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803"
	f, quarter := turns(u)
	x, _, _ := big.ParseFloat(pi, 10, 200, big.ToNearestEven)
	x.Mul(x, big.NewFloat(2*f))
	square := new(big.Float).Mul(x, x)
	term, k := new(big.Float).SetPrec(200).SetInt64(1), int64(1)
	if quarter%2 == 1 {
		term, k = x, 2
	}
	sum := new(big.Float).Set(term)
	for range 40 {
		term = new(big.Float).Mul(term, square)
		term.Quo(term, big.NewFloat(float64(-k*(k+1))))
		sum.Add(sum, term)
		k += 2
	}
	if quarter == 1 || quarter == 2 {
		sum.Neg(sum)
	}
	return sum
}

func TestCosPi2Double(t *testing.T) {
	f := CosPi2(kernels.F64)
	var worst worstCase
	for i := range uint64(3000) {
		u := math.Float64frombits(randomBits(kernels.F64, 5, 0, 2*i+1)&(1<<52-1)|0x3ff<<52) - 1
		if i%3 == 0 { // next to a quarter turn
			u = math.Mod(0.25*float64(i)+1+u*0x1p-20, 1)
			u = math.Floor(u*0x1p53) * 0x1p-53
		}
		got := math.Float64frombits(f.Eval([]uint64{math.Float64bits(u)}))
		want := bigCosPi2(u)
		if want.Sign() == 0 {
			continue
		}
		hi, _ := want.Float64()
		_, e := math.Frexp(hi)
		diff := new(big.Float).Sub(want, big.NewFloat(got))
		ulps, _ := diff.SetMantExp(diff, 53-e).Float64()
		worst.merge(worstCase{math.Abs(ulps), fmt.Sprint(u)})
	}
	t.Logf("largest error %.4f ULP at %s", worst.ulp, worst.at)
	if worst.ulp > 1 {
		t.Errorf("%.4f ULP at %s, expected at most 1", worst.ulp, worst.at)
	}
}
