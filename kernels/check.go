package kernels

import "fmt"

// Validate checks that the body is well formed: arguments are earlier values
// of fitting types, every function called is a valid one-result body, and
// results exist.
func (b *Body) Validate() error {
	if err := b.check(); err != nil {
		return err
	}
	for i := range b.Insts {
		if err := checkInst(&b.Insts[i], b.Insts[:i]); err != nil {
			return fmt.Errorf("kernels: instruction %%%d: %w", i, err)
		}
		if f := b.Insts[i].Func; f != nil {
			if err := f.Body.Validate(); err != nil {
				return fmt.Errorf("kernels: instruction %%%d: function %s: %w", i, f.Name, err)
			}
		}
		if l := b.Insts[i].Loop; l != nil {
			if err := l.validate(); err != nil {
				return fmt.Errorf("kernels: instruction %%%d: loop: %w", i, err)
			}
		}
	}
	return nil
}

func (b *Body) check() error {
	for i, r := range b.Results {
		if r < 0 || int(r) >= len(b.Insts) {
			return fmt.Errorf("kernels: result %d is %%%d, of %d values", i, r, len(b.Insts))
		}
		if b.Insts[r].Op == OpLoopIn {
			return fmt.Errorf("kernels: result %d is %%%d, which is only the argument of a loop", i, r)
		}
	}
	return nil
}

// check checks that the function is there, has one result and takes as many
// arguments as an instruction holds.
func (f *Func) check() error {
	if f == nil {
		return fmt.Errorf("no function given")
	}
	if n := len(f.Params); n < 1 || n > len(Inst{}.Args) {
		return fmt.Errorf("function %s: %d parameters, expected 1 to %d", f.Name, n, len(Inst{}.Args))
	}
	if len(f.Body.Results) != 1 {
		return fmt.Errorf("function %s: %d results, expected 1", f.Name, len(f.Body.Results))
	}
	return f.Body.check()
}

// checkInst checks one instruction against those before it.
func checkInst(in *Inst, before []Inst) error {
	if in.Op == OpInvalid || in.Op >= numOps || in.Type == InvalidType || in.Type >= numTypes {
		return fmt.Errorf("%s of type %s: unknown op or type", in.Op, in.Type)
	}
	if in.Op == OpCall {
		if err := in.Func.check(); err != nil {
			return fmt.Errorf("call: %w", err)
		}
	}
	if in.Op == OpLookup && in.Table == nil {
		return fmt.Errorf("lookup: no table")
	}
	if in.Op == OpLoop {
		if err := in.Loop.check(); err != nil {
			return fmt.Errorf("loop: %w", err)
		}
		if in.Imm >= uint64(in.Loop.States) {
			return fmt.Errorf("loop: state %d of %d", in.Imm, in.Loop.States)
		}
	}
	var args [3]DType
	for i, a := range in.Args[:in.NumArgs()] {
		if a < 0 || int(a) >= len(before) {
			return fmt.Errorf("%s: argument %d is %%%d, of %d values", in.Op, i, a, len(before))
		}
		if before[a].Op == OpLoopIn && in.Op != OpLoop && !(in.Op == OpLoopIn && i == 1) {
			return fmt.Errorf("%s: argument %d is %%%d, which is only the argument of a loop", in.Op, i, a)
		}
		args[i] = before[a].Type
	}
	if !typesFit(in, args) {
		return fmt.Errorf("%s.%s: arguments of types %v do not fit", in.Op, in.Type, args[:in.NumArgs()])
	}
	if in.Op == OpLoop {
		return checkLoopArgs(in, before)
	}
	return nil
}

// typesFit says whether an instruction's result type and argument types agree.
func typesFit(in *Inst, a [3]DType) bool {
	t := in.Type
	switch in.Op {
	case OpConst, OpArg, OpLoad, OpParam, OpAcc:
		return true
	case OpIndex:
		return t == U64
	case OpAccIndex:
		return t == I64
	case OpGather:
		return a[0] == U64
	case OpLookup:
		return (a[0] == U32 || a[0] == U64) && t == in.Table.Type
	case OpPhilox:
		share, word := PhiloxMode(in.Imm)
		return t == U32 && a == [3]DType{U64, U64, U64} && share <= 2 && word < 4>>share
	case OpAdd, OpSub, OpMul:
		return t.IsNumeric() && a[0] == t && a[1] == t
	case OpDiv, OpMin, OpMax:
		return t.IsFloat() && a[0] == t && a[1] == t
	case OpFMA:
		return t.IsFloat() && a[0] == t && a[1] == t && a[2] == t
	case OpNeg:
		return t.IsNumeric() && a[0] == t
	case OpAbs, OpSqrt, OpFloor, OpRint:
		return t.IsFloat() && a[0] == t
	case OpMulHi:
		return (t == U32 || t == U64) && a[0] == t && a[1] == t
	case OpAnd, OpOr, OpXor:
		return (t.IsInt() || t == Bool) && a[0] == t && a[1] == t
	case OpNot:
		return (t.IsInt() || t == Bool) && a[0] == t
	case OpShl, OpShr:
		return t.IsInt() && a[0] == t && a[1] == t
	case OpLess, OpLessEqual, OpEqual:
		return t == Bool && a[0].IsNumeric() && a[0] == a[1]
	case OpSelect:
		return a[0] == Bool && a[1] == t && a[2] == t
	case OpConvert:
		return t.IsNumeric() && (a[0].IsNumeric() || a[0] == Bool)
	case OpBitcast:
		return t.IsNumeric() && a[0].IsNumeric() && t.Size() == a[0].Size()
	case OpCall:
		return t == in.Func.Result() && fitsParams(in.Func.Params, a)
	case OpLoopIn:
		return a[0] == t // checkLoopArgs checks the chain
	case OpLoop:
		return t == in.Loop.Params[1+in.Imm]
	}
	return false
}

func fitsParams(params []DType, args [3]DType) bool {
	for i, p := range params {
		if i >= len(args) || args[i] != p {
			return false
		}
	}
	return true
}
