package ops

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/ops/internal/expr"
)

// reference is testdata/reference.json: see the README there.
type reference struct {
	Arrays []struct {
		Name   string
		Shape  []int
		Offset int
	}
	Cases []referenceCase
}

type referenceCase struct {
	Name, Op, DType string
	Inputs          []string
	Params          struct {
		Axis   []int
		Metric string
		P      float64
		W      []float64
		V      []float64
		VI     []float64
		Slices [][3]*int
		Axes   []int
		Shape  []int
	}
	Want, Bound string
}

// values is an array of the pool.
type values struct {
	shape []int
	data  []float64
}

func readReference(t *testing.T) ([]referenceCase, map[string]values) {
	t.Helper()
	text, err := os.ReadFile("testdata/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	var ref reference
	if err := json.Unmarshal(text, &ref); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile("testdata/reference.npy")
	if err != nil {
		t.Fatal(err)
	}
	pool := make([]float64, (len(raw)-128)/8)
	for i := range pool {
		pool[i] = math.Float64frombits(binary.LittleEndian.Uint64(raw[128+8*i:]))
	}
	arrays := make(map[string]values)
	for _, a := range ref.Arrays {
		n, err := kernels.Size(a.Shape)
		if err != nil {
			t.Fatal(err)
		}
		arrays[a.Name] = values{a.Shape, pool[a.Offset:][:n]}
	}
	return ref.Cases, arrays
}

// TestReference compares with results of NumPy and SciPy.
func TestReference(t *testing.T) {
	cases, arrays := readReference(t)
	for _, e := range engines(t) {
		for _, c := range cases {
			t.Run(e.name+"/"+c.Name, func(t *testing.T) {
				if c.DType == "float32" {
					checkReference[float32](t, e.Engine, &c, arrays)
				} else {
					checkReference[float64](t, e.Engine, &c, arrays)
				}
			})
		}
	}
}

func checkReference[T Float](t *testing.T, e *Engine, c *referenceCase, arrays map[string]values) {
	in := make([]Array[T], len(c.Inputs))
	for i, name := range c.Inputs {
		v := arrays[name]
		converted := make([]T, len(v.data))
		for k, x := range v.data {
			converted[k] = T(x)
		}
		in[i] = Array[T]{FromSlice(converted).n}.Reshape(v.shape...)
	}
	var got []float64
	var shape []int
	if c.Op == "argmin" || c.Op == "argmax" {
		a := in[0].ArgMin(c.Params.Axis...)
		if c.Op == "argmax" {
			a = in[0].ArgMax(c.Params.Axis...)
		}
		list, err := a.Ints(ctx, WithEngine(e))
		if err != nil {
			t.Fatal(err)
		}
		shape = a.Shape()
		for _, i := range list {
			got = append(got, float64(i))
		}
	} else {
		a, err := applyReference(c, in)
		if err != nil {
			t.Fatal(err)
		}
		shape = a.Shape()
		if got, err = Convert[float64](a).Data(ctx, WithEngine(e)); err != nil {
			t.Fatal(err)
		}
	}
	compareReference(t, c, got, shape, arrays)
}

func compareReference(t *testing.T, c *referenceCase, got []float64, shape []int, arrays map[string]values) {
	t.Helper()
	want := arrays[c.Want]
	if !slices.Equal(shape, want.shape) {
		t.Fatalf("shape %v, expected %v", shape, want.shape)
	}
	for i, w := range want.data {
		g := got[i]
		switch {
		case w != w:
			if g == g {
				t.Errorf("element %d is %v, expected NaN", i, g)
			}
		case c.Bound == "":
			if g != w || math.Signbit(g) != math.Signbit(w) {
				t.Errorf("element %d is %v, expected %v exactly", i, g, w)
			}
		case math.IsInf(w, 0) && g != w, !(g == w || math.Abs(g-w) <= arrays[c.Bound].data[i]):
			t.Errorf("element %d is %v, expected %v ± %v", i, g, w, arrays[c.Bound].data[i])
		}
	}
}

// applyReference builds the expression of a case.
func applyReference[T Float](c *referenceCase, in []Array[T]) (Array[T], error) {
	a := in[0]
	names := map[string]expr.Op{"subtract": expr.Sub, "multiply": expr.Mul, "divide": expr.Div, "negative": expr.Neg}
	for _, op := range slices.Concat(unaries, binaries) {
		names[op.String()] = op
	}
	if op, ok := names[c.Op]; ok {
		if len(in) == 1 {
			return a.unary(op), nil
		}
		return a.binary(op, in[1]), nil
	}
	switch c.Op {
	case "where":
		return Where(a, in[1], in[2]), nil
	case "sum":
		return a.Sum(c.Params.Axis...), nil
	case "mean":
		return a.Mean(c.Params.Axis...), nil
	case "var":
		return a.Var(c.Params.Axis...), nil
	case "std":
		return a.Std(c.Params.Axis...), nil
	case "min":
		return a.Min(c.Params.Axis...), nil
	case "max":
		return a.Max(c.Params.Axis...), nil
	case "matmul":
		return a.MatMul(in[1]), nil
	case "x+x.T-mean(x,0)":
		return a.Add(a.T()).Sub(a.Mean(0)), nil
	case "transpose":
		return a.Transpose(c.Params.Axes...), nil
	case "reshape":
		return a.Reshape(c.Params.Shape...), nil
	case "transpose+reshape":
		return a.T().Reshape(c.Params.Shape...), nil
	case "slice":
		return a.Slice(spansOf(c.Params.Slices)...), nil
	case "cdist":
		metric, err := referenceMetric(c, a, in[1])
		return PairwiseDistance(a, in[1], metric), err
	}
	return a, fmt.Errorf("the test does not know %q", c.Op)
}

// referenceMetric is the metric of a case, with its parameters.
func referenceMetric[T Float](c *referenceCase, x, y Array[T]) (Metric, error) {
	switch p := &c.Params; {
	case p.W != nil && p.Metric == "minkowski":
		return Minkowski(p.P).Weighted(p.W), nil
	case p.W != nil:
		m, err := ParseMetric(p.Metric)
		return m.Weighted(p.W), err
	case p.V != nil:
		return SEuclidean(p.V), nil
	case p.VI != nil:
		return Mahalanobis(p.VI), nil
	case p.Metric == "mahalanobis":
		return FitMahalanobis(ctx, x, y)
	case p.Metric == "minkowski":
		return Minkowski(p.P), nil
	}
	return ParseMetric(c.Params.Metric)
}

// spansOf reads [start, stop, step] with null for what is left out.
func spansOf(list [][3]*int) []Span {
	var out []Span
	for _, s := range list {
		span := All()
		switch {
		case s[0] != nil && s[1] != nil:
			span = Range(*s[0], *s[1])
		case s[0] != nil:
			span = From(*s[0])
		case s[1] != nil:
			span = To(*s[1])
		}
		if s[2] != nil {
			span = span.By(*s[2])
		}
		out = append(out, span)
	}
	return out
}
