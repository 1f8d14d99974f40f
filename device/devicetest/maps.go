package devicetest

import (
	"fmt"
	"slices"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/mathfn"
	"github.com/quern-go/quern/kernels/oracle"
)

func (s *tester) maps(t T) {
	for _, dt := range floatTypes {
		t.Run("Layouts/"+dt.String(), func(t T) { s.mapLayouts(t, dt) })
		t.Run("Lengths/"+dt.String(), func(t T) { s.mapLengths(t, dt) })
		t.Run("Large/"+dt.String(), func(t T) { s.mapLarge(t, dt) })
		t.Run("Aligned/"+dt.String(), func(t T) { s.mapAligned(t, dt) })
		t.Run("InPlace/"+dt.String(), func(t T) { s.mapInPlace(t, dt) })
		t.Run("ManyOutputs/"+dt.String(), func(t T) { s.mapManyOutputs(t, dt) })
		t.Run("Fill/"+dt.String(), func(t T) { s.mapFill(t, dt) })
		t.Run("Copy/"+dt.String(), func(t T) { s.mapCopy(t, dt) })
		t.Run("LongChain/"+dt.String(), func(t T) { s.mapLongChain(t, dt) })
	}
	t.Run("Copy/i64", func(t T) { s.mapCopy(t, kernels.I64) })
	t.Run("MixedTypes", s.mapMixedTypes)
	t.Run("Index", s.mapIndex)
	t.Run("Gather", s.mapGather)
}

// fmaMap is a·b + p.
func fmaMap(t T, dt kernels.DType) *kernels.Map {
	return &kernels.Map{
		Signature: kernels.Signature{Ins: []kernels.DType{dt, dt}, Params: []kernels.DType{dt}},
		Body: body(t, func(b *kernels.Builder) values {
			return values{b.FMA(b.Load(0, dt), b.Load(1, dt), b.Param(0, dt))}
		}),
	}
}

// fmaArgs are arguments of fmaMap in the given arrangements.
func fmaArgs(d *data, k *kernels.Map, shape []int, a, b, out arrangement) *oracle.Args {
	dt := k.Ins[0]
	return &oracle.Args{
		Shape:  shape,
		Ins:    []oracle.Operand{d.input(dt, mixed, shape, a), d.input(dt, mixed, shape, b)},
		Outs:   outputs(k, shape, out),
		Params: []uint64{d.value(dt, wide)},
	}
}

// mapShapes are of 0 to 8 axes.
var mapShapes = [][]int{
	{}, {1}, {7}, {300},
	{1, 1}, {3, 5}, {1, 40}, {40, 1}, {17, 33}, {65, 70}, {2, 600},
	{2, 3, 4}, {5, 1, 9}, {16, 16, 17},
	{2, 3, 4, 5}, {2, 2, 2, 2, 2}, {1, 3, 1, 2, 1, 5}, {2, 1, 3, 2, 2, 1, 3}, {2, 1, 3, 2, 1, 2, 3, 2},
}

func (s *tester) mapLayouts(t T, dt kernels.DType) {
	k := fmaMap(t, dt)
	for _, shape := range mapShapes {
		for a := range numArrangements {
			for b := range numArrangements {
				for _, out := range []arrangement{rowMajor, colMajor, reversed, spaced, rotated} {
					// By default, each pair of inputs meets one output; all meet in turn.
					if s.effort < Long && (int(a)+2*int(b)+len(shape))%5 != int(out)%5 {
						continue
					}
					name := fmt.Sprintf("%v %s %s %s", shape, a, b, out)
					if !s.check(t, k, fmaArgs(newData(name), k, shape, a, b, out)) {
						return
					}
				}
			}
		}
	}
}

// lengths are 1 … 1000: all of them, or all small ones, those around powers of
// two, and some between.
func (s *tester) lengths() []int {
	var list []int
	for n := 1; n <= 1000; n++ {
		nearPower := false
		for p := 64; p <= 1024; p *= 2 {
			nearPower = nearPower || n >= p-1 && n <= p+1
		}
		if s.effort == Long || n <= 70 || nearPower || n%pick(s.effort, 97, 23, 1) == 0 {
			list = append(list, n)
		}
	}
	return append(list, 1000)
}

