package simd

import (
	"flag"
	"fmt"
	"maps"
	"math"
	"runtime"
	"slices"
	"sync"
	"testing"
	"unsafe"
)

var long = flag.Bool("long", false, "sweep every float32 argument (a minute or two for a function)")

// sweepBound is the most that a function of one float32 may err, in units of the last place.
var sweepBound = map[string]float64{
	"exp": 1, "exp2": 1, "expm1": 1, "log": 1, "log2": 1, "log10": 1, "log1p": 1, "sin": 1, "cos": 1, "tan": 1,
	"asin": 1, "acos": 1, "atan": 1, "sinh": 1, "cosh": 1, "tanh": 1, "sigmoid": 1, "softplus": 1, "logsigmoid": 1,
	"erf": 1, "erfc": 1, "cbrt": 1, "ndtri": 1.25, "ceil": 0, "trunc": 0, "sign": 0,
}

// TestSweep holds the functions of float32 against those of float64, whose error, proved
// small by the tests of package mathfn, is nothing beside it: some hundred thousand
// arguments of all sizes, with -long all 2^32.
func TestSweep(t *testing.T) {
	step := uint64(16411) // a prime
	if *long {
		step = 1
	}
	levels := Levels()
	table := TableFor(levels[len(levels)-1])
	for _, name := range slices.Sorted(maps.Keys(sweepBound)) {
		bound := sweepBound[name]
		t.Run(name, func(t *testing.T) {
			worst := sweep(table.Calls1[name+".f32"], table.Calls1[name+".f64"], step)
			t.Logf("largest error %.4f ULP at %s", worst.ulp, worst.at)
			if worst.ulp > bound {
				t.Errorf("%s.f32: %.4f ULP at %s, expected at most %g", name, worst.ulp, worst.at, bound)
			}
		})
	}
}

// worstCase is the largest error found so far, in units of the last place.
type worstCase struct {
	ulp float64
	at  string
}

// sweep compares single with double at every float32 with the bits 0, step, 2·step, ….
func sweep(single, double Fn1, step uint64) worstCase {
	workers := uint64(runtime.GOMAXPROCS(0))
	found := make([]worstCase, workers)
	var wait sync.WaitGroup
	for worker := range workers {
		wait.Go(func() {
			const n = 2048
			x, got, wide, want := make([]float32, n), make([]float32, n), make([]float64, n), make([]float64, n)
			for first := worker * n * step; first < 1<<32; first += workers * n * step {
				for i := range x {
					x[i] = math.Float32frombits(uint32(first + uint64(i)*step))
					wide[i] = float64(x[i])
				}
				single(unsafe.Pointer(&got[0]), unsafe.Pointer(&x[0]), n)
				double(unsafe.Pointer(&want[0]), unsafe.Pointer(&wide[0]), n)
				for i := range x {
					if e := error32(got[i], want[i]); e > found[worker].ulp {
						found[worker] = worstCase{e, fmt.Sprintf("%g (%#08x) = %g", x[i], math.Float32bits(x[i]), got[i])}
					}
				}
			}
		})
	}
	wait.Wait()
	worst := found[0]
	for _, f := range found {
		if f.ulp > worst.ulp {
			worst = f
		}
	}
	return worst
}

// error32 is |got − want| in units of the last place of want as a float32; infinite for
// a number in place of NaN or the reverse, or a zero of the wrong sign.
func error32(got float32, want float64) float64 {
	g := float64(got)
	switch {
	case g == want:
		if g == 0 && math.Signbit(g) != math.Signbit(want) {
			return math.Inf(1)
		}
		return 0
	case g != g && want != want:
		return 0
	case math.IsInf(g, 0) && math.Abs(want) > math.MaxFloat32:
		g = math.Copysign(0x1p128, g) // beyond the largest: as if 2^128
		if math.Abs(want) >= 0x1p128 {
			g = want
		}
	}
	exponent := max(math.Float64bits(want)>>52&0x7ff, 1023-126)
	ulp := math.Float64frombits((min(exponent, 1023+127) - 23) << 52)
	if e := math.Abs(g-want) / ulp; e == e {
		return e
	}
	return math.Inf(1)
}
