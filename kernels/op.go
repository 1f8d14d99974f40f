package kernels

import "fmt"

// Op is one primitive of a Body. Every primitive is exact or exactly rounded,
// so that all devices must agree on its result to the last bit (the payload
// and sign of a NaN excepted).
type Op uint8

// The primitives. The comments give the arguments and, where the result type
// is not that of the first argument, the result type.
const (
	OpInvalid Op = iota

	// Leaves.

	OpConst    // the bits in Imm
	OpArg      // argument number Imm of the function or Step
	OpLoad     // the element of input number Imm at the current point
	OpParam    // scalar launch argument number Imm
	OpIndex    // U64: linear index of the current point in index layout number Imm
	OpAcc      // value of accumulator number Imm (Step, Post)
	OpAccIndex // I64: position kept by ArgMin/ArgMax accumulator number Imm (Post)

	// Memory and random numbers.

	OpGather // (i U64): element i of input number Imm, a flat array
	OpLookup // (i U32 or U64): entry i of Table; i is below the table's length
	OpPhilox // (index, stream, seed U64) → U32: see Philox and PhiloxImm

	// Arithmetic: floats, and Add Sub Mul Neg also integers (wrapping).

	OpAdd   // a + b
	OpSub   // a - b
	OpMul   // a * b
	OpDiv   // a / b (floats)
	OpFMA   // a*b + c, rounded once (floats)
	OpNeg   // -a: flips the sign bit of a float, NaN included
	OpAbs   // |a|: clears the sign bit of a float
	OpSqrt  // square root (floats)
	OpMin   // IEEE 754-2019 minimum: NaN if either is NaN, -0 < +0 (floats)
	OpMax   // IEEE 754-2019 maximum (floats)
	OpFloor // largest integer not above a (floats)
	OpRint  // nearest integer, ties to even (floats)
	OpMulHi // high half of the double-width product (U32, U64)

	// Bits: integers; And Or Xor Not also Bool.

	OpAnd // a & b
	OpOr  // a | b
	OpXor // a ^ b
	OpNot // ^a
	OpShl // a << b; 0 if b ≥ width; b has a's type and counts unsigned
	OpShr // a >> b; arithmetic for signed types, logical for unsigned

	// Comparisons → Bool, and choice.

	OpLess      // a < b; false if either is NaN
	OpLessEqual // a <= b
	OpEqual     // a == b
	OpSelect    // (c Bool, a, b): a if c, else b; Imm 1: c is nearly always true

	// Conversions: the result type is the instruction's.

	OpConvert // to the nearest value, ties to even; float to integer truncates, saturates, NaN → 0
	OpBitcast // same bits, other type of the same size

	// OpCall applies Func to one to three arguments. It stands for Func's Body,
	// which a device may inline or replace by code with the same bits.
	OpCall

	// A fixed number of steps: see Loop.

	OpLoopIn // (a[, before]): a, as the argument of a loop after another OpLoopIn
	OpLoop   // (last OpLoopIn): state number Imm of Loop after its last step

	numOps
)

// NumOps is one more than the largest Op, for tables indexed by op.
const NumOps = int(numOps)

var opInfo = [numOps]struct {
	name  string
	arity int
}{
	OpInvalid:   {"invalid", 0},
	OpConst:     {"const", 0},
	OpArg:       {"arg", 0},
	OpLoad:      {"load", 0},
	OpParam:     {"param", 0},
	OpIndex:     {"index", 0},
	OpAcc:       {"acc", 0},
	OpAccIndex:  {"accindex", 0},
	OpGather:    {"gather", 1},
	OpLookup:    {"lookup", 1},
	OpPhilox:    {"philox", 3},
	OpAdd:       {"add", 2},
	OpSub:       {"sub", 2},
	OpMul:       {"mul", 2},
	OpDiv:       {"div", 2},
	OpFMA:       {"fma", 3},
	OpNeg:       {"neg", 1},
	OpAbs:       {"abs", 1},
	OpSqrt:      {"sqrt", 1},
	OpMin:       {"min", 2},
	OpMax:       {"max", 2},
	OpFloor:     {"floor", 1},
	OpRint:      {"rint", 1},
	OpMulHi:     {"mulhi", 2},
	OpAnd:       {"and", 2},
	OpOr:        {"or", 2},
	OpXor:       {"xor", 2},
	OpNot:       {"not", 1},
	OpShl:       {"shl", 2},
	OpShr:       {"shr", 2},
	OpLess:      {"less", 2},
	OpLessEqual: {"lessequal", 2},
	OpEqual:     {"equal", 2},
	OpSelect:    {"select", 3},
	OpConvert:   {"convert", 1},
	OpBitcast:   {"bitcast", 1},
	OpCall:      {"call", -1},
	OpLoopIn:    {"loopin", 2},
	OpLoop:      {"loop", 1},
}

// String returns the name used in the text form of Bodies.
func (op Op) String() string {
	if op < numOps {
		return opInfo[op].name
	}
	return fmt.Sprintf("op(%d)", uint8(op))
}

// Arity is the number of value arguments the op takes, at most; -1 for OpCall,
// whose Func decides.
func (op Op) Arity() int {
	if op < numOps {
		return opInfo[op].arity
	}
	return 0
}

// IsComparison reports whether the op yields a Bool from two numbers.
func (op Op) IsComparison() bool { return op >= OpLess && op <= OpEqual }
