package ops

import (
	"strconv"
	"unsafe"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/ops/internal/expr"
)

// Take is a with an axis replaced by the axes of index: along them, the elements at
// those positions of the axis. Negative positions count from the end. A position
// that does not exist is an error, now: of the results of ArgMin, ArgSort, … it is
// known where they lie, but those that Positions computes have to be evaluated first,
// and given by FromInts.
func (a Array[T]) Take(index IntArray, axis int) Array[T] {
	return Array[T]{expr.NewTake(a.n, index.n, axis)}
}

// Positions converts the elements to integers: towards zero, the closest of those
// that there are, and NaN to 0.
func (a Array[T]) Positions() IntArray { return IntArray{expr.ConvertTo(a.n, kernels.I64)} }

// Floats is the positions as numbers, rounded to T.
func Floats[T Float](a IntArray) Array[T] { return Array[T]{expr.ConvertTo(a.n, typeOf[T]())} }

// NDim is the number of axes.
func (a IntArray) NDim() int { return len(expr.Check(a.n).Shape) }

// Reshape gives the positions, in row-major order, another shape of the same size.
// One length may be −1: it is inferred.
func (a IntArray) Reshape(shape ...int) IntArray { return IntArray{expr.ReshapeTo(a.n, shape)} }

// Slice selects positions, one span per leading axis; the other axes are whole.
func (a IntArray) Slice(spans ...Span) IntArray { return IntArray{slice(expr.Check(a.n), spans)} }

// asInt64s is the same memory where an int has 64 bits.
func asInt64s(list []int) []int64 {
	if strconv.IntSize == 64 {
		return unsafe.Slice((*int64)(unsafe.Pointer(unsafe.SliceData(list))), len(list))
	}
	out := make([]int64, len(list))
	for i, x := range list {
		out[i] = int64(x)
	}
	return out
}
