package mathfn

import (
	"math"
	"testing"
	"unsafe"

	"github.com/quern-go/quern/kernels"
)

// batch evaluates a Body many lanes at a time, fast enough for sweeps over all
// 2^32 float32. TestBatch holds it against kernels.Body.Eval.
type batch struct {
	body  *kernels.Body
	regs  []register
	steps []func()
}

const lanes = 512

// register is one value of the Body in all lanes. The views of one width share
// their memory; Bools use u32 as 0 and all ones, or u64.
type register struct {
	u32 []uint32
	i32 []int32
	f32 []float32
	u64 []uint64
	i64 []int64
	f64 []float64
	yes []bool
}

func newRegister() register {
	words := make([]uint64, lanes)
	p := unsafe.Pointer(&words[0])
	return register{
		u32: unsafe.Slice((*uint32)(p), lanes),
		i32: unsafe.Slice((*int32)(p), lanes),
		f32: unsafe.Slice((*float32)(p), lanes),
		u64: words,
		i64: unsafe.Slice((*int64)(p), lanes),
		f64: unsafe.Slice((*float64)(p), lanes),
		yes: unsafe.Slice((*bool)(p), lanes),
	}
}

// newBatch compiles the body, whose leaves are constants and arguments.
func newBatch(body *kernels.Body, params int) *batch {
	m := &batch{body: body, regs: make([]register, len(body.Insts)+params)}
	for i := range params { // arguments live behind the values
		m.regs[len(body.Insts)+i] = newRegister()
	}
	for i := range body.Insts {
		in := &body.Insts[i]
		switch in.Op {
		case kernels.OpArg:
			m.regs[i] = m.regs[len(body.Insts)+int(in.Imm)]
		case kernels.OpBitcast:
			m.regs[i] = m.regs[in.Args[0]]
		case kernels.OpConst:
			m.regs[i] = newRegister()
			for k := range lanes {
				m.set(i, k, in.Imm)
			}
		default:
			m.regs[i] = newRegister()
			m.steps = append(m.steps, m.compile(i))
		}
	}
	return m
}

func (m *batch) arg(i int) *register    { return &m.regs[len(m.body.Insts)+i] }
func (m *batch) result(i int) *register { return &m.regs[m.body.Results[i]] }

func (m *batch) run() {
	for _, step := range m.steps {
		step()
	}
}

func (m *batch) get(v kernels.Value, lane int) uint64 {
	switch r := &m.regs[v]; {
	case m.body.Insts[v].Type == kernels.Bool:
		if r.yes[lane] {
			return 1
		}
		return 0
	case m.body.Insts[v].Type.Size() == 4:
		return uint64(r.u32[lane])
	default:
		return r.u64[lane]
	}
}

func (m *batch) set(v, lane int, x uint64) {
	switch r := &m.regs[v]; {
	case m.body.Insts[v].Type == kernels.Bool:
		r.yes[lane] = x != 0
	case m.body.Insts[v].Type.Size() == 4:
		r.u32[lane] = uint32(x)
	default:
		r.u64[lane] = x
	}
}

// compile returns the loop of instruction i: one of those below if the op is
// common, else one that asks kernels.Apply lane by lane.
func (m *batch) compile(i int) func() {
	in := &m.body.Insts[i]
	if in.Op == kernels.OpLookup {
		return m.lookup(i, in)
	}
	var a [3]register
	for k, v := range in.Args[:in.NumArgs()] {
		a[k] = m.regs[v]
	}
	d := m.regs[i]
	t := m.body.Insts[in.Args[0]].Type
	if in.Op == kernels.OpSelect {
		if in.Type.Size() == 4 {
			return func() { choose(d.u32, a[0].yes, a[1].u32, a[2].u32) }
		}
		return func() { choose(d.u64, a[0].yes, a[1].u64, a[2].u64) }
	}
	var f func()
	switch t {
	case kernels.Bool:
		f = boolLoop(in.Op, d.yes, a[0].yes, a[1].yes)
	case kernels.F32:
		f = floatLoop(in.Op, d.yes, d.f32, a[0].f32, a[1].f32, a[2].f32, fma32)
	case kernels.F64:
		f = floatLoop(in.Op, d.yes, d.f64, a[0].f64, a[1].f64, a[2].f64, fma64)
	case kernels.I32, kernels.U32:
		if f = signLoop(in.Op, t, d.yes, d.i32, a[0].i32, a[1].i32); f == nil {
			f = intLoop(in.Op, t, d.yes, d.u32, a[0].u32, a[1].u32)
		}
	case kernels.I64, kernels.U64:
		if f = signLoop(in.Op, t, d.yes, d.i64, a[0].i64, a[1].i64); f == nil {
			f = intLoop(in.Op, t, d.yes, d.u64, a[0].u64, a[1].u64)
		}
	}
	if f == nil {
		f = func() { m.applyAll(i, in, t) }
	}
	return f
}

