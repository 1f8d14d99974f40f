package vm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/quern-go/quern/cpu/internal/simd"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/mathfn"
)

// levels are the instruction sets this machine runs.
func levels() (list []*simd.Table) {
	for _, l := range simd.Levels() {
		list = append(list, simd.TableFor(l))
	}
	return list
}

// chain builds random bodies over a few leaves, with all kinds of ops.
type chain struct {
	*kernels.Builder
	rng    *rand.Rand
	values map[kernels.DType][]kernels.Value
	seed   kernels.Value
	inStep bool // builds the step of a loop
}

func (c *chain) add(v kernels.Value) {
	t := c.TypeOf(v)
	c.values[t] = append(c.values[t], v)
}

// pick prefers recent values.
func (c *chain) pick(t kernels.DType) kernels.Value {
	list := c.values[t]
	return list[len(list)-1-min(c.rng.IntN(len(list)), c.rng.IntN(len(list)))]
}

func newChain(seed uint64) *chain {
	c := &chain{Builder: kernels.NewBuilder(), rng: rand.New(rand.NewPCG(seed, 7)), values: map[kernels.DType][]kernels.Value{}}
	for i, t := range []kernels.DType{kernels.F32, kernels.F64, kernels.F32, kernels.F64} {
		c.add(c.Load(i, t))
		c.add(c.Float(t, float64(i)-1.5))
	}
	c.add(c.Param(0, kernels.F32))
	c.add(c.Param(1, kernels.F64))
	c.add(c.Index(0))
	c.add(c.Index(1))
	c.seed = c.Param(2, kernels.U64)
	c.add(c.seed)
	c.add(c.Int(kernels.U64, 9))
	c.add(c.Int(kernels.U32, 77))
	c.add(c.Convert(kernels.I32, c.pick(kernels.F32)))
	c.add(c.Bitcast(kernels.I64, c.pick(kernels.F64)))
	c.add(c.Less(c.pick(kernels.F32), c.pick(kernels.F32)))
	return c
}

func (c *chain) step() {
	types := []kernels.DType{kernels.F32, kernels.F64}
	ints := []kernels.DType{kernels.U32, kernels.U64, kernels.I32, kernels.I64}
	t, u := types[c.rng.IntN(2)], ints[c.rng.IntN(4)]
	switch c.rng.IntN(17) {
	case 0, 1, 2:
		ops := []func(x, y kernels.Value) kernels.Value{c.Add, c.Sub, c.Mul, c.Div, c.Min, c.Max}
		c.add(ops[c.rng.IntN(len(ops))](c.pick(t), c.pick(t)))
	case 3, 4:
		c.add(c.FMA(c.pick(t), c.pick(t), c.pick(t)))
	case 5:
		ops := []func(x kernels.Value) kernels.Value{c.Neg, c.Abs, c.Sqrt, c.Floor, c.Rint}
		c.add(ops[c.rng.IntN(len(ops))](c.pick(t)))
	case 6:
		c.add(c.Less(c.pick(t), c.pick(t)))
	case 7:
		c.add(c.LessEqual(c.pick(u), c.pick(u)))
	case 8, 9:
		c.add(c.Select(c.pick(kernels.Bool), c.pick(t), c.pick(t)))
	case 10:
		c.add(c.Convert(types[c.rng.IntN(2)], c.pick(ints[c.rng.IntN(4)])))
	case 11:
		ops := []func(x, y kernels.Value) kernels.Value{c.And, c.Xor, c.Add, c.Mul, c.ShrBy, c.ShlBy}
		c.add(ops[c.rng.IntN(len(ops))](c.pick(u), c.pick(u)))
	case 12:
		c.add(c.And(c.pick(kernels.Bool), c.Not(c.pick(kernels.Bool))))
		c.add(c.Select(c.pick(kernels.Bool), c.pick(kernels.Bool), c.pick(kernels.Bool)))
	case 13:
		share := c.rng.IntN(3)
		word := c.rng.IntN(4 >> share)
		c.add(c.Philox(c.pick(kernels.U64), c.pick(kernels.U64), c.seed, share, word))
	case 14:
		f := mathfn.All()[c.rng.IntN(len(mathfn.All()))]
		args := make([]kernels.Value, len(f.Params))
		for i, p := range f.Params {
			args[i] = c.pick(p)
		}
		c.add(c.Call(f, args...))
	case 15:
		c.add(c.Bitcast(kernels.U32, c.pick(kernels.F32)))
		if c.inStep {
			return
		}
		c.add(c.Gather(0, kernels.F32, c.And(c.pick(kernels.U64), c.Int(kernels.U64, 255))))
		c.add(c.Bitcast(kernels.F64, c.pick(kernels.U64)))
	case 16:
		if !c.inStep {
			c.loop()
		}
	}
}

