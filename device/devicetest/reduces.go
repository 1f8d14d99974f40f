package devicetest

import (
	"fmt"
	"slices"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/oracle"
)

var (
	orders   = []kernels.Order{kernels.Tree, kernels.Strided}
	combines = []kernels.Combine{
		kernels.CombineAdd, kernels.CombineMul, kernels.CombineMin,
		kernels.CombineMax, kernels.CombineArgMin, kernels.CombineArgMax,
	}
)

func (s *tester) reduces(t T) {
	for _, order := range orders {
		for _, dt := range floatTypes {
			suffix := fmt.Sprintf("/%s/%s", order, dt)
			for _, combine := range combines {
				t.Run("Sizes/"+combine.String()+suffix, func(t T) { s.reduceSizes(t, order, combine, dt) })
			}
			t.Run("Layouts"+suffix, func(t T) { s.reduceLayouts(t, order, dt) })
			if order == kernels.Tree {
				t.Run("Aligned"+suffix, func(t T) { s.reduceAligned(t, order, dt) })
			}
			t.Run("Fused"+suffix, func(t T) { s.reduceFused(t, order, dt) })
			t.Run("Post"+suffix, func(t T) { s.reducePost(t, order, dt) })
			t.Run("Nothing"+suffix, func(t T) { s.reduceNothing(t, order, dt) })
			t.Run("Large"+suffix, func(t T) { s.reduceLarge(t, order, dt) })
			t.Run("Gather"+suffix, func(t T) { s.reduceGather(t, order, dt) })
		}
		t.Run("NoInput/"+order.String(), func(t T) { s.reduceNoInput(t, order) })
		t.Run("Widened/"+order.String(), func(t T) { s.reduceWidened(t, order) })
	}
}

// plainReduce is a Reduce of one input by one combine.
func plainReduce(t T, order kernels.Order, combine kernels.Combine, dt kernels.DType) *kernels.Reduce {
	accs := []kernels.Acc{{Type: dt, Combine: combine}}
	return &kernels.Reduce{
		Signature: kernels.Signature{Ins: []kernels.DType{dt}},
		Order:     order, Pre: loadOf(t, 0, dt), Accs: accs, Post: accsOf(t, accs),
	}
}

// suited is a source of values on which a combine shows its order and ties.
func suited(combine kernels.Combine) source {
	switch combine {
	case kernels.CombineAdd:
		return wide
	case kernels.CombineMul:
		return nearOne
	}
	return digits
}

// reduceArgs reduces the trailing axes of a shape; inputs are in one
// arrangement, outputs in another.
func reduceArgs(d *data, k *kernels.Reduce, shape []int, reduced int, in, out arrangement, src source) *oracle.Args {
	args := &oracle.Args{Shape: shape, Reduced: reduced, Outs: outputs(k, shape[:len(shape)-reduced], out)}
	for _, dt := range k.Ins {
		args.Ins = append(args.Ins, d.input(dt, src, shape, in))
	}
	return args
}

// reduceSizes reduces one row of many lengths, of suited values and of special
// ones.
func (s *tester) reduceSizes(t T, order kernels.Order, combine kernels.Combine, dt kernels.DType) {
	k := plainReduce(t, order, combine, dt)
	for n := 1; n <= 300; n++ {
		if s.effort < Long && n > 40 && n%pick(s.effort, 41, 7, 1) != 0 && (n+1)%64 > 2 {
			continue
		}
		for _, src := range []source{suited(combine), mixed} {
			d := newData(fmt.Sprint(order, combine, dt, n, src))
			if !s.check(t, k, reduceArgs(d, k, []int{n}, 1, rowMajor, rowMajor, src)) {
				return
			}
		}
	}
	for _, n := range []int{511, 513, 1000, 4095, 4096, 4097, 8191, 8193, 12288 + 257} {
		d := newData(fmt.Sprint(order, combine, dt, n))
		if !s.check(t, k, reduceArgs(d, k, []int{n}, 1, rowMajor, rowMajor, suited(combine))) {
			return
		}
	}
}

