package outline

import "github.com/quern-go/quern/kernels"

// choice is a value that is one of two uniform ones, as a condition says.
type choice struct {
	ok        bool
	condition kernels.Value // of the old body
	yes, no   kernels.Value // of the new one
}

// isUniform says that an instruction has one value for all points: it is a constant or a
// parameter, or computed from such.
func (r *rewriter) isUniform(in *kernels.Inst) bool {
	switch in.Op {
	case kernels.OpConst, kernels.OpParam:
		return true
	case kernels.OpGather, kernels.OpLoopIn, kernels.OpLoop:
		return false
	}
	for _, a := range in.Args[:in.NumArgs()] {
		if !r.uniform[a] {
			return false
		}
	}
	return in.NumArgs() > 0
}

// choice finds the two values that an instruction gives, if all it reads is uniform or
// a choice by one condition. It emits what computes them.
func (r *rewriter) choice(in *kernels.Inst) (c choice, ok bool) {
	insts := r.body.Insts
	switch in.Op {
	case kernels.OpGather, kernels.OpLoopIn, kernels.OpLoop: // no functions of their arguments alone
		return c, false
	}
	if in.NumArgs() == 0 || in.Type == kernels.Bool {
		return c, false
	}
	if in.Op == kernels.OpSelect {
		yes, no := in.Args[1], in.Args[2]
		return choice{true, in.Args[0], r.at[yes], r.at[no]}, r.uniform[yes] && r.uniform[no]
	}
	yes, no := *in, *in
	if in.Op == kernels.OpConvert && insts[in.Args[0]].Type == kernels.Bool {
		yes.Args[0], no.Args[0] = r.b.Bits(kernels.Bool, 1), r.b.Bits(kernels.Bool, 0)
		return choice{true, in.Args[0], r.b.Emit(yes), r.b.Emit(no)}, true
	}
	for k, a := range in.Args[:in.NumArgs()] {
		arg := r.choices[a]
		switch {
		case r.uniform[a]:
			yes.Args[k], no.Args[k] = r.at[a], r.at[a]
			continue
		case !arg.ok || c.ok && c.condition != arg.condition:
			return c, false
		}
		c = arg
		yes.Args[k], no.Args[k] = arg.yes, arg.no
	}
	return choice{true, c.condition, r.b.Emit(yes), r.b.Emit(no)}, c.ok
}
