package ptx

import (
	"fmt"
	"strconv"

	"github.com/quern-go/quern/kernels"
)

type dtype = kernels.DType

const (
	boolean = kernels.Bool
	i32     = kernels.I32
	u32     = kernels.U32
	i64     = kernels.I64
	u64     = kernels.U64
	f32     = kernels.F32
	f64     = kernels.F64
)

// class is a kind of virtual register.
type class int

const (
	predicates class = iota
	words            // 32 bits
	doubles          // 64 bits
	singles          // float32
	longFloats       // float64
	numClasses
)

var classes = [numClasses]struct{ typ, prefix string }{
	predicates: {"pred", "%p"},
	words:      {"b32", "%r"},
	doubles:    {"b64", "%rd"},
	singles:    {"f32", "%f"},
	longFloats: {"f64", "%fd"},
}

func classOf(t dtype) class {
	switch t {
	case boolean:
		return predicates
	case i32, u32:
		return words
	case f32:
		return singles
	case f64:
		return longFloats
	}
	return doubles
}

// suffix is the type as instructions name it where it matters.
func suffix(t dtype) string {
	switch t {
	case boolean:
		return "pred"
	case i32:
		return "s32"
	case u32:
		return "u32"
	case i64:
		return "s64"
	case u64:
		return "u64"
	}
	return t.String()
}

// bitSuffix is the type as instructions name it that only move bits.
func bitSuffix(t dtype) string {
	if t == boolean {
		return "pred"
	}
	return "b" + strconv.Itoa(8*t.Size())
}

// moveSuffix is the type of a mov, selp, ld or st: a float's own, else its bits.
func moveSuffix(t dtype) string {
	if t.IsFloat() {
		return t.String()
	}
	return bitSuffix(t)
}

// immediate is a constant as an operand; of a type other than Bool.
func immediate(t dtype, bits uint64) string {
	switch t {
	case f32:
		return fmt.Sprintf("0f%08X", uint32(bits))
	case f64:
		return fmt.Sprintf("0d%016X", bits)
	case i32:
		return strconv.FormatInt(int64(int32(bits)), 10)
	case i64:
		return strconv.FormatInt(int64(bits), 10)
	}
	if bits >= 1<<32 {
		return fmt.Sprintf("0x%X", bits)
	}
	return strconv.FormatUint(bits, 10)
}

func integer(n int) string { return strconv.Itoa(n) }