// reduceLayouts keeps 0 to 3 axes and reduces 1 to 3, which lie in memory in
// every arrangement relative to each other.
func (s *tester) reduceLayouts(t T, order kernels.Order, dt kernels.DType) {
	for _, c := range []struct {
		shape   []int
		reduced int
	}{
		{[]int{3, 50}, 1}, {[]int{50, 3}, 1}, {[]int{1, 300}, 1}, {[]int{130, 1}, 1}, {[]int{17, 70}, 1}, {[]int{300, 65}, 1},
		{[]int{20, 30}, 2}, {[]int{4, 5, 70}, 1}, {[]int{4, 5, 70}, 2}, {[]int{70, 5, 4}, 2}, {[]int{6, 5, 9}, 3},
		{[]int{2, 3, 4, 65}, 1}, {[]int{2, 3, 4, 65}, 2}, {[]int{2, 3, 4, 65}, 3}, {[]int{2, 1, 2, 3, 2, 1, 2, 9}, 4},
		{[]int{3, 4200}, 1}, {[]int{2, 3, 1500}, 2},
	} {
		for in := range numArrangements {
			combine := combines[(int(in)+len(c.shape)+c.reduced)%len(combines)]
			for _, combine := range []kernels.Combine{kernels.CombineAdd, combine} {
				k := plainReduce(t, order, combine, dt)
				out := []arrangement{rowMajor, reversed, colMajor}[int(in)%3]
				d := newData(fmt.Sprint(order, dt, c.shape, c.reduced, in, combine))
				if !s.check(t, k, reduceArgs(d, k, c.shape, c.reduced, in, out, suited(combine))) {
					return
				}
			}
		}
	}
}

// reduceAligned reduces short rows that are whole vectors in memory, of one input and of two.
func (s *tester) reduceAligned(t T, order kernels.Order, dt kernels.DType) {
	dot := plainReduce(t, order, kernels.CombineAdd, dt)
	dot.Ins = []kernels.DType{dt, dt}
	dot.Pre = body(t, func(b *kernels.Builder) values { return values{b.Mul(b.Load(0, dt), b.Load(1, dt))} })
	for _, k := range []*kernels.Reduce{plainReduce(t, order, kernels.CombineAdd, dt), plainReduce(t, order, kernels.CombineArgMin, dt), dot} {
		for _, n := range []int{2, 4, 8, 12, 16, 20, 36, 64, 68} {
			args := reduceArgs(newData(fmt.Sprint(order, dt, n)), k, []int{3, 37, n}, 1, rowMajor, reversed, suited(k.Accs[0].Combine))
			if !s.check(t, k, aligned(args)) {
				return
			}
		}
	}
}

// fusedReduce has two inputs, arithmetic before the accumulators, and several of
// these: sums of products and of squares, a minimum, and where the largest is.
func fusedReduce(t T, order kernels.Order, dt kernels.DType) *kernels.Reduce {
	k := &kernels.Reduce{
		Signature: kernels.Signature{Ins: []kernels.DType{dt, dt}, Params: []kernels.DType{dt}, Indices: 1},
		Order:     order,
		Accs: []kernels.Acc{
			{Type: dt, Combine: kernels.CombineAdd}, {Type: dt, Combine: kernels.CombineAdd},
			{Type: dt, Combine: kernels.CombineMin}, {Type: dt, Combine: kernels.CombineArgMax},
		},
	}
	k.Pre = body(t, func(b *kernels.Builder) values {
		x, y := b.Load(0, dt), b.Load(1, dt)
		centred := b.Sub(x, b.Param(0, dt))
		return values{b.Mul(x, y), b.Mul(centred, centred), b.Max(x, y), b.FMA(y, b.Convert(dt, b.Index(0)), x)}
	})
	k.Post = accsOf(t, k.Accs)
	return k
}

