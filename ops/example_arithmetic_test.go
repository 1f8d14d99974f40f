package ops_test

import (
	"fmt"
	"math"

	"github.com/quern-go/quern/ops"
)

func ExampleArray_Add() {
	x, y := ops.FromSlice([]float64{7, -2, 0.5}), ops.FromSlice([]float64{2, 4, -8})
	show(x.Add(y))
	// Output: [3] [9 2 -7.5]
}

func ExampleArray_AddScalar() {
	show(ops.FromSlice([]float64{7, -2, 0.5}).AddScalar(10))
	// Output: [3] [17 8 10.5]
}

func ExampleArray_Sub() {
	x, y := ops.FromSlice([]float64{7, -2, 0.5}), ops.FromSlice([]float64{2, 4, -8})
	show(x.Sub(y))
	// Output: [3] [5 -6 8.5]
}

func ExampleArray_SubScalar() {
	show(ops.FromSlice([]float64{7, -2, 0.5}).SubScalar(10))
	// Output: [3] [-3 -12 -9.5]
}

func ExampleArray_Mul() {
	x, y := ops.FromSlice([]float64{7, -2, 0.5}), ops.FromSlice([]float64{2, 4, -8})
	show(x.Mul(y))
	// Output: [3] [14 -8 -4]
}

func ExampleArray_MulScalar() {
	show(ops.FromSlice([]float64{7, -2, 0.5}).MulScalar(10))
	// Output: [3] [70 -20 5]
}

func ExampleArray_Div() {
	x, y := ops.FromSlice([]float64{7, -2, 0.5}), ops.FromSlice([]float64{2, 4, -8})
	show(x.Div(y))
	// Output: [3] [3.5 -0.5 -0.0625]
}

func ExampleArray_DivScalar() {
	show(ops.FromSlice([]float64{7, -2, 0.5}).DivScalar(2))
	// Output: [3] [3.5 -1 0.25]
}

// The error of rounding 0.1·10 to 1.
func ExampleFMA() {
	x, y := ops.FromSlice([]float64{0.1}), ops.FromSlice([]float64{10})
	show(ops.FMA(x, y, x.Mul(y).Neg()))
	// Output: [1] [5.551115123125783e-17]
}

func ExampleArray_Neg() {
	show(ops.FromSlice([]float64{1, -2, 0}).Neg())
	// Output: [3] [-1 2 -0]
}

func ExampleArray_Abs() {
	show(ops.FromSlice([]float64{1, -2, 0}).Abs())
	// Output: [3] [1 2 0]
}

func ExampleArray_Square() {
	show(ops.FromSlice([]float64{1, -2, 1.5}).Square())
	// Output: [3] [1 4 2.25]
}

func ExampleArray_Reciprocal() {
	show(ops.FromSlice([]float64{4, -0.5, 0}).Reciprocal())
	// Output: [3] [0.25 -2 +Inf]
}

func ExampleArray_Sqrt() {
	show(ops.FromSlice([]float64{9, 2, -1}).Sqrt())
	// Output: [3] [3 1.4142135623730951 NaN]
}

func ExampleArray_Cbrt() {
	show(ops.FromSlice([]float64{27, 2, -8}).Cbrt())
	// Output: [3] [3 1.2599210498948732 -2]
}

func ExampleArray_Pow() {
	x, y := ops.FromSlice([]float64{2, 9, -2, 0}), ops.FromSlice([]float64{10, 0.5, 3, 0})
	show(x.Pow(y))
	// Output: [4] [1024 3 -8 1]
}

func ExampleArray_PowScalar() {
	show(ops.FromSlice([]float64{2, 9, -2}).PowScalar(3))
	// Output: [3] [8 729 -8]
}

func ExampleArray_Hypot() {
	show(ops.FromSlice([]float64{3, 3e200}).Hypot(ops.FromSlice([]float64{4, 4e200})))
	// Output: [2] [5 4.9999999999999995e+200]
}

func ExampleArray_Fmod() {
	show(ops.FromSlice([]float64{7, -7}).Fmod(ops.FromSlice([]float64{3, 3})))
	// Output: [2] [1 -1]
}

func ExampleArray_ModScalar() {
	show(ops.FromSlice([]float64{7, -7}).ModScalar(3))
	// Output: [2] [1 2]
}

func ExampleArray_Minimum() {
	x, y := ops.FromSlice([]float64{1, 5, 3}), ops.FromSlice([]float64{4, 2, math.NaN()})
	show(x.Minimum(y))
	// Output: [3] [1 2 NaN]
}

func ExampleArray_Maximum() {
	x, y := ops.FromSlice([]float64{1, 5, 3}), ops.FromSlice([]float64{4, 2, math.NaN()})
	show(x.Maximum(y))
	// Output: [3] [4 5 NaN]
}

func ExampleArray_MinimumScalar() {
	show(ops.FromSlice([]float64{1, 5, 3}).MinimumScalar(3))
	// Output: [3] [1 3 3]
}

func ExampleArray_MaximumScalar() {
	show(ops.FromSlice([]float64{-1, 5, 0}).MaximumScalar(0))
	// Output: [3] [0 5 0]
}

func ExampleArray_Sign() {
	show(ops.FromSlice([]float64{-3, 0, 0.5}).Sign())
	// Output: [3] [-1 0 1]
}

func ExampleArray_CopySign() {
	show(ops.FromSlice([]float64{1, -2, 3}).CopySign(ops.FromSlice([]float64{-1, 1, 1})))
	// Output: [3] [-1 2 3]
}

func ExampleArray_Floor() {
	show(ops.FromSlice([]float64{-1.5, 0.5, 2.5, 2.7}).Floor())
	// Output: [4] [-2 0 2 2]
}

func ExampleArray_Ceil() {
	show(ops.FromSlice([]float64{-1.5, 0.5, 2.5, 2.7}).Ceil())
	// Output: [4] [-1 1 3 3]
}

func ExampleArray_Trunc() {
	show(ops.FromSlice([]float64{-1.5, 0.5, 2.5, 2.7}).Trunc())
	// Output: [4] [-1 0 2 2]
}

func ExampleArray_Rint() {
	show(ops.FromSlice([]float64{-1.5, 0.5, 2.5, 2.7}).Rint())
	// Output: [4] [-2 0 2 3]
}

func ExampleArray_IsNaN() {
	show(ops.FromSlice([]float64{1, math.Inf(-1), math.NaN()}).IsNaN())
	// Output: [3] [0 0 1]
}

func ExampleArray_IsInf() {
	show(ops.FromSlice([]float64{1, math.Inf(-1), math.NaN()}).IsInf())
	// Output: [3] [0 1 0]
}

func ExampleArray_IsFinite() {
	show(ops.FromSlice([]float64{1, math.Inf(-1), math.NaN()}).IsFinite())
	// Output: [3] [1 0 0]
}

func ExampleArray_Mod() {
	a := ops.FromSlice([]float64{7, -7, 7, -7})
	b := ops.FromSlice([]float64{3, 3, -3, -3})
	mod, _ := a.Mod(b).Data(ctx)
	fmod, _ := a.Fmod(b).Data(ctx)
	fmt.Println(mod, fmod)
	// Output: [1 2 -2 -1] [1 -1 1 -1]
}

func ExampleArray_Clip() {
	a := ops.FromSlice([]float64{-2, 0.5, 3, math.NaN()})
	v, _ := a.Clip(0, 1).Data(ctx)
	fmt.Println(v)
	// Output: [0 0.5 1 NaN]
}
