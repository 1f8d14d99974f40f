package vcode

import (
	"fmt"

	"github.com/quern-go/quern/kernels"
)

// Lower appends the body's instructions and returns its results. arg gives the
// value of each argument.
func (c *Code) Lower(body *kernels.Body, arg func(i int) Val) ([]Val, error) {
	vals := make([]Val, len(body.Insts))
	for i := range body.Insts {
		in := &body.Insts[i]
		args := make([]Val, in.NumArgs())
		for k := range args {
			args[k] = vals[in.Args[k]]
		}
		var argType kernels.DType
		if len(args) > 0 {
			argType = body.Insts[in.Args[0]].Type
		}
		v, ok := c.selector.Fuse(body, i, vals)
		if !ok {
			v, ok = c.lowerInst(body, in, argType, args, arg)
		}
		if !ok {
			return nil, fmt.Errorf("lower %%%d = %s (from %s): no %s code for it", i, in.String(), argType, c.machine.Name())
		}
		vals[i] = v
	}
	out := make([]Val, len(body.Results))
	for i, r := range body.Results {
		out[i] = vals[r]
	}
	return out, nil
}

// lowerInst lowers an instruction whose first argument, x[0], has type t.
func (c *Code) lowerInst(body *kernels.Body, in *kernels.Inst, t kernels.DType, x []Val, arg func(int) Val) (Val, bool) {
	s := c.selector
	switch in.Op {
	case kernels.OpArg:
		return arg(int(in.Imm)), true
	case kernels.OpConst:
		if in.Type == kernels.Bool {
			return s.BoolConst(in.Imm != 0), true
		}
		return c.Splat(in.Type.Size(), in.Imm), true
	case kernels.OpBitcast:
		return x[0], true
	case kernels.OpLookup:
		return s.Lookup(in.Table, t, x[0]), true
	case kernels.OpSelect:
		return s.Choose(in.Type, x[0], x[1], x[2]), true
	case kernels.OpConvert:
		if in.Type == t {
			return x[0], true
		}
		return s.Convert(in.Type, t, x[0])
	case kernels.OpShl, kernels.OpShr:
		if n := &body.Insts[in.Args[1]]; n.Op == kernels.OpConst {
			return s.ShiftConst(in.Op, t, x[0], n.Imm), true
		}
	}
	switch {
	case t == kernels.Bool:
		return s.Logic(in.Op, x)
	case in.Op.IsComparison():
		return s.Compare(in.Op, t, x[0], x[1]), true
	}
	return s.Arith(in.Op, t, x)
}
