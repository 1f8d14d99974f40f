package ops_test

import (
	"fmt"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/quern-go/quern/cpu"
	"github.com/quern-go/quern/ops"
)

func ExampleArray_Data() {
	data, err := ops.FromSlice([]float32{1, 2, 3}).Square().Data(ctx)
	fmt.Println(data, err)
	// Output: [1 4 9] <nil>
}

func ExampleArray_Scalar() {
	largest, err := ops.FromSlice([]float32{1, 2, 3}).Max().Scalar(ctx)
	fmt.Println(largest, err)
	// Output: 3 <nil>
}

func ExampleArray_Dense() {
	m, err := ops.Eye[float64](2, 2, 0).MulScalar(3).Dense(ctx)
	fmt.Println(mat.Sum(m), err)
	// Output: 6 <nil>
}

func ExampleArray_Shape() {
	x := ops.Zeros[float64](2, 3).Sum(0)
	fmt.Println(x.Shape(), x.NDim(), x.Size())
	// Output: [3] 1 3
}

func ExampleArray_Positions() {
	table := ops.FromSlice([]float64{10, 20, 30})
	at, err := ops.FromSlice([]float64{2.9, 0, 1}).Positions().Ints(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	show(table.Take(ops.FromInts(at), 0))
	// Output: [3] [30 10 20]
}

func ExampleArray_ArgMax() {
	x := ops.FromSlice([]float64{3, 1, 2, 0, 5, 0}, 2, 3)
	all, err := x.ArgMax().Int(ctx)
	fmt.Println(all, err)
	columns, err := x.ArgMax(1).Ints(ctx)
	fmt.Println(columns, err)
	// Output:
	// 4 <nil>
	// [0 1] <nil>
}

func ExampleArray_CountNonZero() {
	x := ops.FromSlice([]float64{3, 0, 2, 0, 0, 1}, 2, 3)
	rows, err := x.CountNonZero(1).Ints(ctx)
	fmt.Println(rows, err)
	// Output: [2 1] <nil>
}

func ExampleArray_HistogramBetween() {
	counts, _ := ops.FromSlice([]float64{-1, 0.1, 0.2, 0.7, 1, 5}).HistogramBetween(2, 0, 1)
	list, err := counts.Ints(ctx)
	fmt.Println(list, err)
	// Output: [2 2] <nil>
}

func ExampleIntArray_Slice() {
	order := ops.FromSlice([]float64{3, 1, 2}).ArgSort(0)
	two, err := order.Slice(ops.To(2)).Ints(ctx) // where the two smallest are
	fmt.Println(two, err)
	// Output: [1 2] <nil>
}

func ExampleIntArray_Reshape() {
	a := ops.FromInts([]int{0, 1, 2, 3}).Reshape(2, -1)
	fmt.Println(a.Shape(), a.NDim(), a.Err())
	// Output: [2 2] 2 <nil>
}

// The products in the order in which they are written.
func ExampleExact() {
	plan, err := ops.Ones[float64](8, 8).MatMul(ops.Ones[float64](8, 8)).Sum().Explain(ops.Exact())
	fmt.Println(plan.Algebra, err)
	// Output: [] <nil>
}

func ExampleOn() {
	x := ops.Normal[float64](1, 1000).Exp().Sum()
	all, _ := x.Scalar(ctx, ops.On("cpu"))
	one, _ := x.Scalar(ctx, ops.On("cpu:generic,1thread"))
	fmt.Println(all == one) // bit for bit
	// Output: true
}

func ExampleOnDevice() {
	dev, err := cpu.Open(cpu.Options{Threads: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer dev.Close()
	sum, err := ops.Ones[float64](10).Sum().Scalar(ctx, ops.OnDevice(dev))
	fmt.Println(sum, err)
	// Output: 10 <nil>
}

func ExampleOnPlan() {
	x := ops.FromSlice([]float64{1, 2, 3}).Square().Sum()
	sum, err := x.Scalar(ctx, ops.OnPlan(func(p *ops.Plan) { fmt.Println(p.Kernels[0].Title) }))
	fmt.Println(sum, err)
	// Output:
	// sum [0] of square(a)
	// 14 <nil>
}

func ExampleStrict() {
	_, err := ops.Ones[float64](10).Sum().Scalar(ctx, ops.On("cpu"), ops.Strict())
	fmt.Println(err)
	// Output: <nil>
}

func ExampleWithConfidence() {
	pi, err := ops.MonteCarloPi(ctx, 1e6, 42, ops.WithConfidence(0.99))
	fmt.Printf("[%.3f, %.3f] %v\n", pi.Low, pi.High, err)
	// Output: [3.139, 3.148] <nil>
}

func ExampleOnProgress() {
	var shares []float64
	_, err := ops.MonteCarloPi(ctx, 2e7, 42, ops.OnProgress(func(share float64) { shares = append(shares, share) }))
	fmt.Println(slices.IsSorted(shares), shares[len(shares)-1], err)
	// Output: true 1 <nil>
}

func ExampleDeviceName() {
	name, err := ops.DeviceName(ops.On("cpu:generic,1thread"))
	fmt.Println(name, err)
	// Output: cpu:generic,1thread <nil>
}

func ExampleEngine_Devices() {
	engine, err := ops.NewEngine("cpu:generic,1thread")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer engine.Close()
	devices, err := engine.Devices()
	fmt.Println(len(devices), devices[0].Reproducible, err)
	// Output: 1 true <nil>
}

// Pearson's correlation of two columns, and how far 8 rows determine it.
func ExampleCorrelation() {
	data := ops.FromSlice([]float64{1, 2, 2, 3, 3, 5, 4, 4, 5, 7, 6, 6, 7, 9, 8, 8}, 8, 2)
	b, err := ops.Bootstrap(ctx, data, ops.Correlation, 2000, 1, ops.Percentile)
	fmt.Printf("%.4f in [%.2f, %.2f] %v\n", b.Value, b.Low, b.High, err)
	// Output: 0.9286 in [0.77, 0.99] <nil>
}

func ExampleParseBootstrapMethod() {
	m, err := ops.ParseBootstrapMethod("percentile")
	fmt.Println(m, err)
	// Output: percentile <nil>
}

func ExampleParseIntegrateMethod() {
	m, err := ops.ParseIntegrateMethod("sobol")
	fmt.Println(m, err)
	// Output: sobol <nil>
}

// Parts travel as bytes, or as text in JSON.
func ExamplePartial_Merge() {
	f := func(d *ops.Draws[float64]) []ops.Array[float64] { return []ops.Array[float64]{d.Normal().Square()} }
	total, err := ops.MonteCarloShard(ctx, 0, 2, 100_000, 1, f)
	if err != nil {
		fmt.Println(err)
		return
	}
	other, err := ops.MonteCarloShard(ctx, 1, 2, 100_000, 1, f)
	if err != nil {
		fmt.Println(err)
		return
	}
	sent, err := other.MarshalBinary()
	if err != nil {
		fmt.Println(err)
		return
	}
	var received ops.Partial
	if err := received.UnmarshalBinary(sent); err != nil {
		fmt.Println(err)
		return
	}
	if err := total.Merge(&received); err != nil {
		fmt.Println(err)
		return
	}
	est, err := total.Estimates()
	fmt.Printf("%.2f %v\n", est[0].Mean, err)
	// Output: 1.00 <nil>
}
