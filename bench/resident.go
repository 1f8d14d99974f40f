package bench

import (
	"fmt"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/mathfn"
	"github.com/quern-go/quern/kernels/term"
)

// Resident lists workloads whose arrays stay in the device's memory: kernels, launched through package device.
// The ordinary suite brings results into Go slices, which on a GPU is mostly the transfer. Arrays have n elements
// where memory matters; every kernel is checked against the oracle, bit by bit, at a small size.
func Resident(s Scale, n int) []Group {
	side := isqrt(n)
	f32, f64 := kernels.F32, kernels.F64
	small, middle, large := s.pick(1024, 64), s.pick(4096, 128), s.pick(8192, 256)
	rows := s.pick(10_000, 200)
	products := func(t kernels.DType) []Workload {
		return []Workload{residentGemm(t, small), residentGemm(t, middle), residentGemm(t, large)}
	}
	var distances []Workload
	for _, k := range []int{3, 16, 128, 512} {
		distances = append(distances, residentDistances(rows, rows, k))
	}
	return []Group{
		{"resident overhead", []Workload{residentLaunch(1), residentLaunch(launchesQueued)}},
		{"resident memory", residentMaps(n)},
		{"resident functions", append(residentFunctions(n), residentRandom(n)...)},
		{"resident reductions", append(residentSums(n, side), residentTransposed(side))},
		{"resident sgemm", products(f32)},
		{"resident dgemm", products(f64)},
		{"resident distances", distances},
	}
}

// isqrt is the largest whole number, rounded down to a multiple of 8, whose square is at most n.
func isqrt(n int) int {
	side := 8
	for (side+8)*(side+8) <= n {
		side += 8
	}
	return side
}

// resident is a kernel and its launches.
type resident struct {
	Workload
	kernel   func() (kernels.Kernel, error)
	shape    []int
	small    []int // the shape of the check
	reduced  int
	layout   func(shape []int) layout
	launches int // in a run
}

// layout is the strides of each operand over the axes of a launch.
type layout struct {
	ins, outs, indices [][]int
	one                bool // the inputs are one array
}

// workload completes what its users see.
func (r resident) workload() Workload {
	if r.launches == 0 {
		r.launches = 1
	}
	w := r.Workload
	w.Setup = r.setup
	return w
}

// flatMap is a Map over n contiguous elements of so many inputs of one type.
func flatMap(w Workload, n, inputs int, t kernels.DType, f func(b *kernels.Builder, x []kernels.Value) kernels.Value) resident {
	return resident{Workload: w, shape: []int{n}, small: []int{10_007},
		kernel: func() (kernels.Kernel, error) {
			k := &kernels.Map{}
			b := kernels.NewBuilder()
			x := make([]kernels.Value, inputs)
			for i := range x {
				k.Ins = append(k.Ins, t)
				x[i] = b.Load(i, t)
			}
			var err error
			k.Body, err = b.Build(f(b, x))
			return k, err
		},
		layout: func([]int) layout {
			l := layout{outs: [][]int{{1}}}
			for range inputs {
				l.ins = append(l.ins, []int{1})
			}
			return l
		},
	}
}

// launchesQueued is how many launches the second overhead workload queues before it waits.
const launchesQueued = 100

func residentLaunch(launches int) Workload {
	w := Workload{
		Name: fmt.Sprintf("resident_launch/%d", launches), Summary: fmt.Sprintf("%d launches of −x, one float32, and one wait", launches),
		DType: "float32", Items: float64(launches), Unit: "launches", Formula: "launches", NoPeak: "the cost of a launch",
	}
	r := flatMap(w, 1, 1, kernels.F32, func(b *kernels.Builder, x []kernels.Value) kernels.Value { return b.Neg(x[0]) })
	r.launches = launches
	return r.workload()
}

