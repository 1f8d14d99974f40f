package mathfn

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/quern-go/quern/kernels"
)

var (
	inf  = math.Inf(1)
	nan  = math.NaN()
	zero = math.Copysign(0, -1) // minus zero
)

type specialCase struct {
	name string
	args []float64
	want float64
}

func unarySpecials() []specialCase {
	var cases []specialCase
	add := func(name string, pairs ...float64) {
		for i := 0; i < len(pairs); i += 2 {
			cases = append(cases, specialCase{name, pairs[i : i+1], pairs[i+1]})
		}
	}
	add("exp", 0, 1, zero, 1, inf, inf, -inf, 0, nan, nan, 1e30, inf, -1e30, 0)
	add("log", 1, 0, 0, -inf, zero, -inf, inf, inf, -inf, nan, -1, nan, -1e-40, nan, nan, nan)
	for _, trig := range []string{"sin", "cos"} {
		add(trig, inf, nan, -inf, nan, nan, nan)
	}
	add("sin", 0, 0, zero, zero)
	add("cos", 0, 1, zero, 1)
	add("tanh", 0, 0, zero, zero, inf, 1, -inf, -1, nan, nan, 50, 1, -1e30, -1)
	add("cospi2", 0, 1, 0.25, zero, 0.5, -1, 0.75, 0)
	add("exp2", 0, 1, zero, 1, 3, 8, -2, 0.25, -126, 0x1p-126, inf, inf, -inf, 0, nan, nan, 1e30, inf, -1e30, 0)
	add("expm1", 0, 0, zero, zero, inf, inf, -inf, -1, nan, nan, 1e-40, 1e-40, -1e-40, -1e-40, 1e30, inf, -100, -1)
	for _, log := range []string{"log2", "log10"} {
		add(log, 1, 0, 0, -inf, zero, -inf, inf, inf, -inf, nan, -1, nan, -1e-40, nan, nan, nan)
	}
	add("log2", 8, 3, 0.25, -2, 0x1p-126, -126, 0x1p-140, -140, 0x1p127, 127)
	add("log10", 10, 1, 100, 2, 1000, 3, 1e10, 10)
	add("log1p", 0, 0, zero, zero, -1, -inf, inf, inf, -inf, nan, -2, nan, nan, nan, 1e-40, 1e-40, -1e-40, -1e-40)
	for _, odd := range []string{"tan", "asin", "atan", "sinh", "cbrt", "ceil", "trunc", "sign"} {
		add(odd, 0, 0, nan, nan)
	}
	for _, odd := range []string{"tan", "asin", "atan", "sinh", "cbrt"} {
		add(odd, zero, zero)
		if odd != "cbrt" {
			add(odd, 1e-40, 1e-40, -1e-40, -1e-40)
		}
	}
	add("tan", inf, nan, -inf, nan)
	add("asin", 1, math.Pi/2, -1, -math.Pi/2, 1.5, nan, -1.5, nan, inf, nan, -inf, nan)
	add("acos", 1, 0, 0, math.Pi/2, zero, math.Pi/2, -1, math.Pi, 1.5, nan, -1.5, nan, inf, nan, -inf, nan, nan, nan)
	add("atan", inf, math.Pi/2, -inf, -math.Pi/2, 1e30, math.Pi/2, 1, math.Pi/4, -1, -math.Pi/4)
	add("sinh", inf, inf, -inf, -inf, 1000, inf, -1000, -inf)
	add("cosh", 0, 1, zero, 1, inf, inf, -inf, inf, nan, nan, 1000, inf)
	add("cbrt", inf, inf, -inf, -inf, 27, 3, -8, -2, 1e30, 1e10, 0x1p-147, 0x1p-49)
	add("erf", 0, 0, zero, zero, inf, 1, -inf, -1, nan, nan, 1e30, 1)
	add("erfc", 0, 1, zero, 1, inf, 0, -inf, 2, nan, nan, 1e30, 0, -1e30, 2)
	add("sigmoid", 0, 0.5, zero, 0.5, inf, 1, -inf, 0, nan, nan, 1e30, 1, -1e30, 0)
	add("softplus", inf, inf, -inf, 0, nan, nan, 1e30, 1e30, -1e30, 0)
	add("logsigmoid", inf, zero, -inf, -inf, nan, nan, 1e30, zero, -1e30, -1e30)
	add("ndtri", 0, -inf, zero, -inf, 1, inf, 0.5, 0, -0.1, nan, 1.1, nan, inf, nan, -inf, nan, nan, nan)
	add("ceil", zero, zero, -0.5, zero, 0.5, 1, 1.5, 2, -1.5, -1, inf, inf, -inf, -inf, 1e30, 1e30, 1e-40, 1)
	add("trunc", zero, zero, -0.5, zero, 0.5, 0, 1.5, 1, -1.5, -1, inf, inf, -inf, -inf, 1e30, 1e30, -1e-40, zero)
	add("sign", zero, 0, 1e-40, 1, -1e-40, -1, inf, 1, -inf, -1)
	add("isnan", nan, 1, inf, 0, 0, 0, 1, 0)
	add("isinf", nan, 0, inf, 1, -inf, 1, 0, 0, -1e30, 0)
	add("isfinite", nan, 0, inf, 0, -inf, 0, 0, 1, -1e30, 1)
	return cases
}

