package ops

import (
	"slices"
	"unsafe"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/ops/internal/expr"
)

// Float is the element type of arrays.
type Float interface{ float32 | float64 }

// Array is an n-dimensional array of T, up to 8 axes: a description of how to
// compute it, evaluated by Data, Into, Scalar or Eval. An Array is immutable and
// cheap to copy; it may be used by several goroutines.
//
// Shapes and axes follow NumPy: operands are broadcast together, axes may be
// negative, reductions take any number of axes and none means all. An impossible
// operation gives an Array whose Err says what was wrong, and so does everything
// computed from it; evaluating it returns that error.
type Array[T Float] struct{ n *expr.Node }

// node is the expression, one that carries an error for the zero Array.
func (a Array[T]) node() *expr.Node { return expr.Check(a.n) }

// Err is the first mistake made in building the expression, or nil.
func (a Array[T]) Err() error { return a.node().Err }

// Shape is the length of each axis; nil if Err is not.
func (a Array[T]) Shape() []int { return slices.Clone(a.node().Shape) }

// NDim is the number of axes.
func (a Array[T]) NDim() int { return len(a.node().Shape) }

// Size is the number of elements; 0 if Err is not nil.
func (a Array[T]) Size() int {
	n := a.node()
	if n.Err != nil {
		return 0
	}
	return n.Size()
}

// typeOf is the DType of T.
func typeOf[T Float]() kernels.DType {
	var x T
	if unsafe.Sizeof(x) == 4 {
		return kernels.F32
	}
	return kernels.F64
}

// bitsOf is x as the bits of type T.
func bitsOf[T Float](x T) uint64 { return kernels.FloatBits(typeOf[T](), float64(x)) }

// bytesOf is the memory of a slice.
func bytesOf[E float32 | float64 | int64](s []E) []byte {
	if len(s) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(s[0])))
}

// scalar is x as an array without axes.
func scalar[T Float](x T) *expr.Node { return expr.NewConst(typeOf[T](), bitsOf(x), nil) }
