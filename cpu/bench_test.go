package cpu

import (
	"context"
	"fmt"
	"testing"
	"unsafe"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/mathfn"
)

// bench is a device with one stream and a kernel's operands.
type bench struct {
	*testing.B
	dev    *Device
	stream device.Stream
}

func newBench(b *testing.B, threads int) *bench {
	b.Helper()
	dev, err := Open(Options{Threads: threads})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { dev.Close() })
	stream, err := dev.NewStream()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { stream.Close() })
	return &bench{b, dev, stream}
}

// array is a buffer of n elements, all 1.
func (b *bench) array(t kernels.DType, n int) device.Buffer {
	b.Helper()
	buf, err := b.dev.Alloc(n * t.Size())
	if err != nil {
		b.Skip(err)
	}
	b.Cleanup(buf.Release)
	p, err := b.dev.HostBytes(buf)
	if err != nil {
		b.Fatal(err)
	}
	base := unsafe.Pointer(unsafe.SliceData(p))
	for i := range n {
		if t == kernels.F32 {
			*(*float32)(unsafe.Add(base, 4*i)) = 1
		} else {
			*(*float64)(unsafe.Add(base, 8*i)) = 1
		}
	}
	return buf
}

// run measures launches of a kernel; bytes are what it moves.
func (b *bench) run(k kernels.Kernel, args *device.Args, bytes int) {
	b.Helper()
	prog, err := b.dev.Compile(k)
	if err != nil {
		b.Fatal(err)
	}
	if bytes > 0 {
		b.SetBytes(int64(bytes))
	}
	b.ReportAllocs()
	ctx := context.Background()
	for b.Loop() {
		if err := b.stream.Launch(prog, args); err != nil {
			b.Fatal(err)
		}
		if err := b.stream.Sync(ctx); err != nil {
			b.Fatal(err)
		}
	}
}

func build(b testing.TB, f func(b *kernels.Builder) []kernels.Value) kernels.Body {
	b.Helper()
	nb := kernels.NewBuilder()
	body, err := nb.Build(f(nb)...)
	if err != nil {
		b.Fatal(err)
	}
	return body
}

func flat(buf device.Buffer) device.Operand { return device.Operand{Buffer: buf, Strides: []int{1}} }

// perThreads runs a benchmark with one and two threads.
func perThreads(b *testing.B, f func(b *bench)) {
	for _, threads := range []int{1, 2} {
		b.Run(fmt.Sprintf("threads=%d", threads), func(b *testing.B) { f(newBench(b, threads)) })
	}
}

func BenchmarkAdd(b *testing.B) {
	f32 := kernels.F32
	k := &kernels.Map{Signature: kernels.Signature{Ins: []kernels.DType{f32, f32}},
		Body: build(b, func(b *kernels.Builder) []kernels.Value {
			return []kernels.Value{b.Add(b.Load(0, f32), b.Load(1, f32))}
		})}
	for _, n := range []int{1024, 64 << 10, 10_000_000, 100_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			perThreads(b, func(b *bench) {
				x, y := b.array(f32, n), b.array(f32, n)
				args := &device.Args{Shape: []int{n}, Ins: []device.Operand{flat(x), flat(y)}, Outs: []device.Operand{flat(x)}}
				b.run(k, args, 12*n)
			})
		})
	}
}

func BenchmarkFMA(b *testing.B) {
	f32 := kernels.F32
	k := &kernels.Map{Signature: kernels.Signature{Ins: []kernels.DType{f32, f32, f32}},
		Body: build(b, func(b *kernels.Builder) []kernels.Value {
			return []kernels.Value{b.Add(b.Mul(b.Load(0, f32), b.Load(1, f32)), b.Load(2, f32))}
		})}
	for _, n := range []int{10_000_000, 100_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			perThreads(b, func(b *bench) {
				args := &device.Args{Shape: []int{n}, Outs: []device.Operand{flat(b.array(f32, n))}}
				for range 3 {
					args.Ins = append(args.Ins, flat(b.array(f32, n)))
				}
				b.run(k, args, 16*n)
			})
		})
	}
}

func BenchmarkExpChain(b *testing.B) {
	f32 := kernels.F32
	// sqrt(sin²a + cos²b)·exp(−c)
	k := &kernels.Map{Signature: kernels.Signature{Ins: []kernels.DType{f32, f32, f32}},
		Body: build(b, func(b *kernels.Builder) []kernels.Value {
			s, c := b.Call(mathfn.Sin(f32), b.Load(0, f32)), b.Call(mathfn.Cos(f32), b.Load(1, f32))
			e := b.Call(mathfn.Exp(f32), b.Neg(b.Load(2, f32)))
			return []kernels.Value{b.Mul(b.Sqrt(b.Add(b.Mul(s, s), b.Mul(c, c))), e)}
		})}
	for _, n := range []int{64 << 10, 10_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			perThreads(b, func(b *bench) {
				args := &device.Args{Shape: []int{n}, Outs: []device.Operand{flat(b.array(f32, n))}}
				for range 3 {
					args.Ins = append(args.Ins, flat(b.array(f32, n)))
				}
				b.run(k, args, 16*n)
			})
		})
	}
}

