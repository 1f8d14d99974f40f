package devicetest

import (
	"fmt"
	"slices"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/mathfn"
	"github.com/quern-go/quern/kernels/oracle"
	"github.com/quern-go/quern/kernels/term"
)

func (s *tester) contracts(t T) {
	for _, dt := range floatTypes {
		for _, step := range term.All() {
			name := "/" + step.String() + "/" + dt.String()
			k := func(t T) *kernels.Contract { return contractOf(t, step, dt) }
			t.Run("Specials"+name, func(t T) { s.contractSpecials(t, k(t)) })
			if step > term.Canberra && s.effort == Short && dt == kernels.F32 {
				continue // float64 shows it
			}
			t.Run("Sizes"+name, func(t T) { s.contractSizes(t, k(t)) })
			if step > term.CubeDiff && (s.effort < Long || step.IsWeighted()) {
				continue // what else there is has shown itself with the steps before
			}
			t.Run("LongK"+name, func(t T) { s.contractLongK(t, k(t)) })
			t.Run("Batch"+name, func(t T) { s.contractBatch(t, k(t)) })
			t.Run("Bodies"+name, func(t T) { s.contractBodies(t, k(t)) })
			t.Run("Fold"+name, func(t T) { s.contractFold(t, k(t)) })
		}
		for name, k := range map[string]func(T) *kernels.Contract{
			"unnamed":  func(t T) *kernels.Contract { return unnamedStep(t, dt) },
			"twoSums":  func(t T) *kernels.Contract { return twoSums(t, dt) },
			"widening": func(t T) *kernels.Contract { return widening(t, dt) },
			"byK":      func(t T) *kernels.Contract { return byK(t, dt) },
		} {
			t.Run("Sizes/"+name+"/"+dt.String(), func(t T) { s.contractSizes(t, k(t)) })
			if name != "byK" || s.effort > Short || dt == kernels.F64 {
				t.Run("LongK/"+name+"/"+dt.String(), func(t T) { s.contractLongK(t, k(t)) })
			}
			if name != "twoSums" || s.effort == Long { // byK has two as well
				t.Run("Fold/"+name+"/"+dt.String(), func(t T) { s.contractFold(t, k(t)) })
			}
		}
		t.Run("Batch/byK/"+dt.String(), func(t T) { s.contractBatch(t, byK(t, dt)) })
		t.Run("Reduced/"+dt.String(), func(t T) { s.contractReduced(t, dt) })
		t.Run("Large/"+dt.String(), func(t T) { s.contractLarge(t, dt) })
		t.Run("Aligned/"+dt.String(), func(t T) { s.contractAligned(t, dt) })
		t.Run("Drawn/"+dt.String(), func(t T) { s.contractDrawn(t, dt) })
		t.Run("LongFold/"+dt.String(), func(t T) { s.contractLongFold(t, dt) })
		t.Run("ManyFolds/"+dt.String(), func(t T) { s.contractManyFolds(t, dt) })
		t.Run("Top/"+dt.String(), func(t T) { s.contractTop(t, dt) })
	}
}

// contractOf is a Contract of two inputs by a named step, whose weights are a third.
func contractOf(t T, step term.Term, dt kernels.DType) *kernels.Contract {
	t.Helper()
	b, err := step.Step(dt, func(b *kernels.Builder) kernels.Value { return b.Load(2, dt) })
	if err != nil {
		t.Fatalf("step %s.%s: %v", step, dt, err)
	}
	accs := step.Accs(dt)
	k := &kernels.Contract{
		Signature: kernels.Signature{Ins: []kernels.DType{dt, dt}},
		PreA:      loadOf(t, 0, dt), PreB: loadOf(t, 1, dt),
		Step: b, Accs: accs, Start: make([]uint64, len(accs)), Post: accsOf(t, accs),
	}
	if step.IsWeighted() {
		k.Ins = append(k.Ins, dt)
	}
	return k
}

