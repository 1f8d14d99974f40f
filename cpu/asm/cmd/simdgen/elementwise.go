package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/quern-go/quern/cpu/internal/outline"
	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/mathfn"
)

// kernel is one elementwise kernel: a body of one result over blocks and
// scalars.
type kernel struct {
	name    string
	body    kernels.Body
	args    []kernels.DType
	scalar  int      // number of the argument that is one scalar, or −1
	copies  int      // vectors per step of the loop
	pairs   bool     // two vectors rather than one if the registers suffice: see step.hot
	formula string   // the result in Go
	entries []string // where it goes in a Table
	swapped []string // the entries of the kernel with its two arguments exchanged
	past    bool     // its stores go past the caches; dst is aligned to a cache line
}

// unroll is the vectors per step of kernels of one instruction: enough to hide
// the loop's own instructions behind the loads and stores.
const unroll = 4

// elementwise emits the primitives and the math functions.
func (g *generator) elementwise() error {
	ks, err := primitives()
	if err != nil {
		return err
	}
	ks = slices.DeleteFunc(ks, func(k kernel) bool { return g.lacks(k.name) })
	fs, err := functions()
	if err != nil {
		return err
	}
	ks = append(ks, fs...)
	for _, k := range append(ks, streaming(ks)...) {
		if err := g.loop(&k); err != nil {
			return fmt.Errorf("kernel %s: %w", k.name, err)
		}
	}
	return nil
}

// streamed are the ops whose kernels on floats have a twin that stores past the
// caches: those that are often the last of a chain over large arrays.
var streamed = []kernels.Op{kernels.OpAdd, kernels.OpSub, kernels.OpMul, kernels.OpDiv, kernels.OpFMA, kernels.OpSqrt, kernels.OpCall}

// streaming lists the twins, for Table.Streaming. A function's body has many
// ops; that it was a call shows in its entry.
func streaming(ks []kernel) (twins []kernel) {
	for _, k := range ks {
		op := k.body.Insts[k.body.Results[0]].Op
		if strings.HasPrefix(k.entries[0], "t.Calls") {
			op = kernels.OpCall
		}
		if !slices.Contains(streamed, op) || !k.body.ResultTypes()[0].IsFloat() {
			continue
		}
		k.name, k.past = k.name+"_stream", true
		k.entries, k.swapped = inStreaming(k.entries), inStreaming(k.swapped)
		twins = append(twins, k)
	}
	return twins
}

func inStreaming(entries []string) (out []string) {
	for _, e := range entries {
		out = append(out, "t.Streaming."+strings.TrimPrefix(e, "t."))
	}
	return out
}

// lacks names the conversions that AVX2 is no help with: each takes a detour of
// a dozen instructions, and Go does an element in less.
func (g *generator) lacks(name string) bool {
	return g.ISA == "avx2" && slices.Contains([]string{
		"convert_i64_f32", "convert_u64_f32", "convert_f32_i64", "convert_f32_u64", "convert_f64_i64", "convert_f64_u64",
	}, name)
}

// Types that share a kernel because they share bits and meaning.
var (
	words   = [][]kernels.DType{{kernels.I32, kernels.U32}, {kernels.I64, kernels.U64}}
	singles = [][]kernels.DType{{kernels.I32}, {kernels.U32}, {kernels.I64}, {kernels.U64}}
	floats  = [][]kernels.DType{{kernels.F32}, {kernels.F64}}
	numbers = append(append([][]kernels.DType{}, words...), floats...)
	ordered = append(append([][]kernels.DType{}, singles...), floats...)
)

// primitive describes the kernels of one op.
type primitive struct {
	op       kernels.Op
	types    [][]kernels.DType // per kernel, the types that share it
	commutes bool
	formula  string // a and b are the arguments
}

var unaries = []primitive{
	{kernels.OpNeg, numbers, false, "-a"},
	{kernels.OpAbs, floats, false, "abs(a)"},
	{kernels.OpSqrt, floats, false, "sqrt(a)"},
	{kernels.OpFloor, floats, false, "floor(a)"},
	{kernels.OpRint, floats, false, "roundToEven(a)"},
	{kernels.OpNot, words, false, "^a"},
}

