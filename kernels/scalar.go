package kernels

import (
	"math"
	"math/bits"
	"slices"
	"strconv"
)

// A scalar travels as the bits of a uint64: a 4-byte type in the low half with
// zeros above, a Bool as 0 or 1.

// FormatBits prints a scalar of type t as a person would write it.
func FormatBits(t DType, x uint64) string {
	switch t {
	case F32:
		return strconv.FormatFloat(float64(math.Float32frombits(uint32(x))), 'g', -1, 32)
	case F64:
		return strconv.FormatFloat(math.Float64frombits(x), 'g', -1, 64)
	case I32:
		return strconv.FormatInt(int64(int32(x)), 10)
	case I64:
		return strconv.FormatInt(int64(x), 10)
	case Bool:
		return strconv.FormatBool(x != 0)
	}
	return strconv.FormatUint(x, 10)
}

// Apply is the meaning of an instruction that depends on its arguments alone:
// args holds their bits and argType is the type of the first. Leaves and OpGather,
// which need a launch, and OpLoop, which needs a Body, are not for Apply and give 0.
func Apply(in *Inst, argType DType, args []uint64) uint64 {
	switch in.Op {
	case OpPhilox:
		share, word := PhiloxMode(in.Imm)
		return uint64(PhiloxWord(args[0], args[1], args[2], share, word))
	case OpLookup:
		if args[0] >= uint64(len(in.Table.Bits)) {
			return 0
		}
		return in.Table.Bits[args[0]]
	case OpSelect:
		if args[0] != 0 {
			return args[1]
		}
		return args[2]
	case OpBitcast:
		return args[0]
	case OpConvert:
		return convert(in.Type, argType, args[0])
	case OpCall:
		return in.Func.Eval(slices.Clone(args)) // a copy, so that args can stay on the stack
	}
	switch argType {
	case F32:
		return applyF32(in.Op, args)
	case F64:
		return applyF64(in.Op, args)
	case Bool:
		return applyInt(in.Op, 1, false, args)
	default:
		return applyInt(in.Op, argType.Size()*8, argType.IsSigned(), args)
	}
}

// Eval applies the function to the bits of its arguments.
func (f *Func) Eval(args []uint64) uint64 {
	return f.Body.Eval(func(leaf *Inst) uint64 { return args[leaf.Imm] }, nil)[0]
}

// Eval runs the body; leaf gives the bits of every leaf other than a constant
// and gather those of OpGather. It is the definition of a Body's value.
func (b *Body) Eval(leaf func(*Inst) uint64, gather func(in *Inst, i uint64) uint64) []uint64 {
	var loops map[LoopRun][]uint64
	var small [64]uint64 // most bodies need no memory of their own
	vals := small[:]
	if len(b.Insts) > len(small) {
		vals = make([]uint64, len(b.Insts))
	}
	for i := range b.Insts {
		in := &b.Insts[i]
		n := in.NumArgs()
		switch {
		case in.Op == OpConst:
			vals[i] = in.Imm
		case in.Op == OpGather:
			vals[i] = gather(in, vals[in.Args[0]])
		case in.Op == OpLoopIn:
			vals[i] = vals[in.Args[0]]
		case in.Op == OpLoop:
			if loops == nil {
				loops = make(map[LoopRun][]uint64)
			}
			vals[i] = b.runLoop(in, vals, loops)[in.Imm]
		case n == 0:
			vals[i] = leaf(in)
		default:
			var args [3]uint64
			for k := range n {
				args[k] = vals[in.Args[k]]
			}
			vals[i] = Apply(in, b.Insts[in.Args[0]].Type, args[:n])
		}
	}
	out := make([]uint64, len(b.Results))
	for i, r := range b.Results {
		out[i] = vals[r]
	}
	return out
}

// runLoop is the states of an OpLoop after its last step; runs has those known.
func (b *Body) runLoop(in *Inst, vals []uint64, runs map[LoopRun][]uint64) []uint64 {
	key := in.LoopRun()
	states, ok := runs[key]
	if !ok {
		args := b.LoopArgs(in)
		bits := make([]uint64, len(args))
		for k, a := range args {
			bits[k] = vals[a]
		}
		states = in.Loop.run(bits)
		runs[key] = states
	}
	return states
}

func boolBits(c bool) uint64 {
	if c {
		return 1
	}
	return 0
}

func applyF32(op Op, args []uint64) uint64 {
	var v [3]float32
	for i, a := range args {
		v[i] = math.Float32frombits(uint32(a))
	}
	x, y := v[0], v[1]
	var r float32
	switch op {
	case OpAdd:
		r = x + y
	case OpSub:
		r = x - y
	case OpMul:
		r = x * y
	case OpDiv:
		r = x / y
	case OpFMA:
		r = FMA32(x, y, v[2])
	case OpNeg:
		return args[0] ^ 1<<31
	case OpAbs:
		return args[0] &^ (1 << 31)
	case OpSqrt:
		r = float32(math.Sqrt(float64(x))) // exact: 53 ≥ 2·24 + 2 bits
	case OpMin:
		r = Min(x, y)
	case OpMax:
		r = Max(x, y)
	case OpFloor:
		r = float32(math.Floor(float64(x)))
	case OpRint:
		r = float32(math.RoundToEven(float64(x)))
	case OpLess:
		return boolBits(x < y)
	case OpLessEqual:
		return boolBits(x <= y)
	case OpEqual:
		return boolBits(x == y)
	}
	return uint64(math.Float32bits(r))
}