// unnamedStep is Canberra's distance, weighted by a parameter, whose chains
// start from 1: nothing that a device has a kernel for.
func unnamedStep(t T, dt kernels.DType) *kernels.Contract {
	k := contractOf(t, term.FMA, dt)
	k.Params = []kernels.DType{dt}
	k.Start = []uint64{kernels.FloatBits(dt, 1)}
	k.Step = body(t, func(b *kernels.Builder) values {
		x, y := b.Arg(0, dt), b.Arg(1, dt)
		size := b.Add(b.Abs(x), b.Abs(y))
		ratio := b.Div(b.Abs(b.Sub(x, y)), size)
		zero := b.Float(dt, 0)
		ratio = b.Select(b.Equal(size, zero), zero, ratio)
		return values{b.FMA(ratio, b.Param(0, dt), b.Acc(0, dt))}
	})
	return k
}

// twoSums is Bray–Curtis: Σ|a−b| / Σ|a+b|, with both sums given too.
func twoSums(t T, dt kernels.DType) *kernels.Contract {
	k := contractOf(t, term.FMA, dt)
	k.Accs = append(k.Accs, k.Accs[0])
	k.Start = []uint64{0, 0}
	k.Step = body(t, func(b *kernels.Builder) values {
		x, y := b.Arg(0, dt), b.Arg(1, dt)
		return values{b.Add(b.Acc(0, dt), b.Abs(b.Sub(x, y))), b.Add(b.Acc(1, dt), b.Abs(b.Add(x, y)))}
	})
	k.Post = body(t, func(b *kernels.Builder) values {
		return values{b.Div(b.Acc(0, dt), b.Acc(1, dt)), b.Acc(0, dt), b.Acc(1, dt)}
	})
	return k
}

// widening multiplies elements of type dt and keeps the product of all and the
// largest in float64, chunks joined by mul and max.
func widening(t T, dt kernels.DType) *kernels.Contract {
	f64 := kernels.F64
	k := contractOf(t, term.FMA, dt)
	k.Accs = []kernels.Acc{{Type: f64, Combine: kernels.CombineMul}, {Type: f64, Combine: kernels.CombineMax}}
	k.Start = []uint64{kernels.CombineMul.Identity(f64), kernels.CombineMax.Identity(f64)}
	k.Step = body(t, func(b *kernels.Builder) values {
		p := b.Mul(b.Convert(f64, b.Arg(0, dt)), b.Convert(f64, b.Arg(1, dt)))
		return values{b.Mul(b.Acc(0, f64), b.FMA(p, b.Float(f64, 1.0/1024), b.Float(f64, 1))), b.Max(b.Acc(1, f64), p)}
	})
	k.Post = accsOf(t, k.Accs)
	return k
}

// byK reads a weight for each k, and another input that says which of two sums a
// term goes to.
func byK(t T, dt kernels.DType) *kernels.Contract {
	k := twoSums(t, dt)
	k.Ins = append(k.Ins, kernels.F32, dt)
	k.Step = body(t, func(b *kernels.Builder) values {
		d := b.Sub(b.Arg(0, dt), b.Arg(1, dt))
		term := b.Mul(b.Mul(d, d), b.Load(3, dt))
		first, second := b.Add(b.Acc(0, dt), term), b.Add(b.Acc(1, dt), term)
		where := b.Less(b.Load(2, kernels.F32), b.Float(kernels.F32, 0))
		return values{b.Select(where, first, b.Acc(0, dt)), b.Select(where, b.Acc(1, dt), second)}
	})
	return k
}

