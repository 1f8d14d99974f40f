package mathfn

import (
	"fmt"
	"math"
	"runtime"
	"sync"
	"testing"

	"github.com/quern-go/quern/kernels"
)

// truePow is x^y to about 2^-46 for float32 arguments: y·ln x, at most 104 where
// it counts, is good to 2^-53 of itself. The special cases are math.Pow's.
func truePow(x, y float64) float64 {
	ax := math.Abs(x)
	if ax == 0 || ax == 1 || math.IsInf(x, 0) || math.IsInf(y, 0) || x != x || y != y || y == 0 {
		return math.Pow(x, y)
	}
	r := math.Exp(y * math.Log(ax))
	if x < 0 {
		switch {
		case y != math.Trunc(y):
			return math.NaN()
		case math.Trunc(y/2) != y/2:
			return -r
		}
	}
	return r
}

// powArguments makes pairs of every kind: any bits, results all over the range
// of normal and denormal numbers, x next to 1, integer y.
func powArguments(i uint64) (x, y float32) {
	word := func(k int) uint32 { return kernels.PhiloxWord(i, uint64(k/4), 99, 0, k%4) }
	unit := func(k int) float64 { return float64(word(k)) * 0x1p-32 }
	x = math.Float32frombits(word(0) & math.MaxInt32)
	switch i % 4 {
	case 0:
		return math.Float32frombits(word(0)), math.Float32frombits(word(1))
	case 1: // x next to 1
		x = float32(1 + (unit(0)-0.5)*math.Ldexp(1, -int(word(1)%24)))
	case 2: // small integer powers, negative x
		return float32((unit(0) - 0.5) * 40), float32(int(word(1)%61) - 30)
	}
	target := (unit(2) - 0.53) * 192 // ln of the result, −104 … 89
	return x, float32(target / math.Log(float64(x)))
}

func TestPowSingle(t *testing.T) {
	blocks := uint64(600) // 300,000 pairs
	if *long {
		blocks *= 300
	}
	f := Pow(kernels.F32)
	workers := runtime.GOMAXPROCS(0)
	results := make([]worstCase, workers)
	var wait sync.WaitGroup
	for worker := range workers {
		wait.Add(1)
		go func() {
			defer wait.Done()
			m := newBatch(&f.Body, 2)
			for block := uint64(worker); block < blocks; block += uint64(workers) {
				results[worker].merge(powBlock(m, block*lanes))
			}
		}()
	}
	wait.Wait()
	var worst worstCase
	for _, r := range results {
		worst.merge(r)
	}
	t.Logf("largest error %.4f ULP at %s", worst.ulp, worst.at)
	if worst.ulp > 2 {
		t.Errorf("%.4f ULP at %s, expected at most 2", worst.ulp, worst.at)
	}
}

func powBlock(m *batch, first uint64) worstCase {
	x, y, out := m.arg(0).f32, m.arg(1).f32, m.result(0).f32
	for i := range lanes {
		x[i], y[i] = powArguments(first + uint64(i))
	}
	m.run()
	var worst worstCase
	for i := range lanes {
		want := truePow(float64(x[i]), float64(y[i]))
		e := error32(out[i], want)
		if math.Signbit(float64(out[i])) != math.Signbit(want) && want == want {
			e = math.Inf(1)
		}
		if e > worst.ulp {
			worst = worstCase{e, fmt.Sprintf("(%g, %g) = %g, true %g", x[i], y[i], out[i], want)}
		}
	}
	return worst
}
