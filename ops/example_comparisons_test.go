package ops_test

import "github.com/quern-go/quern/ops"

func ExampleArray_Less() {
	show(ops.FromSlice([]float64{1, 2, 3}).Less(ops.FromSlice([]float64{3, 2, 1})))
	// Output: [3] [1 0 0]
}

func ExampleArray_LessScalar() {
	show(ops.FromSlice([]float64{1, 2, 3}).LessScalar(2))
	// Output: [3] [1 0 0]
}

func ExampleArray_LessEqual() {
	show(ops.FromSlice([]float64{1, 2, 3}).LessEqual(ops.FromSlice([]float64{3, 2, 1})))
	// Output: [3] [1 1 0]
}

func ExampleArray_LessEqualScalar() {
	show(ops.FromSlice([]float64{1, 2, 3}).LessEqualScalar(2))
	// Output: [3] [1 1 0]
}

func ExampleArray_Greater() {
	show(ops.FromSlice([]float64{1, 2, 3}).Greater(ops.FromSlice([]float64{3, 2, 1})))
	// Output: [3] [0 0 1]
}

func ExampleArray_GreaterScalar() {
	show(ops.FromSlice([]float64{1, 2, 3}).GreaterScalar(2))
	// Output: [3] [0 0 1]
}

func ExampleArray_GreaterEqual() {
	show(ops.FromSlice([]float64{1, 2, 3}).GreaterEqual(ops.FromSlice([]float64{3, 2, 1})))
	// Output: [3] [0 1 1]
}

func ExampleArray_GreaterEqualScalar() {
	show(ops.FromSlice([]float64{1, 2, 3}).GreaterEqualScalar(2))
	// Output: [3] [0 1 1]
}

func ExampleArray_Equal() {
	show(ops.FromSlice([]float64{1, 2, 3}).Equal(ops.FromSlice([]float64{3, 2, 1})))
	// Output: [3] [0 1 0]
}

func ExampleArray_EqualScalar() {
	show(ops.FromSlice([]float64{1, 2, 3}).EqualScalar(2))
	// Output: [3] [0 1 0]
}

func ExampleArray_NotEqual() {
	show(ops.FromSlice([]float64{1, 2, 3}).NotEqual(ops.FromSlice([]float64{3, 2, 1})))
	// Output: [3] [1 0 1]
}

func ExampleArray_NotEqualScalar() {
	show(ops.FromSlice([]float64{1, 2, 3}).NotEqualScalar(2))
	// Output: [3] [1 0 1]
}