// contractArgs are the arguments of a kernel of two inputs, a in one
// arrangement over (batch, m, k), b in another over (batch, k, n).
func contractArgs(d *data, c *kernels.Contract, shape []int, a, b, out arrangement, src source) *oracle.Args {
	axes := len(shape)
	outShape := slices.Clone(shape[:c.OutRank(axes)])
	if c.Fold != nil && c.Fold.Top > 0 {
		outShape[axes-2] = c.Fold.Top
	}
	args := &oracle.Args{
		Shape: shape,
		Ins: []oracle.Operand{
			d.input(c.Ins[0], src, shape, a, axes-2),
			d.input(c.Ins[1], src, shape, b, axes-3),
		},
		Outs: outputs(c, outShape, out),
	}
	for slot, dt := range c.Ins[2:] {
		if readsByK(&c.Step, slot+2) {
			arranged := []arrangement{rowMajor, reversed, spaced}[slot%3]
			args.Ins = append(args.Ins, d.input(dt, src, shape, arranged, axes-3, axes-2))
		}
	}
	for _, p := range c.Params {
		args.Params = append(args.Params, d.value(p, tame))
	}
	return args
}

// readsByK says whether a step reads an input, of which there is one element for
// each k.
func readsByK(step *kernels.Body, slot int) bool {
	return step.Any(func(in *kernels.Inst) bool { return in.Op == kernels.OpLoad && in.Imm == uint64(slot) })
}

// contractSizes has every small size on each side, and those where register
// tiles and vectors end, in changing arrangements.
func (s *tester) contractSizes(t T, k *kernels.Contract) {
	var sizes [][]int
	step := pick(s.effort, 13, 4, 1)
	for m := 1; m <= 40; m += step {
		for n := 1; n <= 40; n += step {
			for depth := 1; depth <= 40; depth += 13 {
				if s.effort == Long || (m*7+n*3+depth)%5 == 0 {
					sizes = append(sizes, []int{m, n, depth})
				}
			}
		}
	}
	for _, edge := range []int{15, 16, 17, 31, 32, 33, 48, 49, 64, 65} {
		sizes = append(sizes, []int{edge, 5, 3}, []int{5, edge, 3}, []int{3, 5, edge})
	}
	sizes = append(sizes, []int{1, 200, 10}, []int{200, 1, 10}, []int{1, 1, 300}, []int{61, 67, 33})
	for i, shape := range sizes {
		a := []arrangement{rowMajor, colMajor, spaced, reversed}[i%4]
		b := []arrangement{colMajor, rowMajor, reversed, spaced}[i/4%4]
		out := []arrangement{rowMajor, colMajor, spaced}[i/16%3]
		d := newData(fmt.Sprint("contract", shape))
		if !s.check(t, k, contractArgs(d, k, shape, a, b, out, tame)) {
			return
		}
	}
}

// contractLongK has chains around the length at which they are cut, and none.
func (s *tester) contractLongK(t T, k *kernels.Contract) {
	depths := []int{0, 255, 256, 257, 1000, 8191, 8192, 8193, 16385}
	if s.effort == Short {
		depths = []int{0, 8192, 8193}
	}
	for i, depth := range depths {
		shape := []int{2 + i%2, 3, depth}
		d := newData(fmt.Sprint("long", shape))
		if !s.check(t, k, contractArgs(d, k, shape, rowMajor, arrangement(i%2), rowMajor, tame)) {
			return
		}
	}
}

// contractSpecials lets NaN, infinities, zeros and subnormals meet.
func (s *tester) contractSpecials(t T, k *kernels.Contract) {
	for _, shape := range [][]int{{40, 40, 1}, {40, 40, 2}, {17, 35, 5}} {
		for _, src := range []source{mixed, anyBits} {
			d := newData(fmt.Sprint("specials", shape, src))
			if !s.check(t, k, contractArgs(d, k, shape, rowMajor, rowMajor, rowMajor, src)) {
				return
			}
		}
	}
}

