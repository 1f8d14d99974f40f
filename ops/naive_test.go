package ops

import (
	"encoding/binary"
	"math"
	"slices"
	"testing"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/mathfn"
	"github.com/quern-go/quern/kernels/oracle"
	"github.com/quern-go/quern/ops/internal/expr"
)

// naive evaluates an expression node by node, each into an array of its own: no
// planner, no fusion, no views of memory. It is what the planner must agree with
// to the last bit when the algebra is off.
type naive struct {
	t    testing.TB
	done map[*expr.Node][]uint64
}

func evaluateNaively(t testing.TB, n *expr.Node) []uint64 {
	return (&naive{t, make(map[*expr.Node][]uint64)}).eval(n)
}

func (v *naive) eval(n *expr.Node) []uint64 {
	if out, ok := v.done[n]; ok {
		return out
	}
	out := v.compute(n)
	v.done[n] = out
	return out
}

func (v *naive) compute(n *expr.Node) []uint64 {
	switch {
	case n.Op == expr.Failed:
		v.t.Fatal(n.Err)
	case n.Op == expr.Source:
		return v.source(n)
	case n.Op == expr.Const:
		out := make([]uint64, n.Size())
		for i := range out {
			out[i] = n.Bits
		}
		return out
	case n.Op == expr.Arange || n.Op.IsRandom():
		return v.generated(n)
	case n.Op.IsElementwise():
		return v.elementwise(n)
	case n.Op.IsView():
		return v.view(n)
	case n.Op == expr.Contract:
		return v.contract(n)
	case n.Op == expr.Take:
		return v.take(n)
	case n.Op == expr.Concat:
		return v.concat(n)
	case n.Op.IsScan():
		return v.scan(n)
	case n.Op == expr.Top:
		return v.top(n)
	}
	return v.reduce(n)
}

// positions lists the offsets of a layout's elements in row-major order.
func positions(l kernels.Layout) []int {
	out := []int{l.Offset}
	for axis, d := range l.Shape {
		next := make([]int, 0, len(out)*d)
		for _, o := range out {
			for i := range d {
				next = append(next, o+i*l.Strides[axis])
			}
		}
		out = next
	}
	return out
}

func (v *naive) source(n *expr.Node) []uint64 {
	host := n.Data.(*data).host
	if host == nil {
		host = n.Data.(*data).recent.Load().buffer.(*testBuffer).mem
	}
	a := oracle.Array{Type: n.Type, Bytes: host}
	var out []uint64
	for _, p := range positions(n.Layout) {
		out = append(out, a.At(p))
	}
	return out
}

func (v *naive) body(f func(b *kernels.Builder) kernels.Value) kernels.Body {
	b := kernels.NewBuilder()
	body, err := b.Build(f(b))
	if err != nil {
		v.t.Fatal(err)
	}
	return body
}

func (v *naive) generated(n *expr.Node) []uint64 {
	first := v.eval(n.Args[0])[0]
	if n.Op == expr.Arange && n.Type == kernels.I64 {
		out := make([]uint64, n.Size())
		for i := range out {
			out[i] = first + uint64(i)*v.eval(n.Args[1])[0]
		}
		return out
	}
	body := v.body(func(b *kernels.Builder) kernels.Value {
		index := b.Index(0)
		if n.Op == expr.Arange {
			return b.Add(b.Bits(n.Type, first), b.Mul(b.Convert(n.Type, index), b.Bits(n.Type, v.eval(n.Args[1])[0])))
		}
		seed := b.Bits(kernels.U64, first)
		if n.Op == expr.Normal {
			return mathfn.Normal(b, n.Type, index, b.Int(kernels.U64, 0), seed)
		}
		return mathfn.Uniform(b, n.Type, index, b.Int(kernels.U64, 0), seed)
	})
	out := make([]uint64, n.Size())
	for i := range out {
		out[i] = body.Eval(func(*kernels.Inst) uint64 { return uint64(i) }, nil)[0]
	}
	return out
}

func (v *naive) elementwise(n *expr.Node) []uint64 {
	var at [][]int
	var args [][]uint64
	for _, a := range n.Args {
		if a == nil {
			break
		}
		l, err := kernels.Contiguous(a.Shape...).Broadcast(n.Shape)
		if err != nil {
			v.t.Fatal(err)
		}
		at, args = append(at, positions(l)), append(args, v.eval(a))
	}
	body := v.body(func(b *kernels.Builder) kernels.Value {
		var x []kernels.Value
		for i := range args {
			x = append(x, b.Arg(i, n.Args[i].Type))
		}
		return expr.Emit(b, n.Op, n.Type, x...)
	})
	out := make([]uint64, n.Size())
	for i := range out {
		out[i] = body.Eval(func(in *kernels.Inst) uint64 { return args[in.Imm][at[in.Imm][i]] }, nil)[0]
	}
	return out
}

