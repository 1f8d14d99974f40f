package mathfn

import (
	"math"
	"slices"
	"testing"

	"github.com/quern-go/quern/kernels"
)

// sampler builds a Body over index, stream and seed and returns its results.
func sampler(t *testing.T, build func(b *kernels.Builder, index, stream, seed kernels.Value) []kernels.Value) func(index, stream, seed uint64) []uint64 {
	t.Helper()
	b := kernels.NewBuilder()
	results := build(b, b.Arg(0, kernels.U64), b.Arg(1, kernels.U64), b.Arg(2, kernels.U64))
	body, err := b.Build(results...)
	if err != nil {
		t.Fatal(err)
	}
	return func(index, stream, seed uint64) []uint64 {
		args := [3]uint64{index, stream, seed}
		return body.Eval(func(leaf *kernels.Inst) uint64 { return args[leaf.Imm] }, nil)
	}
}

type drawFunc func(b *kernels.Builder, t kernels.DType, index, stream, seed kernels.Value) kernels.Value

func arraySampler(t *testing.T, draw drawFunc, typ kernels.DType) func(index, stream, seed uint64) float64 {
	sample := sampler(t, func(b *kernels.Builder, index, stream, seed kernels.Value) []kernels.Value {
		return []kernels.Value{draw(b, typ, index, stream, seed)}
	})
	return func(index, stream, seed uint64) float64 { return toFloat(typ, sample(index, stream, seed)[0]) }
}

// TestArrayDraws recomputes array elements from the words, as the package
// comment defines them.
func TestArrayDraws(t *testing.T) {
	uniform32, uniform64 := arraySampler(t, Uniform, kernels.F32), arraySampler(t, Uniform, kernels.F64)
	normal32, normal64 := arraySampler(t, Normal, kernels.F32), arraySampler(t, Normal, kernels.F64)
	const stream, seed = 5, 0xfedcba9876543210
	for _, i := range []uint64{0, 1, 255, 256, 511, 512, 767, 768, 1023, 1024, 1e6, 1 << 40} {
		word := func(share, k int) uint32 { return kernels.PhiloxWord(i, stream, seed, share, k) }
		single := func(w uint32) float64 { return float64(w>>8) * 0x1p-24 }
		double := func(w0, w1 uint32) float64 {
			return float64(uint64(w0>>5)<<26|uint64(w1>>6)) * 0x1p-53
		}
		if got, want := uniform32(i, stream, seed), single(word(2, 0)); got != want {
			t.Errorf("uniform float32 %d = %v, expected %v", i, got, want)
		}
		if got, want := uniform64(i, stream, seed), double(word(1, 0), word(1, 1)); got != want {
			t.Errorf("uniform float64 %d = %v, expected %v", i, got, want)
		}
		boxMuller := func(u1, u2 float64) float64 { return math.Sqrt(-2*math.Log1p(-u1)) * trueCosPi2(u2) }
		if got, want := normal32(i, stream, seed), boxMuller(single(word(1, 0)), single(word(1, 1))); math.Abs(got-want) > 4e-7*math.Abs(want) {
			t.Errorf("normal float32 %d = %v, expected about %v", i, got, want)
		}
		want := boxMuller(double(word(0, 0), word(0, 1)), double(word(0, 2), word(0, 3)))
		if got := normal64(i, stream, seed); math.Abs(got-want) > 1e-15*math.Abs(want) {
			t.Errorf("normal float64 %d = %v, expected about %v", i, got, want)
		}
	}
}

// TestDraws lays out a float32 uniform, a float64 uniform (aligned), and a
// float32 normal in six words: the second stream serves words 4 and 5.
func TestDraws(t *testing.T) {
	second := Align(kernels.F64, UniformWords(kernels.F32))
	third := second + UniformWords(kernels.F64)
	words := third + NormalWords(kernels.F32)
	if second != 2 || third != 4 || words != 6 || Streams(words) != 2 {
		t.Fatalf("words at %d, %d, %d in all, %d streams; expected 2, 4, 6, 2", second, third, words, Streams(words))
	}
	sample := sampler(t, func(b *kernels.Builder, index, stream, seed kernels.Value) []kernels.Value {
		d := Draws{index, stream, seed, words}
		return []kernels.Value{d.Uniform(b, kernels.F32, 0), d.Uniform(b, kernels.F64, second),
			d.Uniform(b, kernels.F32, third), d.Uniform(b, kernels.F32, third+1)}
	})
	got := sample(1000, 7, 42)
	word := func(stream uint64, k int) uint32 { return kernels.PhiloxWord(1000, stream, 42, 0, k) }
	want := []float64{
		float64(word(7, 0)>>8) * 0x1p-24,
		float64(uint64(word(7, 2)>>5)<<26|uint64(word(7, 3)>>6)) * 0x1p-53,
		float64(word(8, 0)>>8) * 0x1p-24,
		float64(word(8, 1)>>8) * 0x1p-24,
	}
	for k, typ := range []kernels.DType{kernels.F32, kernels.F64, kernels.F32, kernels.F32} {
		if g := toFloat(typ, got[k]); g != want[k] {
			t.Errorf("draw %d = %v, expected %v", k, g, want[k])
		}
	}
}

