package kernels

import (
	"fmt"
	"math"
)

// Builder builds a Body. Equal instructions are shared and instructions over
// constants are folded, so code may be written as it reads. The first mistake
// (mixed types, a value of another builder) is kept and returned by Build; the
// methods go on with a value of the right type.
type Builder struct {
	insts []Inst
	index map[Inst]Value
	err   error
}

// NewBuilder returns an empty Builder.
func NewBuilder() *Builder { return &Builder{index: make(map[Inst]Value)} }

// Build returns the Body with the given results, dead instructions removed.
func (b *Builder) Build(results ...Value) (Body, error) {
	if b.err != nil {
		return Body{}, b.err
	}
	body := Body{Insts: b.insts, Results: results}
	if err := body.check(); err != nil {
		return Body{}, err
	}
	return body.withoutDead(), nil
}

// Err is the first mistake made so far, or nil.
func (b *Builder) Err() error { return b.err }

// TypeOf returns the type of a value.
func (b *Builder) TypeOf(v Value) DType {
	if v < 0 || int(v) >= len(b.insts) {
		b.fail("type of %%%d: no such value", v)
		return InvalidType
	}
	return b.insts[v].Type
}

func (b *Builder) fail(format string, args ...any) {
	if b.err == nil {
		b.err = fmt.Errorf("kernels: "+format, args...)
	}
}

// Emit appends the instruction, or returns the value of an equal earlier one
// or of the constant it folds to.
func (b *Builder) Emit(in Inst) Value {
	for i := in.NumArgs(); i < len(in.Args); i++ {
		in.Args[i] = NoValue
	}
	if err := checkInst(&in, b.insts); err != nil {
		b.fail("%w", err)
		in = Inst{Op: OpConst, Type: in.Type, Args: [3]Value{NoValue, NoValue, NoValue}}
	}
	if bits, ok := b.fold(&in); ok {
		in = Inst{Op: OpConst, Type: in.Type, Imm: bits, Args: [3]Value{NoValue, NoValue, NoValue}}
	}
	if v, ok := b.index[in]; ok {
		return v
	}
	v := Value(len(b.insts))
	b.insts = append(b.insts, in)
	b.index[in] = v
	return v
}

// fold evaluates an instruction whose arguments are all constants.
func (b *Builder) fold(in *Inst) (uint64, bool) {
	n := in.NumArgs()
	if n == 0 || in.Op == OpGather || in.Op == OpLoopIn || in.Op == OpLoop {
		return 0, false
	}
	var args [3]uint64
	for i := range n {
		a := &b.insts[in.Args[i]]
		if a.Op != OpConst {
			return 0, false
		}
		args[i] = a.Imm
	}
	return Apply(in, b.insts[in.Args[0]].Type, args[:n]), true
}

func leaf(op Op, t DType, imm uint64) Inst {
	return Inst{Op: op, Type: t, Imm: imm, Args: [3]Value{NoValue, NoValue, NoValue}}
}

// Bits is the constant of type t with the given bits.
func (b *Builder) Bits(t DType, bits uint64) Value { return b.Emit(leaf(OpConst, t, bits)) }

// Float is the constant of floating-point type t nearest to x.
func (b *Builder) Float(t DType, x float64) Value { return b.Bits(t, FloatBits(t, x)) }

// Int is the integer constant x of type t.
func (b *Builder) Int(t DType, x int64) Value {
	if t.Size() == 4 {
		return b.Bits(t, uint64(uint32(x)))
	}
	return b.Bits(t, uint64(x))
}

// Arg is argument number i of a Func, or of a Step (0: a, 1: b).
func (b *Builder) Arg(i int, t DType) Value { return b.Emit(leaf(OpArg, t, uint64(i))) }

// Load is the element of input number slot at the current point.
func (b *Builder) Load(slot int, t DType) Value { return b.Emit(leaf(OpLoad, t, uint64(slot))) }

// Param is scalar launch argument number slot.
func (b *Builder) Param(slot int, t DType) Value { return b.Emit(leaf(OpParam, t, uint64(slot))) }