func (s *tester) mapLengths(t T, dt kernels.DType) {
	k := fmaMap(t, dt)
	for _, n := range s.lengths() {
		if !s.check(t, k, fmaArgs(newData(fmt.Sprint(dt, n)), k, []int{n}, rowMajor, rowMajor, rowMajor)) {
			return
		}
	}
}

// awkward are the sizes around which blocks, tiles and threads are cut.
func (s *tester) awkward() []int {
	return pick(s.effort,
		[]int{4095, 4097},
		[]int{4095, 4096, 4097, 16385, 65537, 1<<18 + 3},
		[]int{4095, 4096, 4097, 8191, 16385, 32769, 65535, 65536, 65537, 1<<17 + 1, 1<<20 + 3, 3<<20 + 1})
}

func (s *tester) mapLarge(t T, dt kernels.DType) {
	k := fmaMap(t, dt)
	for _, n := range s.awkward() {
		if !s.check(t, k, fmaArgs(newData(fmt.Sprint(dt, n)), k, []int{n}, rowMajor, rowMajor, rowMajor)) {
			return
		}
	}
	for _, shape := range [][]int{{257, 129}, {130, 1, 131}, {3, 20000}, {20000, 3}} {
		d := newData(fmt.Sprint(dt, shape))
		if !s.check(t, k, fmaArgs(d, k, shape, colMajor, stretched, rowMajor)) {
			return
		}
	}
}

// mapAligned is mapLarge with operands that lie at multiples of 16 bytes, in rows of whole vectors:
// along one axis, and along either of two.
func (s *tester) mapAligned(t T, dt kernels.DType) {
	k := fmaMap(t, dt)
	for _, shape := range [][]int{{9001}, {44, 132}, {300, 300}, {132, 264}, {68, 3, 72}} {
		for _, a := range []arrangement{rowMajor, colMajor} {
			for _, b := range []arrangement{rowMajor, colMajor, stretched} {
				if !s.check(t, k, aligned(fmaArgs(newData(fmt.Sprint(dt, shape, a, b)), k, shape, a, b, rowMajor))) {
					return
				}
			}
		}
	}
	// Functions whose rare cases some elements need, and others not.
	k.Body = body(t, func(b *kernels.Builder) values {
		return values{b.Mul(b.Call(mathfn.Exp(dt), b.Call(mathfn.Sin(dt), b.Load(0, dt))), b.Call(mathfn.Log(dt), b.Load(1, dt)))}
	})
	k.Params = nil
	args := fmaArgs(newData(fmt.Sprint(dt, "rare")), k, []int{9001}, rowMajor, rowMajor, rowMajor)
	args.Params = nil
	s.check(t, k, aligned(args))
}

// mapInPlace writes its output over one of its inputs.
func (s *tester) mapInPlace(t T, dt kernels.DType) {
	k := fmaMap(t, dt)
	for _, slot := range []int{0, 1} {
		for _, shape := range [][]int{{}, {1}, {5}, {1000}, {33, 65}, {4, 5, 6}, {pick(s.effort, 9001, 70001, 70001)}} {
			for _, how := range []arrangement{rowMajor, colMajor, reversed, spaced} {
				d := newData(fmt.Sprint(dt, shape, how))
				args := fmaArgs(d, k, shape, how, how, rowMajor)
				args.Outs[0] = args.Ins[slot]
				if !s.check(t, k, args) {
					return
				}
			}
		}
	}
}

