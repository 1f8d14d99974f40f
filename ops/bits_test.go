package ops

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/ops/internal/expr"
)

// TestSameBits: the same expression has the same bytes at every SIMD level and
// number of threads, and on the device that QUERN_DEVICE selects. The arrays are large enough, and of sizes odd enough, that
// threads share the work and vectors have tails.
func TestSameBits(t *testing.T) {
	t.Run("float64", testSameBits[float64])
	t.Run("float32", testSameBits[float32])
}

func testSameBits[T Float](t *testing.T) {
	plain, err := NewEngine("cpu:generic,1thread")
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	variants := levelsAndThreads(t)
	if s := device.DefaultSelector(); s != "" {
		variants[s] = openedEngine(t, s).Engine
	}
	for _, c := range bitCases[T]() {
		t.Run(c.name, func(t *testing.T) {
			want, err := c.value(plain)
			if err != nil {
				t.Fatal(err)
			}
			for name, engine := range variants {
				got, err := c.value(engine)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if !bytes.Equal(got, want) {
					t.Errorf("%s: other bits than cpu:generic,1thread", name)
				}
			}
		})
	}
}

// TestBitsFile writes the digest of every case to the file that QUERN_BITS names, so
// that the bits of two architectures can be compared: make test-arm64 does.
func TestBitsFile(t *testing.T) {
	path := os.Getenv("QUERN_BITS")
	if path == "" {
		t.Skip("QUERN_BITS names no file")
	}
	engine, err := NewEngine("cpu")
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close()
	digests := append(digestsOf(t, engine, bitCases[float64]()), digestsOf(t, engine, bitCases[float32]())...)
	if err := os.WriteFile(path, digests, 0o644); err != nil {
		t.Fatal(err)
	}
}

func digestsOf(t *testing.T, engine *Engine, cases []bitCase) (lines []byte) {
	t.Helper()
	for _, c := range cases {
		value, err := c.value(engine)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		lines = fmt.Appendf(lines, "%x %s\n", sha256.Sum256(value), c.name)
	}
	return lines
}

// levelsAndThreads are engines for all that the machine has, but the plainest.
func levelsAndThreads(t *testing.T) map[string]*Engine {
	engines := make(map[string]*Engine)
	for _, level := range []string{"generic", "avx2", "avx512", "neon"} {
		for _, threads := range []int{1, 2, 7} {
			name := fmt.Sprintf("cpu:%s,%dthreads", level, threads)
			if level == "generic" && threads < 7 {
				continue // slow; one thread is what the others are compared with
			}
			d, err := device.Open(name)
			if err != nil {
				t.Log(err) // the machine has no such level
				continue
			}
			engine, err := NewEngine(name)
			if err = errors.Join(err, d.Close()); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { engine.Close() })
			engines[name] = engine
		}
	}
	return engines
}

type bitCase struct {
	name  string
	value func(*Engine) ([]byte, error)
}

// floats is a case with an array as its value; all NaNs count as one.
func floats[T Float](name string, a Array[T]) bitCase {
	return bitCase{name, func(e *Engine) ([]byte, error) {
		data, err := a.Data(ctx, WithEngine(e))
		for i, x := range data {
			if x != x {
				data[i] = T(math.NaN())
			}
		}
		return bytesOf(data), err
	}}
}

func indices(name string, a IntArray) bitCase {
	return bitCase{name, func(e *Engine) ([]byte, error) {
		data, err := a.Ints(ctx, WithEngine(e))
		return fmt.Append(nil, data), err
	}}
}

// walks are the ends of random walks.
func walks[T Float](n, steps int) Array[T] {
	d := &Draws[T]{seed: 5, samples: n, words: new(expr.Draws)}
	return d.Iterate(steps, []Array[T]{d.Uniform()}, func(d *Draws[T], _ Array[T], s []Array[T]) []Array[T] {
		return []Array[T]{s[0].Add(d.Normal())}
	})[0]
}

