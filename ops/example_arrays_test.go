package ops_test

import (
	"fmt"

	"github.com/quern-go/quern/ops"
)

// show prints the elements of an array, or what is wrong with it.
func show[T ops.Float](a ops.Array[T]) {
	data, err := a.Data(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(a.Shape(), data)
}

func ExampleLinspace() {
	show(ops.Linspace(0.0, 1, 5))
	// Output: [5] [0 0.25 0.5 0.75 1]
}

func ExampleEye() {
	show(ops.Eye[float32](2, 3, 1))
	// Output: [2 3] [0 1 0 0 0 1]
}

func ExampleDiag() {
	x := ops.FromSlice([]float64{1, 2, 3, 4, 5, 6}, 2, 3)
	show(ops.Diag(x, 1))
	show(ops.Diag(ops.FromSlice([]float64{7, 8}), 0))
	// Output:
	// [2] [2 6]
	// [2 2] [7 0 0 8]
}

func ExampleArray_Trace() {
	show(ops.Eye[float64](3, 3, 0).Trace())
	// Output: [] [3]
}

func ExampleArray_Tril() {
	x := ops.Ones[float64](3, 3)
	show(x.Tril(0))
	show(x.Triu(1))
	// Output:
	// [3 3] [1 0 0 1 1 0 1 1 1]
	// [3 3] [0 1 1 0 0 1 0 0 0]
}

func ExampleConcat() {
	a, b := ops.FromSlice([]float64{1, 2, 3, 4}, 2, 2), ops.FromSlice([]float64{5, 6}, 2, 1)
	show(ops.Concat(1, a, b.Square()))
	show(ops.Concat(0, a, b))
	// Output:
	// [2 3] [1 2 25 3 4 36]
	// concat: shapes [2 2] and [2 1] (of array 1) differ in more than axis 0
}

func ExampleStack() {
	x := ops.FromSlice([]float64{1, 2})
	show(ops.Stack(1, x, x.Neg(), x.Square()))
	// Output: [2 3] [1 -1 1 2 -2 4]
}

func ExampleArray_Repeat() {
	x := ops.FromSlice([]float64{1, 2, 3})
	show(x.Repeat(2, 0))
	show(x.Tile(2, 0))
	// Output:
	// [6] [1 1 2 2 3 3]
	// [6] [1 2 3 1 2 3]
}

func ExampleArray_Take() {
	x := ops.FromSlice([]float64{1, 2, 3, 4, 5, 6}, 2, 3)
	show(x.Take(ops.FromInts([]int{2, 0, -1}), 1))
	show(x.Take(ops.FromInts([]int{2}), 0))
	show(x.Take(x.Sum(0).ArgMax().Reshape(), 1)) // the column with the largest sum
	// Output:
	// [2 3] [3 1 3 6 4 6]
	// take: position 2 of axis 0, which has length 2
	// [2] [3 6]
}

func ExampleFromInts() {
	table := ops.FromSlice([]float64{10, 20, 30})
	show(table.Take(ops.FromInts([]int{0, 0, 2, 1}, 2, 2), 0))
	// Output: [2 2] [10 10 30 20]
}

func ExampleFloats() {
	x := ops.FromSlice([]float64{3, 1, 2})
	show(ops.Floats[float64](x.ArgMin()))
	show(ops.Floats[float64](ops.FromSlice([]float64{-1.5, 2.5}).Positions()))
	// Output:
	// [] [1]
	// [2] [-1 2]
}

func ExampleArray_Flip() {
	x := ops.FromSlice([]float64{1, 2, 3, 4})
	show(x.Flip())
	show(x.Roll(1))
	show(x.Square().Diff(1, 0))
	// Output:
	// [4] [4 3 2 1]
	// [4] [4 1 2 3]
	// [3] [3 5 7]
}

func ExampleArray_Norm() {
	x := ops.FromSlice([]float64{3, -4})
	show(ops.Stack(0, x.Norm(1), x.Norm(2), x.Abs().Max(), x.Prod()))
	// Output: [4] [7 5 4 -12]
}

func ExampleArray_Any() {
	x := ops.FromSlice([]float64{0, 1, 0, 0}, 2, 2)
	show(x.Any(1))
	show(x.All(0))
	count, err := x.CountNonZero().Int(ctx)
	fmt.Println(count, err)
	// Output:
	// [2] [1 0]
	// [2] [0 0]
	// 1 <nil>
}

func ExampleArray_Softmax() {
	x := ops.FromSlice([]float64{1000, 1000})
	show(x.Softmax())
	show(x.LogSoftmax().Exp())
	show(x.LogSumExp().SubScalar(1000))
	// Output:
	// [2] [0.5 0.5]
	// [2] [0.5 0.5]
	// [] [0.6931471805598903]
}

func ExampleArray_Dot() {
	x, y := ops.FromSlice([]float64{1, 2}), ops.FromSlice([]float64{3, 4})
	show(x.Dot(y))
	show(x.Outer(y))
	show(x.Inner(y))
	// Output:
	// [] [11]
	// [2 2] [3 4 6 8]
	// [] [11]
}

func ExampleArray_CumSum() {
	x := ops.FromSlice([]float64{1, 2, 3, 4}, 2, 2)
	show(x.CumSum(0))
	show(x.CumProd())
	// Output:
	// [2 2] [1 2 4 6]
	// [4] [1 2 6 24]
}

func ExampleArray_Sort() {
	x := ops.FromSlice([]float64{3, 1, 2, 6, 5, 4}, 2, 3)
	show(x.Sort(1))
	show(ops.Floats[float64](x.ArgSort(-1)))
	// Output:
	// [2 3] [1 2 3 4 5 6]
	// [2 3] [1 2 0 2 1 0]
}

// The rows of a table in the order of one of its columns.
func ExampleArray_ArgSort() {
	table := ops.FromSlice([]float64{3, 30, 1, 10, 2, 20}, 3, 2)
	order := table.SliceAxis(1, ops.At(0)).ArgSort(0)
	show(table.Take(order, 0))
	// Output: [3 2] [1 10 2 20 3 30]
}

func ExampleArray_Quantile() {
	x := ops.FromSlice([]float64{4, 1, 3, 2, 10})
	show(ops.Stack(0, x.Median(), x.Quantile(0.625), x.Quantile(1)))
	// Output: [3] [3 3.5 10]
}

func ExampleArray_Histogram() {
	x := ops.FromSlice([]float64{0, 1, 1, 2, 8, 10})
	counts, edges := x.Histogram(5)
	list, err := counts.Ints(ctx)
	fmt.Println(list, err)
	show(edges)
	// Output:
	// [3 1 0 0 2] <nil>
	// [6] [0 2 4 6 8 10]
}

func ExampleArray_HistogramEdges() {
	x := ops.FromSlice([]float64{0, 1, 1, 2, 8, 10})
	list, err := x.HistogramEdges(ops.FromSlice([]float64{0, 1, 10})).Ints(ctx)
	fmt.Println(list, err)
	// Output: [1 5] <nil>
}