func applyF64(op Op, args []uint64) uint64 {
	var v [3]float64
	for i, a := range args {
		v[i] = math.Float64frombits(a)
	}
	x, y := v[0], v[1]
	var r float64
	switch op {
	case OpAdd:
		r = x + y
	case OpSub:
		r = x - y
	case OpMul:
		r = x * y
	case OpDiv:
		r = x / y
	case OpFMA:
		r = math.FMA(x, y, v[2])
	case OpNeg:
		return args[0] ^ 1<<63
	case OpAbs:
		return args[0] &^ (1 << 63)
	case OpSqrt:
		r = math.Sqrt(x)
	case OpMin:
		r = Min(x, y)
	case OpMax:
		r = Max(x, y)
	case OpFloor:
		r = math.Floor(x)
	case OpRint:
		r = math.RoundToEven(x)
	case OpLess:
		return boolBits(x < y)
	case OpLessEqual:
		return boolBits(x <= y)
	case OpEqual:
		return boolBits(x == y)
	}
	return math.Float64bits(r)
}

// applyInt computes on integers of the given width held in a uint64; width 1
// is Bool.
func applyInt(op Op, width int, signed bool, args []uint64) uint64 {
	mask := ^uint64(0) >> (64 - width)
	x := args[0]
	var y uint64
	if len(args) > 1 {
		y = args[1]
	}
	ext := func(v uint64) int64 { return int64(v<<(64-width)) >> (64 - width) }
	switch op {
	case OpAdd:
		return (x + y) & mask
	case OpSub:
		return (x - y) & mask
	case OpMul:
		return (x * y) & mask
	case OpMulHi:
		if width == 32 {
			return x * y >> 32
		}
		hi, _ := bits.Mul64(x, y)
		return hi
	case OpNeg:
		return -x & mask
	case OpAnd:
		return x & y
	case OpOr:
		return x | y
	case OpXor:
		return x ^ y
	case OpNot:
		return ^x & mask
	case OpShl:
		if y >= uint64(width) {
			return 0
		}
		return x << y & mask
	case OpShr:
		if signed {
			return uint64(ext(x)>>min(y, uint64(width-1))) & mask
		}
		return x >> y // Go gives 0 for y ≥ 64, and x has no bits above width
	case OpLess, OpLessEqual:
		less := x < y
		if signed {
			less = ext(x) < ext(y)
		}
		return boolBits(less || op == OpLessEqual && x == y)
	case OpEqual:
		return boolBits(x == y)
	}
	return 0
}

// convert is OpConvert from type u to type t.
func convert(t, u DType, x uint64) uint64 {
	switch u {
	case F32:
		return fromFloat(t, float64(math.Float32frombits(uint32(x))))
	case F64:
		return fromFloat(t, math.Float64frombits(x))
	case I32:
		return fromInt(t, int64(int32(x)))
	case I64:
		return fromInt(t, int64(x))
	}
	return fromUint(t, x)
}

func fromInt(t DType, x int64) uint64 {
	switch t {
	case F32:
		return uint64(math.Float32bits(float32(x)))
	case F64:
		return math.Float64bits(float64(x))
	case I32, U32:
		return uint64(uint32(x))
	}
	return uint64(x)
}

func fromUint(t DType, x uint64) uint64 {
	switch t {
	case F32:
		return uint64(math.Float32bits(float32(x)))
	case F64:
		return math.Float64bits(float64(x))
	case I32, U32:
		return uint64(uint32(x))
	}
	return x
}

// fromFloat truncates towards zero and saturates; NaN gives 0.
func fromFloat(t DType, x float64) uint64 {
	switch {
	case t == F32:
		return uint64(math.Float32bits(float32(x)))
	case t == F64:
		return math.Float64bits(x)
	case x != x:
		return 0
	}
	x = math.Trunc(x)
	switch t {
	case I32:
		return uint64(uint32(int32(max(math.MinInt32, min(math.MaxInt32, x)))))
	case U32:
		return uint64(uint32(max(0, min(math.MaxUint32, x))))
	case I64:
		switch {
		case x >= 1<<63:
			return math.MaxInt64
		case x < -1<<63:
			return 1 << 63
		}
		return uint64(int64(x))
	}
	switch {
	case x >= 1<<64:
		return math.MaxUint64
	case x < 0:
		return 0
	case x >= 1<<63:
		return uint64(x-(1<<63)) | 1<<63
	}
	return uint64(x)
}

// Min is the IEEE 754-2019 minimum: NaN if either is NaN, and −0 < +0.
func Min[T float32 | float64](x, y T) T { return min(x, y) }

// Max is the IEEE 754-2019 maximum: NaN if either is NaN, and −0 < +0.
func Max[T float32 | float64](x, y T) T { return max(x, y) }