func (m *batch) lookup(i int, in *kernels.Inst) func() {
	d, at, table := m.regs[i], m.regs[in.Args[0]], in.Table.Bits
	if in.Type.Size() == 8 {
		return func() { each(d.u64, at.u64, at.u64, func(k, _ uint64) uint64 { return table[k] }) }
	}
	return func() { each(d.u32, at.u32, at.u32, func(k, _ uint32) uint32 { return uint32(table[k]) }) }
}

func boolLoop(op kernels.Op, d, x, y []bool) func() {
	switch op {
	case kernels.OpAnd:
		return func() { each(d, x, y, func(a, b bool) bool { return a && b }) }
	case kernels.OpOr:
		return func() { each(d, x, y, func(a, b bool) bool { return a || b }) }
	case kernels.OpNot:
		return func() { each(d, x, x, func(a, _ bool) bool { return !a }) }
	}
	return nil
}

func (m *batch) applyAll(i int, in *kernels.Inst, t kernels.DType) {
	var args [3]uint64
	for lane := range lanes {
		for k, v := range in.Args[:in.NumArgs()] {
			args[k] = m.get(v, lane)
		}
		m.set(i, lane, kernels.Apply(in, t, args[:in.NumArgs()]))
	}
}

func floatLoop[T float32 | float64](op kernels.Op, yes []bool, d, x, y, z []T, fma func(d, x, y, z []T)) func() {
	switch op {
	case kernels.OpFMA:
		return func() { fma(d, x, y, z) }
	case kernels.OpAdd:
		return func() { each(d, x, y, func(a, b T) T { return a + b }) }
	case kernels.OpSub:
		return func() { each(d, x, y, func(a, b T) T { return a - b }) }
	case kernels.OpMul:
		return func() { each(d, x, y, func(a, b T) T { return a * b }) }
	case kernels.OpDiv:
		return func() { each(d, x, y, func(a, b T) T { return a / b }) }
	case kernels.OpLess:
		return func() { test(yes, x, y, func(a, b T) bool { return a < b }) }
	case kernels.OpLessEqual:
		return func() { test(yes, x, y, func(a, b T) bool { return a <= b }) }
	case kernels.OpEqual:
		return func() { test(yes, x, y, func(a, b T) bool { return a == b }) }
	case kernels.OpAbs:
		return func() { each(d, x, x, func(a, _ T) T { return T(math.Abs(float64(a))) }) }
	}
	return nil
}

// signLoop has the operations for which signed and unsigned integers differ.
func signLoop[T int32 | int64](op kernels.Op, t kernels.DType, yes []bool, d, x, y []T) func() {
	if !t.IsSigned() {
		return nil
	}
	switch op {
	case kernels.OpShr:
		return func() { each(d, x, y, func(a, b T) T { return a >> (b & T(t.Size()*8-1)) }) }
	case kernels.OpLess:
		return func() { test(yes, x, y, func(a, b T) bool { return a < b }) }
	}
	return nil
}