func (s *tester) mapManyOutputs(t T, dt kernels.DType) {
	k := &kernels.Map{Signature: kernels.Signature{Ins: []kernels.DType{dt, dt, dt}}}
	k.Body = body(t, func(b *kernels.Builder) values {
		x, y, z := b.Load(0, dt), b.Load(1, dt), b.Load(2, dt)
		sum := b.Add(x, y)
		return values{sum, b.Mul(sum, z), x, b.Select(b.Less(y, z), y, z), sum, b.Convert(kernels.I64, z), b.Float(dt, 3)}
	})
	for _, shape := range [][]int{{1}, {100}, {9, 31}, {4099}} {
		d := newData(fmt.Sprint("outputs", dt, shape))
		args := &oracle.Args{Shape: shape}
		for range 3 {
			args.Ins = append(args.Ins, d.input(dt, mixed, shape, rowMajor))
		}
		for o, out := range k.Outs() {
			args.Outs = append(args.Outs, output(out, shape, arrangement(o%5)))
		}
		if !s.check(t, k, args) {
			return
		}
	}
}

// mapFill has no input: a constant and a parameter.
func (s *tester) mapFill(t T, dt kernels.DType) {
	k := &kernels.Map{Signature: kernels.Signature{Params: []kernels.DType{dt}}}
	k.Body = body(t, func(b *kernels.Builder) values { return values{b.Param(0, dt), b.Float(dt, -0.1)} })
	for _, shape := range [][]int{{}, {1}, {63}, {5, 7}, {10007}} {
		for _, how := range []arrangement{rowMajor, colMajor, reversed, spaced} {
			d := newData(fmt.Sprint("fill", dt, shape))
			args := &oracle.Args{Shape: shape, Outs: outputs(k, shape, how), Params: []uint64{d.value(dt, wide)}}
			if !s.check(t, k, args) {
				return
			}
		}
	}
}

// mapCopy moves elements from every arrangement to every other: transposes. Any
// bits but NaNs must arrive unchanged.
func (s *tester) mapCopy(t T, dt kernels.DType) {
	k := &kernels.Map{Signature: kernels.Signature{Ins: []kernels.DType{dt}}, Body: loadOf(t, 0, dt)}
	shapes := slices.Concat(mapShapes, [][]int{{129, 200}, {2, 70, 90}, {70, 2, 90}, {1000, 5}})
	outs := []arrangement{rowMajor, colMajor, rotated}[:pick(s.effort, 1, 3, 3)]
	for _, shape := range shapes {
		for in := range numArrangements {
			for _, out := range outs {
				d := newData(fmt.Sprint("copy", dt, shape, in))
				args := &oracle.Args{
					Shape: shape,
					Ins:   []oracle.Operand{d.input(dt, anyBits, shape, in)},
					Outs:  outputs(k, shape, out),
				}
				if !s.check(t, k, args) {
					return
				}
			}
		}
	}
}

// mapLongChain keeps more values alive than a device has registers.
func (s *tester) mapLongChain(t T, dt kernels.DType) {
	const width = 40
	k := &kernels.Map{Signature: kernels.Signature{Ins: []kernels.DType{dt, dt}}}
	k.Body = body(t, func(b *kernels.Builder) values {
		x, y := b.Load(0, dt), b.Load(1, dt)
		var alive values
		for i := range width {
			x = b.FMA(x, y, b.Float(dt, float64(i)+0.5))
			x = b.Select(b.LessEqual(x, b.Float(dt, 1000)), x, b.Mul(y, x))
			alive = append(alive, b.Mul(x, b.Float(dt, 1/(float64(i)+3))))
		}
		total := alive[0]
		for i := range width {
			total = b.Sub(b.Add(total, alive[width-1-i]), b.Mul(alive[i], y))
		}
		return values{total, alive[width/2]}
	})
	for _, n := range []int{1, 1000, 4097} {
		d := newData(fmt.Sprint("chain", dt, n))
		shape := []int{n}
		args := &oracle.Args{
			Shape: shape,
			Ins:   []oracle.Operand{d.input(dt, tame, shape, rowMajor), d.input(dt, tame, shape, spaced)},
			Outs:  outputs(k, shape, rowMajor),
		}
		if !s.check(t, k, args) {
			return
		}
	}
}

