package cpu

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/quern-go/quern/device"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/mathfn"
	"github.com/quern-go/quern/kernels/oracle"
)

// launcher makes random launches and compares the device with the oracle.
type launcher struct {
	*testing.T
	rng  *rand.Rand
	args *oracle.Args
}

// shape is of up to four axes and about the given number of points.
func (l *launcher) shape(points int) []int {
	shape := make([]int, 1+l.rng.IntN(4))
	for i := range shape {
		shape[i] = 1 + l.rng.IntN(6)
	}
	long := l.rng.IntN(len(shape))
	rest := 1
	for i, n := range shape {
		if i != long {
			rest *= n
		}
	}
	shape[long] = max(1, points/rest)
	return shape
}

// strides lays axes out in a random order of nesting, some backwards or repeated,
// some spaced.
func (l *launcher) strides(shape []int, output bool) (strides []int, offset, length int) {
	strides = make([]int, len(shape))
	step := 1 + 2*l.rng.IntN(2)*l.rng.IntN(2)
	order := l.rng.Perm(len(shape))
	if l.rng.IntN(2) == 0 {
		slices.Sort(order)
		slices.Reverse(order)
	}
	offset, length = 3, 8
	for _, i := range order {
		if !output && l.rng.IntN(5) == 0 {
			continue
		}
		strides[i] = step
		length += (shape[i] - 1) * step
		if l.rng.IntN(6) == 0 {
			strides[i] = -step
			offset += (shape[i] - 1) * step
		}
		step *= shape[i]
	}
	return strides, offset, length
}

func (l *launcher) array(t kernels.DType, n int) oracle.Array {
	a := oracle.NewArray(t, n)
	for i := range n {
		a.Set(i, kernels.FloatBits(t, l.rng.NormFloat64()))
	}
	return a
}

func (l *launcher) operand(t kernels.DType, shape []int, output bool) oracle.Operand {
	strides, offset, length := l.strides(shape, output)
	return oracle.Operand{Array: l.array(t, length), Offset: offset, Strides: strides}
}

// check runs the kernel on the device and by the oracle.
func (l *launcher) check(d *Device, k kernels.Kernel) {
	l.Helper()
	args := &device.Args{Shape: l.args.Shape, Reduced: l.args.Reduced, Indices: l.args.Indices, Params: l.args.Params}
	wrap := func(ops []oracle.Operand) (out []device.Operand) {
		for _, op := range ops {
			b, err := d.Wrap(slices.Clone(op.Bytes))
			if err != nil {
				l.Fatal(err)
			}
			out = append(out, device.Operand{Buffer: b, Offset: op.Offset, Strides: op.Strides})
		}
		return out
	}
	args.Ins, args.Outs = wrap(l.args.Ins), wrap(l.args.Outs)
	prog, err := d.Compile(k)
	if err != nil {
		l.Fatal(err)
	}
	s, err := d.NewStream()
	if err != nil {
		l.Fatal(err)
	}
	defer s.Close()
	if err := s.Launch(prog, args); err != nil {
		l.Fatal(err)
	}
	if err := s.Sync(l.Context()); err != nil {
		l.Fatal(err)
	}
	if err := oracle.Run(k, l.args); err != nil {
		l.Fatal(err)
	}
	for i, out := range args.Outs {
		got, err := d.HostBytes(out.Buffer)
		if err != nil {
			l.Fatal(err)
		}
		if string(got) != string(l.args.Outs[i].Bytes) {
			l.Fatalf("output %d differs from the oracle's\n%s\n%s", i, l.describe(), k)
		}
	}
}

func (l *launcher) describe() string {
	var s strings.Builder
	fmt.Fprintf(&s, "shape %v reduced %d", l.args.Shape, l.args.Reduced)
	for _, op := range slices.Concat(l.args.Ins, l.args.Outs) {
		fmt.Fprintf(&s, "\n%s offset %d strides %v", op.Type, op.Offset, op.Strides)
	}
	for _, i := range l.args.Indices {
		fmt.Fprintf(&s, "\nindex offset %d strides %v", i.Offset, i.Strides)
	}
	return s.String()
}

