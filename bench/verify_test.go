package bench

import (
	"math"
	"strings"
	"testing"

	"github.com/quern-go/quern/ops"
)

func TestChecksFindOneWrongElement(t *testing.T) {
	right := make([]float64, 50)
	fill(right, 1)
	checks := map[string]func(x []float64) error{
		"allNear":  func(x []float64) error { return allNear("x", x, right, 1e-12) },
		"allClose": func(x []float64) error { return allClose("x", x, right, 1e-12) },
		"someNear": func(x []float64) error {
			return someNear("x", x, func(i int) float64 { return right[i] }, 1e-12)
		},
		"sameBits": func(x []float64) error { return sameBits("x", x, right) },
	}
	for name, check := range checks {
		t.Run(name, func(t *testing.T) {
			if err := check(right); err != nil {
				t.Errorf("the right answer: %v", err)
			}
			for _, wrong := range []float64{right[17] * 1.001, -right[17], math.NaN(), math.Inf(1)} {
				x := append([]float64(nil), right...)
				x[17] = wrong
				if err := check(x); err == nil || !strings.Contains(err.Error(), "x[17]") {
					t.Errorf("x[17] = %v passes or is not named: %v", wrong, err)
				}
			}
		})
	}
}

func TestSameBitsTellsZerosApart(t *testing.T) {
	if err := sameBits("x", []float32{0}, []float32{float32(math.Copysign(0, -1))}); err == nil {
		t.Error("+0 and −0 pass as equal")
	}
}

func TestCheckPi(t *testing.T) {
	const samples = 1_000_000
	stderr := math.Sqrt(math.Pi * (4 - math.Pi) / samples)
	tests := []struct {
		name string
		pi   ops.Estimate
		loop float64
		ok   bool
	}{
		{"good", ops.Estimate{Mean: math.Pi + stderr, StdErr: stderr}, math.Pi - stderr, true},
		{"the estimate is off", ops.Estimate{Mean: math.Pi + 6*stderr, StdErr: stderr}, math.Pi, false},
		{"the loop is off", ops.Estimate{Mean: math.Pi, StdErr: stderr}, math.Pi + 8*stderr, false},
		{"the standard error is off", ops.Estimate{Mean: math.Pi, StdErr: 2 * stderr}, math.Pi, false},
		{"not a number", ops.Estimate{Mean: math.NaN(), StdErr: stderr}, math.Pi, false},
	}
	for _, test := range tests {
		if err := checkPi(test.pi, test.loop, samples); (err == nil) != test.ok {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

func TestCheckMoments(t *testing.T) {
	x := make([]float32, 100_000)
	fill(x, 3)
	if err := checkMoments(x, 0.5, 1.0/12, 0, 1); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(float32) float32{
		"mean":     func(v float32) float32 { return 0.98 * v },
		"variance": func(v float32) float32 { return 0.5 + 0.9*(v-0.5) },
		"outside":  func(v float32) float32 { return v + 0.001 },
	} {
		y := make([]float32, len(x))
		for i, v := range x {
			y[i] = change(v)
		}
		if err := checkMoments(y, 0.5, 1.0/12, 0, 1); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLoops(t *testing.T) {
	if got := loopMatMulSum([]float32{1, 2, 3, 4}, []float32{5, 6, 7, 8}, 2); got != 10*11+20*15 {
		t.Errorf("sum(a²·b) is %v, expected 410", got)
	}
	d := make([]float64, 2)
	if loopDistances(d, []float64{0, 0}, []float64{3, 4, 0, 0}, 1, 2, 2); d[0] != 5 || d[1] != 0 {
		t.Errorf("distances %v, expected 5 and 0", d)
	}
	out := make([]float64, 4)
	loopCentre(out, []float64{1, 2, 3, 6}, 2)
	for i, want := range []float64{0, 1, 3, 8} {
		if out[i] != want {
			t.Errorf("x + xᵀ − mean(x, 0) is %v, expected 0 1 3 8", out)
			break
		}
	}
	if pi := loopPi(100_000, 1); math.Abs(pi-math.Pi) > 0.03 {
		t.Errorf("π is estimated as %v", pi)
	}
}

func TestSizeName(t *testing.T) {
	for n, want := range map[int]string{1: "1", 1000: "1000", 1024: "1024", 10_000: "1e4", 20_000: "20000", 100_000_000: "1e8"} {
		if got := sizeName(n); got != want {
			t.Errorf("%d is named %s, expected %s", n, got, want)
		}
	}
}
