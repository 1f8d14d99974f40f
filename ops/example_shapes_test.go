package ops_test

import "github.com/quern-go/quern/ops"

func ExampleFull() {
	show(ops.Full(2.5, 2, 2))
	// Output: [2 2] [2.5 2.5 2.5 2.5]
}

func ExampleZeros() {
	show(ops.Zeros[float32](2, 2))
	// Output: [2 2] [0 0 0 0]
}

func ExampleOnes() {
	show(ops.Ones[float32](3))
	// Output: [3] [1 1 1]
}

func ExampleArray_T() {
	x := ops.Arange[float64](0, 6, 1).Reshape(2, 3)
	show(x.T())
	// Output: [3 2] [0 3 1 4 2 5]
}

func ExampleArray_Transpose() {
	x := ops.Arange[float64](0, 8, 1).Reshape(2, 2, 2)
	show(x.Transpose(1, 2, 0).MulScalar(10))
	// Output: [2 2 2] [0 40 10 50 20 60 30 70]
}

func ExampleArray_BroadcastTo() {
	show(ops.FromSlice([]float64{1, 2, 3}).BroadcastTo(2, 3))
	// Output: [2 3] [1 2 3 1 2 3]
}

// All differences of the elements.
func ExampleArray_ExpandDims() {
	x := ops.FromSlice([]float64{1, 2, 4})
	show(x.ExpandDims(1).Sub(x))
	// Output: [3 3] [0 -1 -3 1 0 -2 3 2 0]
}

func ExampleArray_Squeeze() {
	show(ops.Ones[float64](1, 2, 1).Squeeze())
	// Output: [2] [1 1]
}

func ExampleArray_SliceAxis() {
	x := ops.Arange[float64](0, 6, 1).Reshape(2, 3)
	show(x.SliceAxis(1, ops.From(1)))
	// Output: [2 2] [1 2 4 5]
}

func ExampleAll() {
	x := ops.Arange[float64](0, 6, 1).Reshape(2, 3)
	show(x.Slice(ops.All(), ops.At(0)))
	// Output: [2] [0 3]
}

func ExampleAt() {
	x := ops.Arange[float64](0, 6, 1).Reshape(2, 3)
	show(x.Slice(ops.At(-1)))
	// Output: [3] [3 4 5]
}

func ExampleFrom() {
	show(ops.FromSlice([]float64{1, 2, 3, 4}).Slice(ops.From(1)))
	// Output: [3] [2 3 4]
}

func ExampleTo() {
	show(ops.FromSlice([]float64{1, 2, 3, 4}).Slice(ops.To(-1)))
	// Output: [3] [1 2 3]
}

func ExampleRange() {
	show(ops.FromSlice([]float64{1, 2, 3, 4}).Slice(ops.Range(1, 3)))
	// Output: [2] [2 3]
}

func ExampleSpan_By() {
	show(ops.FromSlice([]float64{1, 2, 3, 4}).Slice(ops.All().By(2)))
	show(ops.FromSlice([]float64{1, 2, 3, 4}).Slice(ops.All().By(-1)))
	// Output:
	// [2] [1 3]
	// [4] [4 3 2 1]
}

func ExampleArray_Tile() {
	x := ops.Arange[float64](0, 6, 1).Reshape(2, 3)
	show(x.Tile(2, 0))
	// Output: [4 3] [0 1 2 3 4 5 0 1 2 3 4 5]
}

func ExampleArray_Roll() {
	x := ops.Arange[float64](0, 6, 1).Reshape(2, 3)
	show(x.Roll(1))
	show(x.Roll(-1, 1))
	// Output:
	// [2 3] [5 0 1 2 3 4]
	// [2 3] [1 2 0 4 5 3]
}

func ExampleArray_Diff() {
	show(ops.FromSlice([]float64{1, 4, 9, 16}).Diff(1, 0))
	show(ops.FromSlice([]float64{1, 4, 9, 16}).Diff(2, 0))
	// Output:
	// [3] [3 5 7]
	// [2] [2 2]
}

func ExampleArray_Triu() {
	show(ops.Ones[float64](2, 3).Triu(1))
	// Output: [2 3] [0 1 1 0 0 1]
}
