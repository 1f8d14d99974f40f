package ops_test

import (
	"context"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/quern-go/quern/ops"
)

var ctx = context.Background()

// A lazy expression: the matrix product is never computed.
func Example() {
	a := ops.Uniform[float32](1, 1000, 1000) // seed, shape; nothing has run
	b := ops.Uniform[float32](2, 1000, 1000)
	total := a.Square().MatMul(b).Sum() // still nothing
	v, err := total.Scalar(ctx)         // planned, fused, run
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.4g\n", v) // a third of a half of 1000³, about
	// Output: 1.667e+08
}

func ExampleFromSlice() {
	x := ops.FromSlice([]float64{1, 2, 3, 4, 5, 6}, 2, 3)
	centred := x.Sub(x.Mean(0)) // the mean of each column is broadcast
	data, err := centred.Data(ctx)
	fmt.Println(centred.Shape(), data, err)
	// Output: [2 3] [-1.5 -1.5 -1.5 1.5 1.5 1.5] <nil>
}

func ExampleFromMatrix() {
	m := mat.NewDense(2, 2, []float64{1, 2, 3, 4})
	inverse, err := ops.FromMatrix(m).Reciprocal().Dense(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(mat.Formatted(inverse))
	// Output:
	// ⎡                 1                 0.5⎤
	// ⎣0.3333333333333333                0.25⎦
}

func ExampleArange() {
	x, err := ops.Arange[float32](0, 1, 0.25).Data(ctx)
	fmt.Println(x, err)
	// Output: [0 0.25 0.5 0.75] <nil>
}

func ExampleNormal() {
	x := ops.Normal[float64](7, 1000, 100) // seed 7
	std, err := x.Std().Scalar(ctx)
	fmt.Printf("%.2f %v\n", std, err)
	// Output: 1.00 <nil>
}

func ExampleWhere() {
	x := ops.FromSlice([]float32{-1, 4, -9})
	y, err := ops.Where(x.LessScalar(0), x.Neg(), x.Sqrt()).Data(ctx)
	fmt.Println(y, err)
	// Output: [1 2 9] <nil>
}

func ExampleArray_Slice() {
	x := ops.Arange[float64](0, 12, 1).Reshape(3, 4)
	last, _ := x.Slice(ops.At(-1)).Data(ctx)                     // x[-1]
	corner, _ := x.Slice(ops.To(2), ops.From(2)).Data(ctx)       // x[:2, 2:]
	flipped, _ := x.Slice(ops.At(0), ops.All().By(-1)).Data(ctx) // x[0, ::-1]
	fmt.Println(last, corner, flipped)
	// Output: [8 9 10 11] [2 3 6 7] [3 2 1 0]
}

func ExampleArray_Reshape() {
	x := ops.Arange[float64](0, 6, 1).Reshape(2, -1)
	data, err := x.T().Reshape(-1).Data(ctx)
	fmt.Println(x.Shape(), data, err)
	// Output: [2 3] [0 3 1 4 2 5] <nil>
}

func ExampleArray_Sum() {
	x := ops.FromSlice([]float64{1, 2, 3, 4, 5, 6}, 2, 3)
	rows, _ := x.Sum(-1).Data(ctx)
	all, _ := x.Sum().Scalar(ctx)
	largest, _ := x.Max(0).Data(ctx)
	fmt.Println(rows, all, largest)
	// Output: [6 15] 21 [4 5 6]
}

func ExampleArray_ArgMin() {
	x := ops.FromSlice([]float64{3, 1, 2, 0, 5, 0}, 2, 3)
	columns, err := x.ArgMin(1).Ints(ctx)
	fmt.Println(columns, err)
	// Output: [1 0] <nil>
}

func ExampleArray_MatMul() {
	a := ops.FromSlice([]float32{1, 2, 3, 4}, 2, 2)
	product, err := a.MatMul(a.T()).AddScalar(1).Data(ctx)
	fmt.Println(product, err)
	// Output: [6 12 12 26] <nil>
}

func ExampleMatMulSum() {
	a := ops.FromSlice([]float64{1, 2, 3, 4}, 2, 2)
	sum, err := ops.MatMulSum(a, a).Scalar(ctx)
	fmt.Println(sum, err)
	// Output: 54 <nil>
}

func ExamplePairwiseDistance() {
	x := ops.FromSlice([]float64{0, 0, 3, 4}, 2, 2)
	y := ops.FromSlice([]float64{0, 1, 3, 0, 3, 3}, 3, 2)
	d := ops.PairwiseDistance(x, y, ops.Euclidean) // lazy 2×3
	nearest, err := d.ArgMin(1).Ints(ctx)          // the matrix is never stored
	fmt.Println(d.Shape(), nearest, err)
	// Output: [2 3] [0 2] <nil>
}

func ExampleMonteCarlo() {
	pi, err := ops.MonteCarlo(ctx, 1e6, 42, func(r *ops.Draws[float32]) ops.Array[float32] {
		x, y := r.Uniform(), r.Uniform()
		return x.Square().Add(y.Square()).LessScalar(1).MulScalar(4)
	})
	fmt.Printf("%.2f ± %.3f from %d samples %v\n", pi.Mean, pi.StdErr, pi.Samples, err)
	// Output: 3.14 ± 0.002 from 1000000 samples <nil>
}

func ExampleMonteCarloPi() {
	pi, err := ops.MonteCarloPi(ctx, 1e6, 42)
	fmt.Printf("%.2f %v\n", pi.Mean, err)
	// Output: 3.14 <nil>
}

// Into may write to the slice of a source: y += x.
func ExampleArray_Into() {
	x, y := []float32{1, 2, 3}, []float32{10, 20, 30}
	sum := ops.FromSlice(y).Add(ops.FromSlice(x))
	for range 2 {
		if err := sum.Into(ctx, y); err != nil {
			fmt.Println(err)
		}
	}
	fmt.Println(y)
	// Output: [12 24 36]
}

// A mistake is returned by whatever evaluates the expression.
func ExampleArray_Err() {
	x := ops.Zeros[float64](2, 3)
	total := x.Add(ops.Ones[float64](4)).Sum()
	_, err := total.Scalar(ctx)
	fmt.Println(err)
	// Output: add: shapes [2 3] and [4] do not broadcast together
}

// Eval keeps the value on the device for further use.
func ExampleArray_Eval() {
	x, err := ops.Normal[float64](1, 100, 100).Exp().Eval(ctx, ops.On("cpu"))
	if err != nil {
		fmt.Println(err)
		return
	}
	least, _ := x.Min().Scalar(ctx)
	fmt.Println(least > 0)
	// Output: true
}

func ExampleArray_Explain() {
	a := ops.FromSlice(make([]float32, 1e6), 1000, 1000)
	plan, err := a.Square().MatMul(a).Sum().Explain()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(plan.Algebra[0])
	for _, k := range plan.Kernels {
		fmt.Println(k.Title)
	}
	// Output:
	// sum(matmul(a, b)) = Σₖ (Σᵢ aᵢₖ)·(Σⱼ bₖⱼ)
	// t1 = sum [0] of square(a)
	// t2 = sum [1] of a
	// sum [0] of mul(t1, t2)
}

// An Engine of one's own has its own devices and counters.
func ExampleNewEngine() {
	engine, err := ops.NewEngine("cpu")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer engine.Close()
	x := ops.FromSlice([]float64{1, 2, 3})
	for scale := range 3 {
		if _, err := x.MulScalar(float64(scale)).Data(ctx, ops.WithEngine(engine), ops.Strict()); err != nil {
			fmt.Println(err)
		}
	}
	fmt.Printf("%+v\n", engine.Stats())
	// Output: {Evaluations:3 Plans:1 Fallbacks:0 InPanels:0 InFiles:0 Fast:0}
}

func ExampleWorkspace() {
	x := ops.Uniform[float64](1, 200, 200).DivScalar(200)
	y := x.MatMul(x)
	y = y.MatMul(y)
	little, err := y.MatMul(y).Sum(0).Data(ctx, ops.On("cpu"), ops.Exact(), ops.Workspace(256<<10)) // none of the products fits
	if err != nil {
		fmt.Println(err)
		return
	}
	much, err := y.MatMul(y).Sum(0).Data(ctx, ops.On("cpu"), ops.Exact(), ops.Workspace(1<<30))
	fmt.Println(slices.Equal(little, much), err)
	// Output: true <nil>
}

func ExampleParseMetric() {
	for _, name := range []string{"minkowski:3", "matching", "minkowski:0.5"} {
		m, err := ops.ParseMetric(name)
		fmt.Println(m, err)
	}
	// Output:
	// minkowski:3 <nil>
	// hamming <nil>
	//  metric "minkowski:0.5": exponent 0.5, expected p ≥ 1
}

func ExampleArray_TopK() {
	x := ops.FromSlice([]float64{0, 0, 5, 5}, 2, 2)
	y := ops.FromSlice([]float64{1, 1, 5, 6, 0, 2, 9, 9}, 4, 2)
	d := ops.PairwiseDistance(x, y, ops.CityBlock)
	distances, nearest, err := d.TopK(ctx, 2, 1) // the two nearest rows of y, for each of x
	fmt.Println(distances, nearest, err)
	// Output: [2 2 1 8] [0 2 1 0] <nil>
}

func ExampleCondensedDistance() {
	x := ops.FromSlice([]float64{0, 3, 7}, 3, 1)
	d, err := ops.CondensedDistance(ctx, x, ops.Euclidean)
	fmt.Println(d, err) // rows 0 and 1, 0 and 2, 1 and 2
	// Output: [3 7 4] <nil>
}

func ExampleArray_CountBelow() {
	x := ops.FromSlice([]float64{0, 1, 2, 3, 4}, 5, 1)
	neighbours, err := ops.PairwiseDistance(x, x, ops.Euclidean).CountBelow(1.5, 1).Data(ctx)
	fmt.Println(neighbours, err) // with itself
	// Output: [2 3 3 3 2] <nil>
}

func ExampleMahalanobis() {
	inverse := []float64{1, 0, 0, 0.25} // of a covariance: the second column spreads twice as far
	x := ops.FromSlice([]float64{0, 0}, 1, 2)
	y := ops.FromSlice([]float64{3, 0, 0, 4}, 2, 2)
	d, err := ops.PairwiseDistance(x, y, ops.Mahalanobis(inverse)).Data(ctx)
	fmt.Println(d, err)
	// Output: [3 2] <nil>
}

func ExampleArray_Stream() {
	d := ops.PairwiseDistance(ops.Arange[float64](0, 4, 1).Reshape(4, 1), ops.Zeros[float64](1, 1), ops.SqEuclidean)
	err := d.Stream(ctx, func(elements []float64) error {
		_, err := fmt.Println(elements)
		return err
	})
	fmt.Println(err)
	// Output:
	// [0 1 4 9]
	// <nil>
}

func ExampleConvert() {
	x := ops.FromSlice([]float32{0.5, 0.25})
	wide, err := ops.Convert[float64](x).Sum().Scalar(ctx)
	fmt.Println(wide, err)
	// Output: 0.75 <nil>
}

func ExampleFast() {
	a, b := ops.Uniform[float32](1, 64, 64), ops.Uniform[float32](2, 64, 64)
	product := a.MatMul(b)
	plan, err := product.Explain(ops.Fast(), ops.On("cpu"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(plan.Precision) // a CPU has no use for the permission
	// Output: exact
}