// Index is the linear index (U64) of the current point in index layout slot.
func (b *Builder) Index(slot int) Value { return b.Emit(leaf(OpIndex, U64, uint64(slot))) }

// Acc is the value of accumulator number i.
func (b *Builder) Acc(i int, t DType) Value { return b.Emit(leaf(OpAcc, t, uint64(i))) }

// AccIndex is the position (I64) kept by ArgMin or ArgMax accumulator number i.
func (b *Builder) AccIndex(i int) Value { return b.Emit(leaf(OpAccIndex, I64, uint64(i))) }

// Gather is element i (U64) of the flat input number slot, of type t.
func (b *Builder) Gather(slot int, t DType, i Value) Value {
	return b.Emit(Inst{Op: OpGather, Type: t, Imm: uint64(slot), Args: [3]Value{i}})
}

// Lookup is entry i (U32 or U64) of the table.
func (b *Builder) Lookup(t *Table, i Value) Value {
	return b.Emit(Inst{Op: OpLookup, Type: t.Type, Table: t, Args: [3]Value{i}})
}

// Philox is random word number word (U32) of element index of a stream under a
// seed (all U64); 2^share rows share a counter: see PhiloxWord.
func (b *Builder) Philox(index, stream, seed Value, share, word int) Value {
	return b.Emit(Inst{Op: OpPhilox, Type: U32, Imm: PhiloxImm(share, word), Args: [3]Value{index, stream, seed}})
}

func (b *Builder) unary(op Op, x Value) Value {
	return b.Emit(Inst{Op: op, Type: b.TypeOf(x), Args: [3]Value{x}})
}

func (b *Builder) binary(op Op, x, y Value) Value {
	return b.Emit(Inst{Op: op, Type: b.TypeOf(x), Args: [3]Value{x, y}})
}

func (b *Builder) compare(op Op, x, y Value) Value {
	return b.Emit(Inst{Op: op, Type: Bool, Args: [3]Value{x, y}})
}

// Add is x + y.
func (b *Builder) Add(x, y Value) Value { return b.binary(OpAdd, x, y) }

// Sub is x − y.
func (b *Builder) Sub(x, y Value) Value { return b.binary(OpSub, x, y) }

// Mul is x·y.
func (b *Builder) Mul(x, y Value) Value { return b.binary(OpMul, x, y) }

// Div is x/y, correctly rounded.
func (b *Builder) Div(x, y Value) Value { return b.binary(OpDiv, x, y) }

// MulHi is the high half of the double-width unsigned product.
func (b *Builder) MulHi(x, y Value) Value { return b.binary(OpMulHi, x, y) }

// FMA is x·y + z, rounded once.
func (b *Builder) FMA(x, y, z Value) Value {
	return b.Emit(Inst{Op: OpFMA, Type: b.TypeOf(x), Args: [3]Value{x, y, z}})
}

// Neg is −x.
func (b *Builder) Neg(x Value) Value { return b.unary(OpNeg, x) }

// Abs is |x|.
func (b *Builder) Abs(x Value) Value { return b.unary(OpAbs, x) }

// Sqrt is the square root of x, correctly rounded.
func (b *Builder) Sqrt(x Value) Value { return b.unary(OpSqrt, x) }

// Floor is the largest integer not above x.
func (b *Builder) Floor(x Value) Value { return b.unary(OpFloor, x) }

// Rint is the integer nearest to x, ties to even.
func (b *Builder) Rint(x Value) Value { return b.unary(OpRint, x) }

// Min is the IEEE 754-2019 minimum of x and y.
func (b *Builder) Min(x, y Value) Value { return b.binary(OpMin, x, y) }

// Max is the IEEE 754-2019 maximum of x and y.
func (b *Builder) Max(x, y Value) Value { return b.binary(OpMax, x, y) }

// And is the bitwise (for Bool: logical) conjunction.
func (b *Builder) And(x, y Value) Value { return b.binary(OpAnd, x, y) }

// Or is the bitwise (for Bool: logical) disjunction.
func (b *Builder) Or(x, y Value) Value { return b.binary(OpOr, x, y) }