func (s *tester) reduceFused(t T, order kernels.Order, dt kernels.DType) {
	k := fusedReduce(t, order, dt)
	for i, shape := range [][]int{{1, 1}, {1, 77}, {5, 64}, {33, 129}, {2, 5000}, {200, 3}} {
		for _, in := range []arrangement{rowMajor, colMajor, stretched} {
			d := newData(fmt.Sprint("fused", order, dt, shape, in))
			args := reduceArgs(d, k, shape, 1, in, rowMajor, tame)
			args.Ins[1] = d.input(dt, digits, shape, arrangement(i)%numArrangements)
			args.Params = []uint64{d.value(dt, tame)}
			args.Indices = []kernels.Layout{kernels.Contiguous(shape...)}
			if !s.check(t, k, args) {
				return
			}
		}
	}
}

// reducePost makes outputs of accumulators, parameters, the kept index, and
// inputs: one of its own per kept point, and the reduced one at position 0.
func (s *tester) reducePost(t T, order kernels.Order, dt kernels.DType) {
	k := plainReduce(t, order, kernels.CombineAdd, dt)
	k.Ins, k.Params, k.Indices = []kernels.DType{dt, dt}, []kernels.DType{dt}, 1
	k.Post = body(t, func(b *kernels.Builder) values {
		mean := b.Div(b.Acc(0, dt), b.Param(0, dt))
		shifted := b.Sub(b.Load(1, dt), mean)
		return values{shifted, b.Add(mean, b.Load(0, dt)), result(b, b.Index(0)), b.Sqrt(b.Abs(shifted))}
	})
	for _, shape := range [][]int{{1, 30}, {7, 100}, {40, 3}, {3, 4100}} {
		for _, in := range []arrangement{rowMajor, colMajor, reversed} {
			d := newData(fmt.Sprint("post", order, dt, shape, in))
			args := reduceArgs(d, k, shape, 1, in, rowMajor, wide)
			args.Ins[1] = d.input(dt, wide, shape, rowMajor, 1)
			args.Params = []uint64{kernels.FloatBits(dt, float64(shape[1]))}
			args.Indices = []kernels.Layout{kernels.Contiguous(shape...)}
			if !s.check(t, k, args) {
				return
			}
		}
	}
}

// reduceNothing reduces axes of length 0: the identities.
func (s *tester) reduceNothing(t T, order kernels.Order, dt kernels.DType) {
	for _, combine := range combines {
		k := plainReduce(t, order, combine, dt)
		for _, c := range []struct {
			shape   []int
			reduced int
		}{{[]int{0}, 1}, {[]int{5, 0}, 1}, {[]int{300, 0, 3}, 2}, {[]int{2, 3, 0}, 1}} {
			d := newData(fmt.Sprint("nothing", combine))
			if !s.check(t, k, reduceArgs(d, k, c.shape, c.reduced, rowMajor, rowMajor, tame)) {
				return
			}
		}
	}
}

// reduceLarge has sizes at which blocks have blocks, and where the kept part is
// the large one.
func (s *tester) reduceLarge(t T, order kernels.Order, dt kernels.DType) {
	shapes := [][]int{{1, 65537}, {3000, 20}}
	if s.effort >= Normal {
		shapes = append(shapes, []int{1, 65*4096 - 5}, []int{2, 100001}, []int{70000, 2}, []int{300, 700})
	}
	if s.effort == Long {
		shapes = append(shapes, []int{1, 4096*4096 - 1}, []int{1, 4096 * 4096}, []int{1, 4096*4096 + 4097}, []int{5, 300001}, []int{1000003, 1})
	}
	for i, shape := range shapes {
		combine := combines[i%len(combines)]
		for _, in := range []arrangement{rowMajor, colMajor} {
			for _, combine := range slices.Compact([]kernels.Combine{kernels.CombineAdd, combine}) {
				k := plainReduce(t, order, combine, dt)
				d := newData(fmt.Sprint("large", order, dt, shape, in))
				if !s.check(t, k, reduceArgs(d, k, shape, 1, in, rowMajor, suited(combine))) {
					return
				}
			}
		}
	}
}

