package kernels

import (
	"math"
	"testing"
)

var (
	inf    = math.Inf(1)
	nan    = math.NaN()
	minus0 = math.Copysign(0, -1)
)

func isNaNBits(t DType, x uint64) bool {
	return t.IsFloat() && math.IsNaN(toFloat(t, x))
}

func apply(op Op, result, arg DType, args ...uint64) uint64 {
	return Apply(&Inst{Op: op, Type: result}, arg, args)
}

func sameBits(t DType, got, want uint64) bool {
	return got == want || isNaNBits(t, got) && isNaNBits(t, want)
}

func TestApplyFloat(t *testing.T) {
	for _, typ := range []DType{F32, F64} {
		for _, c := range []struct {
			op   Op
			args []float64
			want float64
		}{
			{OpAdd, []float64{1.5, 2}, 3.5},
			{OpAdd, []float64{minus0, minus0}, minus0},
			{OpAdd, []float64{inf, -inf}, nan},
			{OpSub, []float64{1, 1}, 0},
			{OpMul, []float64{-3, 0.5}, -1.5},
			{OpMul, []float64{0, inf}, nan},
			{OpDiv, []float64{1, minus0}, -inf},
			{OpDiv, []float64{0, 0}, nan},
			{OpFMA, []float64{2, 3, 4}, 10},
			{OpNeg, []float64{0}, minus0},
			{OpAbs, []float64{minus0}, 0},
			{OpAbs, []float64{-inf}, inf},
			{OpSqrt, []float64{2.25}, 1.5},
			{OpSqrt, []float64{minus0}, minus0},
			{OpSqrt, []float64{-1}, nan},
			{OpMin, []float64{0, minus0}, minus0},
			{OpMin, []float64{1, nan}, nan},
			{OpMin, []float64{nan, 1}, nan},
			{OpMax, []float64{minus0, 0}, 0},
			{OpMax, []float64{-inf, nan}, nan},
			{OpFloor, []float64{-0.5}, -1},
			{OpFloor, []float64{minus0}, minus0},
			{OpRint, []float64{2.5}, 2},
			{OpRint, []float64{3.5}, 4},
			{OpRint, []float64{-0.25}, minus0},
		} {
			args := make([]uint64, len(c.args))
			for i, a := range c.args {
				args[i] = FloatBits(typ, a)
			}
			if got := apply(c.op, typ, typ, args...); !sameBits(typ, got, FloatBits(typ, c.want)) {
				t.Errorf("%s.%s%v = %s, expected %v", c.op, typ, c.args, FormatBits(typ, got), c.want)
			}
		}
	}
}

func TestNegAndAbsKeepTheRest(t *testing.T) {
	payload := uint64(0x7fc12345)
	if got := apply(OpNeg, F32, F32, payload); got != 0xffc12345 {
		t.Errorf("neg of a NaN gives %#x", got)
	}
	if got := apply(OpAbs, F32, F32, 0xffc12345); got != payload {
		t.Errorf("abs of a NaN gives %#x", got)
	}
}

func TestApplyComparison(t *testing.T) {
	for _, c := range []struct {
		op   Op
		t    DType
		x, y float64
		want uint64
	}{
		{OpLess, F32, 1, 2, 1}, {OpLess, F64, 2, 2, 0}, {OpLess, F64, nan, 1, 0}, {OpLess, F32, 1, nan, 0},
		{OpLessEqual, F32, 2, 2, 1}, {OpLessEqual, F64, nan, nan, 0}, {OpLessEqual, F64, minus0, 0, 1},
		{OpEqual, F32, minus0, 0, 1}, {OpEqual, F64, nan, nan, 0}, {OpEqual, F64, inf, inf, 1},
	} {
		if got := apply(c.op, Bool, c.t, FloatBits(c.t, c.x), FloatBits(c.t, c.y)); got != c.want {
			t.Errorf("%s.%s(%v, %v) = %d, expected %d", c.op, c.t, c.x, c.y, got, c.want)
		}
	}
}

func TestApplyInt(t *testing.T) {
	const minI32, minI64 = 1 << 31, 1 << 63
	for _, c := range []struct {
		name string
		op   Op
		t    DType
		args []uint64
		want uint64
	}{
		{"wrap", OpAdd, U32, []uint64{math.MaxUint32, 2}, 1},
		{"wrap", OpAdd, U64, []uint64{math.MaxUint64, 2}, 1},
		{"borrow", OpSub, I32, []uint64{0, 1}, math.MaxUint32},
		{"wrap", OpMul, I32, []uint64{0x10001, 0x10001}, 0x20001},
		{"high", OpMulHi, U32, []uint64{math.MaxUint32, math.MaxUint32}, math.MaxUint32 - 1},
		{"high", OpMulHi, U64, []uint64{math.MaxUint64, math.MaxUint64}, math.MaxUint64 - 1},
		{"least", OpNeg, I32, []uint64{minI32}, minI32},
		{"unsigned", OpNeg, U64, []uint64{1}, math.MaxUint64},
		{"bool", OpNot, Bool, []uint64{1}, 0},
		{"narrow", OpNot, U32, []uint64{0}, math.MaxUint32},
		{"and", OpAnd, I64, []uint64{12, 10}, 8},
		{"or", OpOr, Bool, []uint64{0, 1}, 1},
		{"xor", OpXor, U32, []uint64{12, 10}, 6},
		{"out", OpShl, U32, []uint64{1, 32}, 0},
		{"top", OpShl, I32, []uint64{1, 31}, minI32},
		{"count is unsigned", OpShl, I32, []uint64{1, math.MaxUint32}, 0},
		{"arithmetic", OpShr, I32, []uint64{minI32, 31}, math.MaxUint32},
		{"arithmetic, all out", OpShr, I64, []uint64{minI64, 200}, math.MaxUint64},
		{"logical", OpShr, U32, []uint64{minI32, 31}, 1},
		{"logical, all out", OpShr, U64, []uint64{minI64, 64}, 0},
		{"signed", OpLess, I32, []uint64{math.MaxUint32, 0}, 1},
		{"unsigned", OpLess, U32, []uint64{math.MaxUint32, 0}, 0},
		{"signed", OpLessEqual, I64, []uint64{5, 5}, 1},
		{"equal", OpEqual, U64, []uint64{5, 6}, 0},
	} {
		if got := apply(c.op, c.t, c.t, c.args...); got != c.want {
			t.Errorf("%s.%s, %s: %#x = %#x, expected %#x", c.op, c.t, c.name, c.args, got, c.want)
		}
	}
}

