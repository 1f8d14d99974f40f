package simd

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/quern-go/quern/cpu/internal/outline"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/mathfn"
)

var (
	integers = []kernels.DType{kernels.I32, kernels.U32, kernels.I64, kernels.U64}
	floats   = []kernels.DType{kernels.F32, kernels.F64}
	numbers  = append(append([]kernels.DType{}, integers...), floats...)
	allTypes = append([]kernels.DType{kernels.Bool}, numbers...)
)

// required lists, by op, the argument types that need a kernel.
var required = map[kernels.Op][]kernels.DType{
	kernels.OpNeg: numbers, kernels.OpAbs: floats, kernels.OpSqrt: floats, kernels.OpFloor: floats, kernels.OpRint: floats,
	kernels.OpNot: append([]kernels.DType{kernels.Bool}, integers...),
	kernels.OpAdd: numbers, kernels.OpSub: numbers, kernels.OpMul: numbers,
	kernels.OpDiv: floats, kernels.OpMin: floats, kernels.OpMax: floats,
	kernels.OpMulHi: {kernels.U32, kernels.U64},
	kernels.OpAnd:   append([]kernels.DType{kernels.Bool}, integers...),
	kernels.OpOr:    append([]kernels.DType{kernels.Bool}, integers...),
	kernels.OpXor:   append([]kernels.DType{kernels.Bool}, integers...),
	kernels.OpShl:   integers, kernels.OpShr: integers,
	kernels.OpLess: numbers, kernels.OpLessEqual: numbers, kernels.OpEqual: numbers,
	kernels.OpFMA: floats, kernels.OpSelect: allTypes, kernels.OpConvert: allTypes,
}

// entries lists every elementwise kernel that a table must have.
func entries() []entry {
	var es []entry
	for op := range kernels.Op(kernels.NumOps) {
		for _, dt := range required[op] {
			switch {
			case op == kernels.OpConvert:
				for _, to := range numbers {
					es = append(es, convertEntry(dt, to))
				}
			case op == kernels.OpSelect:
				es = append(es, selectEntry(dt))
			case op.Arity() == 1:
				es = append(es, unaryEntry(op, dt))
			case op.Arity() == 2:
				for mode := range NumModes {
					es = append(es, binaryEntry(op, dt, mode))
				}
			default:
				es = append(es, fmaEntry(dt, -1), fmaEntry(dt, 1))
			}
		}
	}
	return es
}

func unaryEntry(op kernels.Op, dt kernels.DType) entry {
	return entry1(fmt.Sprintf("%s.%s", op, dt), kernels.Inst{Op: op, Type: dt}, dt,
		func(t *Table) Fn1 { return t.Unary[op][dt] })
}

func convertEntry(from, to kernels.DType) entry {
	return entry1(fmt.Sprintf("convert.%s.%s", from, to), kernels.Inst{Op: kernels.OpConvert, Type: to}, from,
		func(t *Table) Fn1 { return t.Convert[from][to] })
}

func entry1(name string, in kernels.Inst, dt kernels.DType, get func(*Table) Fn1) entry {
	return entry{name: name, inst: in, args: []kernels.DType{dt}, scalar: -1,
		call: func(t *Table) func(unsafe.Pointer, []unsafe.Pointer, int) {
			f := get(t)
			if f == nil {
				return nil
			}
			return func(dst unsafe.Pointer, a []unsafe.Pointer, n int) { f(dst, a[0], n) }
		}}
}

func binaryEntry(op kernels.Op, dt kernels.DType, mode int) entry {
	in := kernels.Inst{Op: op, Type: dt}
	if op.IsComparison() {
		in.Type = kernels.Bool
	}
	scalar := map[int]int{VV: -1, VS: 1, SV: 0}[mode]
	name := fmt.Sprintf("%s.%s %s", op, dt, [...]string{VV: "block,block", VS: "block,scalar", SV: "scalar,block"}[mode])
	return entry2(name, in, dt, scalar, func(t *Table) Fn2 { return t.Binary[mode][op][dt] })
}

func entry2(name string, in kernels.Inst, dt kernels.DType, scalar int, get func(*Table) Fn2) entry {
	return entry{name: name, inst: in, args: []kernels.DType{dt, dt}, scalar: scalar,
		call: func(t *Table) func(unsafe.Pointer, []unsafe.Pointer, int) {
			f := get(t)
			if f == nil {
				return nil
			}
			return func(dst unsafe.Pointer, a []unsafe.Pointer, n int) { f(dst, a[0], a[1], n) }
		}}
}

func fmaEntry(dt kernels.DType, scalar int) entry {
	return entry{name: fmt.Sprintf("fma.%s scalar %d", dt, scalar), inst: kernels.Inst{Op: kernels.OpFMA, Type: dt},
		args: []kernels.DType{dt, dt, dt}, scalar: scalar,
		call: func(t *Table) func(unsafe.Pointer, []unsafe.Pointer, int) {
			f := t.FMA[dt]
			if scalar >= 0 {
				f = t.FMAVS[dt]
			}
			if f == nil {
				return nil
			}
			return func(dst unsafe.Pointer, a []unsafe.Pointer, n int) { f(dst, a[0], a[1], a[2], n) }
		}}
}