// binarySpecials are those of C99, annex F, of functions other than pow.
func binarySpecials() []specialCase {
	var cases []specialCase
	add := func(name string, x, y, want float64) {
		cases = append(cases, specialCase{name, []float64{x, y}, want})
	}
	for _, x := range []float64{0, 1, inf, nan} {
		for _, s := range []float64{1, -1} {
			add("hypot", s*inf, x, inf)
			add("hypot", x, s*inf, inf)
		}
	}
	add("hypot", 0, zero, 0)
	add("hypot", zero, zero, 0)
	add("hypot", -3, 0, 3)
	add("hypot", 3, -4, 5)
	add("hypot", 3e30, 4e30, 5e30)
	add("hypot", 0x1p-140, 0, 0x1p-140)
	add("hypot", nan, 1, nan)
	add("hypot", 0, nan, nan)
	for _, s := range []float64{1, -1} { // of y
		end := func(x float64) float64 { return math.Copysign(x, s) }
		add("atan2", end(0), zero, end(math.Pi))
		add("atan2", end(0), 0, end(0))
		add("atan2", end(0), -3, end(math.Pi))
		add("atan2", end(0), 1e-40, end(0))
		add("atan2", end(2), 0, end(math.Pi/2))
		add("atan2", end(1e-40), zero, end(math.Pi/2))
		add("atan2", end(3), -inf, end(math.Pi))
		add("atan2", end(1e30), inf, end(0))
		add("atan2", end(inf), -2, end(math.Pi/2))
		add("atan2", end(inf), -inf, end(3*math.Pi/4))
		add("atan2", end(inf), inf, end(math.Pi/4))
		add("atan2", end(inf), nan, nan)
		add("atan2", end(1e-40), 1, end(1e-40))
		add("atan2", end(0x1p-140), 0x1p-20, end(0x1p-120))
		add("atan2", end(1e30), 1e30, end(math.Pi/4))
	}
	add("atan2", nan, inf, nan)
	add("atan2", 1, nan, nan)
	for _, mod := range []string{"fmod", "mod"} {
		add(mod, 3, 0, nan)
		add(mod, inf, 2, nan)
		add(mod, nan, 2, nan)
		add(mod, 2, nan, nan)
		add(mod, inf, inf, nan)
		add(mod, 3, inf, 3)
		add(mod, -3, -inf, -3)
		add(mod, 7, 3, 1)
		add(mod, 1e30, 1, 0)
	}
	add("fmod", -7, 3, -1)
	add("fmod", -6, 3, zero)
	add("fmod", 7, -3, 1)
	add("mod", -7, 3, 2)
	add("mod", 7, -3, -2)
	add("mod", -6, 3, 0)
	add("mod", 6, -3, zero)
	add("mod", -3, inf, inf)
	add("mod", zero, 1, 0)
	add("copysign", 1, zero, -1)
	add("copysign", -inf, 2, inf)
	add("copysign", 0, -inf, zero)
	add("copysign", nan, -1, nan)
	add("copysign", -1, nan, 1)
	add("copysign", -1, math.Copysign(nan, -1), 1)
	return cases
}

// powSpecials are those of C99, annex F.9.4.4.
func powSpecials() []specialCase {
	var cases []specialCase
	add := func(x, y, want float64) {
		cases = append(cases, specialCase{"pow", []float64{x, y}, want})
	}
	for _, x := range []float64{0, 1, -1, 2, -2.5, inf, nan, 1e-40} {
		add(x, 0, 1)
		add(x, zero, 1)
	}
	for _, y := range []float64{2, -3, 0.5, inf, -inf, nan, 1e30} {
		add(1, y, 1)
	}
	add(-1, inf, 1)
	add(-1, -inf, 1)
	add(nan, 1, nan)
	add(-1, nan, nan)
	add(0, nan, nan)
	for _, y := range []float64{1, 3, 5} { // odd
		add(0, y, 0)
		add(zero, y, zero)
		add(0, -y, inf)
		add(zero, -y, -inf)
		add(-inf, y, -inf)
		add(-inf, -y, zero)
	}
	for _, y := range []float64{2, 0.5, 4.5, 1e30} { // even or no integer
		add(zero, y, 0)
		add(zero, -y, inf)
		add(-inf, y, inf)
		add(-inf, -y, 0)
		add(inf, y, inf)
		add(inf, -y, 0)
	}
	for _, s := range []float64{1, -1} {
		add(s*0.5, inf, 0)
		add(s*0.5, -inf, inf)
		add(s*2, inf, inf)
		add(s*2, -inf, 0)
		add(s*0, inf, 0)
		add(s*0, -inf, inf)
		add(s*inf, inf, inf)
		add(s*inf, -inf, 0)
	}
	add(-2, 3, -8)
	add(-2, 2, 4)
	add(-2, 0.5, nan)
	add(-2, -0.5, nan)
	add(-1, 3, -1)
	add(-10, 1001, -inf)
	add(-10, 1000, inf)
	add(-10, -1001, zero)
	add(-10, -1000, 0)
	add(2, -126, 0x1p-126)
	return cases
}

