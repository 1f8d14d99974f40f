package kernels

import "fmt"

// DType is the type of one scalar value.
type DType uint8

// The scalar types. Arrays hold F32 or F64 (and I64 for positions); the others
// occur inside Bodies. Bool is the result of a comparison and never stored.
const (
	InvalidType DType = iota
	Bool
	I32
	U32
	I64
	U64
	F32
	F64
	numTypes
)

// NumTypes is one more than the largest DType, for tables indexed by type.
const NumTypes = int(numTypes)

var typeInfo = [numTypes]struct {
	name string
	size int
}{
	InvalidType: {"invalid", 0},
	Bool:        {"bool", 1},
	I32:         {"i32", 4},
	U32:         {"u32", 4},
	I64:         {"i64", 8},
	U64:         {"u64", 8},
	F32:         {"f32", 4},
	F64:         {"f64", 8},
}

// String returns the short name used in the text form of kernels: f32, u64, ….
func (t DType) String() string {
	if t < numTypes {
		return typeInfo[t].name
	}
	return fmt.Sprintf("dtype(%d)", uint8(t))
}

// Size is the number of bytes one element takes in memory.
func (t DType) Size() int {
	if t < numTypes {
		return typeInfo[t].size
	}
	return 0
}

// IsFloat reports whether t is F32 or F64.
func (t DType) IsFloat() bool { return t == F32 || t == F64 }

// IsInt reports whether t is one of the four integer types.
func (t DType) IsInt() bool { return t >= I32 && t <= U64 }

// IsSigned reports whether t is I32 or I64.
func (t DType) IsSigned() bool { return t == I32 || t == I64 }

// IsNumeric reports whether t is an integer or floating-point type.
func (t DType) IsNumeric() bool { return t >= I32 && t <= F64 }

// NumPyName returns NumPy's name of the type: float32, int64, ….
func (t DType) NumPyName() string {
	switch t {
	case Bool:
		return "bool"
	case I32:
		return "int32"
	case U32:
		return "uint32"
	case I64:
		return "int64"
	case U64:
		return "uint64"
	case F32:
		return "float32"
	case F64:
		return "float64"
	}
	return t.String()
}