func selectEntry(dt kernels.DType) entry {
	return entry{name: fmt.Sprintf("select.%s", dt), inst: kernels.Inst{Op: kernels.OpSelect, Type: dt},
		args: []kernels.DType{kernels.Bool, dt, dt}, scalar: -1,
		call: func(t *Table) func(unsafe.Pointer, []unsafe.Pointer, int) {
			f := t.Select[dt]
			if f == nil {
				return nil
			}
			return func(dst unsafe.Pointer, a []unsafe.Pointer, n int) { f(dst, a[0], a[1], a[2], n) }
		}}
}

// funcEntries lists the math functions that the generic table has kernels of.
func funcEntries() []entry {
	var es []entry
	for _, f := range slices.Concat(mathfn.All(), outline.Funcs()) {
		in := kernels.Inst{Op: kernels.OpCall, Type: f.Result(), Func: f}
		switch {
		case TableFor(Generic).Calls1[f.Name] != nil:
			es = append(es, entry1(f.Name, in, f.Params[0], func(t *Table) Fn1 { return t.Calls1[f.Name] }))
		case TableFor(Generic).Calls2[f.Name] != nil:
			es = append(es, entry2(f.Name, in, f.Params[0], -1, func(t *Table) Fn2 { return t.Calls2[f.Name] }))
		}
	}
	return es
}

func TestElementwise(t *testing.T) {
	eachLevel(t, func(t *testing.T, table *Table) {
		tr := newTrial(t)
		for _, e := range append(entries(), funcEntries()...) {
			call := e.call(table)
			if call == nil {
				t.Errorf("%s: no kernel", e.name)
				continue
			}
			for _, n := range lengths() {
				tr.try(t, &e, call, n)
			}
		}
	})
}

// TestFunctions compares the math functions with their definitions on many more
// arguments than TestElementwise does: random bits, and numbers of ordinary size.
func TestFunctions(t *testing.T) {
	n := 1 << 14
	if testing.Short() {
		n = 1 << 11
	}
	r := rand.New(rand.NewPCG(3, 4))
	for _, e := range funcEntries() {
		var ptrs []unsafe.Pointer
		for _, dt := range e.args {
			b := newBuffer(t, n*dt.Size())
			b.resize(n * dt.Size())
			for i := range n {
				bits := kernels.FloatBits(dt, r.NormFloat64()*10)
				if i%2 == 0 {
					bits = r.Uint64() >> (64 - 8*dt.Size())
				}
				store(b.ptr(), dt, i, bits)
			}
			ptrs = append(ptrs, b.ptr())
		}
		want := e.expect(ptrs, n)
		dst := newBuffer(t, n*e.inst.Type.Size())
		dst.resize(n * e.inst.Type.Size())
		t.Run(e.name, func(t *testing.T) {
			eachLevel(t, func(t *testing.T, table *Table) {
				e.call(table)(dst.ptr(), ptrs, n)
				e.check(t, dst.ptr(), want, "many arguments")
			})
		})
	}
}

// TestSameEntries checks that no level has an entry that another lacks.
func TestSameEntries(t *testing.T) {
	generic := presence(TableFor(Generic))
	eachLevel(t, func(t *testing.T, table *Table) {
		got := presence(table)
		for name := range generic {
			if !got[name] {
				t.Errorf("%s: in the generic table only", name)
			}
		}
		for name := range got {
			if !generic[name] {
				t.Errorf("%s: not in the generic table", name)
			}
		}
	})
}

// presence is the set of entries that are not nil.
func presence(t *Table) map[string]bool {
	set := map[string]bool{}
	mark := func(there bool, format string, args ...any) {
		if there {
			set[fmt.Sprintf(format, args...)] = true
		}
	}
	for dt := range kernels.NumTypes {
		for op := range kernels.NumOps {
			mark(t.Unary[op][dt] != nil, "unary %d %d", op, dt)
			for mode := range NumModes {
				mark(t.Binary[mode][op][dt] != nil, "binary %d %d %d", mode, op, dt)
			}
		}
		for to := range kernels.NumTypes {
			mark(t.Convert[dt][to] != nil, "convert %d %d", dt, to)
		}
		for c := range numCombines {
			mark(t.AccumRows[c][dt] != nil, "accumrows %d %d", c, dt)
			mark(t.FoldLanes[c][dt] != nil, "foldlanes %d %d", c, dt)
			mark(t.AccumStrided[c][dt] != nil, "accumstrided %d %d", c, dt)
		}
		mark(t.FMA[dt] != nil, "fma %d", dt)
		mark(t.FMAVS[dt] != nil, "fmavs %d", dt)
		mark(t.Select[dt] != nil, "select %d", dt)
		mark(t.ArgMin[dt] != nil, "argmin %d", dt)
		mark(t.ArgMax[dt] != nil, "argmax %d", dt)
	}
	for _, size := range []int{4, 8} {
		mark(t.Fill[size] != nil, "fill %d", size)
		mark(t.Gather[size] != nil, "gather %d", size)
		mark(t.Transpose[size] != nil, "transpose %d", size)
	}
	mark(t.Stream != nil, "stream")
	mark(t.StreamFence != nil, "streamfence")
	mark(t.Prefetch != nil, "prefetch")
	mark(t.Philox != nil, "philox")
	mark(t.PhiloxUniform != nil, "uniform philox")
	for name := range t.Calls1 {
		mark(true, "call1 %s", name)
	}
	for name := range t.Calls2 {
		mark(true, "call2 %s", name)
	}
	return set
}