// contractBatch has one and two batch axes, along which a or b may not change.
func (s *tester) contractBatch(t T, k *kernels.Contract) {
	for _, shape := range [][]int{{1, 5, 6, 7}, {3, 5, 17, 9}, {2, 3, 9, 4, 5}, {70, 1, 1, 4}} {
		batches := len(shape) - 3
		for fixed := range 4 {
			d := newData(fmt.Sprint("batch", shape, fixed))
			args := contractArgs(d, k, shape, rowMajor, rowMajor, rowMajor, tame)
			for slot, axis := range []int{0, batches - 1} {
				if fixed>>slot&1 == 1 {
					args.Ins[slot].Strides[axis] = 0
				}
			}
			if !s.check(t, k, args) {
				return
			}
		}
		d := newData(fmt.Sprint("batch", shape))
		if !s.check(t, k, contractArgs(d, k, shape, colMajor, spaced, colMajor, tame)) {
			return
		}
	}
}

// contractBodies prepares a and b by bodies of their own, with a parameter and
// an index, and finishes with row, column and full operands.
func (s *tester) contractBodies(t T, k *kernels.Contract) {
	dt := k.Ins[0]
	k.Ins = []kernels.DType{dt, dt, dt, dt, dt}
	k.Params, k.Indices = []kernels.DType{dt}, 2
	k.PreA = body(t, func(b *kernels.Builder) values {
		x := b.Load(0, dt)
		return values{b.FMA(x, x, b.Mul(b.Param(0, dt), b.Convert(dt, b.Index(0))))}
	})
	k.PreB = body(t, func(b *kernels.Builder) values {
		x := b.Load(1, dt)
		return values{b.Select(b.Less(x, b.Float(dt, 0)), b.Neg(x), b.Sqrt(x))}
	})
	k.Post = body(t, func(b *kernels.Builder) values {
		row, col, full := b.Load(2, dt), b.Load(3, dt), b.Load(4, dt)
		v := b.FMA(b.Acc(0, dt), row, b.Mul(col, b.Param(0, dt)))
		return values{b.Add(v, full), b.Max(v, full), result(b, b.Index(1)), b.Acc(0, dt)}
	})
	for i, shape := range [][]int{{1, 1, 1}, {9, 33, 6}, {33, 9, 20}, {2, 18, 35, 4}} {
		axes := len(shape)
		d := newData(fmt.Sprint("bodies", shape))
		args := contractArgs(d, k, shape, arrangement(i%3), rowMajor, rowMajor, tame)
		args.Params = []uint64{d.value(dt, tame)}
		args.Ins = append(args.Ins,
			d.input(dt, tame, shape, rowMajor, axes-2, axes-1), // row: stride 0 along n and k
			d.input(dt, tame, shape, rowMajor, axes-3, axes-1), // column
			d.input(dt, tame, shape, arrangement(i%3), axes-1), // full
		)
		for _, drop := range []int{axes - 2, axes - 1} {
			strides, _, _ := arrange(shape, rowMajor, drop)
			args.Indices = append(args.Indices, kernels.Layout{Shape: shape, Strides: strides, Offset: 3})
		}
		if !s.check(t, k, args) {
			return
		}
	}
}

// contractDrawn multiplies random numbers, which are in no array, by rows of an
// array that are gathered in another order.
func (s *tester) contractDrawn(t T, dt kernels.DType) {
	u64 := kernels.U64
	k := contractOf(t, term.FMA, dt)
	k.Ins, k.Indices = []kernels.DType{dt}, 2
	k.PreA = body(t, func(b *kernels.Builder) values {
		return values{mathfn.Uniform(b, dt, b.Index(0), b.Int(u64, 3), b.Int(u64, 4))}
	})
	k.PreB = body(t, func(b *kernels.Builder) values { return values{b.Gather(0, dt, b.Index(1))} })
	for _, shape := range [][]int{{1, 1, 1}, {7, 9, 30}, {40, 33, 65}} {
		m, n, depth := shape[0], shape[1], shape[2]
		d := newData(fmt.Sprint("drawn", dt, shape))
		args := &oracle.Args{
			Shape: shape,
			Ins:   []oracle.Operand{{Array: d.array(dt, n*depth, tame), Strides: []int{0, 0, 0}}},
			Outs:  outputs(k, []int{m, n}, rowMajor),
			Indices: []kernels.Layout{
				{Strides: []int{depth, 0, 1}, Offset: 1000},
				{Strides: []int{0, 1, -n}, Offset: (depth - 1) * n},
			},
		}
		if !s.check(t, k, args) {
			return
		}
	}
}