func TestApplyConvert(t *testing.T) {
	signed := func(x int64) uint64 { return uint64(x) }
	for _, c := range []struct {
		name     string
		from, to DType
		x, want  uint64
	}{
		{"truncates", F32, I32, FloatBits(F32, -2.9), uint64(uint32(0xfffffffe))},
		{"saturates above", F64, I32, FloatBits(F64, 1e10), math.MaxInt32},
		{"saturates below", F32, I32, FloatBits(F32, -inf), 1 << 31},
		{"nan", F64, I64, FloatBits(F64, nan), 0},
		{"nan", F32, U32, FloatBits(F32, nan), 0},
		{"negative to unsigned", F64, U64, FloatBits(F64, -1), 0},
		{"large unsigned", F64, U64, FloatBits(F64, 0x1p63), 1 << 63},
		{"saturates unsigned", F64, U64, FloatBits(F64, inf), math.MaxUint64},
		{"saturates unsigned", F32, U32, FloatBits(F32, 0x1p32), math.MaxUint32},
		{"saturates long", F32, I64, FloatBits(F32, 0x1p63), math.MaxInt64},
		{"least long", F64, I64, FloatBits(F64, -0x1p63), 1 << 63},
		{"narrows", F64, F32, FloatBits(F64, 1+0x1p-24), FloatBits(F32, 1)},
		{"overflows", F64, F32, FloatBits(F64, 1e300), FloatBits(F32, inf)},
		{"widens", F32, F64, FloatBits(F32, 0x1p-149), FloatBits(F64, 0x1p-149)},
		{"rounds to even", I32, F32, 1<<24 + 1, FloatBits(F32, 1<<24)},
		{"signed", I64, F64, signed(-3), FloatBits(F64, -3)},
		{"unsigned", U64, F32, math.MaxUint64, FloatBits(F32, 0x1p64)},
		{"unsigned", U32, F64, math.MaxUint32, FloatBits(F64, math.MaxUint32)},
		{"sign extends", I32, I64, math.MaxUint32, math.MaxUint64},
		{"zero extends", U32, I64, math.MaxUint32, math.MaxUint32},
		{"cuts", U64, U32, 0x123456789, 0x23456789},
		{"bool", Bool, F32, 1, FloatBits(F32, 1)},
		{"bool", Bool, I64, 1, 1},
	} {
		if got := apply(OpConvert, c.to, c.from, c.x); got != c.want {
			t.Errorf("%s to %s, %s: %#x gives %#x, expected %#x", c.from, c.to, c.name, c.x, got, c.want)
		}
	}
}

func TestApplyOthers(t *testing.T) {
	table := &Table{Name: "squares", Type: U32, Bits: []uint64{0, 1, 4, 9}}
	lookup := &Inst{Op: OpLookup, Type: U32, Table: table}
	if got := Apply(lookup, U32, []uint64{3}); got != 9 {
		t.Errorf("lookup 3 = %d", got)
	}
	if got := Apply(lookup, U64, []uint64{4}); got != 0 {
		t.Errorf("lookup past the end = %d, expected 0", got)
	}
	if got := apply(OpSelect, F32, Bool, 1, 7, 8); got != 7 {
		t.Errorf("select true = %d", got)
	}
	if got := apply(OpSelect, F32, Bool, 0, 7, 8); got != 8 {
		t.Errorf("select false = %d", got)
	}
	if got := apply(OpBitcast, U32, F32, FloatBits(F32, 1)); got != 0x3f800000 {
		t.Errorf("bitcast 1 = %#x", got)
	}
	philox := &Inst{Op: OpPhilox, Type: U32, Imm: PhiloxImm(1, 1)}
	if got := Apply(philox, U64, []uint64{9, 8, 7}); got != uint64(PhiloxWord(9, 8, 7, 1, 1)) {
		t.Errorf("philox = %#x", got)
	}
}

func TestFormatBits(t *testing.T) {
	for _, c := range []struct {
		t    DType
		x    uint64
		want string
	}{
		{F32, FloatBits(F32, 0.1), "0.1"}, {F64, FloatBits(F64, -2.5e-300), "-2.5e-300"}, {I32, math.MaxUint32, "-1"},
		{U32, math.MaxUint32, "4294967295"}, {I64, math.MaxUint64, "-1"}, {U64, 7, "7"}, {Bool, 1, "true"},
	} {
		if got := FormatBits(c.t, c.x); got != c.want {
			t.Errorf("%s %#x is %s, expected %s", c.t, c.x, got, c.want)
		}
	}
}
