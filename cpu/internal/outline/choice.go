package outline

import "github.com/quern-go/quern/kernels"

// choice is a value that is one of two constants, as a condition says.
type choice struct {
	ok        bool
	condition kernels.Value
	yes, no   uint64 // bits
}

// choice finds the two constants that an instruction gives, if all it reads are
// constants and choices by one condition.
func (r *rewriter) choice(in *kernels.Inst) (c choice, ok bool) {
	insts := r.body.Insts
	switch in.Op {
	case kernels.OpGather, kernels.OpLoopIn, kernels.OpLoop: // no functions of constants
		return c, false
	}
	if in.NumArgs() == 0 || in.Type == kernels.Bool {
		return c, false
	}
	if in.Op == kernels.OpSelect {
		yes, no := &insts[in.Args[1]], &insts[in.Args[2]]
		return choice{true, in.Args[0], yes.Imm, no.Imm}, yes.Op == kernels.OpConst && no.Op == kernels.OpConst
	}
	from := insts[in.Args[0]].Type
	if in.Op == kernels.OpConvert && from == kernels.Bool {
		return choice{true, in.Args[0], kernels.Apply(in, from, []uint64{1}), kernels.Apply(in, from, []uint64{0})}, true
	}
	var yes, no [3]uint64
	for k, a := range in.Args[:in.NumArgs()] {
		arg := r.choices[a]
		switch {
		case insts[a].Op == kernels.OpConst:
			yes[k], no[k] = insts[a].Imm, insts[a].Imm
			continue
		case !arg.ok || c.ok && c.condition != arg.condition:
			return c, false
		}
		c = arg
		yes[k], no[k] = arg.yes, arg.no
	}
	n := in.NumArgs()
	return choice{c.ok, c.condition, kernels.Apply(in, from, yes[:n]), kernels.Apply(in, from, no[:n])}, c.ok
}