// contractFold reduces the rows by every combine, one at a time and together.
func (s *tester) contractFold(t T, k *kernels.Contract) {
	dt := k.Accs[0].Type
	sets := [][]kernels.Combine{combines}
	for i, c := range combines {
		// With the least effort one alone, another for each step.
		if s.effort > Short || i == len(k.Step.Insts)%len(combines) {
			sets = append(sets, []kernels.Combine{c})
		}
	}
	for _, set := range sets {
		f := *k
		f.Fold = &kernels.Fold{}
		for _, c := range set {
			f.Fold.Accs = append(f.Fold.Accs, kernels.Acc{Type: dt, Combine: c})
		}
		f.Fold.Post = accsOf(t, f.Fold.Accs)
		f.Post = body(t, func(b *kernels.Builder) (vs values) {
			for range set {
				vs = append(vs, b.Acc(0, dt))
			}
			return vs
		})
		for i, shape := range [][]int{{1, 1, 1}, {5, 300, 3}, {40, 17, 4}, {2, 7, 33, 5}, {300, 2, 1}} {
			// Whole numbers, so that distances tie.
			d := newData(fmt.Sprint("fold", shape))
			if !s.check(t, &f, contractArgs(d, &f, shape, rowMajor, arrangement(i%2), rowMajor, digits)) {
				return
			}
		}
	}
}

// contractLongFold has rows of more than one Tree block, added up; Fold's Post
// reads a row operand, and Post a column operand.
func (s *tester) contractLongFold(t T, dt kernels.DType) {
	k := contractOf(t, term.SqDiff, dt)
	k.Ins = append(k.Ins, dt, dt)
	k.Post = body(t, func(b *kernels.Builder) values {
		v := b.Sqrt(b.Acc(0, dt))
		return values{b.Mul(v, b.Load(2, dt)), v}
	})
	accs := []kernels.Acc{{Type: dt, Combine: kernels.CombineAdd}, {Type: dt, Combine: kernels.CombineArgMin}}
	k.Fold = &kernels.Fold{Accs: accs}
	k.Fold.Post = body(t, func(b *kernels.Builder) values {
		return values{b.Add(b.Acc(0, dt), b.Load(3, dt)), b.Acc(1, dt), b.AccIndex(1)}
	})
	for _, n := range []int{255, 256, 257, 4096, 4097, 9000} {
		shape := []int{3, n, 2}
		d := newData(fmt.Sprint("longfold", dt, n))
		args := contractArgs(d, k, shape, rowMajor, colMajor, rowMajor, wide)
		args.Ins = append(args.Ins, d.input(dt, wide, shape, rowMajor, 0, 2), d.input(dt, wide, shape, rowMajor, 1, 2))
		if !s.check(t, k, args) {
			return
		}
	}
}

// contractManyFolds has many short rows: the nearest of a few centres.
func (s *tester) contractManyFolds(t T, dt kernels.DType) {
	k := contractOf(t, term.SqDiff, dt)
	k.Fold = &kernels.Fold{Accs: []kernels.Acc{{Type: dt, Combine: kernels.CombineArgMin}}}
	k.Fold.Post = accsOf(t, k.Fold.Accs)
	for _, n := range []int{1, 10, 32, 33} {
		for _, shape := range [][]int{{1100, n, 3}, {3, 400, n, 20}} {
			d := newData(fmt.Sprint("manyfolds", dt, shape))
			if !s.check(t, k, contractArgs(d, k, shape, rowMajor, colMajor, rowMajor, digits)) {
				return
			}
		}
	}
}

