package oracle_test

import (
	"math"
	"testing"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/oracle"
)

// plainReduce is a Reduce of one input by one accumulator.
func plainReduce(t *testing.T, order kernels.Order, combine kernels.Combine, dt kernels.DType) *kernels.Reduce {
	list := []kernels.Acc{{Type: dt, Combine: combine}}
	return &kernels.Reduce{
		Signature: kernels.Signature{Ins: []kernels.DType{dt}},
		Order:     order,
		Pre:       load(t, 0, dt),
		Accs:      list,
		Post:      accs(t, list),
	}
}

// reduceAll reduces a flat array; position is that of ArgMin and ArgMax.
func reduceAll(t *testing.T, k *kernels.Reduce, values oracle.Array) (value oracle.Array, position int64) {
	t.Helper()
	args := &oracle.Args{Shape: []int{values.Len()}, Reduced: 1, Ins: []oracle.Operand{operand(values, 1)}}
	for _, dt := range k.Outs() {
		args.Outs = append(args.Outs, operand(oracle.NewArray(dt, 1)))
	}
	mustRun(t, k, args)
	if len(args.Outs) > 1 {
		position = int64(args.Outs[1].At(0))
	}
	return args.Outs[0].Array, position
}

// big then ones: 2²⁴ followed by n−1 ones. In float32, 2²⁴ + 1 is a tie that
// rounds back to 2²⁴, so the sum counts which ones met before they met 2²⁴.
func bigThenOnes(n int) oracle.Array {
	a := oracle.NewArray(f32, n)
	for i := range n {
		a.Set(i, kernels.FloatBits(f32, 1))
	}
	a.Set(0, kernels.FloatBits(f32, 1<<24))
	return a
}

func TestSumFollowsTheCanonicalOrder(t *testing.T) {
	for _, c := range []struct {
		name  string
		order kernels.Order
		n     int
		want  float64 // a naive loop gives 2²⁴ for all of these
	}{
		// One row: lane 0 meets lanes 128, 64, 32, … whose values are then
		// 1, 2, 4, …: only the first is lost.
		{"tree one row", kernels.Tree, 256, 1<<24 + 254},
		// Two rows: lane 0 loses the one in its second row; the others hold 2.
		{"tree two rows", kernels.Tree, 512, 1<<24 + 255*2},
		// Lane 0 loses its 15 ones; 255 lanes hold 16; the second block is 904.
		{"tree two blocks", kernels.Tree, 5000, 1<<24 + 255*16 + 904},
		// The first block loses all its 63 ones; the second is 64.
		{"strided two blocks", kernels.Strided, 128, 1<<24 + 64},
		// 64 blocks: the first is 2²⁴, the others 64 each, added in order.
		{"strided 64 blocks", kernels.Strided, 4096, 1<<24 + 63*64},
		// 65 blocks: a second level of two blocks.
		{"strided 65 blocks", kernels.Strided, 4160, 1<<24 + 64*64},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, _ := reduceAll(t, plainReduce(t, c.order, kernels.CombineAdd, f32), bigThenOnes(c.n))
			checkFloats(t, got, c.want)
		})
	}
}

func TestReduceSpecialValues(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range []struct {
		name     string
		combine  kernels.Combine
		values   []float64
		want     float64
		position int64
	}{
		{"add nothing", kernels.CombineAdd, nil, negZero, 0},
		{"add -0", kernels.CombineAdd, []float64{negZero}, negZero, 0},
		{"add -0 and -0", kernels.CombineAdd, []float64{negZero, negZero}, negZero, 0},
		{"add -0 and +0", kernels.CombineAdd, []float64{negZero, 0}, 0, 0},
		{"add inf and -inf", kernels.CombineAdd, []float64{inf, -inf}, nan, 0},
		{"mul nothing", kernels.CombineMul, nil, 1, 0},
		{"mul", kernels.CombineMul, []float64{-2, 3, 0.5}, -3, 0},
		{"min nothing", kernels.CombineMin, nil, inf, 0},
		{"min zeros", kernels.CombineMin, []float64{0, negZero, 0}, negZero, 0},
		{"min nan", kernels.CombineMin, []float64{1, nan, -1}, nan, 0},
		{"max nothing", kernels.CombineMax, nil, -inf, 0},
		{"max zeros", kernels.CombineMax, []float64{negZero, 0, negZero}, 0, 0},
		{"max nan", kernels.CombineMax, []float64{nan, 5}, nan, 0},
		{"argmin nothing", kernels.CombineArgMin, nil, inf, kernels.NoIndex},
		{"argmin tie", kernels.CombineArgMin, []float64{3, 1, 2, 1}, 1, 1},
		{"argmin all inf", kernels.CombineArgMin, []float64{inf, inf}, inf, 0},
		{"argmin first nan", kernels.CombineArgMin, []float64{-9, nan, nan}, nan, 1},
		{"argmin zeros tie", kernels.CombineArgMin, []float64{1, 0, negZero}, 0, 1},
		{"argmax tie", kernels.CombineArgMax, []float64{1, 7, 7}, 7, 1},
		{"argmax nan", kernels.CombineArgMax, []float64{inf, nan}, nan, 1},
		{"argmax nothing", kernels.CombineArgMax, nil, -inf, kernels.NoIndex},
	} {
		for _, order := range []kernels.Order{kernels.Tree, kernels.Strided} {
			for _, dt := range []kernels.DType{f32, f64} {
				t.Run(c.name+" "+order.String()+" "+dt.String(), func(t *testing.T) {
					got, position := reduceAll(t, plainReduce(t, order, c.combine, dt), oracle.FromFloats(dt, c.values...))
					checkFloats(t, got, c.want)
					if position != c.position {
						t.Errorf("position %d, expected %d", position, c.position)
					}
				})
			}
		}
	}
}

