package ops_test

import "github.com/quern-go/quern/ops"

func ExampleArray_Prod() {
	x := ops.Arange[float64](0, 6, 1).Reshape(2, 3)
	show(x.AddScalar(1).Prod(1))
	// Output: [2] [6 120]
}

func ExampleArray_Mean() {
	x := ops.Arange[float64](0, 6, 1).Reshape(2, 3)
	show(x.Mean(0))
	show(x.Mean())
	// Output:
	// [3] [1.5 2.5 3.5]
	// [] [2.5]
}

func ExampleArray_Var() {
	show(ops.FromSlice([]float64{1, 2, 3, 6}).Var())
	// Output: [] [3.5]
}

func ExampleArray_Std() {
	show(ops.FromSlice([]float64{1, 2, 3, 6}).Std())
	// Output: [] [1.8708286933869707]
}

func ExampleArray_Min() {
	x := ops.Arange[float64](0, 6, 1).Reshape(2, 3)
	show(x.Min(1))
	// Output: [2] [0 3]
}

func ExampleArray_Max() {
	x := ops.Arange[float64](0, 6, 1).Reshape(2, 3)
	show(x.Max(0))
	// Output: [3] [3 4 5]
}

func ExampleArray_All() {
	show(ops.FromSlice([]float64{1, 2, 0, 3}).Reshape(2, 2).All(1))
	// Output: [2] [1 0]
}

func ExampleArray_LogSumExp() {
	show(ops.FromSlice([]float64{1000, 1000}).LogSumExp())
	// Output: [] [1000.6931471805599]
}

func ExampleArray_LogSoftmax() {
	show(ops.FromSlice([]float64{0, 1000}).LogSoftmax())
	// Output: [2] [-1000 0]
}

func ExampleArray_Median() {
	show(ops.FromSlice([]float64{4, 1, 3, 2}).Median())
	// Output: [] [2.5]
}

func ExampleArray_CumProd() {
	x := ops.Arange[float64](0, 6, 1).Reshape(2, 3)
	show(x.AddScalar(1).CumProd(1))
	// Output: [2 3] [1 2 6 4 20 120]
}

func ExampleArray_Inner() {
	x := ops.Arange[float64](0, 6, 1).Reshape(2, 3)
	show(x.Inner(x))
	// Output: [2 2] [5 14 14 50]
}

func ExampleArray_Outer() {
	show(ops.FromSlice([]float64{1, 2}).Outer(ops.FromSlice([]float64{3, 4, 5})))
	// Output: [2 3] [3 4 5 6 8 10]
}