// Xor is the bitwise (for Bool: logical) exclusive or.
func (b *Builder) Xor(x, y Value) Value { return b.binary(OpXor, x, y) }

// Not is the bitwise (for Bool: logical) complement.
func (b *Builder) Not(x Value) Value { return b.unary(OpNot, x) }

// Shl is x shifted left by n bits.
func (b *Builder) Shl(x Value, n int) Value {
	return b.binary(OpShl, x, b.Int(b.TypeOf(x), int64(n)))
}

// Shr is x shifted right by n bits, arithmetically if x is signed.
func (b *Builder) Shr(x Value, n int) Value {
	return b.binary(OpShr, x, b.Int(b.TypeOf(x), int64(n)))
}

// ShlBy and ShrBy shift by a value of x's type.
func (b *Builder) ShlBy(x, n Value) Value { return b.binary(OpShl, x, n) }

// ShrBy is x shifted right by the value n, arithmetically if x is signed.
func (b *Builder) ShrBy(x, n Value) Value { return b.binary(OpShr, x, n) }

// Less is x < y.
func (b *Builder) Less(x, y Value) Value { return b.compare(OpLess, x, y) }

// LessEqual is x ≤ y.
func (b *Builder) LessEqual(x, y Value) Value { return b.compare(OpLessEqual, x, y) }

// Equal is x = y.
func (b *Builder) Equal(x, y Value) Value { return b.compare(OpEqual, x, y) }

// Select is x where c holds, else y.
func (b *Builder) Select(c, x, y Value) Value { return b.choose(c, x, y, 0) }

// SelectLikely is Select with the promise that c nearly always holds: a device
// may compute y only for those blocks in which c fails somewhere.
func (b *Builder) SelectLikely(c, x, y Value) Value { return b.choose(c, x, y, 1) }

func (b *Builder) choose(c, x, y Value, imm uint64) Value {
	if x == y {
		return x
	}
	return b.Emit(Inst{Op: OpSelect, Type: b.TypeOf(x), Imm: imm, Args: [3]Value{c, x, y}})
}

// Convert is x as type t: see OpConvert.
func (b *Builder) Convert(t DType, x Value) Value {
	if b.TypeOf(x) == t {
		return x
	}
	return b.Emit(Inst{Op: OpConvert, Type: t, Args: [3]Value{x}})
}

// Bitcast is the bits of x as type t of the same size.
func (b *Builder) Bitcast(t DType, x Value) Value {
	if b.TypeOf(x) == t {
		return x
	}
	return b.Emit(Inst{Op: OpBitcast, Type: t, Args: [3]Value{x}})
}

// Call applies a function.
func (b *Builder) Call(f *Func, args ...Value) Value {
	if err := f.check(); err != nil {
		b.fail("call: %w", err)
		return NoValue
	}
	in := Inst{Op: OpCall, Type: f.Result(), Func: f, Args: [3]Value{NoValue, NoValue, NoValue}}
	if len(args) != len(f.Params) || len(args) > len(in.Args) {
		b.fail("call %s: %d arguments given, %d expected", f.Name, len(args), len(f.Params))
		return b.Bits(in.Type, 0)
	}
	copy(in.Args[:], args)
	return b.Emit(in)
}

// Inline copies the body's instructions, taking leaves from subst where it
// returns a value, and returns the body's results.
func (b *Builder) Inline(body *Body, subst func(leaf Inst) (Value, bool)) []Value {
	at := make([]Value, len(body.Insts))
	for i, in := range body.Insts {
		if in.NumArgs() == 0 && subst != nil {
			if v, ok := subst(in); ok {
				at[i] = v
				continue
			}
		}
		for k := range in.NumArgs() {
			in.Args[k] = at[in.Args[k]]
		}
		at[i] = b.Emit(in)
	}
	results := make([]Value, len(body.Results))
	for i, r := range body.Results {
		results[i] = at[r]
	}
	return results
}

// FloatBits returns the bits of x rounded to floating-point type t.
func FloatBits(t DType, x float64) uint64 {
	if t == F32 {
		return uint64(math.Float32bits(float32(x)))
	}
	return math.Float64bits(x)
}
