package ops_test

import (
	"fmt"
	"math"

	"github.com/quern-go/quern/ops"
)

func ExampleArray_Exp() {
	show(ops.FromSlice([]float64{-1, 0, 1}).Exp())
	// Output: [3] [0.36787944117144233 1 2.718281828459045]
}

func ExampleArray_Exp2() {
	show(ops.FromSlice([]float64{-1, 0.5, 10}).Exp2())
	// Output: [3] [0.5 1.414213562373095 1024]
}

func ExampleArray_Expm1() {
	show(ops.FromSlice([]float64{1e-10, 1}).Expm1())
	// Output: [2] [1.00000000005e-10 1.7182818284590453]
}

func ExampleArray_Log() {
	show(ops.FromSlice([]float64{0, 1, 10}).Log())
	// Output: [3] [-Inf 0 2.3025850929940455]
}

func ExampleArray_Log2() {
	show(ops.FromSlice([]float64{0.125, 3, 1024}).Log2())
	// Output: [3] [-3 1.584962500721156 10]
}

func ExampleArray_Log10() {
	show(ops.FromSlice([]float64{0.001, 2, 1000}).Log10())
	// Output: [3] [-3 0.3010299956639812 3]
}

func ExampleArray_Log1p() {
	show(ops.FromSlice([]float64{1e-10, 1}).Log1p())
	// Output: [2] [9.999999999500001e-11 0.6931471805599453]
}

func ExampleArray_Sin() {
	show(ops.FromSlice([]float64{0, math.Pi / 6, 1e22}).Sin())
	// Output: [3] [0 0.5 -0.8522008497671888]
}

func ExampleArray_Cos() {
	show(ops.FromSlice([]float64{0, math.Pi / 6, 1e22}).Cos())
	// Output: [3] [1 0.8660254037844386 0.523214785395139]
}

func ExampleArray_Tan() {
	show(ops.FromSlice([]float64{0, math.Pi / 6, 1e22}).Tan())
	// Output: [3] [0 0.5773502691896258 -1.6287782256068988]
}

func ExampleArray_Asin() {
	show(ops.FromSlice([]float64{-1, 0.5, 2}).Asin())
	// Output: [3] [-1.5707963267948966 0.5235987755982989 NaN]
}

func ExampleArray_Acos() {
	show(ops.FromSlice([]float64{-1, 0.5, 2}).Acos())
	// Output: [3] [3.141592653589793 1.0471975511965979 NaN]
}

func ExampleArray_Atan() {
	show(ops.FromSlice([]float64{-1, 0.5, 2}).Atan())
	// Output: [3] [-0.7853981633974483 0.4636476090008061 1.1071487177940904]
}

func ExampleArray_Sinh() {
	show(ops.FromSlice([]float64{-1, 0, 2}).Sinh())
	// Output: [3] [-1.1752011936438014 0 3.6268604078470186]
}

func ExampleArray_Cosh() {
	show(ops.FromSlice([]float64{-1, 0, 2}).Cosh())
	// Output: [3] [1.5430806348152437 1 3.7621956910836314]
}

func ExampleArray_Tanh() {
	show(ops.FromSlice([]float64{-1, 0, 2}).Tanh())
	// Output: [3] [-0.7615941559557649 0 0.9640275800758169]
}

func ExampleArray_DegToRad() {
	show(ops.FromSlice([]float64{90, -180}).DegToRad())
	// Output: [2] [1.5707963267948966 -3.141592653589793]
}

func ExampleArray_RadToDeg() {
	show(ops.FromSlice([]float64{math.Pi, -1}).RadToDeg())
	// Output: [2] [180 -57.29577951308232]
}

func ExampleArray_Erf() {
	show(ops.FromSlice([]float64{0, 0.5, 2}).Erf())
	// Output: [3] [0 0.5204998778130465 0.9953222650189527]
}

func ExampleArray_Erfc() {
	show(ops.FromSlice([]float64{0, 0.5, 20}).Erfc())
	// Output: [3] [1 0.4795001221869535 5.395865611607901e-176]
}

func ExampleArray_Sigmoid() {
	show(ops.FromSlice([]float64{-2, 0, 2}).Sigmoid())
	// Output: [3] [0.11920292202211756 0.5 0.8807970779778824]
}

func ExampleArray_LogSigmoid() {
	show(ops.FromSlice([]float64{-800, 0, 2}).LogSigmoid())
	// Output: [3] [-800 -0.6931471805599453 -0.1269280110429725]
}

func ExampleArray_Softplus() {
	show(ops.FromSlice([]float64{-2, 0, 800}).Softplus())
	// Output: [3] [0.1269280110429725 0.6931471805599453 800]
}

func ExampleArray_NormalQuantile() {
	p := ops.FromSlice([]float64{0.025, 0.5, 0.975})
	v, _ := p.NormalQuantile().Data(ctx)
	fmt.Printf("%.4f\n", v)
	// Output: [-1.9600 0.0000 1.9600]
}

func ExampleArray_Atan2() {
	y := ops.FromSlice([]float64{0, 1, 0, -1})
	x := ops.FromSlice([]float64{1, 0, -1, 0})
	v, _ := y.Atan2(x).RadToDeg().Data(ctx)
	fmt.Println(v)
	// Output: [0 90 180 -90]
}