// loop adds a loop of a random step over states and other values of the chain.
func (c *chain) loop() {
	s := &chain{Builder: kernels.NewBuilder(), rng: c.rng, values: map[kernels.DType][]kernels.Value{}, inStep: true}
	l := &kernels.Loop{Steps: c.rng.Uint64N(5), States: 1 + c.rng.IntN(3), Params: []kernels.DType{kernels.U64}}
	s.add(s.Arg(0, kernels.U64))
	var args []kernels.Value
	arg := func(t kernels.DType, v kernels.Value) kernels.Value {
		args = append(args, v)
		l.Params = append(l.Params, t)
		return s.Arg(len(args), t)
	}
	types := []kernels.DType{kernels.F32, kernels.F64, kernels.U64}
	var states []kernels.DType
	for range l.States {
		t := types[c.rng.IntN(3)]
		states = append(states, t)
		s.add(arg(t, c.pick(t)))
	}
	index := arg(kernels.U64, c.Index(0))
	s.seed = arg(kernels.U64, c.seed)
	for _, t := range []kernels.DType{kernels.F32, kernels.F64, kernels.U64, kernels.U32, kernels.I32, kernels.I64, kernels.Bool} {
		s.add(arg(t, c.pick(t)))
	}
	// A draw as simulations make it: a stream for each step.
	word := s.Philox(index, s.Add(s.Arg(0, kernels.U64), s.Int(kernels.U64, 7)), s.seed, c.rng.IntN(3), 0)
	s.add(s.Convert(kernels.F32, s.Shr(word, 8)))
	for range c.rng.IntN(20) {
		s.step()
	}
	var next []kernels.Value
	for _, t := range states {
		next = append(next, s.pick(t))
	}
	var err error
	if l.Body, err = s.Build(next...); err != nil {
		panic(err)
	}
	for i := range l.States {
		if c.rng.IntN(4) > 0 {
			c.add(c.Loop(l, i, args...))
		}
	}
}