// take copies rows of what lies inside of the axis.
func (v *naive) take(n *expr.Node) []uint64 {
	x, index := n.Args[0], v.eval(n.Args[1])
	in, length := v.eval(x), x.Shape[n.Axis]
	inner := len(in)
	for _, d := range x.Shape[:n.Axis+1] {
		inner /= d
	}
	var out []uint64
	for o := 0; o < len(in); o += length * inner {
		for _, i := range index {
			out = append(out, in[o+int(i)*inner:][:inner]...)
		}
	}
	return out
}

func (v *naive) concat(n *expr.Node) []uint64 {
	x, y := n.Args[0], n.Args[1]
	outer := 1
	for _, d := range n.Shape[:n.Axis] {
		outer *= d
	}
	a, b := v.eval(x), v.eval(y)
	var out []uint64
	for o := range outer {
		out = append(out, a[o*len(a)/outer:][:len(a)/outer]...)
		out = append(out, b[o*len(b)/outer:][:len(b)/outer]...)
	}
	return out
}

// top sorts the elements of each line of an axis.
func (v *naive) top(n *expr.Node) []uint64 {
	x, k := n.Args[0], n.Shape[len(n.Shape)-1]
	perm := []int{}
	for i := range x.Shape {
		if i != n.Axis {
			perm = append(perm, i)
		}
	}
	in, length := v.eval(x), x.Shape[n.Axis]
	at := positions(kernels.Contiguous(x.Shape...).Permute(append(perm, n.Axis)))
	var out []uint64
	for ; len(at) > 0; at = at[length:] {
		line := make([]kernels.Partial, length)
		for i := range line {
			line[i] = kernels.Partial{Bits: in[at[i]], Index: int64(i)}
		}
		slices.SortFunc(line, func(p, q kernels.Partial) int {
			if kernels.Before(x.Type, p, q) {
				return -1
			}
			return 1
		})
		for _, p := range line[:k] {
			out = append(out, uint64(p.Index))
		}
		for _, p := range line[:k] {
			out = append(out, p.Bits)
		}
	}
	return out
}

// scan puts the axis last, runs one kernel and puts it back.
func (v *naive) scan(n *expr.Node) []uint64 {
	x, t := n.Args[0], n.Args[0].Type
	k := map[expr.Op]*kernels.Scan{
		expr.CumSum:    kernels.NewScan(kernels.ScanPrefix, kernels.CombineAdd, t, 0),
		expr.CumProd:   kernels.NewScan(kernels.ScanPrefix, kernels.CombineMul, t, 0),
		expr.Sort:      kernels.NewScan(kernels.ScanSort, 0, t, 0),
		expr.ArgSort:   kernels.NewScan(kernels.ScanArgSort, 0, t, 0),
		expr.Select:    kernels.NewScan(kernels.ScanSelect, 0, t, 2),
		expr.Histogram: kernels.NewScan(kernels.ScanHistogram, 0, t, 0),
	}[n.Op]
	var perm []int
	for i := range x.Shape {
		if i != n.Axis {
			perm = append(perm, i)
		}
	}
	perm = append(perm, n.Axis)
	in, result := kernels.Contiguous(x.Shape...).Permute(perm), kernels.Contiguous(n.Shape...).Permute(perm)
	out := oracle.NewArray(n.Type, n.Size())
	args := &oracle.Args{
		Shape: in.Shape, Ins: []oracle.Operand{{Array: v.array(x), Strides: in.Strides}},
		Outs: []oracle.Operand{{Array: out, Strides: result.Strides}},
	}
	switch n.Op {
	case expr.Select:
		args.Params = []uint64{n.Args[1].Bits, n.Args[2].Bits}
	case expr.Histogram:
		args.Params = []uint64{n.Args[2].Bits}
		args.Ins = append(args.Ins, oracle.Operand{Array: v.array(n.Args[1]), Strides: make([]int, len(in.Shape))})
	}
	v.run(k, args)
	return bitsOfArray(out)
}

func (v *naive) view(n *expr.Node) []uint64 {
	x := n.Args[0]
	l, ok := n.View.Apply(kernels.Contiguous(x.Shape...))
	if !ok {
		v.t.Fatalf("%s of a contiguous array", n.Op)
	}
	in := v.eval(x)
	var out []uint64
	for _, p := range positions(l) {
		out = append(out, in[p])
	}
	return out
}

func (v *naive) array(n *expr.Node) oracle.Array { return oracle.FromBits(n.Type, v.eval(n)...) }