// TestStreaming compares the kernels that store past the caches with their twins,
// at every length up to a few steps and over a whole block.
func TestStreaming(t *testing.T) {
	eachLevel(t, func(t *testing.T, table *Table) {
		if table.Streaming == nil {
			if table.Level == AVX2 || table.Level == AVX512 {
				t.Error("no streaming kernels")
			}
			return
		}
		for _, pair := range streamingPairs(table) {
			for _, n := range lengths() {
				pair.compare(t, table, n)
			}
		}
	})
}

// streamingPair is a streaming kernel and its twin, both over three arguments of
// which they use some.
type streamingPair struct {
	name           string
	dt             kernels.DType
	past, ordinary func(dst, a, b, c unsafe.Pointer, n int)
}

func streamingPairs(t *Table) (pairs []streamingPair) {
	one := func(f Fn1) func(dst, a, b, c unsafe.Pointer, n int) {
		return func(dst, a, _, _ unsafe.Pointer, n int) { f(dst, a, n) }
	}
	two := func(f Fn2) func(dst, a, b, c unsafe.Pointer, n int) {
		return func(dst, a, b, _ unsafe.Pointer, n int) { f(dst, a, b, n) }
	}
	for _, dt := range []kernels.DType{kernels.F32, kernels.F64} {
		for op := range kernels.NumOps {
			if f := t.Streaming.Unary[op][dt]; f != nil {
				pairs = append(pairs, streamingPair{fmt.Sprint(kernels.Op(op)), dt, one(f), one(t.Unary[op][dt])})
			}
			for mode := range NumModes {
				if f := t.Streaming.Binary[mode][op][dt]; f != nil {
					pairs = append(pairs, streamingPair{fmt.Sprint(kernels.Op(op), mode), dt, two(f), two(t.Binary[mode][op][dt])})
				}
			}
		}
		pairs = append(pairs, streamingPair{"fma", dt, t.Streaming.FMA[dt], t.FMA[dt]},
			streamingPair{"fmavs", dt, t.Streaming.FMAVS[dt], t.FMAVS[dt]})
		for _, f := range slices.Concat(mathfn.All(), outline.Funcs()) {
			if f.Result() != dt || f.Params[0] != dt {
				continue
			}
			if len(f.Params) == 1 {
				pairs = append(pairs, streamingPair{f.Name, dt, one(t.Streaming.Calls1[f.Name]), one(t.Calls1[f.Name])})
			} else {
				pairs = append(pairs, streamingPair{f.Name, dt, two(t.Streaming.Calls2[f.Name]), two(t.Calls2[f.Name])})
			}
		}
	}
	return pairs
}

// compare runs both on the same arguments; beyond the n elements nothing may
// change.
func (p *streamingPair) compare(t *testing.T, table *Table, n int) {
	t.Helper()
	const line = 64
	r := rand.New(rand.NewPCG(uint64(n), 7))
	room := func() []byte { return make([]byte, 8*n+4*line) }
	var args [3][]byte
	for i := range args {
		args[i] = room()
		for j := range n {
			store(unsafe.Pointer(&args[i][0]), p.dt, j, sample(r, p.dt))
		}
	}
	a, b, c := unsafe.Pointer(&args[0][0]), unsafe.Pointer(&args[1][0]), unsafe.Pointer(&args[2][0])
	got, want := room(), room()
	skip := int(-uintptr(unsafe.Pointer(&got[0]))%line) + line
	p.past(unsafe.Pointer(&got[skip]), a, b, c, n)
	table.StreamFence()
	p.ordinary(unsafe.Pointer(&want[0]), a, b, c, n)
	for i := range n {
		x, y := load(unsafe.Pointer(&got[skip]), p.dt, i), load(unsafe.Pointer(&want[0]), p.dt, i)
		if !same(p.dt, x, y) {
			t.Fatalf("%s.%s of %d elements: element %d is %#x, its twin gives %#x", p.name, p.dt, n, i, x, y)
		}
	}
	for i, v := range got {
		if (i < skip || i >= skip+n*p.dt.Size()) && v != 0 {
			t.Fatalf("%s.%s of %d elements: byte %d beside the destination was written", p.name, p.dt, n, i-skip)
		}
	}
}
