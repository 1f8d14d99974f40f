package clike

import (
	"fmt"
	"strings"

	"github.com/quern-go/quern/kernels"
)

// leaf is something that a Body reads: a parameter of the function that the Body
// becomes. A gathered input is a pointer to its first element.
type leaf struct {
	op   kernels.Op
	slot int
	t    kernels.DType
}

var leafNames = map[kernels.Op]string{
	kernels.OpArg: "arg", kernels.OpLoad: "in", kernels.OpParam: "param", kernels.OpIndex: "index",
	kernels.OpAcc: "acc", kernels.OpAccIndex: "position", kernels.OpGather: "array",
}

// name is the name of the leaf as a parameter.
func (l leaf) name() string { return fmt.Sprintf("%s%d", leafNames[l.op], l.slot) }

// leavesOf lists what a Body reads, each once.
func leavesOf(b *kernels.Body) []leaf {
	var list []leaf
	seen := make(map[leaf]bool)
	for i := range b.Insts {
		in := &b.Insts[i]
		if _, ok := leafNames[in.Op]; !ok {
			continue
		}
		if l := (leaf{in.Op, int(in.Imm), in.Type}); !seen[l] {
			seen[l] = true
			list = append(list, l)
		}
	}
	return list
}

// bodyFunc is a Body as a function. It returns a struct of the results r0, r1, ….
type bodyFunc struct {
	name     string
	body     *kernels.Body
	leaves   []leaf
	counters int    // Counters it keeps from one call to the next
	returns  string // its type
}

// bodyFunc puts the Body in the text under a name. With counters it may keep
// random counters from call to call.
func (s *source) bodyFunc(name string, b *kernels.Body, counters bool) *bodyFunc {
	f := &bodyFunc{body: b, leaves: leavesOf(b), returns: s.unique(name + "_results")}
	s.prelude.open("typedef struct")
	for i, t := range b.ResultTypes() {
		s.prelude.line("%s r%d;", s.typeName(t), i)
	}
	s.prelude.depth--
	s.prelude.line("} %s;", f.returns)
	s.prelude.blank()
	if counters {
		f.counters = -1 // counted while it is written
	}
	s.writeBody(f, name)
	return f
}

// writeBody writes the function of a Body. A Body with a likely case becomes
// two: one that computes this case alone and calls the other if it does not
// hold.
func (s *source) writeBody(f *bodyFunc, name string) {
	fast, likely, err := f.body.Likely()
	if err != nil || !likely {
		s.writeFunction(f, f.body, name, "")
		return
	}
	full := &bodyFunc{body: f.body, leaves: f.leaves, returns: f.returns}
	s.writeFunction(full, f.body, name+"_any", "")
	names := make([]string, len(full.leaves))
	for i, l := range full.leaves {
		names[i] = l.name()
	}
	s.writeFunction(f, &fast, name, full.name+"("+strings.Join(names, ", ")+")")
}

// writeFunction writes one function. With otherwise, the last result of the body
// says whether the others hold; if not, the value is otherwise.
func (s *source) writeFunction(f *bodyFunc, b *kernels.Body, name, otherwise string) {
	w := &bodyWriter{source: s, body: b, cache: f.counters != 0}
	w.depth = 1
	values := w.statements()
	f.counters = w.counters
	f.name = s.unique(name)

	params := make([]string, 0, len(f.leaves)+w.counters)
	for _, l := range f.leaves {
		param := s.typeName(l.t) + " " + l.name()
		if l.op == kernels.OpGather {
			param = s.pointer(l.t, true, l.name())
		}
		params = append(params, param)
	}
	for i := range w.counters {
		params = append(params, fmt.Sprintf("Counter *counter%d", i))
	}
	p := &s.prelude
	p.open("static %s %s(%s)", f.returns, f.name, strings.Join(params, ", "))
	p.WriteString(w.text.String())
	if otherwise != "" {
		p.open("if (!%s)", values[len(values)-1])
		p.line("return %s;", otherwise)
		p.close()
		values = values[:len(values)-1]
	}
	if strings.HasSuffix(f.returns, "_results") {
		p.line("const %s results = {%s};", f.returns, strings.Join(values, ", "))
		p.line("return results;")
	} else {
		p.line("return %s;", values[0])
	}
	p.close()
	p.blank()
}