func TestSpecialValues(t *testing.T) {
	for _, typ := range []kernels.DType{kernels.F32, kernels.F64} {
		for _, c := range slices.Concat(unarySpecials(), binarySpecials(), powSpecials()) {
			f, ok := Lookup(c.name, typ)
			if !ok {
				t.Fatalf("no function %s", c.name)
			}
			args := make([]uint64, len(c.args))
			for i, a := range c.args {
				args[i] = kernels.FloatBits(typ, a)
			}
			got, want := f.Eval(args), kernels.FloatBits(typ, c.want)
			if got != want && !(isNaN(typ, got) && isNaN(typ, want)) {
				t.Errorf("%s%v = %s, expected %s", f.Name, c.args,
					kernels.FormatBits(typ, got), kernels.FormatBits(typ, want))
			}
		}
	}
}

// TestSymmetry holds bit for bit: sin and tanh are odd, cos is even.
func TestSymmetry(t *testing.T) {
	for _, typ := range []kernels.DType{kernels.F32, kernels.F64} {
		sign := uint64(1) << (typ.Size()*8 - 1)
		for _, c := range []struct {
			f   *kernels.Func
			odd uint64
		}{{Sin(typ), sign}, {Cos(typ), 0}, {Tanh(typ), sign}} {
			for i := range uint64(4000) {
				x := randomBits(typ, 7, 0, i)
				a, b := c.f.Eval([]uint64{x}), c.f.Eval([]uint64{x ^ sign})
				if a != b^c.odd && !isNaN(typ, a) {
					t.Fatalf("%s: f(%s) = %s but f(-x) = %s", c.f.Name, kernels.FormatBits(typ, x),
						kernels.FormatBits(typ, a), kernels.FormatBits(typ, b))
				}
			}
		}
	}
}

// TestMonotonic looks for a step back where one case of a function hands over
// to the next.
func TestMonotonic(t *testing.T) {
	for _, c := range []struct {
		name string
		at   [2]float64 // float32, float64
	}{
		{"exp", [2]float64{-87, -708}},
		{"exp", [2]float64{87, 708}},
		{"exp", [2]float64{-103, -745}},
		{"exp", [2]float64{math.Ln2 / 2, math.Ln2 / 2}},
		{"exp", [2]float64{-1.5 * math.Ln2, -1.5 * math.Ln2}},
		{"log", [2]float64{0x1p-126, 0x1p-1022}},
		{"log", [2]float64{math.Sqrt2 / 2, math.Sqrt2 / 2}},
		{"log", [2]float64{math.Sqrt2, math.Sqrt2}},
		{"log", [2]float64{1, 1}},
		{"tanh", [2]float64{0.25, tanhSplit}},
		{"tanh", [2]float64{1, 1}},
		{"tanh", [2]float64{9, 19.1}},
		{"sin", [2]float64{math.Pi / 4, math.Pi / 4}},
		{"sin", [2]float64{-math.Pi / 4, -math.Pi / 4}},
	} {
		for k, typ := range []kernels.DType{kernels.F32, kernels.F64} {
			f, _ := Lookup(c.name, typ)
			t.Run(fmt.Sprintf("%s at %.4g", f.Name, c.at[k]), func(t *testing.T) {
				checkIncreasing(t, f, typ, kernels.FloatBits(typ, c.at[k]))
			})
		}
	}
}

// checkIncreasing steps over 2000 neighbours of x, going up.
func checkIncreasing(t *testing.T, f *kernels.Func, typ kernels.DType, x uint64) {
	step := uint64(1)
	if toFloat(typ, x) < 0 {
		step = ^uint64(0)
	}
	last := -inf
	for i := range uint64(2000) {
		arg := x + (i-1000)*step
		y := toFloat(typ, f.Eval([]uint64{arg}))
		if y < last {
			t.Fatalf("f(%v) = %v is below its predecessor %v", toFloat(typ, arg), y, last)
		}
		last = y
	}
}
