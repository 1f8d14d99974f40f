package ops_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/quern-go/quern/ops"
)

type (
	array32 = ops.Array[float32]
	draws64 = ops.Draws[float64]
	draws32 = ops.Draws[float32]
)

// TestDrawMoments compares means of draws and of their squares with the
// distributions', within five standard errors.
func TestDrawMoments(t *testing.T) {
	data := ops.FromSlice([]float64{1, 2, 4, 9})
	rows := ops.FromSlice([]float64{1, 10, 2, 20, 3, 30}, 3, 2)
	many := ops.Arange[float64](0, 100_000, 1)
	for _, c := range []struct {
		name         string
		draw         func(d *draws64) array64
		mean, square float64
	}{
		{"uniform", (*draws64).Uniform, 0.5, 1.0 / 3},
		{"normal", (*draws64).Normal, 0, 1},
		{"exponential", (*draws64).Exponential, 1, 2},
		{"bernoulli", func(d *draws64) array64 { return d.Bernoulli(0.3) }, 0.3, 0.3},
		{"integer", func(d *draws64) array64 { return d.Integer(10) }, 4.5, 28.5},
		{"one integer", func(d *draws64) array64 { return d.Integer(1) }, 0, 0},
		{"large integer", func(d *draws64) array64 { return d.Integer(1 << 40).MulScalar(0x1p-40) }, 0.5, 1.0 / 3},
		{"pick", func(d *draws64) array64 { return d.Pick(data) }, 4, 25.5},
		{"pick of a computed array", func(d *draws64) array64 { return d.Pick(data.Square().Slice(ops.From(1))) }, 101.0 / 3, (16 + 256 + 6561) / 3.0},
		{"pick of many", func(d *draws64) array64 { return d.Pick(many).MulScalar(1e-5) }, 0.5, 1.0 / 3},
		{"row", func(d *draws64) array64 {
			r := d.PickRow(rows)
			return r[1].Sub(r[0].MulScalar(9)) // 1, 2 or 3, if both are of one row
		}, 2, 14.0 / 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ops.MonteCarloAll(context.Background(), 100_000, 3, func(d *draws64) []array64 {
				x := c.draw(d)
				return []array64{x, x.Square(), x.Mul(c.draw(d))} // another draw is independent
			})
			if err != nil {
				t.Fatal(err)
			}
			for i, want := range []float64{c.mean, c.square, c.mean * c.mean} {
				if d := math.Abs(got[i].Mean - want); d > 5*got[i].StdErr+1e-9 {
					t.Errorf("moment %d is %v ± %v, expected %v", i, got[i].Mean, got[i].StdErr, want)
				}
			}
		})
	}
}

// TestMonteCarloAllIsMonteCarlo: an estimate does not depend on which others are
// made beside it.
func TestMonteCarloAllIsMonteCarlo(t *testing.T) {
	ctx := context.Background()
	f := func(d *draws32) array32 { return d.Uniform().Exp() }
	one, err := ops.MonteCarlo(ctx, 12345, 9, f)
	if err != nil {
		t.Fatal(err)
	}
	all, err := ops.MonteCarloAll(ctx, 12345, 9, func(d *draws32) []array32 {
		x := f(d)
		return []array32{x, x.Square(), ops.Full[float32](2)}
	})
	if err != nil {
		t.Fatal(err)
	}
	if all[0] != one || all[2].Mean != 2 || all[2].StdErr != 0 {
		t.Errorf("%+v, expected %+v first and 2 last", all, one)
	}
	if half := 1.959963984540054 * one.StdErr; math.Abs(one.Low-(one.Mean-half)) > 1e-12 || math.Abs(one.High-(one.Mean+half)) > 1e-12 {
		t.Errorf("%+v: expected an interval of 1.96 standard errors", one)
	}
}