var binaries = []primitive{
	{kernels.OpAdd, numbers, true, "a + b"},
	{kernels.OpSub, numbers, false, "a - b"},
	{kernels.OpMul, numbers, true, "a * b"},
	{kernels.OpDiv, floats, false, "a / b"},
	{kernels.OpMin, floats, true, "min(a, b)"},
	{kernels.OpMax, floats, true, "max(a, b)"},
	{kernels.OpMulHi, [][]kernels.DType{{kernels.U32}, {kernels.U64}}, true, "mulHigh(a, b)"},
	{kernels.OpAnd, words, true, "a & b"},
	{kernels.OpOr, words, true, "a | b"},
	{kernels.OpXor, words, true, "a ^ b"},
	{kernels.OpShl, words, false, "a << b"},
	{kernels.OpShr, singles, false, "a >> b"},
	{kernels.OpLess, ordered, false, "a < b"},
	{kernels.OpLessEqual, ordered, false, "a <= b"},
	{kernels.OpEqual, numbers, true, "a == b"},
}

// primitives lists the kernels of single instructions.
func primitives() ([]kernel, error) {
	var w kernelWriter
	for _, p := range unaries {
		for _, ts := range p.types {
			w.unary(p, ts)
		}
	}
	for _, p := range binaries {
		for _, ts := range p.types {
			w.binary(p, ts)
		}
	}
	for _, ts := range floats {
		w.fma(ts[0])
	}
	w.choose(kernels.F32, kernels.I32, kernels.U32, kernels.F32)
	w.choose(kernels.F64, kernels.I64, kernels.U64, kernels.F64)
	w.converts()
	w.fill(kernels.U32)
	w.fill(kernels.U64)
	return w.kernels, w.err
}

// kernelWriter makes kernels of single instructions.
type kernelWriter struct {
	kernels []kernel
	err     error
}

func (w *kernelWriter) add(k kernel, in kernels.Inst) {
	b := kernels.NewBuilder()
	for i, t := range k.args {
		in.Args[i] = b.Arg(i, t)
	}
	body, err := b.Build(b.Emit(in))
	if err != nil && w.err == nil {
		w.err = fmt.Errorf("kernel %s: %w", k.name, err)
	}
	k.body, k.copies = body, unroll
	w.kernels = append(w.kernels, k)
}

// goOp is the Go name of an op's constant: kernels.OpLessEqual.
func goOp(op kernels.Op) string {
	names := map[kernels.Op]string{kernels.OpMulHi: "MulHi", kernels.OpLessEqual: "LessEqual"}
	if name, ok := names[op]; ok {
		return "kernels.Op" + name
	}
	s := op.String()
	return "kernels.Op" + strings.ToUpper(s[:1]) + s[1:]
}

func goType(t kernels.DType) string {
	if t == kernels.Bool {
		return "kernels.Bool"
	}
	return "kernels." + strings.ToUpper(t.String())
}

func tableEntries(format string, ts []kernels.DType) (entries []string) {
	for _, t := range ts {
		entries = append(entries, fmt.Sprintf("%s[%s]", format, goType(t)))
	}
	return entries
}

func (w *kernelWriter) unary(p primitive, ts []kernels.DType) {
	w.add(kernel{
		name: fmt.Sprintf("%s_%s", p.op, ts[0]), args: ts[:1], scalar: -1, formula: element(p.formula, -1),
		entries: tableEntries(fmt.Sprintf("t.Unary[%s]", goOp(p.op)), ts),
	}, kernels.Inst{Op: p.op, Type: ts[0]})
}

// binary makes the kernels of two blocks, of a block and a scalar and, where the
// op does not commute, of a scalar and a block.
func (w *kernelWriter) binary(p primitive, ts []kernels.DType) {
	result := ts[0]
	if p.op.IsComparison() {
		result = kernels.Bool
	}
	for mode, name := range []string{"vv", "vs", "sv"} {
		if p.commutes && name == "sv" {
			continue
		}
		k := kernel{
			name: fmt.Sprintf("%s_%s_%s", p.op, ts[0], name), args: []kernels.DType{ts[0], ts[0]}, scalar: []int{-1, 1, 0}[mode],
			entries: tableEntries(fmt.Sprintf("t.Binary[%s][%s]", strings.ToUpper(name), goOp(p.op)), ts),
		}
		k.formula = element(p.formula, k.scalar)
		if p.commutes && name == "vs" {
			k.swapped = tableEntries(fmt.Sprintf("t.Binary[SV][%s]", goOp(p.op)), ts)
		}
		w.add(k, kernels.Inst{Op: p.op, Type: result})
	}
}