func (c *chain) build(t *testing.T) kernels.Body {
	t.Helper()
	results := []kernels.Value{
		c.pick(kernels.F32), c.pick(kernels.F64), c.pick(kernels.F64), c.Bitcast(kernels.I64, c.pick(kernels.U64)),
		c.values[kernels.F32][c.rng.IntN(4)], c.pick(kernels.F32),
	}
	body, err := c.Build(results...)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// launch holds the operands of a run of a body: inputs of n elements or of one.
type launch struct {
	n       int
	ins     [4][]uint64 // bits
	uniform [4]bool
	first   [2]uint64
	params  []uint64
}

func newLaunch(rng *rand.Rand, n int) *launch {
	l := &launch{n: n, params: []uint64{uint64(math.Float32bits(0.75)), math.Float64bits(-3), 1<<33 + 5}}
	for i := range l.ins {
		l.uniform[i] = rng.IntN(3) == 0
		l.ins[i] = make([]uint64, max(n, 256))
		for k := range l.ins[i] {
			t := []kernels.DType{kernels.F32, kernels.F64}[i%2]
			l.ins[i][k] = kernels.FloatBits(t, rng.NormFloat64()*4)
		}
	}
	l.first = [2]uint64{rng.Uint64N(3000), 1<<32 - 100}
	return l
}

func (l *launch) eval(body *kernels.Body, i int) []uint64 {
	leaf := func(in *kernels.Inst) uint64 {
		switch in.Op {
		case kernels.OpParam:
			return l.params[in.Imm]
		case kernels.OpIndex:
			return l.first[in.Imm] + uint64(i)
		}
		if l.uniform[in.Imm] {
			return l.ins[in.Imm][0]
		}
		return l.ins[in.Imm][i]
	}
	return body.Eval(leaf, func(_ *kernels.Inst, k uint64) uint64 { return l.ins[0][k] })
}

// array lays bits out as elements of a type.
func array(t kernels.DType, bits []uint64) unsafe.Pointer {
	p := make([]uint64, len(bits)+1)
	for i, b := range bits {
		store(unsafe.Pointer(&p[0]), i, t, b)
	}
	return unsafe.Pointer(&p[0])
}

func load(p unsafe.Pointer, i int, t kernels.DType) uint64 {
	if t.Size() == 4 {
		return uint64(*(*uint32)(unsafe.Add(p, 4*i)))
	}
	return *(*uint64)(unsafe.Add(p, 8*i))
}

func isNaN(t kernels.DType, bits uint64) bool {
	switch t {
	case kernels.F32:
		return math.IsNaN(float64(math.Float32frombits(uint32(bits))))
	case kernels.F64:
		return math.IsNaN(math.Float64frombits(bits))
	}
	return false
}

// run evaluates the body with the frame, block by block, and compares with Eval.
// Results whose bit of direct is not set are read from the frame.
func run(t *testing.T, f *Frame, p *Program, body *kernels.Body, l *launch, direct uint64) {
	t.Helper()
	key := Key{Direct: direct}
	for i, leaf := range p.Leaves() {
		switch {
		case leaf.Op == kernels.OpIndex && leaf.Slot == 0:
			key.Runs |= 1 << i
		case leaf.Op == kernels.OpIndex:
			key.Staged |= 1 << i
		case l.uniform[leaf.Slot]:
			key.Uniform |= 1 << i
		}
	}
	code := p.Code(key)
	var ins [4]unsafe.Pointer
	for i := range ins {
		ins[i] = array([]kernels.DType{kernels.F32, kernels.F64}[i%2], l.ins[i])
	}
	f.Bind(code, l.params, []Source{{ins[0], 256}})
	types := p.Results()
	got := make([]unsafe.Pointer, len(types))
	for r := range types {
		got[r] = unsafe.Pointer(&make([]uint64, l.n+1)[0])
	}
	for at := 0; at < l.n; at += code.Block {
		n := min(code.Block, l.n-at)
		for i, leaf := range p.Leaves() {
			switch {
			case leaf.Op == kernels.OpIndex && leaf.Slot == 0:
				f.SetRun(i, l.first[0]+uint64(at))
			case leaf.Op == kernels.OpIndex:
				f.StageIndex(i, l.first[1]+uint64(at), 1, n)
			case l.uniform[leaf.Slot]:
				f.SetLeaf(i, ins[leaf.Slot])
			default:
				f.SetLeaf(i, unsafe.Add(ins[leaf.Slot], at*leaf.Type.Size()))
			}
		}
		for r, rt := range types {
			f.SetOut(r, unsafe.Add(got[r], at*rt.Size()))
		}
		f.Run(n)
		for r, rt := range types {
			if !Has(direct, r) {
				copy(unsafe.Slice((*byte)(unsafe.Add(got[r], at*rt.Size())), n*rt.Size()),
					unsafe.Slice((*byte)(f.Result(r)), n*rt.Size()))
			}
		}
	}
	for i := range l.n {
		for r, want := range l.eval(body, i) {
			if g := load(got[r], i, types[r]); g != want && !(isNaN(types[r], g) && isNaN(types[r], want)) {
				t.Fatalf("%v, n=%d, direct=%b: element %d of result %d is %#x, expected %#x\n%s",
					p.table.Level, l.n, direct, i, r, g, want, body)
			}
		}
	}
}

func TestRandomBodies(t *testing.T) {
	for _, table := range levels() {
		t.Run(table.Level.String(), func(t *testing.T) {
			var f Frame
			for seed := range uint64(60) {
				c := newChain(seed)
				for range 5 + c.rng.IntN(60) {
					c.step()
				}
				body := c.build(t)
				p, err := Compile(table, &body)
				if err != nil {
					t.Fatal(err)
				}
				for _, n := range []int{1, 7, 300, 1500} {
					run(t, &f, p, &body, newLaunch(c.rng, n), uint64(c.rng.IntN(64)))
				}
			}
		})
	}
}

func TestInPlace(t *testing.T) {
	// Results 0 and 1 swap two inputs, 2 is computed early from an input that is
	// read later, 3 comes last.
	b := kernels.NewBuilder()
	x, y, z := b.Load(0, kernels.F32), b.Load(1, kernels.F32), b.Load(2, kernels.F32)
	early := b.Add(x, y)
	late := b.Mul(early, z)
	body, err := b.Build(y, x, early, late)
	if err != nil {
		t.Fatal(err)
	}
	p, err := Compile(simd.TableFor(simd.Generic), &body)
	if err != nil {
		t.Fatal(err)
	}
	in := [3][3]float32{{1, 2, 3}, {10, 20, 30}, {5, 6, 7}}
	var last [3]float32
	var f Frame
	f.Bind(p.Code(Key{Direct: 15, InPlace: true}), nil, nil)
	for i := range in {
		f.SetLeaf(i, unsafe.Pointer(&in[i][0]))
		f.SetOut(i, unsafe.Pointer(&in[i][0]))
	}
	f.SetOut(3, unsafe.Pointer(&last[0]))
	f.Run(3)
	want := fmt.Sprint([3][3]float32{{10, 20, 30}, {1, 2, 3}, {11, 22, 33}}, [3]float32{55, 132, 231})
	if got := fmt.Sprint(in, last); got != want {
		t.Errorf("got %s, expected %s", got, want)
	}
}

func TestGatherBeyondSource(t *testing.T) {
	b := kernels.NewBuilder()
	body, err := b.Build(b.Gather(0, kernels.F64, b.Index(0)))
	if err != nil {
		t.Fatal(err)
	}
	p, err := Compile(simd.TableFor(simd.Generic), &body)
	if err != nil {
		t.Fatal(err)
	}
	var f Frame
	src, out := [2]float64{4, 5}, [3]float64{}
	f.Bind(p.Code(Key{Direct: 1, Runs: 1}), nil, []Source{{unsafe.Pointer(&src), 2}})
	f.SetOut(0, unsafe.Pointer(&out))
	f.Run(3)
	if !f.Missed || out != [3]float64{4, 5, 0} {
		t.Errorf("missed %t, got %v", f.Missed, out)
	}
}

func TestRegistersAreShared(t *testing.T) {
	b := kernels.NewBuilder()
	x := b.Load(0, kernels.F32)
	v := x
	for i := range 50 {
		v = b.Sqrt(b.Add(b.Mul(v, x), b.Float(kernels.F32, float64(i))))
	}
	body, err := b.Build(v)
	if err != nil {
		t.Fatal(err)
	}
	p, err := Compile(simd.TableFor(simd.Generic), &body)
	if err != nil {
		t.Fatal(err)
	}
	c := p.Code(Key{Direct: 1})
	if len(c.registers) != 1 || c.Block != simd.Block {
		t.Errorf("a chain of one live value has %d registers and blocks of %d, expected 1 and %d", len(c.registers), c.Block, simd.Block)
	}
}

func TestRunAllocatesNothing(t *testing.T) {
	c := newChain(3)
	for range 60 {
		c.step()
	}
	c.add(c.Convert(kernels.F64, c.Philox(c.Index(0), c.Int(kernels.U64, 1), c.Param(2, kernels.U64), 1, 1)))
	body := c.build(t)
	p, err := Compile(simd.TableFor(simd.Detect()), &body)
	if err != nil {
		t.Fatal(err)
	}
	var f Frame
	l := newLaunch(c.rng, 300)
	run(t, &f, p, &body, l, 63)
	if n := testing.AllocsPerRun(100, func() { f.Run(300) }); n != 0 {
		t.Errorf("a run makes %v allocations", n)
	}
}
