package ops_test

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/quern-go/quern/ops"
)

// TestIterate compares with loops in Go, bit for bit: no expression here can be
// contracted.
func TestIterate(t *testing.T) {
	ctx := context.Background()
	const n = 3000
	c := make([]float64, n)
	for i := range c {
		c[i] = float64(i)/1500 - 1.5
	}
	x, zero, two := ops.FromSlice(c), ops.Full(0.0), ops.Full(2.0)
	for _, k := range []struct {
		name  string
		steps int
		first []array64
		start func(c float64) []float64
		step  func(i array64, s []array64) []array64
		loop  func(i, c float64, s []float64) []float64
	}{
		{"no steps", 0, []array64{x}, func(c float64) []float64 { return []float64{c} },
			func(i array64, s []array64) []array64 { return []array64{i} },
			func(i, c float64, s []float64) []float64 { return []float64{i} }},
		{"logistic", 20, []array64{x}, func(c float64) []float64 { return []float64{c} },
			func(i array64, s []array64) []array64 { return []array64{ops.FMA(s[0], s[0], x)} },
			func(i, c float64, s []float64) []float64 { return []float64{math.FMA(s[0], s[0], c)} }},
		{"exchanged", 5, []array64{x, two}, func(c float64) []float64 { return []float64{c, 2} },
			func(i array64, s []array64) []array64 { return []array64{s[1], s[0]} },
			func(i, c float64, s []float64) []float64 { return []float64{s[1], s[0]} }},
		{"step number", 7, []array64{zero, x}, func(c float64) []float64 { return []float64{0, c} },
			func(i array64, s []array64) []array64 {
				return []array64{ops.FMA(i, x, s[0]), ops.Where(i.LessScalar(3), s[0], s[1])}
			},
			func(i, c float64, s []float64) []float64 {
				next := []float64{math.FMA(i, c, s[0]), s[1]}
				if i < 3 {
					next[1] = s[0]
				}
				return next
			}},
		{"of a reduction", 3, []array64{x}, func(c float64) []float64 { return []float64{c} },
			func(i array64, s []array64) []array64 { return []array64{s[0].Add(x.Max())} },
			func(i, _ float64, s []float64) []float64 { return []float64{s[0] + c[n-1]} }},
	} {
		t.Run(k.name, func(t *testing.T) {
			want := make([][]float64, len(k.first))
			for _, c := range c {
				s := k.start(c)
				for i := range k.steps {
					s = k.loop(float64(i), c, s)
				}
				for j := range s {
					want[j] = append(want[j], s[j])
				}
			}
			states := ops.Iterate(k.steps, k.first, k.step)
			for j, a := range states {
				got, err := a.Data(ctx)
				if err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(got, want[j]) {
					t.Errorf("state %d is %v…, expected %v…", j, got[:3], want[j][:3])
				}
			}
			// A part, and what is computed of states, have the same bits.
			sum, err := states[0].Slice(ops.Range(100, 2900)).Add(states[0].Slice(ops.From(200))).Sum().Scalar(ctx)
			if err != nil {
				t.Fatal(err)
			}
			data := ops.FromSlice(want[0])
			again, err := data.Slice(ops.Range(100, 2900)).Add(data.Slice(ops.From(200))).Sum().Scalar(ctx)
			if err != nil || sum != again {
				t.Errorf("sum of a part is %v, expected %v: %v", sum, again, err)
			}
		})
	}
}

func TestIterateMistakes(t *testing.T) {
	x := ops.FromSlice([]float64{1, 2, 3})
	first := []array64{x}
	same := func(_ array64, s []array64) []array64 { return s }
	for _, c := range []struct {
		name  string
		steps int
		first []array64
		step  func(array64, []array64) []array64
		want  string
	}{
		{"negative", -1, first, same, "-1 steps"},
		{"no step", 1, first, nil, "no step"},
		{"too many states", 1, make([]array64, 17), same, "zero Array"},
		{"shapes", 1, []array64{x, ops.Zeros[float64](2)}, same, "broadcast"},
		{"states lost", 1, first, func(array64, []array64) []array64 { return nil }, "0 states of 1"},
		{"grown", 1, first, func(_ array64, s []array64) []array64 { return []array64{s[0].Add(ops.Zeros[float64](2, 3))} }, "first values fix the shape"},
		{"reduced", 1, first, func(_ array64, s []array64) []array64 { return []array64{s[0].Sum()} }, "sum of a value that changes"},
		{"moved", 1, first, func(_ array64, s []array64) []array64 { return []array64{s[0].Slice(ops.Range(0, 1))} }, "slice of a value that changes"},
		{"nested", 1, first, func(_ array64, s []array64) []array64 { return ops.Iterate(2, s, same) }, "do not nest"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := ops.Iterate(c.steps, c.first, c.step)[0].Err()
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v; expected an error with %q", err, c.want)
			}
		})
	}
	if got := ops.Iterate(3, nil, same); len(got) != 0 {
		t.Errorf("no states: %v", got)
	}
}