func residentMaps(n int) []Workload {
	var out []Workload
	for _, m := range []struct {
		name, formula string
		inputs        int
		flops         float64
		f             func(b *kernels.Builder, x []kernels.Value) kernels.Value
	}{
		{"copy", "c = a", 1, 0, func(b *kernels.Builder, x []kernels.Value) kernels.Value { return x[0] }},
		{"scale", "c = 3·a", 1, 1, func(b *kernels.Builder, x []kernels.Value) kernels.Value { return b.Mul(b.Float(kernels.F32, 3), x[0]) }},
		{"add", "c = a + b", 2, 1, func(b *kernels.Builder, x []kernels.Value) kernels.Value { return b.Add(x[0], x[1]) }},
		{"triad", "c = b + 3·a", 2, 2, func(b *kernels.Builder, x []kernels.Value) kernels.Value {
			return b.FMA(x[0], b.Float(kernels.F32, 3), x[1])
		}},
		{"chain", "c = √(sin²a + cos²b)·exp(−a)", 2, 0, chain},
	} {
		arrays := float64(m.inputs + 1)
		out = append(out, flatMap(Workload{
			Name: "resident_" + m.name + "/" + sizeName(n), Summary: fmt.Sprintf("%s, %s float32", m.formula, sizeName(n)), DType: "float32",
			Bytes: 4 * arrays * float64(n), Flops: m.flops * float64(n), Limit: Streaming,
			Formula: fmt.Sprintf("bytes: %g arrays of 4·n; flops: %g·n", arrays, m.flops),
		}, n, m.inputs, kernels.F32, m.f).workload())
	}
	return out
}

func chain(b *kernels.Builder, x []kernels.Value) kernels.Value {
	const t = kernels.F32
	sin, cos := b.Call(mathfn.Sin(t), x[0]), b.Call(mathfn.Cos(t), x[1])
	root := b.Sqrt(b.Add(b.Mul(sin, sin), b.Mul(cos, cos)))
	return b.Mul(root, b.Call(mathfn.Exp(t), b.Neg(x[0])))
}

func residentFunctions(n int) []Workload {
	var out []Workload
	for _, f := range []struct {
		name string
		f    *kernels.Func
	}{
		{"exp", mathfn.Exp(kernels.F32)}, {"log", mathfn.Log(kernels.F32)},
		{"sin", mathfn.Sin(kernels.F32)}, {"tanh", mathfn.Tanh(kernels.F32)},
	} {
		out = append(out, flatMap(Workload{
			Name: "resident_" + f.name + "/" + sizeName(n), Summary: fmt.Sprintf("%s(x), %s float32 from 0 to 1", f.name, sizeName(n)),
			DType: "float32", Bytes: 8 * float64(n), Items: float64(n), Unit: "values",
			Formula: "bytes: x read, the result written, 2·4·n; values: n", Limit: Streaming,
		}, n, 1, kernels.F32, func(b *kernels.Builder, x []kernels.Value) kernels.Value { return b.Call(f.f, x[0]) }).workload())
	}
	return out
}

// draw is a random number by its index.
type draw func(b *kernels.Builder, t kernels.DType, index, stream, seed kernels.Value) kernels.Value

// drawKernel fills an array with random numbers.
func drawKernel(f draw, t kernels.DType, seed int64) (kernels.Kernel, error) {
	b := kernels.NewBuilder()
	k := &kernels.Map{Signature: kernels.Signature{Indices: 1}}
	var err error
	k.Body, err = b.Build(f(b, t, b.Index(0), b.Int(kernels.U64, 0), b.Int(kernels.U64, seed)))
	return k, err
}

func residentRandom(n int) []Workload {
	var out []Workload
	for _, d := range []struct {
		name string
		f    draw
	}{{"uniform", mathfn.Uniform}, {"normal", mathfn.Normal}} {
		out = append(out, resident{
			Workload: Workload{
				Name: "resident_" + d.name + "/" + sizeName(n), Summary: fmt.Sprintf("%s %s float32 random numbers", sizeName(n), d.name),
				DType: "float32", Bytes: 4 * float64(n), Items: float64(n), Unit: "values",
				Formula: "bytes: the result written, 4·n; values: n", Limit: Streaming,
			},
			kernel: func() (kernels.Kernel, error) { return drawKernel(d.f, kernels.F32, 42) },
			shape:  []int{n}, small: []int{10_007},
			layout: func([]int) layout { return layout{outs: [][]int{{1}}, indices: [][]int{{1}}} },
		}.workload())
	}
	return out
}