// body mixes float32 and float64 inputs, an index and random numbers.
func (l *launcher) body(index bool, results int) kernels.Body {
	l.Helper()
	return build(l, func(b *kernels.Builder) (rs []kernels.Value) {
		x, y, z := b.Load(0, kernels.F32), b.Load(1, kernels.F64), b.Load(2, kernels.F32)
		v := b.Add(b.Convert(kernels.F64, b.Mul(x, z)), y)
		if index {
			w := b.Philox(b.Index(0), b.Int(kernels.U64, 1), b.Param(0, kernels.U64), l.rng.IntN(3), 0)
			v = b.FMA(v, b.Float(kernels.F64, 0.5), b.Convert(kernels.F64, w))
			d := mathfn.Draws{Index: b.Index(0), Stream: b.Int(kernels.U64, 2), Seed: b.Param(0, kernels.U64), Words: 2 + l.rng.IntN(2)}
			switch l.rng.IntN(3) {
			case 0:
				v = b.Add(v, b.Convert(kernels.F64, d.Uniform(b, kernels.F32, 0)))
			case 1:
				v = b.Add(v, b.Convert(kernels.F64, d.Normal(b, kernels.F32, 0)))
			}
		}
		second := b.Max(v, y)
		if l.rng.IntN(3) == 0 { // hits that are counted, or not
			hit := b.Float(kernels.F64, []float64{1, 0.1}[l.rng.IntN(2)])
			second = b.Select(b.Less(x, z), hit, b.Float(kernels.F64, 0))
			if l.rng.IntN(2) == 0 {
				second = b.Mul(second, b.Convert(kernels.F64, b.Param(0, kernels.U64)))
			}
		}
		return []kernels.Value{v, second}[:results]
	})
}

func (l *launcher) begin(points int, index bool) kernels.Signature {
	shape := l.shape(points)
	l.args = &oracle.Args{Shape: shape, Params: []uint64{7}}
	sig := kernels.Signature{Ins: []kernels.DType{kernels.F32, kernels.F64, kernels.F32}, Params: []kernels.DType{kernels.U64}}
	for _, t := range sig.Ins {
		l.args.Ins = append(l.args.Ins, l.operand(t, shape, false))
	}
	if index {
		sig.Indices = 1
		strides, offset, _ := l.strides(shape, false)
		l.args.Indices = []kernels.Layout{{Shape: shape, Strides: strides, Offset: offset + 1000}}
	}
	return sig
}

func TestRandomLaunches(t *testing.T) {
	d, err := Open(Options{Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	cases := 500
	if testing.Short() {
		cases = 60
	}
	for seed := range cases {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			l := &launcher{T: t, rng: rand.New(rand.NewPCG(uint64(seed), 3))}
			index := l.rng.IntN(2) == 0
			sig := l.begin(1<<l.rng.IntN(16), index)
			if l.rng.IntN(2) == 0 {
				l.args.Outs = []oracle.Operand{l.operand(kernels.F64, l.args.Shape, true), l.operand(kernels.F64, l.args.Shape, true)}
				l.check(d, &kernels.Map{Signature: sig, Body: l.body(index, 2)})
				return
			}
			l.reduce(d, sig, index)
		})
	}
}