func TestArgMinAcrossBlocksKeepsTheFirstPosition(t *testing.T) {
	values := oracle.NewArray(f64, 3*kernels.TreeBlock)
	for i := range values.Len() {
		values.Set(i, kernels.FloatBits(f64, 9))
	}
	// The later position has the lower lane, so that the fold meets it first.
	values.Set(kernels.TreeBlock+200, kernels.FloatBits(f64, 1))
	values.Set(kernels.TreeBlock+256, kernels.FloatBits(f64, 1))
	values.Set(2*kernels.TreeBlock, kernels.FloatBits(f64, 1))
	_, position := reduceAll(t, plainReduce(t, kernels.Tree, kernels.CombineArgMin, f64), values)
	if position != kernels.TreeBlock+200 {
		t.Errorf("position %d, expected %d", position, kernels.TreeBlock+200)
	}
}

// TestReduceKeptAxesAndAccumulators takes [[1 2 3] [4 5 6]]: per row, the sum,
// the sum of squares and where the largest is, and in Post the kept index, a
// parameter and an input at reduced position 0.
func TestReduceKeptAxesAndAccumulators(t *testing.T) {
	k := &kernels.Reduce{
		Signature: kernels.Signature{Ins: []kernels.DType{f32}, Params: []kernels.DType{f32}, Indices: 1},
		Pre: build(t, func(b *kernels.Builder) []kernels.Value {
			x := b.Load(0, f32)
			return []kernels.Value{x, b.Mul(x, x), x}
		}),
		Accs: []kernels.Acc{
			{Type: f32, Combine: kernels.CombineAdd},
			{Type: f32, Combine: kernels.CombineAdd},
			{Type: f32, Combine: kernels.CombineArgMax},
		},
		Post: build(t, func(b *kernels.Builder) []kernels.Value {
			sum := b.Mul(b.Acc(0, f32), b.Param(0, f32))
			first := b.Add(b.Acc(1, f32), b.Load(0, f32))
			return []kernels.Value{sum, first, b.AccIndex(2), b.Convert(i64, b.Index(0))}
		}),
	}
	args := &oracle.Args{
		Shape: []int{2, 3}, Reduced: 1,
		Ins: []oracle.Operand{operand(oracle.FromFloats(f32, 1, 2, 3, 4, 5, 6), 3, 1)},
		Outs: []oracle.Operand{
			operand(oracle.NewArray(f32, 2), 1), operand(oracle.NewArray(f32, 2), 1),
			operand(oracle.NewArray(i64, 2), 1), operand(oracle.NewArray(i64, 2), 1),
		},
		Indices: []kernels.Layout{{Strides: []int{10, 1}, Offset: 7}},
		Params:  []uint64{kernels.FloatBits(f32, 0.5)},
	}
	mustRun(t, k, args)
	checkFloats(t, args.Outs[0].Array, 3, 7.5)
	checkFloats(t, args.Outs[1].Array, 1+4+9+1, 16+25+36+4)
	for o, want := range map[int][2]uint64{2: {2, 2}, 3: {7, 17}} {
		if got := [2]uint64{args.Outs[o].At(0), args.Outs[o].At(1)}; got != want {
			t.Errorf("output %d is %v, expected %v", o, got, want)
		}
	}
}

// TestReduceTransposed reduces the columns of [[1 2 3] [4 5 6]].
func TestReduceTransposed(t *testing.T) {
	out := oracle.NewArray(f64, 3)
	mustRun(t, plainReduce(t, kernels.Strided, kernels.CombineAdd, f64), &oracle.Args{
		Shape: []int{3, 2}, Reduced: 1,
		Ins:  []oracle.Operand{operand(oracle.FromFloats(f64, 1, 2, 3, 4, 5, 6), 1, 3)},
		Outs: []oracle.Operand{{Array: out, Offset: 2, Strides: []int{-1}}},
	})
	checkFloats(t, out, 9, 7, 5)
}
