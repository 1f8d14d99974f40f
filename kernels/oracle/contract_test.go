package oracle_test

import (
	"math"
	"testing"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/oracle"
	"github.com/quern-go/quern/kernels/term"
)

// contract is a Contract of two inputs by a named step, whose weights are a third.
func contract(t *testing.T, step term.Term, dt kernels.DType) *kernels.Contract {
	t.Helper()
	body, err := step.Step(dt, func(b *kernels.Builder) kernels.Value { return b.Load(2, dt) })
	if err != nil {
		t.Fatal(err)
	}
	list := step.Accs(dt)
	b := kernels.NewBuilder()
	post, err := b.Build(step.Result(b, dt))
	if err != nil {
		t.Fatal(err)
	}
	ins := []kernels.DType{dt, dt}
	if step.IsWeighted() {
		ins = append(ins, dt)
	}
	return &kernels.Contract{
		Signature: kernels.Signature{Ins: ins},
		PreA:      load(t, 0, dt), PreB: load(t, 1, dt),
		Step: body, Accs: list, Start: make([]uint64, len(list)), Post: post,
	}
}

// rowMajor are the arguments for contiguous m×k times k×n, given row by row.
func rowMajor(m, n, k int, a, b, out oracle.Array) *oracle.Args {
	return &oracle.Args{
		Shape: []int{m, n, k},
		Ins:   []oracle.Operand{operand(a, k, 0, 1), operand(b, 0, 1, n)},
		Outs:  []oracle.Operand{operand(out, n, 1)},
	}
}

func TestContractTerms(t *testing.T) {
	// a = [[1 2 3] [4 5 6]], b = [[1 0] [−1 2] [2 4]], w = [1 ½ 2], or [0 1 1] for
	// elements in two parts of which the last has but one.
	for _, c := range []struct {
		step term.Term
		want [4]float64
	}{
		{term.FMA, [4]float64{5, 16, 11, 34}},
		{term.SqDiff, [4]float64{0 + 9 + 1, 1 + 0 + 1, 9 + 36 + 16, 16 + 9 + 4}},
		{term.AbsDiff, [4]float64{0 + 3 + 1, 1 + 0 + 1, 3 + 6 + 4, 4 + 3 + 2}},
		{term.MaxAbsDiff, [4]float64{3, 1, 6, 4}},
		{term.CubeDiff, [4]float64{27 + 1, 1 + 1, 27 + 216 + 64, 64 + 27 + 8}},
		{term.NotEqual, [4]float64{2, 2, 3, 3}},
		{term.Dot2, [4]float64{5, 16, 11, 34}},
		{term.Dot2Rest, [4]float64{}},
		{term.WeightedSqDiff, [4]float64{4.5 + 2, 1 + 2, 9 + 18 + 32, 16 + 4.5 + 8}},
		{term.WeightedAbsDiff, [4]float64{1.5 + 2, 1 + 2, 3 + 3 + 8, 4 + 1.5 + 4}},
		{term.WeightedCubeDiff, [4]float64{13.5 + 2, 1 + 2, 27 + 108 + 128, 64 + 13.5 + 16}},
		{term.WeightedNotEqual, [4]float64{0.5 + 2, 1 + 2, 3.5, 3.5}},
		{term.TwiceSqDiff, [4]float64{9 + 1, 1 + 1, 81 + 16, 49 + 4}},
	} {
		for _, dt := range []kernels.DType{f32, f64} {
			t.Run(c.step.String()+" "+dt.String(), func(t *testing.T) {
				out := oracle.NewArray(dt, 4)
				args := rowMajor(2, 2, 3, oracle.FromFloats(dt, 1, 2, 3, 4, 5, 6), oracle.FromFloats(dt, 1, 0, -1, 2, 2, 4), out)
				w := oracle.FromFloats(dt, 1, 0.5, 2)
				if c.step == term.TwiceSqDiff {
					w = oracle.FromFloats(dt, 0, 1, 1)
				}
				if c.step.IsWeighted() {
					args.Ins = append(args.Ins, operand(w, 0, 0, 1))
				}
				mustRun(t, contract(t, c.step, dt), args)
				checkFloats(t, out, c.want[:]...)
			})
		}
	}
}

// TestContractChunks: the first chain of 8192 loses every one added to 2²⁴; the
// second is a chain of its own and brings 2.
func TestContractChunks(t *testing.T) {
	const k = kernels.ChunkK + 2
	ones := oracle.NewArray(f32, k)
	for i := range k {
		ones.Set(i, kernels.FloatBits(f32, 1))
	}
	out := oracle.NewArray(f32, 1)
	mustRun(t, contract(t, term.FMA, f32), rowMajor(1, 1, k, bigThenOnes(k), ones, out))
	checkFloats(t, out, 1<<24+2)
}

func TestContractOfNothingIsStart(t *testing.T) {
	c := contract(t, term.FMA, f64)
	c.Start[0] = kernels.FloatBits(f64, 3)
	out := oracle.NewArray(f64, 2)
	mustRun(t, c, rowMajor(1, 2, 0, oracle.NewArray(f64, 0), oracle.NewArray(f64, 0), out))
	checkFloats(t, out, 3, 3)
}