func (v *naive) reduce(n *expr.Node) []uint64 {
	x := n.Args[0]
	combine := map[expr.Op]kernels.Combine{
		expr.Sum: kernels.CombineAdd, expr.Prod: kernels.CombineMul, expr.Min: kernels.CombineMin, expr.Max: kernels.CombineMax,
		expr.ArgMin: kernels.CombineArgMin, expr.ArgMax: kernels.CombineArgMax,
	}[n.Op]
	reduced := make([]bool, len(x.Shape))
	for _, a := range n.Reduce.Axes {
		reduced[a] = true
	}
	perm := []int{}
	for _, want := range []bool{false, true} {
		for i := range x.Shape {
			if reduced[i] == want {
				perm = append(perm, i)
			}
		}
	}
	l := kernels.Contiguous(x.Shape...).Permute(perm)
	k := &kernels.Reduce{Order: n.Reduce.Order, Accs: []kernels.Acc{{Type: x.Type, Combine: combine}}}
	k.Ins = []kernels.DType{x.Type}
	k.Pre = v.body(func(b *kernels.Builder) kernels.Value { return b.Load(0, x.Type) })
	k.Post = v.body(func(b *kernels.Builder) kernels.Value {
		if combine.HasIndex() {
			return b.AccIndex(0)
		}
		return b.Acc(0, x.Type)
	})
	out := oracle.NewArray(n.Type, n.Size())
	v.run(k, &oracle.Args{
		Shape: l.Shape, Reduced: len(n.Reduce.Axes),
		Ins:  []oracle.Operand{{Array: v.array(x), Strides: l.Strides}},
		Outs: []oracle.Operand{{Array: out, Strides: kernels.Contiguous(n.Shape...).Strides}},
	})
	return bitsOfArray(out)
}

func (v *naive) contract(n *expr.Node) []uint64 {
	a, b := n.Args[0], n.Args[1]
	rank := len(n.Shape)
	depth := a.Shape[len(a.Shape)-1]
	batch := n.Shape[:rank-2]
	la, _ := kernels.Contiguous(a.Shape...).Broadcast(append(append([]int{}, batch...), n.Shape[rank-2], depth))
	lb, _ := kernels.Contiguous(b.Shape...).Broadcast(append(append([]int{}, batch...), depth, n.Shape[rank-1]))
	sa := append(append([]int{}, la.Strides[:rank-1]...), 0, la.Strides[rank-1])
	sb := append(append([]int{}, lb.Strides[:rank-2]...), 0, lb.Strides[rank-1], lb.Strides[rank-2])
	accs := n.Step.Term.Accs(n.Type)
	k := &kernels.Contract{Accs: accs, Start: make([]uint64, len(accs))}
	k.Ins = []kernels.DType{n.Type, n.Type}
	k.PreA = v.body(func(b *kernels.Builder) kernels.Value { return b.Load(0, n.Type) })
	k.PreB = v.body(func(b *kernels.Builder) kernels.Value { return b.Load(1, n.Type) })
	k.Post = v.body(func(b *kernels.Builder) kernels.Value { return n.Step.Term.Result(b, n.Type) })
	ins := []oracle.Operand{{Array: v.array(a), Strides: sa}, {Array: v.array(b), Strides: sb}}
	var weight func(b *kernels.Builder) kernels.Value
	if w := n.Args[2]; w != nil {
		k.Ins = append(k.Ins, n.Type)
		sw := make([]int, rank+1)
		sw[rank] = 1
		ins = append(ins, oracle.Operand{Array: v.array(w), Strides: sw})
		weight = func(b *kernels.Builder) kernels.Value { return b.Load(2, n.Type) }
	}
	var err error
	if k.Step, err = n.Step.Body(n.Type, weight); err != nil {
		v.t.Fatal(err)
	}
	out := oracle.NewArray(n.Type, n.Size())
	v.run(k, &oracle.Args{
		Shape: append(append([]int{}, n.Shape...), depth),
		Ins:   ins,
		Outs:  []oracle.Operand{{Array: out, Strides: kernels.Contiguous(n.Shape...).Strides}},
	})
	return bitsOfArray(out)
}

func (v *naive) run(k kernels.Kernel, args *oracle.Args) {
	if err := oracle.Run(k, args); err != nil {
		v.t.Fatal(err)
	}
}

func bitsOfArray(a oracle.Array) []uint64 {
	out := make([]uint64, a.Len())
	for i := range out {
		out[i] = a.At(i)
	}
	return out
}

// sameBits compares results; any NaN equals any NaN.
func sameBits(t kernels.DType, got, want uint64) bool {
	return got == want || isNaN(t, got) && isNaN(t, want)
}

func isNaN(t kernels.DType, bits uint64) bool {
	switch t {
	case kernels.F32:
		x := math.Float32frombits(uint32(bits))
		return x != x
	case kernels.F64:
		return math.IsNaN(math.Float64frombits(bits))
	}
	return false
}

// readBits splits memory into elements.
func readBits(t kernels.DType, mem []byte) []uint64 {
	var out []uint64
	for i := 0; i < len(mem); i += t.Size() {
		if t.Size() == 4 {
			out = append(out, uint64(binary.LittleEndian.Uint32(mem[i:])))
		} else {
			out = append(out, binary.LittleEndian.Uint64(mem[i:]))
		}
	}
	return out
}
