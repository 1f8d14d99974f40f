package vm

import (
	"github.com/quern-go/quern/cpu/internal/simd"
	"github.com/quern-go/quern/kernels"
)

// streamedCall is the call of the kernel that stores past the caches, if there
// is one.
func (s *specialiser) streamedCall(in *kernels.Inst, args [3]operand) (call inst, ok bool) {
	if s.table.Streaming == nil {
		return inst{}, false
	}
	switch in.Op {
	case kernels.OpFMA:
		call = s.callFMA(s.table.Streaming, in.Type, args)
	case kernels.OpCall:
		call = s.callFunc(s.table.Streaming, in.Func, args)
	case kernels.OpAdd, kernels.OpSub, kernels.OpMul, kernels.OpDiv:
		call = s.callBinary(&s.table.Streaming.Binary, in.Op, in.Type, args)
	case kernels.OpSqrt:
		call = inst{form: form1, fn1: s.table.Streaming.Unary[in.Op][in.Type], a: args[0].block()}
	}
	return call, call.fn1 != nil || call.fn2 != nil || call.fn3 != nil
}

// call is the instruction as a call of a block kernel, its destination yet to be
// set.
func (s *specialiser) call(in *kernels.Inst, args [3]operand) inst {
	a, t := args[0], in.Type
	argType := s.body.Insts[in.Args[0]].Type
	switch in.Op {
	case kernels.OpConvert:
		return inst{form: form1, fn1: s.table.Convert[argType][t], a: a.block()}
	case kernels.OpFMA:
		return s.callFMA(s.table, t, args)
	case kernels.OpSelect:
		return inst{form: formSelect, sel: s.table.Select[t], a: a.block(), b: args[1].block(), c: args[2].block()}
	case kernels.OpCall:
		return s.callFunc(s.table, in.Func, args)
	case kernels.OpGather:
		source := 0
		for s.gathers[source] != int(in.Imm) {
			source++
		}
		return inst{form: formGather, size: uint8(t.Size()), a: a.block(), rare: &rare{source: source, wide: argType.Size() == 8}}
	case kernels.OpLookup:
		return inst{form: formLookup, size: uint8(t.Size()), a: a.block(),
			rare: &rare{table: in.Table, wide: argType.Size() == 8}}
	case kernels.OpPhilox:
		return s.callPhilox(in, args)
	}
	if in.NumArgs() == 1 {
		return inst{form: form1, fn1: s.table.Unary[in.Op][argType], a: a.block()}
	}
	return s.callBinary(&s.table.Binary, in.Op, argType, args)
}

func (s *specialiser) callBinary(fns *[simd.NumModes][kernels.NumOps][kernels.NumTypes]simd.Fn2, op kernels.Op, t kernels.DType, args [3]operand) inst {
	mode := simd.VV
	switch {
	case args[1].uniform:
		mode = simd.VS
	case args[0].uniform:
		mode = simd.SV
	}
	return inst{form: form2, fn2: fns[mode][op][t], a: args[0].at, b: args[1].at}
}

// callFMA is a·b + c; a scalar factor goes second, a scalar addend is spread.
func (s *specialiser) callFMA(table *simd.Table, t kernels.DType, args [3]operand) inst {
	a, b, c := args[0], args[1], args[2]
	if a.uniform {
		a, b = b, a
	}
	call := inst{form: form3, fn3: table.FMA[t], a: a.block(), b: b.at, c: c.block()}
	if b.uniform {
		call.fn3 = table.FMAVS[t]
	}
	return call
}

func (s *specialiser) callFunc(table *simd.Table, f *kernels.Func, args [3]operand) inst {
	if len(f.Params) == 1 {
		return inst{form: form1, fn1: table.Calls1[f.Name], a: args[0].block()}
	}
	return inst{form: form2, fn2: table.Calls2[f.Name], a: args[0].block(), b: args[1].block()}
}

// callPhilox leaves the destinations to the caller.
func (s *specialiser) callPhilox(in *kernels.Inst, args [3]operand) inst {
	share, _ := kernels.PhiloxMode(in.Imm)
	r := &rare{philox: philoxGroup{share: share, dst: [4]place{nowhere, nowhere, nowhere, nowhere}}}
	call := inst{form: formPhiloxAny, a: args[0].at, b: args[1].at, c: args[2].at, rare: r}
	for k, a := range args {
		r.philox.uniform[k] = a.uniform
	}
	if s.fastPhilox(in) {
		call.form = formPhilox
		r.philox.leaf = s.runOf(s.root[in.Args[0]])
		r.philox.state = s.c.philoxes
		s.c.philoxes++
	}
	return call
}

// cost is the work of an instruction per element, as Code.Cost counts it; the
// figures are those of AVX-512, rounded.
func cost(in *kernels.Inst) float64 {
	c := 1.0
	switch in.Op {
	case kernels.OpDiv, kernels.OpSqrt:
		c = 4
	case kernels.OpCall:
		c = 15
	case kernels.OpGather, kernels.OpLookup:
		c = 30
	case kernels.OpMul, kernels.OpMulHi:
		if in.Type == kernels.I64 || in.Type == kernels.U64 {
			c = 3
		}
	}
	if in.Type.Size() == 8 {
		c *= 2
	}
	return c
}