// topOf makes a Contract of one result keep the first values of its rows.
func topOf(t T, k *kernels.Contract, count int) *kernels.Contract {
	acc := kernels.Acc{Type: k.Post.ResultTypes()[0], Combine: kernels.CombineArgMin}
	top := *k
	top.Fold = &kernels.Fold{Accs: []kernels.Acc{acc}, Post: accsOf(t, []kernels.Acc{acc}), Top: count}
	return &top
}

// contractTop keeps the first values of rows: of one and of many columns, and of fewer
// than are kept; of ties, of NaN and zeros; of products, a step without a name, two
// accumulators, long chains and batches.
func (s *tester) contractTop(t T, dt kernels.DType) {
	counts := pick(s.effort, []int{kernels.MaxTop}, []int{1, 10, kernels.MaxTop}, []int{1, 2, 3, 10, 33, kernels.MaxTop})
	for _, count := range counts {
		k := topOf(t, contractOf(t, term.SqDiff, dt), count)
		shapes := [][]int{{1, 1, 1}, {5, 300, 3}, {70, 17, 4}, {2, 7, 64, 5}, {3, 65, 0}, {1, 2100, 1}}
		if s.effort > Short {
			shapes = append(shapes, []int{2, 5000, 2}, []int{300, 1100, 1})
		}
		for i, shape := range shapes {
			d := newData(fmt.Sprint("top", dt, count, shape))
			if !s.check(t, k, contractArgs(d, k, shape, arrangement(i%3), arrangement(i%2), arrangement(i%3), digits)) {
				return
			}
		}
	}
	s.contractTopProducts(t, dt)
	s.contractTopBodies(t, dt)
	steps := []*kernels.Contract{firstResult(t, twoSums(t, dt))}
	if s.effort > Short {
		steps = append(steps, unnamedStep(t, dt), contractOf(t, term.WeightedSqDiff, dt))
	}
	for _, k := range steps {
		k = topOf(t, k, 5)
		for _, shape := range [][]int{{37, 130, 3}, {2, 3, pick(s.effort, 8193, 16385, 16385)}} {
			d := newData(fmt.Sprint("topsteps", dt, shape))
			if !s.check(t, k, contractArgs(d, k, shape, rowMajor, rowMajor, rowMajor, tame)) {
				return
			}
		}
	}
}

// firstResult is a Contract whose Post gives only the first of its results.
func firstResult(t T, k *kernels.Contract) *kernels.Contract {
	t.Helper()
	one := *k
	one.Post.Results = k.Post.Results[:1]
	return &one
}

// contractTopProducts lets NaN, infinities and zeros of both signs meet, as values of
// which all and some are kept, and has long chains.
func (s *tester) contractTopProducts(t T, dt kernels.DType) {
	k := topOf(t, contractOf(t, term.FMA, dt), 9)
	for _, c := range []struct {
		shape []int
		src   source
	}{
		{[]int{40, 7, 1}, mixed}, {[]int{40, 40, 1}, mixed}, {[]int{17, 300, 2}, mixed}, {[]int{40, 40, 1}, anyBits},
		{[]int{3, 10, 8193}, tame},
	} {
		d := newData(fmt.Sprint("topproducts", c.shape, c.src))
		if !s.check(t, k, contractArgs(d, k, c.shape, rowMajor, rowMajor, rowMajor, c.src)) {
			return
		}
	}
}

// contractTopBodies finishes what is kept with a row operand, Post with a column
// operand, and asks for positions as well as values computed of them.
func (s *tester) contractTopBodies(t T, dt kernels.DType) {
	k := topOf(t, contractOf(t, term.AbsDiff, dt), 6)
	k.Ins = append(k.Ins, dt, dt)
	k.Post = body(t, func(b *kernels.Builder) values { return values{b.Mul(b.Sqrt(b.Acc(0, dt)), b.Load(2, dt))} })
	k.Fold.Post = body(t, func(b *kernels.Builder) values {
		return values{b.AccIndex(0), b.Add(b.Acc(0, dt), b.Load(3, dt)), b.Convert(dt, b.AccIndex(0))}
	})
	for _, shape := range [][]int{{5, 9, 2}, {3, 33, 300, 2}} {
		axes := len(shape)
		d := newData(fmt.Sprint("topbodies", dt, shape))
		args := contractArgs(d, k, shape, rowMajor, colMajor, spaced, wide)
		args.Ins = append(args.Ins, d.input(dt, wide, shape, rowMajor, axes-3, axes-1), d.input(dt, wide, shape, rowMajor, axes-2, axes-1))
		if !s.check(t, k, args) {
			return
		}
	}
}

