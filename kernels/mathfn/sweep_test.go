package mathfn

import (
	"flag"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/quern-go/quern/kernels"
)

var long = flag.Bool("long", false, "sweep every float32 argument (minutes)")

var single1 = []struct {
	name  string
	truth func(float64) float64
	bound float64
}{
	{"exp", math.Exp, 1},
	{"log", math.Log, 1},
	{"sin", math.Sin, 1},
	{"cos", math.Cos, 1},
	{"tanh", math.Tanh, 1},
	{"exp2", math.Exp2, 1},
	{"expm1", math.Expm1, 1},
	{"log2", math.Log2, 1},
	{"log10", math.Log10, 1},
	{"log1p", math.Log1p, 1},
	{"tan", math.Tan, 1},
	{"asin", math.Asin, 1},
	{"acos", math.Acos, 1},
	{"atan", math.Atan, 1},
	{"sinh", math.Sinh, 1},
	{"cosh", math.Cosh, 1},
	{"cbrt", math.Cbrt, 1},
	{"erf", math.Erf, 1},
	{"erfc", math.Erfc, 1},
	{"sigmoid", trueSigmoid, 1},
	{"softplus", trueSoftplus, 1},
	{"logsigmoid", func(x float64) float64 { return -trueSoftplus(-x) }, 1},
}

func trueSigmoid(x float64) float64 {
	if x < 0 {
		return math.Exp(x) / (1 + math.Exp(x))
	}
	return 1 / (1 + math.Exp(-x))
}

func trueSoftplus(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

// worstCase is the largest error found so far, in units of the last place.
type worstCase struct {
	ulp float64
	at  string
}

func (w *worstCase) merge(o worstCase) {
	if o.ulp > w.ulp || w.at == "" {
		*w = o
	}
}

// error32 is |got − want| in units of the last place of want as a float32.
func error32(got float32, want float64) float64 {
	if math.IsNaN(want) || math.IsNaN(float64(got)) {
		if math.IsNaN(want) && math.IsNaN(float64(got)) {
			return 0
		}
		return math.Inf(1)
	}
	if float64(got) == want {
		return 0
	}
	_, e := math.Frexp(want)
	ulp := math.Ldexp(1, max(e, -125)-24)
	if math.IsInf(float64(got), 0) && math.Abs(want) > math.MaxFloat32 {
		return math.Max(0, (0x1p128-math.Abs(want))/ulp) // beyond the largest: as if 2^128
	}
	return math.Abs(float64(got)-want) / ulp
}

// sweepSingle evaluates f on the float32 with the bits first, first+step, … and
// returns its largest error.
func sweepSingle(t *testing.T, f *kernels.Func, truth func(float64) float64, first, step uint64) worstCase {
	workers := runtime.GOMAXPROCS(0)
	results := make([]worstCase, workers)
	var wait sync.WaitGroup
	for worker := range workers {
		wait.Add(1)
		go func() {
			defer wait.Done()
			m := newDevice(t, f)
			for x := first + uint64(worker)*lanes*step; x < 1<<32; x += uint64(workers) * lanes * step {
				results[worker].merge(sweepBlock(m, truth, x, step))
			}
		}()
	}
	wait.Wait()
	var worst worstCase
	for _, r := range results {
		worst.merge(r)
	}
	return worst
}

// device runs a function as devices do: the fast specialisation, and where its
// guard fails somewhere in the block, the whole Body.
type device struct {
	fast, full *batch
	guarded    bool
}

func newDevice(t *testing.T, f *kernels.Func) *device {
	fast, guarded := likely(t, f)
	return &device{newBatch(&fast, len(f.Params)), newBatch(&f.Body, len(f.Params)), guarded}
}

// run evaluates the float32 with the bits x, x+step, ….
func (d *device) run(x, step uint64) (in, out []float32) {
	m := d.fast
	for {
		for i := range lanes {
			m.arg(0).u32[i] = uint32(x + uint64(i)*step)
		}
		m.run()
		if m == d.full || !d.guarded || !slices.Contains(m.result(1).yes, false) {
			return m.arg(0).f32, m.result(0).f32
		}
		m = d.full
	}
}

func sweepBlock(d *device, truth func(float64) float64, x, step uint64) worstCase {
	in, out := d.run(x, step)
	var worst worstCase
	for i := range lanes {
		if e := error32(out[i], truth(float64(in[i]))); e > worst.ulp {
			worst = worstCase{e, fmt.Sprintf("%g (%#08x) = %g", in[i], math.Float32bits(in[i]), out[i])}
		}
	}
	return worst
}

func TestSingleSweep(t *testing.T) {
	step := uint64(4099) // a prime: about a million arguments of all sizes
	if *long {
		step = 1
	}
	for _, c := range single1 {
		t.Run(c.name, func(t *testing.T) {
			f, _ := Lookup(c.name, kernels.F32)
			worst := sweepSingle(t, f, c.truth, 0, step)
			t.Logf("largest error %.4f ULP at %s", worst.ulp, worst.at)
			if worst.ulp > c.bound {
				t.Errorf("%s: %.4f ULP at %s, expected at most %g", f.Name, worst.ulp, worst.at, c.bound)
			}
		})
	}
}