func sum(b testing.TB, order kernels.Order, t kernels.DType) *kernels.Reduce {
	return &kernels.Reduce{
		Signature: kernels.Signature{Ins: []kernels.DType{t}}, Order: order,
		Accs: []kernels.Acc{{Type: t, Combine: kernels.CombineAdd}},
		Pre:  build(b, func(b *kernels.Builder) []kernels.Value { return []kernels.Value{b.Load(0, t)} }),
		Post: build(b, func(b *kernels.Builder) []kernels.Value { return []kernels.Value{b.Acc(0, t)} }),
	}
}

func BenchmarkSum(b *testing.B) {
	f32 := kernels.F32
	for _, n := range []int{1000, 100_000, 100_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			perThreads(b, func(b *bench) {
				out := device.Operand{Buffer: b.array(f32, 1), Strides: []int{}}
				b.run(sum(b, kernels.Tree, f32), &device.Args{
					Shape: []int{n}, Reduced: 1, Ins: []device.Operand{flat(b.array(f32, n))}, Outs: []device.Operand{out},
				}, 4*n)
			})
		})
	}
}

func BenchmarkSumAxis(b *testing.B) {
	f32 := kernels.F32
	const n = 10_000
	for name, c := range map[string]struct {
		order      kernels.Order
		strides    []int
		rows, cols int
	}{
		"axis1":            {kernels.Tree, []int{n, 1}, n, n},
		"axis0":            {kernels.Strided, []int{1, n}, n, n},
		"axis1 transposed": {kernels.Tree, []int{1, n}, n, n},
		"axis0 transposed": {kernels.Strided, []int{n, 1}, n, n},
		"axis1 of 3":       {kernels.Tree, []int{3, 1}, n * n / 3, 3},
		"axis0 of 3":       {kernels.Strided, []int{1, 3}, 3, n * n / 3},
		"axis1 of 2":       {kernels.Tree, []int{2, 1}, n * n / 2, 2},
		"axis0 of 2":       {kernels.Strided, []int{1, 2}, 2, n * n / 2},
		"axis0 of one row": {kernels.Strided, []int{1, n * n}, n * n, 1},
		"axis1 of one row": {kernels.Tree, []int{n * n, 1}, 1, n * n},
	} {
		b.Run(name, func(b *testing.B) {
			perThreads(b, func(b *bench) {
				b.run(sum(b, c.order, f32), &device.Args{
					Shape: []int{c.rows, c.cols}, Reduced: 1,
					Ins:  []device.Operand{{Buffer: b.array(f32, n*n), Strides: c.strides}},
					Outs: []device.Operand{flat(b.array(f32, c.rows))},
				}, 4*n*n)
			})
		})
	}
}

// piKernel estimates π and its square from two float32 draws a sample.
func piKernel(b testing.TB) *kernels.Reduce {
	f32, f64, u64 := kernels.F32, kernels.F64, kernels.U64
	return &kernels.Reduce{
		Signature: kernels.Signature{Params: []kernels.DType{u64}, Indices: 1},
		Accs:      []kernels.Acc{{Type: f64, Combine: kernels.CombineAdd}, {Type: f64, Combine: kernels.CombineAdd}},
		Pre: build(b, func(b *kernels.Builder) []kernels.Value {
			d := mathfn.Draws{Index: b.Index(0), Stream: b.Int(u64, 0), Seed: b.Param(0, u64), Words: 2}
			x, y := d.Uniform(b, f32, 0), d.Uniform(b, f32, 1)
			inside := b.Less(b.Add(b.Mul(x, x), b.Mul(y, y)), b.Float(f32, 1))
			v := b.Convert(f64, b.Mul(b.Select(inside, b.Float(f32, 1), b.Float(f32, 0)), b.Float(f32, 4)))
			return []kernels.Value{v, b.Mul(v, v)}
		}),
		Post: build(b, func(b *kernels.Builder) []kernels.Value { return []kernels.Value{b.Acc(0, f64), b.Acc(1, f64)} }),
	}
}

func BenchmarkPi(b *testing.B) {
	f64, k := kernels.F64, piKernel(b)
	const n = 10_000_000
	perThreads(b, func(b *bench) {
		out := func() device.Operand { return device.Operand{Buffer: b.array(f64, 1), Strides: []int{}} }
		b.run(k, &device.Args{
			Shape: []int{n}, Reduced: 1, Outs: []device.Operand{out(), out()}, Params: []uint64{42},
			Indices: []kernels.Layout{kernels.Contiguous(n)},
		}, 0)
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/sample")
	})
}

// BenchmarkTransposedAdd is x + xᵀ − m, with m one value per column.
func BenchmarkTransposedAdd(b *testing.B) {
	f64 := kernels.F64
	k := &kernels.Map{Signature: kernels.Signature{Ins: []kernels.DType{f64, f64, f64}},
		Body: build(b, func(b *kernels.Builder) []kernels.Value {
			return []kernels.Value{b.Sub(b.Add(b.Load(0, f64), b.Load(1, f64)), b.Load(2, f64))}
		})}
	const n = 10_000
	perThreads(b, func(b *bench) {
		x, m, out := b.array(f64, n*n), b.array(f64, n), b.array(f64, n*n)
		b.run(k, &device.Args{
			Shape: []int{n, n},
			Ins:   []device.Operand{{Buffer: x, Strides: []int{n, 1}}, {Buffer: x, Strides: []int{1, n}}, {Buffer: m, Strides: []int{0, 1}}},
			Outs:  []device.Operand{{Buffer: out, Strides: []int{n, 1}}},
		}, 24*n*n)
	})
}
