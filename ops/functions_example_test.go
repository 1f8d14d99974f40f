package ops_test

import (
	"context"
	"fmt"
	"math"

	"github.com/quern-go/quern/ops"
)

func ExampleArray_Mod() {
	a := ops.FromSlice([]float64{7, -7, 7, -7})
	b := ops.FromSlice([]float64{3, 3, -3, -3})
	mod, _ := a.Mod(b).Data(context.Background())
	fmod, _ := a.Fmod(b).Data(context.Background())
	fmt.Println(mod, fmod)
	// Output: [1 2 -2 -1] [1 -1 1 -1]
}

func ExampleArray_Clip() {
	a := ops.FromSlice([]float64{-2, 0.5, 3, math.NaN()})
	v, _ := a.Clip(0, 1).Data(context.Background())
	fmt.Println(v)
	// Output: [0 0.5 1 NaN]
}

func ExampleArray_NormalQuantile() {
	p := ops.FromSlice([]float64{0.025, 0.5, 0.975})
	v, _ := p.NormalQuantile().Data(context.Background())
	fmt.Printf("%.4f\n", v)
	// Output: [-1.9600 0.0000 1.9600]
}

func ExampleArray_Atan2() {
	y := ops.FromSlice([]float64{0, 1, 0, -1})
	x := ops.FromSlice([]float64{1, 0, -1, 0})
	v, _ := y.Atan2(x).RadToDeg().Data(context.Background())
	fmt.Println(v)
	// Output: [0 90 180 -90]
}