// reduceGather is a bootstrap: each kept row sums elements drawn at random.
func (s *tester) reduceGather(t T, order kernels.Order, dt kernels.DType) {
	u32, u64 := kernels.U32, kernels.U64
	k := plainReduce(t, order, kernels.CombineAdd, dt)
	k.Params, k.Indices = []kernels.DType{u64, u64}, 1
	k.Pre = body(t, func(b *kernels.Builder) values {
		word := b.Philox(b.Index(0), b.Param(0, u64), b.Param(1, u64), 2, 0)
		place := b.MulHi(word, b.Int(u32, 100))
		return values{b.Gather(0, dt, b.Convert(u64, place))}
	})
	for _, shape := range [][]int{{1, 100}, {7, 100}, {3, 5000}, {260, 3}} {
		d := newData(fmt.Sprint("bootstrap", dt, shape))
		args := &oracle.Args{
			Shape: shape, Reduced: 1, Outs: outputs(k, shape[:1], rowMajor),
			Ins:     []oracle.Operand{{Array: d.array(dt, 110, wide), Offset: 10, Strides: []int{0, 0}}},
			Indices: []kernels.Layout{kernels.Contiguous(shape...)},
			Params:  []uint64{1 << 35, 77},
		}
		if !s.check(t, k, args) {
			return
		}
	}
}

// reduceNoInput is a Monte Carlo estimate of π and its square: two float32
// draws per point, float64 accumulators.
func (s *tester) reduceNoInput(t T, order kernels.Order) {
	f32, f64, u64 := kernels.F32, kernels.F64, kernels.U64
	k := &kernels.Reduce{
		Signature: kernels.Signature{Params: []kernels.DType{u64}, Indices: 1},
		Order:     order,
		Accs:      []kernels.Acc{{Type: f64, Combine: kernels.CombineAdd}, {Type: f64, Combine: kernels.CombineAdd}},
	}
	k.Pre = body(t, func(b *kernels.Builder) values {
		draw := func(word int) kernels.Value {
			w := b.Philox(b.Index(0), b.Int(u64, 0), b.Param(0, u64), 1, word)
			return b.Mul(b.Convert(f32, b.Shr(w, 8)), b.Float(f32, 1.0/(1<<24)))
		}
		x, y := draw(0), draw(1)
		inside := b.Less(b.FMA(x, x, b.Mul(y, y)), b.Float(f32, 1))
		v := b.Convert(f64, b.Select(inside, b.Float(f32, 4), b.Float(f32, 0)))
		return values{v, b.Mul(v, v)}
	})
	k.Post = accsOf(t, k.Accs)
	shapes := [][]int{{1}, {255}, {4096}, {4097}, {70001}, {3, 5000}, {500, 7}}
	for _, shape := range shapes {
		kept := shape[:len(shape)-1]
		layout := kernels.Contiguous(shape...)
		layout.Offset = 300
		args := &oracle.Args{
			Shape: shape, Reduced: 1, Outs: outputs(k, kept, rowMajor),
			Indices: []kernels.Layout{layout}, Params: []uint64{42},
		}
		if !s.check(t, k, args) {
			return
		}
	}
}

// reduceWidened accumulates float32 inputs in float64.
func (s *tester) reduceWidened(t T, order kernels.Order) {
	f32, f64 := kernels.F32, kernels.F64
	accs := []kernels.Acc{{Type: f64, Combine: kernels.CombineAdd}, {Type: f32, Combine: kernels.CombineArgMin}}
	k := &kernels.Reduce{Signature: kernels.Signature{Ins: []kernels.DType{f32}}, Order: order, Accs: accs}
	k.Pre = body(t, func(b *kernels.Builder) values {
		x := b.Load(0, f32)
		return values{b.Convert(f64, x), b.Abs(x)}
	})
	k.Post = body(t, func(b *kernels.Builder) values {
		return values{b.Convert(f32, b.Acc(0, f64)), b.Acc(1, f32), b.AccIndex(1), b.Acc(0, f64)}
	})
	for _, shape := range [][]int{{1, 1}, {3, 300}, {300, 3}, {2, 9000}} {
		for _, in := range []arrangement{rowMajor, colMajor} {
			d := newData(fmt.Sprint("widened", shape, in))
			if !s.check(t, k, reduceArgs(d, k, shape, 1, in, rowMajor, wide)) {
				return
			}
		}
	}
}
