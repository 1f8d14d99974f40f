package kernels

import "math"

// Combine is how two partial results become one. All but ArgMin and ArgMax act
// on values alone; those two act on a value and its position.
type Combine uint8

// The combines. Min and Max propagate NaN. ArgMin (ArgMax) keeps the smallest
// (largest) value, NaN beating every number, and of equals the first position.
const (
	CombineInvalid Combine = iota
	CombineAdd
	CombineMul
	CombineMin
	CombineMax
	CombineArgMin
	CombineArgMax
	numCombines
)

var combineNames = [numCombines]string{"invalid", "add", "mul", "min", "max", "argmin", "argmax"}

// String returns the name used in the text form.
func (c Combine) String() string {
	if c < numCombines {
		return combineNames[c]
	}
	return "combine(?)"
}

// HasIndex reports whether the combine keeps a position beside the value.
func (c Combine) HasIndex() bool { return c == CombineArgMin || c == CombineArgMax }

// Identity is the bits that leave every value of type t unchanged: −0 for add,
// 1 for mul, +Inf for min and argmin, −Inf for max and argmax.
func (c Combine) Identity(t DType) uint64 {
	switch c {
	case CombineAdd:
		return FloatBits(t, math.Copysign(0, -1))
	case CombineMul:
		return FloatBits(t, 1)
	case CombineMin, CombineArgMin:
		return FloatBits(t, math.Inf(1))
	}
	return FloatBits(t, math.Inf(-1))
}

// NoIndex is the position of an identity element: it loses against every real
// position.
const NoIndex = math.MaxInt64

// Partial is one accumulator's state: the bits of its value and, for ArgMin and
// ArgMax, the position.
type Partial struct {
	Bits  uint64
	Index int64
}

// Apply combines two partial results of type t, a before b.
func (c Combine) Apply(t DType, a, b Partial) Partial {
	switch c {
	case CombineAdd:
		a.Bits = applyFloat(OpAdd, t, a.Bits, b.Bits)
	case CombineMul:
		a.Bits = applyFloat(OpMul, t, a.Bits, b.Bits)
	case CombineMin:
		a.Bits = applyFloat(OpMin, t, a.Bits, b.Bits)
	case CombineMax:
		a.Bits = applyFloat(OpMax, t, a.Bits, b.Bits)
	case CombineArgMin, CombineArgMax:
		if c.beats(t, b, a) {
			return b
		}
	}
	return a
}

// beats says whether b replaces a in an ArgMin or ArgMax.
func (c Combine) beats(t DType, b, a Partial) bool {
	x, y := toFloat(t, b.Bits), toFloat(t, a.Bits)
	switch {
	case x != x || y != y:
		if (x != x) != (y != y) {
			return x != x
		}
	case x != y:
		return (x < y) == (c == CombineArgMin)
	}
	return b.Index < a.Index
}

func applyFloat(op Op, t DType, a, b uint64) uint64 {
	if t == F32 {
		return applyF32(op, []uint64{a, b})
	}
	return applyF64(op, []uint64{a, b})
}

func toFloat(t DType, x uint64) float64 {
	if t == F32 {
		return float64(math.Float32frombits(uint32(x)))
	}
	return math.Float64frombits(x)
}