// TestContractTwoAccumulators is the Bray–Curtis distance Σ|a−b| / Σ|a+b| with
// prepared operands (a doubled, b negated) and a column added in Post.
func TestContractTwoAccumulators(t *testing.T) {
	c := &kernels.Contract{
		Signature: kernels.Signature{Ins: []kernels.DType{f64, f64, f64}},
		PreA: build(t, func(b *kernels.Builder) []kernels.Value {
			return []kernels.Value{b.Mul(b.Load(0, f64), b.Float(f64, 2))}
		}),
		PreB: build(t, func(b *kernels.Builder) []kernels.Value {
			return []kernels.Value{b.Neg(b.Load(1, f64))}
		}),
		Step: build(t, func(b *kernels.Builder) []kernels.Value {
			x, y := b.Arg(0, f64), b.Arg(1, f64)
			return []kernels.Value{
				b.Add(b.Acc(0, f64), b.Abs(b.Sub(x, y))), b.Add(b.Acc(1, f64), b.Abs(b.Add(x, y))),
			}
		}),
		Accs:  []kernels.Acc{{Type: f64, Combine: kernels.CombineAdd}, {Type: f64, Combine: kernels.CombineAdd}},
		Start: []uint64{0, 0},
		Post: build(t, func(b *kernels.Builder) []kernels.Value {
			return []kernels.Value{b.Add(b.Div(b.Acc(0, f64), b.Acc(1, f64)), b.Load(2, f64))}
		}),
	}
	out := oracle.NewArray(f64, 2)
	args := rowMajor(1, 2, 2, oracle.FromFloats(f64, 1, 2), oracle.FromFloats(f64, -2, 2, -4, 4), out)
	args.Ins = append(args.Ins, operand(oracle.FromFloats(f64, 100, 200), 0, 1, 0))
	mustRun(t, c, args)
	// Column 0: a = (2, 4), b = (2, 4): 0/12. Column 1: b = (−2, −4): 12/0.
	checkFloats(t, out, 100, floats(oracle.FromBits(f64, 0x7ff0000000000000))[0])
}

// TestContractFold finds the nearest column of each of two batches that share b.
func TestContractFold(t *testing.T) {
	c := contract(t, term.SqDiff, f32)
	fold := []kernels.Acc{{Type: f32, Combine: kernels.CombineArgMin}}
	c.Fold = &kernels.Fold{Accs: fold, Post: accs(t, fold)}
	distance, nearest := oracle.NewArray(f32, 2), oracle.NewArray(i64, 2)
	mustRun(t, c, &oracle.Args{
		Shape: []int{2, 1, 3, 1}, // batch, m, n, k
		Ins: []oracle.Operand{
			operand(oracle.FromFloats(f32, 5, 10), 1, 0, 0, 0),
			operand(oracle.FromFloats(f32, 4, 6, 12), 0, 0, 1, 0),
		},
		Outs: []oracle.Operand{operand(distance, 1, 0), operand(nearest, 1, 0)},
	})
	checkFloats(t, distance, 1, 4)
	if nearest.At(0) != 0 || nearest.At(1) != 2 {
		t.Errorf("nearest are %d and %d, expected 0 and 2", nearest.At(0), nearest.At(1))
	}
}

// TestContractFoldIsATree sums 5000 columns: the values of the tree test.
func TestContractFoldIsATree(t *testing.T) {
	c := contract(t, term.FMA, f32)
	fold := []kernels.Acc{{Type: f32, Combine: kernels.CombineAdd}}
	c.Fold = &kernels.Fold{Accs: fold, Post: accs(t, fold)}
	out := oracle.NewArray(f32, 1)
	args := rowMajor(1, 5000, 1, oracle.FromFloats(f32, 1), bigThenOnes(5000), out)
	args.Outs[0].Strides = []int{1}
	mustRun(t, c, args)
	checkFloats(t, out, 1<<24+255*16+904)
}

// TestContractTop: equals by column, zeros of both signs equal, NaN last, and what a
// row of too few columns has not.
func TestContractTop(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		name    string
		row     []float64
		top     int
		values  []float64
		columns []int64
	}{
		{"ties", []float64{2, 1, 2, 1, 1}, 4, []float64{1, 1, 1, 2}, []int64{1, 3, 4, 0}},
		{"NaN last", []float64{nan, 3, nan, -1}, 4, []float64{-1, 3, nan, nan}, []int64{3, 1, 0, 2}},
		{"zeros", []float64{0, math.Copysign(0, -1), 0}, 2, []float64{0, math.Copysign(0, -1)}, []int64{0, 1}},
		{"too few", []float64{5, nan}, 4, []float64{5, nan, nan, nan}, []int64{0, 1, kernels.NoIndex, kernels.NoIndex}},
	} {
		t.Run(c.name, func(t *testing.T) {
			k := contract(t, term.FMA, f64)
			k.Accs[0].Combine, k.Start[0] = kernels.CombineAdd, kernels.CombineAdd.Identity(f64)
			fold := []kernels.Acc{{Type: f64, Combine: kernels.CombineArgMin}}
			k.Fold = &kernels.Fold{Accs: fold, Post: accs(t, fold), Top: c.top}
			values, columns := oracle.NewArray(f64, c.top), oracle.NewArray(i64, c.top)
			mustRun(t, k, &oracle.Args{
				Shape: []int{1, len(c.row), 1},
				Ins:   []oracle.Operand{operand(oracle.FromFloats(f64, 1), 0, 0, 0), operand(oracle.FromFloats(f64, c.row...), 0, 1, 0)},
				Outs:  []oracle.Operand{operand(values, 0, 1), operand(columns, 0, 1)},
			})
			for i, want := range c.values {
				got := math.Float64frombits(values.At(i))
				if !(math.IsNaN(want) && math.IsNaN(got)) && math.Float64bits(got) != math.Float64bits(want) || int64(columns.At(i)) != c.columns[i] {
					t.Errorf("value %d is %v of column %d, expected %v of %d", i, got, int64(columns.At(i)), want, c.columns[i])
				}
			}
		})
	}
}
