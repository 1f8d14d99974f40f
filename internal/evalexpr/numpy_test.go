package evalexpr

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/quern-go/quern/ops"
)

// numpyArray is an array of testdata/arrays.json.
type numpyArray struct {
	Shape []int
	Data  []numpyFloat
}

// numpyFloat reads what JSON has no number for from a string.
type numpyFloat float64

func (x *numpyFloat) UnmarshalJSON(text []byte) error {
	s := string(text)
	if s[0] == '"' {
		s = s[1 : len(s)-1]
	}
	f, err := strconv.ParseFloat(s, 64)
	*x = numpyFloat(f)
	return err
}

// TestNumPy compares with results of NumPy and SciPy: see testdata/make_arrays.py.
func TestNumPy(t *testing.T) {
	text, err := os.ReadFile("testdata/arrays.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Inputs map[string]numpyArray
		Cases  []struct {
			Expr  string
			Exact bool
			numpyArray
		}
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	called := make(map[string]bool)
	for _, c := range file.Cases {
		for _, name := range regexp.MustCompile(`\w+\(`).FindAllString(c.Expr, -1) {
			called[strings.TrimSuffix(name, "(")] = true
		}
		t.Run(c.Expr, func(t *testing.T) {
			compareNumPy[float64](t, c.Expr, file.Inputs, c.numpyArray, c.Exact, 1e-14)
			compareNumPy[float32](t, c.Expr, file.Inputs, c.numpyArray, c.Exact, 1e-5)
		})
	}
	for _, f := range Functions() {
		for _, name := range append(f.Aliases, f.Name) {
			random := name == "uniform" || name == "normal" // not NumPy's; kernels/mathfn has known answers
			if !called[name] && !random {
				t.Errorf("no case has %s", name)
			}
		}
	}
}

func compareNumPy[T ops.Float](t *testing.T, source string, inputs map[string]numpyArray, want numpyArray, exact bool, tolerance float64) {
	t.Helper()
	given := make(map[string]ops.Array[T])
	for name, in := range inputs {
		data := make([]T, len(in.Data))
		for i, x := range in.Data {
			data[i] = T(x)
		}
		given[name] = ops.FromSlice(data).Reshape(in.Shape...)
	}
	e, err := Parse(source)
	if err != nil {
		t.Fatal(err)
	}
	v, err := Build(context.Background(), e, given)
	if err != nil {
		t.Fatal(err)
	}
	if v.Kind == Ints {
		v.Array = ops.Floats[T](v.Ints)
	}
	got, err := ops.Convert[float64](v.Array).Data(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(v.Array.Shape(), want.Shape) {
		t.Fatalf("shape %v, expected %v", v.Array.Shape(), want.Shape)
	}
	for i, w := range want.Data {
		w, g := float64(w), got[i]
		switch {
		case g == w || g != g && w != w:
		case exact && float64(T(w)) == g:
		case exact || !(math.Abs(g-w) <= tolerance*max(1, math.Abs(w))):
			t.Errorf("element %d is %v, expected %v", i, g, w)
		}
	}
}