// element turns a formula of arguments into one of elements, the scalar's at 0.
func element(formula string, scalar int) string {
	replace := strings.NewReplacer("abs(a)", "abs(a[i])", "a ", "a[i] ", "(a,", "(a[i],", "(a)", "(a[i])", "-a", "-a[i]", "^a", "^a[i]", " b", " b[i]")
	s := replace.Replace(formula)
	if scalar >= 0 {
		name := string(rune('a' + scalar))
		s = strings.ReplaceAll(s, name+"[i]", name+"[0]")
	}
	return s
}

func (w *kernelWriter) fma(t kernels.DType) {
	for _, k := range []struct {
		field   string
		scalar  int
		formula string
	}{{"FMA", -1, "fma(a[i], b[i], c[i])"}, {"FMAVS", 1, "fma(a[i], b[0], c[i])"}} {
		w.add(kernel{
			name: fmt.Sprintf("%s_%s", strings.ToLower(k.field), t), args: []kernels.DType{t, t, t}, scalar: k.scalar, formula: k.formula,
			entries: tableEntries("t."+k.field, []kernels.DType{t}),
		}, kernels.Inst{Op: kernels.OpFMA, Type: t})
	}
}

func (w *kernelWriter) choose(t kernels.DType, ts ...kernels.DType) {
	w.add(kernel{
		name: fmt.Sprintf("select_%d", 8*t.Size()), args: []kernels.DType{kernels.Bool, t, t}, scalar: -1,
		formula: "a[i] ? b[i] : c[i]", entries: tableEntries("t.Select", ts),
	}, kernels.Inst{Op: kernels.OpSelect, Type: t})
}

// converts makes the conversions; those that only copy bits are shared.
func (w *kernelWriter) converts() {
	for from := kernels.Bool; from <= kernels.F64; from++ {
		for to := kernels.I32; to <= kernels.F64; to++ {
			if from.IsInt() && to.IsInt() && to.Size() == from.Size() || from == to {
				continue
			}
			w.add(kernel{
				name: fmt.Sprintf("convert_%s_%s", from, to), args: []kernels.DType{from}, scalar: -1,
				formula: goTypes[to] + "(a[i])",
				entries: []string{fmt.Sprintf("t.Convert[%s][%s]", goType(from), goType(to))},
			}, kernels.Inst{Op: kernels.OpConvert, Type: to})
		}
	}
}

// fill makes the kernel that copies a scalar to every element.
func (w *kernelWriter) fill(t kernels.DType) {
	w.add(kernel{
		name: fmt.Sprintf("fill_%d", 8*t.Size()), args: []kernels.DType{t}, scalar: 0, formula: "a[0]",
		entries: []string{fmt.Sprintf("t.Fill[%d]", t.Size())},
	}, kernels.Inst{Op: kernels.OpBitcast, Type: t})
}

// functions lists the kernels of the math functions, and of the chains that the CPU
// device outlines, of one or two arguments; a Table has no place for others.
func functions() ([]kernel, error) {
	var ks []kernel
	for _, f := range slices.Concat(mathfn.All(), outline.Funcs()) {
		if len(f.Params) > 2 {
			continue
		}
		body, err := f.Body.InlineCalls(nil)
		if err != nil {
			return nil, fmt.Errorf("inline %s: %w", f.Name, err)
		}
		arguments := strings.Split("a[i] b[i]", " ")[:len(f.Params)]
		ks = append(ks, kernel{
			name: strings.ReplaceAll(f.Name, ".", "_"), body: body, args: f.Params, scalar: -1, copies: 1, pairs: true,
			formula: fmt.Sprintf("%s(%s)", f.Name[:strings.IndexByte(f.Name, '.')], strings.Join(arguments, ", ")),
			entries: []string{fmt.Sprintf("t.Calls%d[%q]", len(f.Params), f.Name)},
		})
	}
	return ks, nil
}