func bitCases[T Float]() []bitCase {
	r := rand.New(rand.NewPCG(1, 2))
	wild := func(shape ...int) Array[T] { // all magnitudes, ±0, denormals, infinities and some NaNs
		return FromSlice(randomBits[T](r, shape), shape...)
	}
	tame := func(shape ...int) Array[T] { return FromSlice(randomNormals[T](r, shape), shape...) }
	w, v := wild(1_100_003), tame(1_100_003)
	f := w.Slice(To(300_007)) // for the functions, which take long
	x, y := tame(1009, 1103), tame(1009, 1103)
	cube := tame(61, 131, 149)
	a, b := tame(201, 263), tame(263, 207)
	p, q := tame(497, 33), tame(303, 33)
	long := tame(3, 20011)
	return append([]bitCase{
		floats("arithmetic", w.Add(v).Mul(w).Sub(v.Div(w))),
		floats("roots", w.Abs().Sqrt().Add(v.Reciprocal())),
		floats("rounding", w.Floor().Add(v.MulScalar(100).Rint())),
		floats("minimum and maximum", w.Minimum(v).Maximum(w.Neg())),
		floats("comparisons", w.Less(v).Add(w.GreaterEqual(v).MulScalar(2)).Add(w.Equal(w).MulScalar(4)).Add(w.NotEqual(v).MulScalar(8))),
		floats("where", Where(w.Greater(v), w, v)),
		floats("fma", FMA(w, v, w)),
		floats("exp", f.Exp()), floats("log", f.Log()), floats("sin", f.Sin()), floats("cos", f.Cos()), floats("tanh", f.Tanh()),
		floats("pow", f.Abs().Pow(v.Slice(To(300_007)))),
		floats("broadcast", x.Sub(x.Slice(At(3))).Div(x.Slice(All(), Range(5, 6)))),
		floats("transposed", x.Add(y).T().MulScalar(3)),
		floats("reversed", x.Slice(All().By(-1), All().By(-2)).AddScalar(1)),
		floats("reshaped transpose", x.T().Reshape(1103*1009).AddScalar(1)),
		floats("uniform", Uniform[T](7, 1_100_003)), floats("normal", Normal[T](7, 300_007)),
		floats("integers", Integers[T](7, 1000, 300_007)), floats("choice", Choice(v, 7, 300_007)),
		floats("iterated", Iterate(5, []Array[T]{v, w}, func(i Array[T], s []Array[T]) []Array[T] {
			return []Array[T]{s[1].Sub(s[0]).Add(i), s[0].Minimum(s[1]).Exp()}
		})[1]),
		floats("walk", walks[T](50_003, 9).Sum()),
		floats("sum", v.Sum()), floats("sum of bits", w.Sum()), floats("sum of squares", v.Square().Sum()),
		floats("sum of columns", x.Sum(0)), floats("sum of rows", x.Sum(1)), floats("sum of a transpose", x.T().Reshape(1103*1009).Sum()),
		floats("sum of the middle", cube.Sum(1)), floats("sum of the outer", cube.Sum(0, 2)), floats("sum of planes", cube.Sum(1, 2)),
		floats("mean", x.Mean(0)), floats("variance", x.Var(1)), floats("deviation", x.Std()),
		floats("minimum of rows", x.Min(1)), floats("maximum of columns", x.Max(0)),
		floats("centred", x.Add(y).Sub(x.Mean(0))),
		floats("softmax", x.Sub(x.Max(1).ExpandDims(1)).Exp().Div(x.Sub(x.Max(1).ExpandDims(1)).Exp().Sum(1).ExpandDims(1))),
		floats("product", a.MatMul(b)), floats("transposed product", b.T().MatMul(a.T())), floats("fused product", a.Exp().MatMul(b.Tanh()).AddScalar(1)),
		floats("sum of product", a.Square().MatMul(b).Sum()), floats("long chains", long.MatMul(long.T())),
		floats("matrix by vector", x.MatMul(tame(1103))), floats("vector by matrix", tame(1009).MatMul(x)),
		floats("exact sum of product", Full(T(1)).Add(a.MatMul(b)).Square().Sum(1)),
		floats("batched product", cube.MatMul(tame(149, 7))),
		indices("argmin", w.ArgMin()), indices("argmax of rows", x.ArgMax(1)), indices("argmin of columns", x.ArgMin(0)),
		indices("nearest", PairwiseDistance(p, q, Euclidean).ArgMin(1)),
		floats("farthest", PairwiseDistance(p, q, CityBlock).Max(0)),
		floats("smallest", v.Smallest(40, 0)), indices("smallest of rows", x.ArgSmallest(9, 1)),
	}, distanceCases(p, q)...)
}

func distanceCases[T Float](p, q Array[T]) []bitCase {
	var cases []bitCase
	for _, m := range []Metric{Euclidean, SqEuclidean, CityBlock, Chebyshev, Cosine, Minkowski(3), Minkowski(5), Canberra, BrayCurtis, Hamming} {
		cases = append(cases, floats(m.String(), PairwiseDistance(p, q, m)))
	}
	weights := make([]float64, p.Shape()[1])
	for i := range weights {
		weights[i] = float64(i%7) / 4
	}
	for _, m := range []Metric{Euclidean, CityBlock, Minkowski(3), Canberra, BrayCurtis, Hamming} {
		cases = append(cases, floats("weighted "+m.String(), PairwiseDistance(p, q, m.Weighted(weights))))
	}
	few := p.Slice(To(101))
	cases = append(cases, floats("minkowski:2.5", PairwiseDistance(few, q, Minkowski(2.5))))
	return append(cases, bitCase{"monte carlo", func(e *Engine) ([]byte, error) {
		est, err := MonteCarlo(ctx, 300_007, 9, func(d *Draws[T]) Array[T] { return d.Normal().Exp().Mul(d.Uniform()) }, WithEngine(e))
		return fmt.Appendf(nil, "%x %x", est.Mean, est.StdErr), err
	}})
}

func sizeOf(shape []int) int {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return n
}

func randomBits[T Float](r *rand.Rand, shape []int) []T {
	s := make([]T, sizeOf(shape))
	for i := range s {
		if typeOf[T]().Size() == 4 {
			s[i] = T(math.Float32frombits(r.Uint32()))
		} else {
			s[i] = T(math.Float64frombits(r.Uint64()))
		}
	}
	return s
}

// randomNormals are nearly normal: sums of uniforms, which unlike NormFloat64 are the
// same on every architecture.
func randomNormals[T Float](r *rand.Rand, shape []int) []T {
	s := make([]T, sizeOf(shape))
	for i := range s {
		s[i] = T(r.Float64() + r.Float64() + r.Float64() + r.Float64() - 2)
	}
	return s
}