// call is a call of the function, each leaf given as the expression that value
// makes of it. Counters are the caller's counter0, counter1, ….
func (f *bodyFunc) call(value func(leaf) string) string {
	args := make([]string, 0, len(f.leaves)+f.counters)
	for _, l := range f.leaves {
		args = append(args, value(l))
	}
	for i := range f.counters {
		args = append(args, fmt.Sprintf("&counter%d", i))
	}
	return f.name + "(" + strings.Join(args, ", ") + ")"
}

// writeCounters declares the counters that calls need.
func (f *bodyFunc) writeCounters(w *text) {
	for i := range f.counters {
		w.line("Counter counter%d = {ULONG_MAX, (uint4)(0)};", i)
	}
}

// bodyWriter writes the statements of a Body, one an instruction but leaves and
// whole constants, which stand where they are used.
type bodyWriter struct {
	text
	*source
	body     *kernels.Body
	values   []string // name of each instruction's value
	draws    map[draw]string
	cache    bool
	counters int
	prefix   string                       // of the names that it gives
	args     []string                     // of a loop's step: the values of its parameters
	loops    map[kernels.LoopRun][]string // names of the states
}

// statements writes the Body and returns the names of the results.
func (w *bodyWriter) statements() []string {
	w.values = make([]string, len(w.body.Insts))
	for i := range w.body.Insts {
		in := &w.body.Insts[i]
		if in.Op == kernels.OpArg && w.args != nil {
			w.values[i] = w.args[in.Imm]
			continue
		}
		if in.Op == kernels.OpLoopIn {
			w.values[i] = w.values[in.Args[0]]
			continue
		}
		if in.Op == kernels.OpLoop {
			w.values[i] = w.loop(i)
			continue
		}
		if _, isLeaf := leafNames[in.Op]; isLeaf && in.Op != kernels.OpGather {
			w.values[i] = leaf{op: in.Op, slot: int(in.Imm)}.name()
			continue
		}
		if in.Op == kernels.OpConst && !in.Type.IsFloat() {
			w.values[i] = w.literal(in.Type, in.Imm)
			continue
		}
		name := fmt.Sprintf("%sv%d", w.prefix, i)
		value, comment := w.expression(i)
		w.line("const %s %s = %s;%s", w.typeName(in.Type), name, value, comment)
		w.values[i] = name
	}
	results := make([]string, len(w.body.Results))
	for i, r := range w.body.Results {
		results[i] = w.values[r]
	}
	return results
}

// expression is instruction i as an expression, and a comment on it.
func (w *bodyWriter) expression(i int) (value, comment string) {
	in := &w.body.Insts[i]
	args := make([]string, in.NumArgs())
	for k := range args {
		args[k] = w.values[in.Args[k]]
	}
	switch in.Op {
	case kernels.OpConst:
		return w.literal(in.Type, in.Imm), " // " + kernels.FormatBits(in.Type, in.Imm)
	case kernels.OpCall:
		return w.function(in.Func) + "(" + strings.Join(args, ", ") + ")", ""
	case kernels.OpLookup:
		return w.lookup(in.Table, args[0]), ""
	case kernels.OpGather:
		return fmt.Sprintf("array%d[%s]", in.Imm, args[0]), ""
	case kernels.OpPhilox:
		return w.philox(i, args), ""
	}
	argType := w.body.Insts[in.Args[0]].Type
	if format, ok := w.special(in, argType); ok {
		return w.dialect.expand(format, in, args, argType), ""
	}
	return w.operation(in, args, argType), ""
}

// special is the format of an instruction in its special cases: shifts by a
// constant, and division and square roots that the device rounds badly.
func (w *bodyWriter) special(in *kernels.Inst, argType kernels.DType) (format string, ok bool) {
	d := w.dialect
	switch {
	case in.Op == kernels.OpShl || in.Op == kernels.OpShr:
		by := &w.body.Insts[in.Args[1]]
		if by.Op != kernels.OpConst || by.Imm >= uint64(8*argType.Size()) {
			return "", false
		}
		if argType.IsSigned() {
			return d.shiftSigned[in.Op], true
		}
		return d.shiftUnsigned[in.Op], true
	case argType == kernels.F32 && !w.target.ExactDivide && w.target.Float64:
		format, ok = d.viaFloat64[in.Op]
		w.wide = w.wide || ok
	}
	return format, ok
}

// operation is an instruction, not a leaf, as an expression. It puts the helper
// that this calls in the text.
func (s *source) operation(in *kernels.Inst, args []string, argType kernels.DType) string {
	value := s.dialect.expand(s.dialect.operation(in, argType), in, args, argType)
	if name, _, ok := strings.Cut(value, "("); ok {
		s.need(name)
	}
	return value
}