// mapMixedTypes computes on several types of different sizes at once.
func (s *tester) mapMixedTypes(t T) {
	types := []kernels.DType{kernels.F32, kernels.F64, kernels.I64}
	k := &kernels.Map{Signature: kernels.Signature{Ins: types, Params: []kernels.DType{kernels.U32}}}
	k.Body = body(t, func(b *kernels.Builder) values {
		x, y, n := b.Load(0, kernels.F32), b.Load(1, kernels.F64), b.Load(2, kernels.I64)
		sum := b.Add(b.Convert(kernels.F64, x), y)
		low := b.Xor(b.Convert(kernels.U32, n), b.Param(0, kernels.U32))
		positive := b.Less(b.Int(kernels.I64, 0), n)
		choice := b.Select(b.And(positive, b.Less(x, b.Float(kernels.F32, 0))), sum, b.Neg(y))
		return values{choice, b.Convert(kernels.F32, sum), result(b, low), b.Select(positive, x, b.Convert(kernels.F32, n))}
	})
	for _, shape := range [][]int{{1}, {777}, {19, 23}, {5001}} {
		d := newData(fmt.Sprint("mixed", shape))
		args := &oracle.Args{Shape: shape, Outs: outputs(k, shape, rowMajor), Params: []uint64{0xdeadbeef}}
		for i, in := range types {
			args.Ins = append(args.Ins, d.input(in, mixed, shape, arrangement(i)))
		}
		if !s.check(t, k, args) {
			return
		}
	}
}

// mapIndex writes the linear index in several index layouts, and uses one in
// arithmetic.
func (s *tester) mapIndex(t T) {
	k := &kernels.Map{Signature: kernels.Signature{Indices: 3}}
	k.Body = body(t, func(b *kernels.Builder) values {
		i, j := b.Index(0), b.Index(1)
		x := b.FMA(b.Convert(kernels.F32, i), b.Float(kernels.F32, 0.125), b.Float(kernels.F32, 1))
		odd := b.Equal(b.And(j, b.Int(kernels.U64, 1)), b.Int(kernels.U64, 1))
		return values{result(b, i), result(b, j), result(b, b.Index(2)), b.Select(odd, x, b.Neg(x))}
	})
	for _, shape := range [][]int{{}, {1}, {1000}, {31, 40}, {3, 4, 5}, {2, 1, 3, 2, 1, 2, 3, 2}, {9000}} {
		args := &oracle.Args{Shape: shape, Outs: outputs(k, shape, colMajor)}
		for i, how := range []arrangement{rowMajor, reversed, stretched} {
			strides, offset, _ := arrange(shape, how)
			args.Indices = append(args.Indices, kernels.Layout{
				Shape: shape, Strides: strides, Offset: offset + fit([]int64{0, 1<<32 - 100, 1 << 40}[i]),
			})
		}
		if !s.check(t, k, args) {
			return
		}
	}
}

// mapGather reads a flat array at computed places, and another through strides.
func (s *tester) mapGather(t T) {
	for _, dt := range []kernels.DType{kernels.F32, kernels.F64, kernels.I64} {
		t.Run(dt.String(), func(t T) {
			k := &kernels.Map{Signature: kernels.Signature{Ins: []kernels.DType{dt, kernels.I64}}}
			k.Body = body(t, func(b *kernels.Builder) values {
				i := b.Load(1, kernels.I64)
				v := b.Gather(0, dt, b.Bitcast(kernels.U64, i))
				return values{v, b.Select(b.Less(i, b.Int(kernels.I64, 10)), v, b.Bits(dt, 0))}
			})
			for _, n := range []int{1, 15, 64, 1003} {
				d := newData(fmt.Sprint("gather", dt, n))
				shape := []int{n}
				source := d.array(dt, 300, wide)
				places := oracle.NewArray(kernels.I64, n)
				for i := range n {
					places.Set(i, uint64(d.rng.IntN(300-guard)))
				}
				args := &oracle.Args{
					Shape: shape,
					Ins:   []oracle.Operand{{Array: source, Offset: guard, Strides: []int{0}}, flat(places)},
					Outs:  outputs(k, shape, rowMajor),
				}
				if !s.check(t, k, args) {
					return
				}
			}
		})
	}
}