func intLoop[T uint32 | uint64](op kernels.Op, t kernels.DType, yes []bool, d, x, y []T) func() {
	switch op {
	case kernels.OpAdd:
		return func() { each(d, x, y, func(a, b T) T { return a + b }) }
	case kernels.OpSub:
		return func() { each(d, x, y, func(a, b T) T { return a - b }) }
	case kernels.OpMul:
		return func() { each(d, x, y, func(a, b T) T { return a * b }) }
	case kernels.OpAnd:
		return func() { each(d, x, y, func(a, b T) T { return a & b }) }
	case kernels.OpOr:
		return func() { each(d, x, y, func(a, b T) T { return a | b }) }
	case kernels.OpXor:
		return func() { each(d, x, y, func(a, b T) T { return a ^ b }) }
	case kernels.OpShl:
		return func() { each(d, x, y, func(a, b T) T { return a << b }) }
	case kernels.OpShr:
		if !t.IsSigned() {
			return func() { each(d, x, y, func(a, b T) T { return a >> b }) }
		}
	case kernels.OpEqual:
		return func() { test(yes, x, y, func(a, b T) bool { return a == b }) }
	case kernels.OpMulHi:
		if t == kernels.U32 {
			return func() { each(d, x, y, func(a, b T) T { return T(uint64(a) * uint64(b) >> 32) }) }
		}
	case kernels.OpLess:
		if !t.IsSigned() {
			return func() { test(yes, x, y, func(a, b T) bool { return a < b }) }
		}
	}
	return nil
}

// each and test are small enough to be inlined together with f.
func each[T any](d, x, y []T, f func(a, b T) T) {
	for i := range d {
		d[i] = f(x[i], y[i])
	}
}

func test[T any](d []bool, x, y []T, f func(a, b T) bool) {
	for i := range d {
		d[i] = f(x[i], y[i])
	}
}

func choose[T any](d []T, c []bool, x, y []T) {
	for i := range d {
		if c[i] {
			d[i] = x[i]
		} else {
			d[i] = y[i]
		}
	}
}

func fma64(d, x, y, z []float64) {
	for i := range d {
		d[i] = math.FMA(x[i], y[i], z[i])
	}
}

// fma32 asks kernels.FMA32 only where rounding twice could go wrong: where the
// sum lies halfway between two float32, or the result is denormal.
func fma32(d, x, y, z []float32) {
	for i := range d {
		s := float64(x[i])*float64(y[i]) + float64(z[i])
		if math.Float64bits(s)&0x1fffffff == 0x10000000 || math.Abs(s) < 0x1p-126 {
			d[i] = kernels.FMA32(x[i], y[i], z[i])
		} else {
			d[i] = float32(s)
		}
	}
}

func TestBatch(t *testing.T) {
	for _, f := range All() {
		m := newBatch(&f.Body, len(f.Params))
		fillArgs(m, f, 1)
		m.run()
		args := make([]uint64, len(f.Params))
		for lane := range lanes {
			for k := range args {
				args[k] = argBits(m, f, k, lane)
			}
			got, want := m.get(f.Body.Results[0], lane), f.Eval(args)
			if got != want && !(isNaN(f.Result(), got) && isNaN(f.Result(), want)) {
				t.Fatalf("%s(%#x) = %#x by batch, %#x by Eval", f.Name, args, got, want)
			}
		}
	}
}

func toFloat(t kernels.DType, bits uint64) float64 {
	if t == kernels.F32 {
		return float64(math.Float32frombits(uint32(bits)))
	}
	return math.Float64frombits(bits)
}

func isNaN(t kernels.DType, bits uint64) bool { return math.IsNaN(toFloat(t, bits)) }

func argBits(m *batch, f *kernels.Func, k, lane int) uint64 {
	if f.Params[k].Size() == 4 {
		return uint64(m.arg(k).u32[lane])
	}
	return m.arg(k).u64[lane]
}

// fillArgs gives every argument random bits, half of them of moderate size.
func fillArgs(m *batch, f *kernels.Func, seed uint64) {
	for k, p := range f.Params {
		for lane := range lanes {
			x := randomBits(p, seed, uint64(k), uint64(lane))
			if p.Size() == 4 {
				m.arg(k).u32[lane] = uint32(x)
			} else {
				m.arg(k).u64[lane] = x
			}
		}
	}
}

func randomBits(t kernels.DType, seed, stream, i uint64) uint64 {
	w0 := kernels.PhiloxWord(i, stream, seed, 0, 0)
	w1 := kernels.PhiloxWord(i, stream, seed, 0, 1)
	if i%2 == 0 {
		return kernels.FloatBits(t, (float64(w0)*0x1p-32-0.5)*math.Ldexp(1, int(w1%9)))
	}
	if t.Size() == 4 {
		return uint64(w0)
	}
	return uint64(w0)<<32 | uint64(w1)
}