func TestStreamsAndAlign(t *testing.T) {
	for words, want := range []int{1, 1, 1, 1, 1, 2, 2, 2, 2, 3} {
		if got := Streams(words); got != want {
			t.Errorf("Streams(%d) = %d, expected %d", words, got, want)
		}
	}
	for next, want := range []int{0, 2, 2, 4} {
		if got := Align(kernels.F64, next); got != want {
			t.Errorf("Align(f64, %d) = %d, expected %d", next, got, want)
		}
		if got := Align(kernels.F32, next); got != next {
			t.Errorf("Align(f32, %d) = %d", next, got)
		}
	}
}

// TestDistributions: the first four moments within 4 standard errors, and the
// Kolmogorov–Smirnov distance below its 0.1 % point, 1.95/√n. Seeds are fixed.
func TestDistributions(t *testing.T) {
	normalCDF := func(z float64) float64 { return 0.5 * math.Erfc(-z/math.Sqrt2) }
	uniformCDF := func(u float64) float64 { return min(max(u, 0), 1) }
	for _, c := range []struct {
		name    string
		draw    drawFunc
		cdf     func(float64) float64
		moments [8]float64 // E[x^k] for k = 1…8
	}{
		{"uniform", Uniform, uniformCDF, [8]float64{1. / 2, 1. / 3, 1. / 4, 1. / 5, 1. / 6, 1. / 7, 1. / 8, 1. / 9}},
		{"normal", Normal, normalCDF, [8]float64{0, 1, 0, 3, 0, 15, 0, 105}},
	} {
		for _, typ := range []kernels.DType{kernels.F32, kernels.F64} {
			t.Run(c.name+"."+typ.String(), func(t *testing.T) {
				sample := arraySampler(t, c.draw, typ)
				xs := make([]float64, 20000)
				for i := range xs {
					xs[i] = sample(uint64(i), 0, 12345)
				}
				checkMoments(t, xs, c.moments)
				if d, limit := kolmogorov(xs, c.cdf), 1.95/math.Sqrt(float64(len(xs))); d > limit {
					t.Errorf("Kolmogorov–Smirnov distance %.4f, expected below %.4f", d, limit)
				}
			})
		}
	}
}

func checkMoments(t *testing.T, xs []float64, moments [8]float64) {
	for k := 1; k <= 4; k++ {
		sum := 0.0
		for _, x := range xs {
			sum += math.Pow(x, float64(k))
		}
		n := float64(len(xs))
		want := moments[k-1]
		stderr := math.Sqrt((moments[2*k-1] - want*want) / n)
		if got := sum / n; math.Abs(got-want) > 4*stderr {
			t.Errorf("moment %d is %.4f, expected %.4f ± %.4f", k, got, want, stderr)
		}
	}
}

// kolmogorov is the largest distance between the sample's distribution and cdf.
func kolmogorov(xs []float64, cdf func(float64) float64) float64 {
	sorted := slices.Clone(xs)
	slices.Sort(sorted)
	d, n := 0.0, float64(len(sorted))
	for i, x := range sorted {
		p := cdf(x)
		d = max(d, p-float64(i)/n, float64(i+1)/n-p)
	}
	return d
}

// TestNeighbours: successive elements and successive streams are uncorrelated.
func TestNeighbours(t *testing.T) {
	sample := arraySampler(t, Uniform, kernels.F32)
	const n = 20000
	var lag, stream float64
	for i := range uint64(n) {
		x := sample(i, 0, 1) - 0.5
		lag += x * (sample(i+1, 0, 1) - 0.5)
		stream += x * (sample(i, 1, 1) - 0.5)
	}
	limit := 4 * math.Sqrt(n) / 12 // standard deviation of each product is 1/12
	if math.Abs(lag) > limit || math.Abs(stream) > limit {
		t.Errorf("sums of products %.1f and %.1f, expected within ±%.1f", lag, stream, limit)
	}
}
