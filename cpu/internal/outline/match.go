package outline

import "github.com/quern-go/quern/kernels"

// match reports whether value v of a body is what the pattern, a Body of one result
// over arguments, computes from some values of the body, and from which. What lies
// between them must serve nothing else, or it would be computed twice.
func match(pattern, body *kernels.Body, reads []int, v kernels.Value) (args [3]kernels.Value, ok bool) {
	m := &matcher{pattern: pattern, body: body, reads: reads, inside: uses(pattern)}
	for i := range m.args {
		m.args[i] = kernels.NoValue
	}
	ok = m.value(pattern.Results[0], v)
	return m.args, ok
}

// uses counts how often each value of a body is read.
func uses(body *kernels.Body) []int {
	n := make([]int, len(body.Insts))
	for i := range body.Insts {
		in := &body.Insts[i]
		for _, a := range in.Args[:in.NumArgs()] {
			n[a]++
		}
	}
	for _, v := range body.Results {
		n[v]++
	}
	return n
}

type matcher struct {
	pattern, body *kernels.Body
	reads, inside []int // how often values of the body and of the pattern are read
	args          [3]kernels.Value
}

// value compares value p of the pattern with value v of the body.
func (m *matcher) value(p, v kernels.Value) bool {
	want, got := &m.pattern.Insts[p], &m.body.Insts[v]
	if want.Type != got.Type {
		return false
	}
	if want.Op == kernels.OpArg {
		at := &m.args[want.Imm]
		if *at == kernels.NoValue {
			*at = v
		}
		return *at == v
	}
	likely := want.Op == kernels.OpSelect // Imm says what is likely, and not what is chosen
	if want.Op != got.Op || want.Imm != got.Imm && !likely || want.Func != got.Func || want.Table != got.Table {
		return false
	}
	if p != m.pattern.Results[0] && want.Op != kernels.OpConst && m.reads[v] != m.inside[p] {
		return false
	}
	for k := range want.NumArgs() {
		if !m.value(want.Args[k], got.Args[k]) {
			return false
		}
	}
	return true
}
