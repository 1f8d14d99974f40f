// Package outline finds, in Bodies, the chains of instructions that the CPU device
// has a block kernel of its own for: what runs as one kernel passes through the L1
// cache once instead of once for each instruction.
//
// The chains are Funcs with names that no other device knows (Funcs); the generator
// of package simd makes kernels of them as of the functions of package mathfn.
// Body replaces each occurrence of a chain by a call, which means the same: a call
// stands for its Body, bit for bit.
package outline

import (
	"github.com/quern-go/quern/kernels"
)

// Body returns the body with chains replaced by calls, and with what depends on one
// condition alone, such as select(c, 1, 0)·4, as one choice of constants, or of what is
// computed from constants and parameters.
func Body(body *kernels.Body) (kernels.Body, error) { return rewrite(body, Funcs()) }

// rewrite replaces occurrences of the chains, of which the first that fits counts.
func rewrite(body *kernels.Body, chains []*kernels.Func) (kernels.Body, error) {
	r := &rewriter{body: body, chains: chains, reads: uses(body), b: kernels.NewBuilder(),
		at: make([]kernels.Value, len(body.Insts)), choices: make([]choice, len(body.Insts)), uniform: make([]bool, len(body.Insts))}
	for i := range body.Insts {
		r.at[i] = r.inst(kernels.Value(i))
	}
	results := make([]kernels.Value, len(body.Results))
	for i, v := range body.Results {
		results[i] = r.at[v]
	}
	return r.b.Build(results...) // which drops what has become part of a chain
}

type rewriter struct {
	body    *kernels.Body
	reads   []int // how often each of its values is read
	chains  []*kernels.Func
	b       *kernels.Builder
	at      []kernels.Value // of the new body, by value of the old one
	choices []choice        // by value of the old body
	uniform []bool          // likewise
	loops   map[*kernels.Loop]*kernels.Loop
}

// inst emits what becomes of an instruction.
func (r *rewriter) inst(v kernels.Value) kernels.Value {
	in := r.body.Insts[v]
	if r.uniform[v] = r.isUniform(&in); !r.uniform[v] {
		if c, ok := r.choice(&in); ok {
			r.choices[v] = c
			if c.condition != in.Args[0] {
				return r.b.Select(r.at[c.condition], c.yes, c.no)
			}
		}
	}
	for _, f := range r.chains {
		if args, ok := match(&f.Body, r.body, r.reads, v); ok {
			for i := range f.Params {
				args[i] = r.at[args[i]]
			}
			return r.b.Call(f, args[:len(f.Params)]...)
		}
	}
	for k := range in.NumArgs() {
		in.Args[k] = r.at[in.Args[k]]
	}
	if in.Op == kernels.OpLoop {
		in.Loop = r.loop(in.Loop)
	}
	return r.b.Emit(in)
}

// loop is the loop with its step rewritten.
func (r *rewriter) loop(l *kernels.Loop) *kernels.Loop {
	if known, ok := r.loops[l]; ok {
		return known
	}
	made := l
	if step, err := rewrite(&l.Body, r.chains); err == nil {
		made = &kernels.Loop{Steps: l.Steps, States: l.States, Params: l.Params, Body: step}
	}
	if r.loops == nil {
		r.loops = make(map[*kernels.Loop]*kernels.Loop)
	}
	r.loops[l] = made
	return made
}