func TestSimulationBadInput(t *testing.T) {
	ctx := context.Background()
	f := func(d *draws64) array64 { return d.Uniform() }
	for _, c := range []struct {
		name    string
		samples int
		f       func(d *draws64) array64
		opts    []ops.Option
		want    string
	}{
		{"no samples", 0, f, nil, "0 samples"},
		{"too many samples", 1e15, f, nil, "1000000000000000 samples"},
		{"no closure", 1, nil, nil, "no closure"},
		{"confidence 0", 1, f, []ops.Option{ops.WithConfidence(0)}, "confidence 0"},
		{"confidence NaN", 1, f, []ops.Option{ops.WithConfidence(math.NaN())}, "confidence NaN"},
		{"probability", 1, func(d *draws64) array64 { return d.Bernoulli(1.5) }, nil, "probability 1.5"},
		{"integers", 1, func(d *draws64) array64 { return d.Integer(0) }, nil, "0 different ones"},
		{"empty sample", 1, func(d *draws64) array64 { return d.Pick(ops.Zeros[float64](0)) }, nil, "shape [0]"},
		{"pick of a matrix", 1, func(d *draws64) array64 { return d.Pick(ops.Zeros[float64](2, 2)) }, nil, "shape [2 2]"},
		{"row of a vector", 1, func(d *draws64) array64 { return d.PickRow(ops.Zeros[float64](2))[0] }, nil, "shape [2]"},
		{"steps", 1, func(d *draws64) array64 { return walk(d, -1) }, nil, "-1 steps"},
		{"many steps", 1, func(d *draws64) array64 { return walk(d, ops.MaxSteps+1) }, nil, "1048577 steps"},
		{"draw after a step", 4, func(d *draws64) array64 {
			var kept *draws64
			d.Iterate(2, []array64{ops.Full(0.0)}, func(s *draws64, _ array64, x []array64) []array64 {
				kept = s
				return x
			})
			return kept.Uniform()
		}, nil, "closure has returned"},
		{"state outside", 4, func(d *draws64) array64 {
			var kept array64
			d.Iterate(2, []array64{ops.Full(0.0)}, func(_ *draws64, _ array64, x []array64) []array64 {
				kept = x[0]
				return x
			})
			return kept
		}, nil, "outside of that step"},
		{"nested", 4, func(d *draws64) array64 {
			return d.Iterate(2, []array64{ops.Full(0.0)}, func(s *draws64, _ array64, x []array64) []array64 {
				return s.Iterate(2, x, func(_ *draws64, _ array64, x []array64) []array64 { return x })
			})[0]
		}, nil, "step of another iteration"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ops.MonteCarlo(ctx, c.samples, 1, c.f, c.opts...)
			if err == nil || !strings.HasPrefix(err.Error(), "monte carlo: ") || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v; expected an error with %q", err, c.want)
			}
		})
	}
}

// walk is the end of a random walk of normal steps.
func walk(d *draws64, steps int) array64 {
	return d.Iterate(steps, []array64{ops.Full(0.0)}, func(s *draws64, _ array64, x []array64) []array64 {
		return []array64{x[0].Add(s.Normal())}
	})[0]
}

