package contract

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/quern-go/quern/cpu/internal/exec"
	"github.com/quern-go/quern/cpu/internal/gemm"
	"github.com/quern-go/quern/cpu/internal/sched"
	"github.com/quern-go/quern/cpu/internal/simd"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/oracle"
	"github.com/quern-go/quern/kernels/term"
)

var floatTypes = []kernels.DType{kernels.F32, kernels.F64}

var gemmCaches = gemm.DetectCaches()

type values = []kernels.Value

// body builds a Body.
func body(t testing.TB, build func(b *kernels.Builder) values) kernels.Body {
	t.Helper()
	b := kernels.NewBuilder()
	out, err := b.Build(build(b)...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func loadOf(t testing.TB, slot int, dt kernels.DType) kernels.Body {
	return body(t, func(b *kernels.Builder) values { return values{b.Load(slot, dt)} })
}

// accsOf gives every accumulator, and the position of those that keep one.
func accsOf(t testing.TB, accs ...kernels.Acc) kernels.Body {
	return body(t, func(b *kernels.Builder) (vs values) {
		for i, acc := range accs {
			vs = append(vs, b.Acc(i, acc.Type))
			if acc.Combine.HasIndex() {
				vs = append(vs, b.AccIndex(i))
			}
		}
		return vs
	})
}

// named is the Contract of a named step over inputs 0 and 1.
func named(t testing.TB, step term.Term, dt kernels.DType) *kernels.Contract {
	t.Helper()
	s, err := step.Step(dt, func(b *kernels.Builder) kernels.Value { return b.Load(2, dt) })
	if err != nil {
		t.Fatal(err)
	}
	accs := step.Accs(dt)
	k := &kernels.Contract{
		Signature: kernels.Signature{Ins: []kernels.DType{dt, dt}},
		PreA:      loadOf(t, 0, dt), PreB: loadOf(t, 1, dt),
		Step: s, Accs: accs, Start: make([]uint64, len(accs)), Post: accsOf(t, accs...),
	}
	if step.IsWeighted() {
		k.Ins = append(k.Ins, dt)
	}
	return k
}

// brayCurtis is Σ|a−b| / Σ|a+b|.
func brayCurtis(t testing.TB, dt kernels.DType) *kernels.Contract {
	k := named(t, term.FMA, dt)
	k.Accs = append(k.Accs, k.Accs[0])
	k.Start = []uint64{0, 0}
	k.Step = body(t, func(b *kernels.Builder) values {
		x, y := b.Arg(0, dt), b.Arg(1, dt)
		return values{b.Add(b.Acc(0, dt), b.Abs(b.Sub(x, y))), b.Add(b.Acc(1, dt), b.Abs(b.Add(x, y)))}
	})
	k.Post = body(t, func(b *kernels.Builder) values { return values{b.Div(b.Acc(0, dt), b.Acc(1, dt))} })
	return k
}

// asymmetric takes a float32 and an int64, keeps an accumulator of each width,
// joins chunks by product and minimum, and has a parameter.
func asymmetric(t testing.TB) *kernels.Contract {
	f32, f64 := kernels.F32, kernels.F64
	k := named(t, term.FMA, f32)
	k.Ins = []kernels.DType{f32, kernels.I64}
	k.Params = []kernels.DType{f64}
	k.PreB = loadOf(t, 1, kernels.I64)
	k.Accs = []kernels.Acc{{Type: f32, Combine: kernels.CombineMul}, {Type: f64, Combine: kernels.CombineMin}}
	k.Start = []uint64{kernels.FloatBits(f32, 1), kernels.FloatBits(f64, 100)}
	k.Step = body(t, func(b *kernels.Builder) values {
		x, y := b.Arg(0, f32), b.Arg(1, kernels.I64)
		sum := b.Sub(b.Convert(f64, x), b.Mul(b.Convert(f64, y), b.Param(0, f64)))
		return values{
			b.Mul(b.Acc(0, f32), b.FMA(x, b.Float(f32, 1.0/64), b.Float(f32, 1))),
			b.Min(b.Acc(1, f64), sum),
		}
	})
	k.Post = accsOf(t, k.Accs...)
	return k
}

// layout says how an operand lies: the axes given, from the outermost in memory
// to the innermost, have strides; the others have 0.
type layout struct {
	order   []int
	gap     int  // unused elements after each
	reverse bool // strides are negative
}

// guard is the number of elements around every operand.
const guard = 9

// operand makes an array of values made by value.
func (l layout) operand(dt kernels.DType, shape []int, rank int, value func() uint64) oracle.Operand {
	strides, step, last := make([]int, rank), 1+l.gap, 0
	for _, axis := range slices.Backward(l.order) {
		strides[axis] = step
		last += (shape[axis] - 1) * step
		step *= max(shape[axis], 1)
	}
	last = max(last, 0)
	offset := guard
	if l.reverse {
		offset += last
		for i := range strides {
			strides[i] = -strides[i]
		}
	}
	a := oracle.NewArray(dt, last+1+2*guard)
	for i := range a.Len() {
		a.Set(i, value())
	}
	return oracle.Operand{Array: a, Offset: offset, Strides: strides}
}

// random makes values of a type: small ones, and specials among them.
func random(r *rand.Rand, dt kernels.DType, specials bool) func() uint64 {
	return func() uint64 {
		if dt == kernels.I64 {
			return uint64(r.IntN(21) - 10)
		}
		if specials && r.IntN(50) == 0 {
			list := []float64{0, math.Copysign(0, -1), 1e-42, math.Inf(1), math.NaN(), 3e38}
			return kernels.FloatBits(dt, list[r.IntN(len(list))])
		}
		if r.IntN(3) == 0 {
			return kernels.FloatBits(dt, float64(r.IntN(9)-4)) // ties
		}
		return kernels.FloatBits(dt, r.Float64()*2-1)
	}
}

// trial is one launch.
type trial struct {
	name     string
	kernel   *kernels.Contract
	shape    []int
	ins      []layout // of the inputs
	outs     layout   // of every output
	indices  []kernels.Layout
	specials bool
}

// args makes the arguments.
func (tr *trial) args() *oracle.Args {
	r := rand.New(rand.NewPCG(1, uint64(len(tr.name))))
	args := &oracle.Args{Shape: tr.shape, Indices: tr.indices}
	for i, in := range tr.ins {
		args.Ins = append(args.Ins, in.operand(tr.kernel.Ins[i], tr.shape, len(tr.shape), random(r, tr.kernel.Ins[i], tr.specials)))
	}
	for _, dt := range tr.kernel.Params {
		args.Params = append(args.Params, random(r, dt, false)())
	}
	rank, outShape := tr.kernel.OutRank(len(tr.shape)), slices.Clone(tr.shape)
	if f := tr.kernel.Fold; f != nil && f.Top > 0 {
		outShape[rank-1] = f.Top
	}
	for _, dt := range tr.kernel.Outs() {
		untouched := func() uint64 { return 0x1234567812345678 >> (64 - 8*dt.Size()) }
		args.Outs = append(args.Outs, tr.outs.operand(dt, outShape, rank, untouched))
	}
	return args
}

func copyArgs(a *oracle.Args) *oracle.Args {
	c := *a
	c.Outs = slices.Clone(a.Outs)
	for i := range c.Outs {
		c.Outs[i].Bytes = slices.Clone(a.Outs[i].Bytes)
	}
	return &c
}

// launchArgs are the arguments as memory.
func launchArgs(a *oracle.Args) *exec.Args {
	arrays := func(ops []oracle.Operand) (to []exec.Array) {
		for _, op := range ops {
			to = append(to, exec.Array{
				Base: unsafe.Add(unsafe.Pointer(unsafe.SliceData(op.Bytes)), op.Offset*op.Type.Size()),
				Len:  op.Len() - op.Offset, Strides: op.Strides,
			})
		}
		return to
	}
	return &exec.Args{Shape: a.Shape, Ins: arrays(a.Ins), Outs: arrays(a.Outs), Indices: a.Indices, Params: a.Params}
}

// machines are tables and pools: every level with 1, 2 and 7 threads.
type machine struct {
	name   string
	run    *sched.Pool
	memory *Memory
	*simd.Table
}

func machines(t testing.TB) (list []machine) {
	for _, threads := range []int{1, 2, 7} {
		pool := sched.New(threads)
		t.Cleanup(pool.Close)
		for _, level := range simd.Levels() {
			list = append(list, machine{fmt.Sprintf("%v/%d threads", level, threads), pool, NewMemory(gemmCaches), simd.TableFor(level)})
		}
	}
	return list
}

func (m *machine) compile(t testing.TB, k *kernels.Contract) *Program {
	t.Helper()
	p, err := Compile(m.Table, m.run, m.memory, k)
	if err != nil {
		t.Fatalf("%s: %v", m.name, err)
	}
	return p
}

// check runs the trial on every machine, twice, and compares with the oracle.
func (tr *trial) check(t *testing.T, machines []machine) {
	t.Helper()
	if err := tr.kernel.Validate(); err != nil {
		t.Fatalf("%s: %v", tr.name, err)
	}
	args := tr.args()
	want := copyArgs(args)
	if err := oracle.Run(tr.kernel, want); err != nil {
		t.Fatalf("%s: %v", tr.name, err)
	}
	for _, m := range machines {
		p := m.compile(t, tr.kernel)
		p.foldBudget = 1
		for range 2 {
			got := copyArgs(args)
			if err := p.Run(context.Background(), launchArgs(got)); err != nil {
				t.Fatalf("%s, %s: %v", tr.name, m.name, err)
			}
			for o := range got.Outs {
				compare(t, fmt.Sprintf("%s, %s: output %d", tr.name, m.name, o), got.Outs[o].Array, want.Outs[o].Array)
			}
		}
	}
}

func compare(t *testing.T, name string, got, want oracle.Array) {
	t.Helper()
	if string(got.Bytes) == string(want.Bytes) {
		return
	}
	for i := range want.Len() {
		g, w := got.At(i), want.At(i)
		if g != w && !(isNaN(want.Type, g) && isNaN(want.Type, w)) {
			t.Fatalf("%s: element %d is %s, expected %s", name, i, kernels.FormatBits(want.Type, g), kernels.FormatBits(want.Type, w))
		}
	}
}

func isNaN(dt kernels.DType, bits uint64) bool {
	switch dt {
	case kernels.F32:
		x := math.Float32frombits(uint32(bits))
		return x != x
	case kernels.F64:
		x := math.Float64frombits(bits)
		return x != x
	}
	return false
}
