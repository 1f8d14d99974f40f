package bench

import (
	"slices"
	"strings"
	"testing"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/ops"
)

func TestTake(t *testing.T) {
	x := []float32{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}
	tests := []struct {
		name  string
		shape []int
		at    [][]int
		want  []float32
	}{
		{"some of an axis", []int{12}, [][]int{{0, 5, 11}}, []float32{0, 5, 11}},
		{"rows", []int{3, 4}, [][]int{{0, 2}, {0, 1, 2, 3}}, []float32{0, 1, 2, 3, 8, 9, 10, 11}},
		{"columns", []int{3, 4}, [][]int{{0, 1, 2}, {1, 3}}, []float32{1, 3, 5, 7, 9, 11}},
		{"everything", []int{2, 2, 3}, all([]int{2, 2, 3}), x},
		{"no axis", []int{}, nil, []float32{0}},
	}
	for _, test := range tests {
		if got := take(x, test.shape, test.at); !slices.Equal(got, test.want) || product(lengths(test.at)) != len(test.want) {
			t.Errorf("%s: %v, expected %v", test.name, got, test.want)
		}
	}
}

// TestSampleFindsOneWrongBit changes the last bit of an element that is looked at, and of one that is not.
func TestSampleFindsOneWrongBit(t *testing.T) {
	v := evaluation[float32]{
		operands: []operand{{name: "a", shape: []int{20, 30}}, {name: "b", shape: []int{30, 10}, axis: 1, out: 1}},
		expr:     func(in []ops.Array[float32]) result[float32] { return in[0].MatMul(in[1]) },
	}
	e := &Env{}
	in := [][]float32{input[float32](e, "a", 600), input[float32](e, "b", 300)}
	product, err := ops.FromSlice(in[0], 20, 30).MatMul(ops.FromSlice(in[1], 30, 10)).Data(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	check := func() error { return v.checkSome(t.Context(), in, product, []int{20, 10}, kernels.Exact) }
	if err := check(); err != nil {
		t.Errorf("the right product: %v", err)
	}
	product[len(product)-1] *= 1 + 0x1p-23
	if err := check(); err == nil || !strings.Contains(err.Error(), "a sample of the result") {
		t.Errorf("a wrong last element: %v", err)
	}
}

func TestParseShape(t *testing.T) {
	for text, want := range map[string][]int{"64": {64, 64, 64}, "1e4": {10000, 10000, 10000}, "4096x1x64": {4096, 1, 64}, "round_trip": nil} {
		if got := parseShape(text); !slices.Equal(got, want) {
			t.Errorf("%s is read as %v, expected %v", text, got, want)
		}
	}
}

// TestFormulasAgreeWithPlans: what a workload says it must move is what the plan moves, where one kernel does it all.
func TestFormulasAgreeWithPlans(t *testing.T) {
	workloads := append(BabelStream(1000)[1:], FMA(1000), Sum(1000), Gemm[float32](20, 30, 40), SumAxis(40, 50, 0), SumAxis(40, 50, 1))
	for _, w := range workloads {
		e := &Env{Options: []ops.Option{ops.On("cpu:1thread")}, Selector: "cpu:1thread", Threads: 1}
		job, err := w.Setup(t.Context(), e)
		if err != nil {
			t.Fatal(err)
		}
		planned, err := e.countPlan(job)
		if err != nil {
			t.Fatal(err)
		}
		// Results of few elements are counted by the plan only.
		if off := planned.bytes/w.Bytes - 1; off < 0 || off > 0.06 {
			t.Errorf("%s moves %v bytes by its formula, %v by its plan", w.Name, w.Bytes, planned.bytes)
		}
	}
}