// TestWalk: the end of a walk of n steps has mean 0 and variance n, and steps and
// iterations are independent of each other.
func TestWalk(t *testing.T) {
	got, err := ops.MonteCarloAll(context.Background(), 50_000, 1, func(d *draws64) []array64 {
		before := d.Normal()
		a, b := walk(d, 10), walk(d, 20)
		return []array64{a, a.Square(), b.Square(), a.Mul(b), a.Mul(before), a.Mul(d.Uniform())}
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{0, 10, 20, 0, 0, 0} {
		if math.Abs(got[i].Mean-want) > 5*got[i].StdErr {
			t.Errorf("%d: %v ± %v, expected %v", i, got[i].Mean, got[i].StdErr, want)
		}
	}
}

// TestImportance finds P(x > 4) of a normal variable from draws around 4, and with
// weights that are wrong by a factor.
func TestImportance(t *testing.T) {
	for _, factor := range []float64{1, 3} {
		got, err := ops.Importance(context.Background(), 200_000, 5, func(d *draws64) (value, weight array64) {
			x := d.Normal().AddScalar(4)
			return x.GreaterScalar(4), x.MulScalar(-4).AddScalar(8).Exp().MulScalar(factor) // φ(x)/φ(x−4)
		})
		if err != nil {
			t.Fatal(err)
		}
		want := math.Erfc(4/math.Sqrt2) / 2
		if d := math.Abs(got.Plain.Mean/factor - want); d > 5*got.Plain.StdErr/factor || got.Plain.StdErr/factor > 2e-7 {
			t.Errorf("factor %v: plain %+v, expected %v", factor, got.Plain, want)
		}
		if d := math.Abs(got.SelfNormalised.Mean - want); d > 5*got.SelfNormalised.StdErr || !(got.SelfNormalised.StdErr < 1e-4) {
			t.Errorf("factor %v: self-normalised %+v, expected %v", factor, got.SelfNormalised, want)
		}
		if got.EffectiveSamples <= 0 || got.EffectiveSamples > 200_000 {
			t.Errorf("%v effective samples", got.EffectiveSamples)
		}
	}
	_, err := ops.Importance(context.Background(), 0, 5, func(d *draws64) (value, weight array64) { return d.Uniform(), d.Uniform() })
	if err == nil || !strings.HasPrefix(err.Error(), "importance: 0 samples") {
		t.Errorf("no samples: %v", err)
	}
}

// TestShards: any number of shards, merged in any order and after a trip through
// bytes and JSON, gives the bits of the whole.
func TestShards(t *testing.T) {
	ctx := context.Background()
	f := func(d *draws32) []array32 {
		x := d.Normal()
		return []array32{x.Exp(), x.Mul(d.Uniform())}
	}
	for _, c := range []struct{ samples, shards int }{
		{2, 1}, {2, 3}, {4095, 2}, {4096, 1}, {4097, 2}, {5 * 4096, 3}, {10*4096 + 17, 7}, {10*4096 + 17, 100},
		{4096*4096 + 4096 + 5, 3},
	} {
		want, err := ops.MonteCarloAll(ctx, c.samples, 11, f)
		if err != nil {
			t.Fatal(err)
		}
		var parts []*ops.Partial
		for i := range c.shards {
			p, err := ops.MonteCarloShard(ctx, i, c.shards, c.samples, 11, f)
			if err != nil {
				t.Fatal(err)
			}
			text, err := json.Marshal(p)
			if err != nil {
				t.Fatal(err)
			}
			back := new(ops.Partial)
			if err := json.Unmarshal(text, back); err != nil {
				t.Fatal(err)
			}
			parts = append(parts, back)
		}
		rand.New(rand.NewPCG(1, 2)).Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		got, err := ops.MergeMonteCarlo(parts)
		if err != nil {
			t.Fatal(err)
		}
		if got[0] != want[0] || got[1] != want[1] {
			t.Errorf("%d samples in %d shards: %+v, expected %+v", c.samples, c.shards, got, want)
		}
	}
}

func TestShardMistakes(t *testing.T) {
	ctx := context.Background()
	f := func(d *draws32) []array32 { return []array32{d.Uniform()} }
	part := func(i int, seed uint64) *ops.Partial {
		p, err := ops.MonteCarloShard(ctx, i, 2, 3*4096, seed, f)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	expect := func(want string, err error) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; expected an error with %q", err, want)
		}
	}
	_, err := ops.MergeMonteCarlo(nil)
	expect("no parts", err)
	_, err = ops.MergeMonteCarlo([]*ops.Partial{part(0, 1)})
	expect("parts are missing", err)
	_, err = ops.MergeMonteCarlo([]*ops.Partial{part(0, 1), part(0, 1)})
	expect("twice", err)
	_, err = ops.MergeMonteCarlo([]*ops.Partial{part(0, 1), part(1, 2)})
	expect("different simulations", err)
	_, err = ops.MergeMonteCarlo([]*ops.Partial{{}})
	expect("no simulation made", err)
	_, err = ops.MonteCarloShard(ctx, 2, 2, 10, 1, f)
	expect("shard 2 of 2", err)
	data, err := part(1, 1).MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	whole := part(0, 1)
	for n := range data {
		if err := whole.UnmarshalBinary(data[:n]); err == nil {
			t.Errorf("%d bytes of %d are taken for a state", n, len(data))
		}
	}
	expect("twice", whole.Merge(part(0, 1)))
	if err := whole.Merge(part(1, 1)); err != nil {
		t.Errorf("after failures the state is not what it was: %v", err)
	}
	if got, err := whole.Estimates(); err != nil || got[0].Samples != 3*4096 {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestShardsThatOverlap: of different cuts, whichever is merged into which.
func TestShardsThatOverlap(t *testing.T) {
	f := func(d *draws32) []array32 { return []array32{d.Uniform()} }
	of := func(i, n int) *ops.Partial {
		p, err := ops.MonteCarloShard(context.Background(), i, n, 4096*4096+1, 1, f)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	few, most := of(0, 1000), of(0, 1)
	for _, pair := range [][2]*ops.Partial{{few, most}, {most, few}} {
		if err := pair[0].Merge(pair[1]); err == nil || !strings.Contains(err.Error(), "twice") {
			t.Errorf("%v", err)
		}
	}
}

// TestShardsOfDifferentData are told apart.
func TestShardsOfDifferentData(t *testing.T) {
	ctx := context.Background()
	numbers := make([]float64, 3000)
	other := make([]float64, 3000)
	for i := range numbers {
		numbers[i], other[i] = float64(i), float64(i)
	}
	other[2999]++
	shard := func(i int, x array64) *ops.Partial {
		p, err := ops.MonteCarloShard(ctx, i, 2, 3*4096, 1, func(d *draws64) []array64 { return []array64{d.Pick(x)} })
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	computed := func(x array64) array64 {
		y, err := x.AddScalar(1).Eval(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return y
	}
	for _, c := range []struct {
		name string
		of   func(data []float64) array64
	}{
		{"slice", func(data []float64) array64 { return ops.FromSlice(data) }},
		{"reversed", func(data []float64) array64 { return ops.FromSlice(data).Flip(0) }},
		{"every third", func(data []float64) array64 { return ops.FromSlice(data).Slice(ops.Range(2, 3000).By(3)) }},
		{"on a device", func(data []float64) array64 { return computed(ops.FromSlice(data)) }},
		{"repeated", func(data []float64) array64 { return ops.FromSlice(data[2999:]).BroadcastTo(1 << 20) }},
		{"an expression", func(data []float64) array64 { return ops.FromSlice(data).Square() }},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := ops.MergeMonteCarlo([]*ops.Partial{shard(0, c.of(numbers)), shard(1, c.of(slices.Clone(numbers)))}); err != nil {
				t.Errorf("of equal data: %v", err)
			}
			_, err := ops.MergeMonteCarlo([]*ops.Partial{shard(0, c.of(numbers)), shard(1, c.of(other))})
			if err == nil || !strings.Contains(err.Error(), "different simulations") {
				t.Errorf("of different data: %v", err)
			}
		})
	}
}

// TestProgressKeepsTheBits: in parts and whole, the sums are the same.
func TestProgressKeepsTheBits(t *testing.T) {
	ctx := context.Background()
	const samples = 4096*4096 + 3*4096 + 1
	want, err := ops.MonteCarloPi(ctx, samples, 1)
	if err != nil {
		t.Fatal(err)
	}
	last, plans := 0.0, 0
	got, err := ops.MonteCarloPi(ctx, samples, 1, ops.OnProgress(func(share float64) { last = share }), ops.OnPlan(func(*ops.Plan) { plans++ }))
	if err != nil || got != want || last != 1 || plans < 2 {
		t.Errorf("%+v, share %v, %d plans, %v; expected %+v", got, last, plans, err, want)
	}
}

func TestMonteCarloFunc(t *testing.T) {
	ctx := context.Background()
	f := func(r *ops.Rand) float64 {
		x := r.Normal() + r.Exponential() + float64(r.IntN(5))
		if r.Bernoulli(0.25) {
			x += 4
		}
		return x + rand.New(r).Float64()
	}
	want, err := ops.MonteCarloFunc(ctx, 100_000, 4, f)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(want.Mean-4.5) > 5*want.StdErr || !(want.StdErr > 0.005 && want.StdErr < 0.02) {
		t.Errorf("%+v, expected a mean of 4.5", want)
	}
	for range 3 {
		if got, err := ops.MonteCarloFunc(ctx, 100_000, 4, f); err != nil || got != want {
			t.Errorf("%+v, %v; expected %+v", got, err, want)
		}
	}
}

// TestMonteCarloFuncIsMonteCarlo: a closure is given the draws of a simulation on a
// device, so that the sums are the same, to the last bit. (Samples that take a single
// uniform share Philox's words there.)
func TestMonteCarloFuncIsMonteCarlo(t *testing.T) {
	ctx := context.Background()
	for _, c := range []struct {
		name   string
		f      func(r *ops.Rand) float64
		device func(d *draws64) array64
	}{
		{"uniform", func(r *ops.Rand) float64 { return r.Uniform() * r.Uniform() },
			func(d *draws64) array64 { return d.Uniform().Mul(d.Uniform()) }},
		{"normal", (*ops.Rand).Normal, (*draws64).Normal},
		{"exponential", func(r *ops.Rand) float64 { return r.Exponential() + r.Exponential() },
			func(d *draws64) array64 { return d.Exponential().Add(d.Exponential()) }},
		{"several", func(r *ops.Rand) float64 { return math.FMA(r.Normal(), r.Exponential(), r.Normal()) },
			func(d *draws64) array64 { return ops.FMA(d.Normal(), d.Exponential(), d.Normal()) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			const samples = 100_001
			want, err := ops.MonteCarlo(ctx, samples, 4, c.device)
			if err != nil {
				t.Fatal(err)
			}
			got, err := ops.MonteCarloFunc(ctx, samples, 4, c.f)
			if err != nil || got != want {
				t.Errorf("%+v by a closure, %+v on a device: %v", got, want, err)
			}
		})
	}
}

func TestMonteCarloFuncMistakes(t *testing.T) {
	ctx := context.Background()
	_, err := ops.MonteCarloFunc(ctx, 10_000, 1, func(r *ops.Rand) float64 { panic("no") })
	if err == nil || !strings.Contains(err.Error(), "the closure panicked at sample ") || !strings.HasSuffix(err.Error(), ": no") {
		t.Errorf("panic: %v", err)
	}
	cancelled, cancel := context.WithCancel(ctx)
	count := 0
	_, err = ops.MonteCarloFunc(cancelled, 4096, 1, func(r *ops.Rand) float64 {
		if count++; count == 100 {
			cancel()
		}
		return 1
	})
	if !errors.Is(err, context.Canceled) || count > 200 {
		t.Errorf("cancelled: %v after %d samples", err, count)
	}
	for want, samples := range map[string]int{"0 samples": 0, "1000000000000000 samples": 1e15} {
		if _, err := ops.MonteCarloFunc(ctx, samples, 1, (*ops.Rand).Uniform); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%d samples: %v", samples, err)
		}
	}
	if _, err := ops.MonteCarloFunc(ctx, 1, 1, nil); err == nil {
		t.Error("no closure is no error")
	}
}