// sumKernel adds up its input, or the products of two.
func sumKernel(order kernels.Order, inputs int) (kernels.Kernel, error) {
	const t = kernels.F32
	k := &kernels.Reduce{Order: order, Accs: []kernels.Acc{{Type: t, Combine: kernels.CombineAdd}}}
	b := kernels.NewBuilder()
	x := b.Load(0, t)
	k.Ins = append(k.Ins, t)
	if inputs == 2 {
		x = b.Mul(x, b.Load(1, t))
		k.Ins = append(k.Ins, t)
	}
	var err error
	if k.Pre, err = b.Build(x); err != nil {
		return nil, err
	}
	post := kernels.NewBuilder()
	k.Post, err = post.Build(post.Acc(0, t))
	return k, err
}

func residentSums(n, side int) []Workload {
	const short = 8 // elements of a short row
	var out []Workload
	for _, r := range []struct {
		name, summary string
		order         kernels.Order
		shape, small  []int
		inputs        int
		layout        func(shape []int) layout
	}{
		{"sum/" + sizeName(n), "sum(x)", kernels.Tree, []int{n}, []int{100_003}, 1,
			func([]int) layout { return layout{ins: [][]int{{1}}, outs: [][]int{{}}} }},
		{"dot/" + sizeName(n), "sum(a·b)", kernels.Tree, []int{n}, []int{100_003}, 2,
			func([]int) layout { return layout{ins: [][]int{{1}, {1}}, outs: [][]int{{}}} }},
		{"sum_axis0/" + sizeName(side), "sum(x, axis 0) of a square", kernels.Strided, []int{side, side}, []int{301, 517}, 1,
			func(s []int) layout { return layout{ins: [][]int{{1, s[0]}}, outs: [][]int{{1}}} }},
		{"sum_axis1/" + sizeName(side), "sum(x, axis 1) of a square", kernels.Tree, []int{side, side}, []int{301, 517}, 1,
			func(s []int) layout { return layout{ins: [][]int{{s[1], 1}}, outs: [][]int{{1}}} }},
		{"sum_rows/" + shapeName(n/short, short), "sums of rows of 8", kernels.Tree, []int{n / short, short}, []int{1001, short}, 1,
			func(s []int) layout { return layout{ins: [][]int{{s[1], 1}}, outs: [][]int{{1}}} }},
	} {
		elements := float64(r.shape[0])
		if len(r.shape) == 2 {
			elements *= float64(r.shape[1])
		}
		out = append(out, resident{
			Workload: Workload{
				Name: "resident_" + r.name, Summary: fmt.Sprintf("%s, %.3g float32", r.summary, elements), DType: "float32",
				Bytes: 4 * float64(r.inputs) * elements, Flops: float64(r.inputs) * elements, Limit: Reading,
				Formula: "bytes: what is read, 4 to an element; flops: an addition for each element, and a product",
			},
			kernel: func() (kernels.Kernel, error) { return sumKernel(r.order, r.inputs) },
			shape:  r.shape, small: r.small, reduced: 1, layout: r.layout,
		}.workload())
	}
	return out
}

func residentTransposed(side int) Workload {
	r := flatMap(Workload{
		Name: "resident_x_plus_xT/" + sizeName(side), Summary: fmt.Sprintf("x + xᵀ, float32 %d×%d", side, side), DType: "float32",
		Bytes: 8 * float64(side) * float64(side), Flops: float64(side) * float64(side), Limit: Streaming,
		Formula: "bytes: x read once, the result written, 2·4·n²; flops: n²",
	}, side, 2, kernels.F32, func(b *kernels.Builder, x []kernels.Value) kernels.Value { return b.Add(x[0], x[1]) })
	r.shape, r.small = []int{side, side}, []int{300, 300}
	r.layout = func(s []int) layout {
		return layout{ins: [][]int{{s[1], 1}, {1, s[1]}}, outs: [][]int{{s[1], 1}}, one: true}
	}
	return r.workload()
}

