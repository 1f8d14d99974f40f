package bench

import (
	"fmt"

	"github.com/quern-go/quern/ops"
)

// triadScalar is the s of mul, s·a, and triad, b + s·a, as in STREAM.
const triadScalar = 3

// elementwise is an expression of float32 arrays of length n, which one pass over memory evaluates.
type elementwise struct {
	name, formula string
	inputs        int
	flops         float64 // for an element; 0: not counted
	expr          func(in []ops.Array[float32]) ops.Array[float32]
}

// BabelStream lists the five kernels of BabelStream (Deakin and others, 2018) by their names, over n float32.
// Copy is how an array that holds data already is read: it has no kernel. Triad rounds once.
func BabelStream(n int) []Workload {
	return []Workload{
		elementwise{"copy", "c = a", 1, 0, func(in []ops.Array[float32]) ops.Array[float32] { return in[0] }}.workload(n),
		elementwise{"mul", "c = 3·a", 1, 1, func(in []ops.Array[float32]) ops.Array[float32] {
			return in[0].MulScalar(triadScalar)
		}}.workload(n),
		Add(n), Triad(n), Dot(n),
	}
}

// Add is c = a + b of n float32.
func Add(n int) Workload {
	return elementwise{"add", "c = a + b", 2, 1, func(in []ops.Array[float32]) ops.Array[float32] { return in[0].Add(in[1]) }}.workload(n)
}

// Triad is STREAM's triad over n float32, with one rounding.
func Triad(n int) Workload {
	return elementwise{"triad", "c = b + 3·a", 2, 2, func(in []ops.Array[float32]) ops.Array[float32] {
		return ops.FMA(in[0], ops.Full(float32(triadScalar)), in[1])
	}}.workload(n)
}

// FMA is a·b + c of n float32, with one rounding.
func FMA(n int) Workload {
	return elementwise{"fma", "d = a·b + c", 3, 2, func(in []ops.Array[float32]) ops.Array[float32] {
		return ops.FMA(in[0], in[1], in[2])
	}}.workload(n)
}

// Chain is the fused chain √(sin²a + cos²b)·exp(−c) of n float32. Its operations are not counted: those that the plan
// knows include the rare cases of sin and cos, which take no time.
func Chain(n int) Workload {
	w := elementwise{"chain", "d = √(sin²a + cos²b)·exp(−c)", 3, 0, func(in []ops.Array[float32]) ops.Array[float32] {
		return in[0].Sin().Square().Add(in[1].Cos().Square()).Sqrt().Mul(in[2].Neg().Exp())
	}}.workload(n)
	w.Items, w.Unit, w.Formula = float64(n), "values", "bytes: 4 arrays of 4·n; values: n"
	return w
}

func (k elementwise) workload(n int) Workload {
	arrays := float64(k.inputs + 1)
	w := Workload{
		Name:    k.name + "/" + sizeName(n),
		Summary: fmt.Sprintf("%s, %s float32", k.formula, sizeName(n)),
		Bytes:   arrays * 4 * float64(n),
		Flops:   k.flops * float64(n),
		Formula: fmt.Sprintf("bytes: %g arrays of 4·n; flops: %g·n", arrays, k.flops),
		Limit:   Streaming,
	}
	if n < streamingElements {
		w.Limit, w.NoPeak = Unlimited, "the arrays fit in the caches"
	}
	operands := make([]operand, k.inputs)
	for i := range operands {
		operands[i] = operand{name: inputNames[i], shape: []int{n}}
	}
	return evaluation[float32]{Workload: w, operands: operands, expr: func(in []ops.Array[float32]) result[float32] {
		return k.expr(in)
	}}.workload()
}

// inputNames are the arrays that workloads share.
var inputNames = []string{"a", "b", "d"}

// streamingElements is the length from which arrays are too large for the caches.
const streamingElements = 5_000_000