// contractReduced allows less precision for numbers that lose nothing by it, which are
// whole and small: whoever makes use of it must still give every bit.
func (s *tester) contractReduced(t T, dt kernels.DType) {
	shapes := [][]int{{33, 65, 20}, {2, 17, 20, 35}}
	if s.effort >= Normal {
		shapes = append(shapes, []int{130, 140, 33}, []int{20, 20, 8200})
	}
	for i, step := range []term.Term{term.FMA, term.SqDiff} {
		k := contractOf(t, step, dt)
		k.Precision = []kernels.Precision{kernels.TF32, kernels.BF16}[i]
		for n, shape := range shapes {
			d := newData(fmt.Sprint("reduced", dt, shape))
			if !s.check(t, k, contractArgs(d, k, shape, arrangement(n%2), rowMajor, rowMajor, digits)) {
				return
			}
		}
	}
}

// contractLarge has more than one tile, block and panel on every side.
func (s *tester) contractLarge(t T, dt kernels.DType) {
	shapes := [][]int{{130, 97, 70}}
	if s.effort >= Normal {
		shapes = append(shapes, []int{250, 50, 40}, []int{20, 40, 700}, []int{33, 1050, 20}, []int{1050, 33, 20})
	}
	if s.effort == Long {
		shapes = append(shapes, []int{301, 299, 517}, []int{100, 5000, 50}, []int{64, 64, 9000}, []int{3, 3, 70000})
	}
	for _, step := range []term.Term{term.FMA, term.SqDiff} {
		k := contractOf(t, step, dt)
		for i, shape := range shapes {
			d := newData(fmt.Sprint("large", dt, shape))
			if !s.check(t, k, contractArgs(d, k, shape, arrangement(i%2), rowMajor, rowMajor, tame)) {
				return
			}
		}
	}
}

// contractAligned has lengths that are multiples of four, so that whichever way a and b
// lie their rows begin at multiples of 16 bytes: whole tiles and slices, and parts of them.
func (s *tester) contractAligned(t T, dt kernels.DType) {
	shapes := [][]int{{36, 20, 16}, {68, 72, 52}}
	if s.effort >= Normal {
		shapes = append(shapes, []int{20, 132, 36}, []int{132, 136, 24}, []int{64, 128, 64}, []int{24, 20, 8212})
	}
	for _, step := range []term.Term{term.FMA, term.SqDiff, term.AbsDiff} {
		k := contractOf(t, step, dt)
		for _, shape := range shapes {
			for layout := range 4 {
				d := newData(fmt.Sprint("aligned", dt, shape, layout))
				a, b := arrangement(layout&1), arrangement(layout>>1)
				if !s.check(t, k, aligned(contractArgs(d, k, shape, a, b, rowMajor, tame))) {
					return
				}
			}
		}
		args := contractArgs(newData("aligned"), k, []int{3, 20, 24, 20}, rowMajor, rowMajor, rowMajor, mixed)
		if !s.check(t, k, aligned(args)) {
			return
		}
	}
}

// aligned moves operands from behind the guard to a multiple of 16 bytes.
func aligned(args *oracle.Args) *oracle.Args {
	for _, list := range [][]oracle.Operand{args.Ins, args.Outs} {
		for i := range list {
			list[i].Offset += (guard+3)/4*4 - guard
		}
	}
	return args
}
