package evalexpr

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	_ "github.com/quern-go/quern/device/all"
	"github.com/quern-go/quern/ops"
)

func arrays() map[string]ops.Array[float64] {
	return map[string]ops.Array[float64]{
		"a": ops.FromSlice([]float64{1, 2, 3, 4, 5, 6}, 2, 3),
		"b": ops.FromSlice([]float64{6, 5, 4, 3, 2, 1}, 2, 3),
		"v": ops.FromSlice([]float64{10, 20, 30}, 3),
	}
}

func evaluate(t *testing.T, source string) (shape []int, values []float64) {
	t.Helper()
	e, err := Parse(source)
	if err != nil {
		t.Fatal(err)
	}
	v, err := Build(context.Background(), e, arrays())
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	switch v.Kind {
	case Number:
		return []int{}, []float64{v.Number}
	case Ints:
		ints, err := v.Ints.Ints(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range ints {
			values = append(values, float64(i))
		}
		return v.Ints.Shape(), values
	}
	values, err = v.Array.Data(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return v.Array.Shape(), values
}

// The wanted values are NumPy's, by hand.
func TestEvaluate(t *testing.T) {
	tests := []struct {
		source string
		shape  []int
		values []float64
	}{
		{"a + b", []int{2, 3}, []float64{7, 7, 7, 7, 7, 7}},
		{"a - v", []int{2, 3}, []float64{-9, -18, -27, -6, -15, -24}},
		{"2*a", []int{2, 3}, []float64{2, 4, 6, 8, 10, 12}},
		{"-a[0]", []int{3}, []float64{-1, -2, -3}},
		{"a[-1]", []int{3}, []float64{4, 5, 6}},
		{"v[1:]", []int{2}, []float64{20, 30}},
		{"v[:2]", []int{2}, []float64{10, 20}},
		{"v[0:3]/10", []int{3}, []float64{1, 2, 3}},
		{"v[1:-1]", []int{1}, []float64{20}},
		{"sum(a)", []int{}, []float64{21}},
		{"sum(a, 0)", []int{3}, []float64{5, 7, 9}},
		{"sum(a, -1)", []int{2}, []float64{6, 15}},
		{"sum(a, 0, 1)", []int{}, []float64{21}},
		{"mean(a, 1)", []int{2}, []float64{2, 5}},
		{"var(v)", []int{}, []float64{200.0 / 3}},
		{"std(square(v[0:1]))", []int{}, []float64{0}},
		{"min(a, 0)", []int{3}, []float64{1, 2, 3}},
		{"max(maximum(a, b))", []int{}, []float64{6}},
		{"argmin(b, 1)", []int{2}, []float64{2, 2}},
		{"argmax(a)", []int{}, []float64{5}},
		{"matmul(a, transpose(b))", []int{2, 2}, []float64{28, 10, 73, 28}},
		{"dot(a, v)", []int{2}, []float64{140, 320}},
		{"where(a < b, a, b)", []int{2, 3}, []float64{1, 2, 3, 3, 2, 1}},
		{"less(a, b) + (a == 4)", []int{2, 3}, []float64{1, 1, 1, 1, 0, 0}},
		{"reshape(a, 3, -1)", []int{3, 2}, []float64{1, 2, 3, 4, 5, 6}},
		{"broadcast_to(v, 2, 3)", []int{2, 3}, []float64{10, 20, 30, 10, 20, 30}},
		{"pow(v, 2)", []int{3}, []float64{100, 400, 900}},
		{"fma(a, b, v)[0]", []int{3}, []float64{16, 30, 42}},
		{"cdist(a, b, \"cityblock\")", []int{2, 2}, []float64{9, 4, 4, 9}},
		{"cdist(a, b, \"cityblock\", full(3, 2))", []int{2, 2}, []float64{18, 8, 8, 18}},
		{"cdist(a, b, \"minkowski\", 1, full(3, 2))", []int{2, 2}, []float64{18, 8, 8, 18}},
		{"cdist(a, a, \"minkowski\", full(3, 4))", []int{2, 2}, []float64{0, math.Sqrt(108), math.Sqrt(108), 0}},
		{"cdist(a, b, \"minkowski\", 1)", []int{2, 2}, []float64{9, 4, 4, 9}},
		{"cdist(a, a, \"seuclidean\", full(3, 4))", []int{2, 2}, []float64{0, math.Sqrt(27. / 4), math.Sqrt(27. / 4), 0}},
		{"cdist(a, a, \"mahalanobis\", eye(3))", []int{2, 2}, []float64{0, math.Sqrt(27), math.Sqrt(27), 0}},
		{"cdist(reshape(arange(3), 3, 1), full(1, 1, 0), \"mahalanobis\")", []int{3, 1}, []float64{0, 1 / math.Sqrt(0.9166666666666666), 2 / math.Sqrt(0.9166666666666666)}},
		{"1 + 2*3", []int{}, []float64{7}},
		{"sqrt(2*8)", []int{}, []float64{4}},
		{"floor(pi)", []int{}, []float64{3}},
		{"sum(a, 1-1)", []int{3}, []float64{5, 7, 9}},
	}
	for _, tt := range tests {
		t.Run(tt.source, func(t *testing.T) {
			shape, values := evaluate(t, tt.source)
			if !slices.Equal(shape, tt.shape) || !slices.Equal(values, tt.values) {
				t.Errorf("%s = %v %v, want %v %v", tt.source, shape, values, tt.shape, tt.values)
			}
		})
	}
}

func TestMistakesAreNamed(t *testing.T) {
	tests := []struct{ source, want string }{
		{"", "parse"},
		{"a +", "parse"},
		{"foo(a)", "unknown function foo"},
		{"summ(a)", "did you mean sum"},
		{"a.b", "not known"},
		{"func() {}", "not known"},
		{"a[1:2:3]", "a[i:j]"},
		{"math.Sin(a)", "only named functions"},
		{"a % b", "operator % is not known"},
		{"!a", "operator ! is not known"},
		{"sum()", "usage: sum(x[, axis…])"},
		{"exp(a, b)", "usage: exp(x)"},
		{"sum(a, 0.5)", "whole number"},
		{"sum(a, 2)", "axis"},
		{"a + v[0:2]", "[2 3]"},
		{"matmul(a, b)", "matmul"},
		{"cdist(a, b, \"nope\")", "nope"},
		{"cdist(a, b, 3)", "name of a metric"},
		{"cdist(a, b, \"minkowski\", 0.5)", "0.5"},
		{"cdist(a, b, \"euclidean\", 3)", "minkowski"},
		{"cdist(a, b, \"seuclidean\", full(2, 1))", "parameters for 2 columns, the arrays have 3"},
		{"cdist(a, b, \"seuclidean\", 0*a)", "variance 5 is 0"},
		{"cdist(a, b, \"kl\", full(3, 1))", "it takes no weights"},
		{"cdist(a, b, \"cityblock\", full(2, 1))", "parameters for 2 columns, the arrays have 3"},
		{"cdist(a, b, \"cityblock\", full(3, -1))", "weight 2 is -1"},
		{"cdist(a, b, \"minkowski\", full(3, 1), 1)", "after the metric comes p"},
		{"cdist(a, b, \"mahalanobis\")", "the covariance is singular"},
		{"cdist(a, b, \"mahalanobis\", zeros(3, 3))", "not positive definite"},
		{"cdist(a, b, \"mahalanobis\", \"vi\")", "argument 4 is a text"},
		{"a[0.5]", "whole number"},
		{"a[5]", "5"},
		{"take(a, 2, 0)", "position 2 of axis 0, which has length 2"},
		{"take(a, argmin(a, 1), 0)", "position 2 of axis 0"},
		{"take(v, v/100)", "take: position 0.1, expected a whole number"},
		{"take(v, v*nan)", "take: position NaN, expected a whole number"},
		{"percentile(a, 101)", "percentile: 101, expected 0 to 100"},
		{"quantile(a, nan)", "quantile: NaN, expected a fraction from 0 to 1"},
		{"concatenate(a, v)", "concat: shapes [2 3] and [3]"},
		{"stack(a, v)", "stack"},
		{"repeat(a)", "usage: repeat(x, n[, axis])"},
		{"eye(-1)", "negative length"},
		{"tril(v)", "two axes"},
		{"uniform(1.5, 3)", "whole number"},
		{"norm(a, v)", "expected a number"},
		{"\"x\" + a", "a text"},
		{"unknown_array", "no array named unknown_array"},
		{strings.Repeat("- ", 20_000) + "a", "nested deeper"},
		{strings.Repeat("(", 20_000) + "a" + strings.Repeat(")", 20_000), "nested deeper"},
		{"1e999*a", "beyond the range"},
		{"sum(a...)", "... is not known"},
	}
	for _, tt := range tests {
		t.Run(tt.source, func(t *testing.T) {
			e, err := Parse(tt.source)
			if err == nil {
				_, err = Build(context.Background(), e, arrays())
			}
			if err == nil {
				t.Fatal("no error")
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %q does not say %q", err, tt.want)
			}
		})
	}
}

func TestManyTerms(t *testing.T) {
	_, values := evaluate(t, "sum(a"+strings.Repeat(" + a", 2000)+")")
	if values[0] != 21*2001 {
		t.Errorf("the sum is %v, expected %v", values[0], 21*2001)
	}
}

// TestMessagesAreShort: a mistake in a long expression is shown with what is around it.
func TestMessagesAreShort(t *testing.T) {
	long := strings.Repeat("a + ", 1000)
	for _, source := range []string{long + "frob(a) + " + long + "a", long + "é) + a", long + "é + + é* " + long} {
		_, err := Parse(source)
		if err == nil {
			t.Fatalf("%.20s…: no error", source)
		}
		if n := len(err.Error()); n > 400 || !strings.Contains(err.Error(), "column ") || !utf8.ValidString(err.Error()) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

func TestNames(t *testing.T) {
	e, err := Parse("matmul(b, a) + b*pi")
	if err != nil {
		t.Fatal(err)
	}
	if got := e.Names(); !slices.Equal(got, []string{"b", "a"}) {
		t.Errorf("Names() = %v", got)
	}
}

func TestEveryFunctionIsImplemented(t *testing.T) {
	have := implementations[float32]()
	for _, f := range Functions() {
		if have[f.Name] == nil {
			t.Errorf("%s is listed and not implemented", f.Name)
		}
		delete(have, f.Name)
		if !strings.HasPrefix(f.Usage, f.Name+"(") || f.Summary == "" {
			t.Errorf("%s: usage %q, summary %q", f.Name, f.Usage, f.Summary)
		}
	}
	for name := range have {
		t.Errorf("%s is implemented and not listed", name)
	}
}

// FuzzParse looks for panics; an expression that builds must also evaluate or
// say why not.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"sum(matmul(square(a), transpose(b)))", "where(a<b, a, b)[0:1]", "cdist(a,b,\"cosine\")",
		"reshape(a, -1, 0)", "v[9223372036854775807:]", "broadcast_to(v, 1000000, 1000000, 3)", "1e999*a", "a[1:0]", "'x'", "0x1p-2"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		e, err := Parse(source)
		if err != nil {
			return
		}
		given := arrays()
		for _, name := range e.Names() {
			if _, ok := given[name]; !ok {
				given[name] = given["a"]
			}
		}
		// A short expression may ask for much work, such as sum(zeros(1000000000000)).
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		v, err := Build(ctx, e, given)
		if err != nil || v.Kind != Array || v.Array.Size() > 1<<16 {
			return
		}
		data, err := v.Array.Data(ctx)
		if err == nil && len(data) != v.Array.Size() {
			t.Errorf("%q: %d values for shape %v", source, len(data), v.Array.Shape())
		}
	})
}

func TestConstants(t *testing.T) {
	if _, values := evaluate(t, "pi"); values[0] != math.Pi {
		t.Errorf("pi = %v", values[0])
	}
}