func (l *launcher) reduce(d *Device, sig kernels.Signature, index bool) {
	l.Helper()
	shape := l.args.Shape
	l.args.Reduced = 1 + l.rng.IntN(len(shape))
	kept := shape[:len(shape)-l.args.Reduced]
	combines := []kernels.Combine{kernels.CombineAdd, kernels.CombineMul, kernels.CombineMin, kernels.CombineArgMin, kernels.CombineArgMax}
	k := &kernels.Reduce{Signature: sig, Order: kernels.Order(l.rng.IntN(2)), Pre: l.body(index, 2)}
	for range 2 {
		k.Accs = append(k.Accs, kernels.Acc{Type: kernels.F64, Combine: combines[l.rng.IntN(len(combines))]})
	}
	k.Post = build(l, func(b *kernels.Builder) (rs []kernels.Value) {
		for i, a := range k.Accs {
			rs = append(rs, b.Add(b.Acc(i, kernels.F64), b.Load(1, kernels.F64)))
			if a.Combine.HasIndex() {
				rs = append(rs, b.AccIndex(i))
			}
		}
		return rs
	})
	for _, t := range k.Outs() {
		l.args.Outs = append(l.args.Outs, l.operand(t, kept, true))
	}
	l.check(d, k)
}

// TestUnalignedMemory computes on wrapped memory at odd addresses.
func TestUnalignedMemory(t *testing.T) {
	d, err := Open(Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	p := make([]byte, 4*5000+1)
	in := unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(&p[0]), 1)), 4*5000)
	b, err := d.Wrap(in)
	if err != nil {
		t.Fatal(err)
	}
	s, err := d.NewStream()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	prog, err := d.Compile(doubling(t))
	if err != nil {
		t.Fatal(err)
	}
	for i := range in {
		in[i] = byte(i%4/3) * 0x3f // 0.5, whose last byte is 0x3f and the others 0
	}
	if err := s.Launch(prog, &device.Args{Shape: []int{5000}, Ins: []device.Operand{flat(b)}, Outs: []device.Operand{flat(b)}}); err != nil {
		t.Fatal(err)
	}
	if err := s.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i := range in {
		if want := []byte{0, 0, 0x80, 0x3f}[i%4]; in[i] != want && i%4 == 3 {
			t.Fatalf("byte %d is %#x, expected %#x", i, in[i], want)
		}
	}
}

// doubling is x + x.
func doubling(t testing.TB) *kernels.Map {
	return &kernels.Map{Signature: kernels.Signature{Ins: []kernels.DType{kernels.F32}},
		Body: build(t, func(b *kernels.Builder) []kernels.Value {
			x := b.Load(0, kernels.F32)
			return []kernels.Value{b.Add(x, x)}
		})}
}

// TestReduceOfOnePoint: an axis of one point leaves no reduced axis to go along, only kept ones.
func TestReduceOfOnePoint(t *testing.T) {
	d := open(t, Options{Threads: 2})
	for _, order := range []kernels.Order{kernels.Tree, kernels.Strided} {
		for _, shape := range [][]int{{2000, 1}, {3, 2000, 1}, {2000, 1, 1}, {1, 1}, {1}} {
			t.Run(fmt.Sprint(order, shape), func(t *testing.T) {
				l := &launcher{T: t, rng: rand.New(rand.NewPCG(1, 2)), args: &oracle.Args{Shape: shape, Reduced: 1}}
				strides := make([]int, len(shape))
				n := 1
				for i := len(shape) - 2; i >= 0; i-- {
					strides[i], n = n, n*shape[i]
				}
				l.args.Ins = []oracle.Operand{{Array: l.array(kernels.F32, n), Strides: strides}}
				l.args.Outs = []oracle.Operand{{Array: oracle.NewArray(kernels.F32, n), Strides: strides[:len(shape)-1]}}
				l.check(d, &kernels.Reduce{
					Signature: kernels.Signature{Ins: []kernels.DType{kernels.F32}}, Order: order,
					Accs: []kernels.Acc{{Type: kernels.F32, Combine: kernels.CombineAdd}},
					Pre: build(t, func(b *kernels.Builder) []kernels.Value {
						x := b.Load(0, kernels.F32)
						return []kernels.Value{b.Add(b.Mul(x, x), b.Float(kernels.F32, 1))}
					}),
					Post: build(t, func(b *kernels.Builder) []kernels.Value { return []kernels.Value{b.Acc(0, kernels.F32)} }),
				})
			})
		}
	}
}