// contractKernel runs a named step over two inputs, and then post.
func contractKernel(step term.Term, t kernels.DType, post func(b *kernels.Builder, acc kernels.Value) kernels.Value) (kernels.Kernel, error) {
	k := &kernels.Contract{
		Signature: kernels.Signature{Ins: []kernels.DType{t, t}},
		Accs:      step.Accs(t), Start: make([]uint64, len(step.Accs(t))),
	}
	load := func(slot int) (kernels.Body, error) {
		b := kernels.NewBuilder()
		return b.Build(b.Load(slot, t))
	}
	var err error
	if k.PreA, err = load(0); err != nil {
		return nil, err
	}
	if k.PreB, err = load(1); err != nil {
		return nil, err
	}
	if k.Step, err = step.Step(t, nil); err != nil {
		return nil, err
	}
	b := kernels.NewBuilder()
	k.Post, err = b.Build(post(b, b.Acc(0, t)))
	return k, err
}

func residentGemm(t kernels.DType, n int) Workload {
	size := float64(n)
	w := Workload{
		Name: "resident_sgemm/" + sizeName(n), Summary: fmt.Sprintf("matrix product, %s %d×%d", t, n, n), DType: "float32",
		Bytes: 3 * float64(t.Size()) * size * size, Flops: 2 * size * size * size, Limit: FMA32,
		Formula: "bytes: a and b read, c written once, 3n² elements; flops: an fma for each of n³",
	}
	if t == kernels.F64 {
		w.Name, w.DType, w.Limit = "resident_dgemm/"+sizeName(n), "float64", FMA64
	}
	return resident{Workload: w, shape: []int{n, n, n}, small: []int{131, 70, 37},
		kernel: func() (kernels.Kernel, error) {
			return contractKernel(term.FMA, t, func(_ *kernels.Builder, acc kernels.Value) kernels.Value { return acc })
		},
		layout: func(s []int) layout { // a is m×k, b is k×n
			return layout{ins: [][]int{{s[2], 0, 1}, {0, 1, s[1]}}, outs: [][]int{{s[1], 1}}}
		},
	}.workload()
}

func residentDistances(m, n, k int) Workload {
	pairs := float64(m) * float64(n)
	w := Workload{
		Name: fmt.Sprintf("resident_cdist_euclidean/%dx%dx%d", m, n, k), Summary: fmt.Sprintf("euclidean distances, float32 %d×%d with %d×%d", m, k, n, k),
		DType: "float32", Bytes: 4 * (float64(m*k) + float64(n*k) + pairs), Flops: 3*float64(k)*pairs + pairs, Limit: Streaming,
		Formula: "bytes: both inputs and the m·n distances once; flops: a subtraction and an fma for each of m·n·k, m·n roots",
	}
	if k > 16 {
		w.Limit = FMA32
	}
	return resident{Workload: w, shape: []int{m, n, k}, small: []int{131, 70, k},
		kernel: func() (kernels.Kernel, error) {
			return contractKernel(term.SqDiff, kernels.F32, func(b *kernels.Builder, acc kernels.Value) kernels.Value { return b.Sqrt(acc) })
		},
		layout: func(s []int) layout { // rows of both
			return layout{ins: [][]int{{s[2], 0, 1}, {0, s[2], 1}}, outs: [][]int{{s[1], 1}}}
		},
	}.workload()
}

// ResidentElements is how many elements the arrays of Resident have on a device with so many bytes of memory, which
// so many programs share: a power of ten, so that results compare, of which three arrays each take at most half of it.
func ResidentElements(s Scale, memory int64, programs int) int {
	if s == Quick {
		return 100_000
	}
	n := 1_000_000_000
	for n > 10_000_000 && 3*4*int64(n)*int64(programs) > memory/2 {
		n /= 10
	}
	return n
}
