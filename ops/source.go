package ops

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/ops/internal/expr"
)

// FromSlice is the array of the slice's elements in row-major order; without a
// shape it has one axis. The slice is not copied: it must not change while the
// array, or anything computed from it, is still to be evaluated. (What Into says
// is the exception.)
func FromSlice[T Float](data []T, shape ...int) Array[T] {
	if len(shape) == 0 {
		shape = []int{len(data)}
	}
	shape = slices.Clone(shape)
	size, err := kernels.Size(shape)
	if err != nil {
		return Array[T]{expr.Failf("from slice: %w", err)}
	}
	if len(shape) > expr.MaxAxes {
		return Array[T]{expr.Failf("from slice: shape %v: %d axes, at most %d are supported", shape, len(shape), expr.MaxAxes)}
	}
	if size != len(data) {
		return Array[T]{expr.Failf("from slice: shape %v has %d elements, the slice has %d", shape, size, len(data))}
	}
	return Array[T]{expr.NewSource(typeOf[T](), newHostData(typeOf[T](), bytesOf(data)), kernels.Contiguous(shape...))}
}

// FromMatrix is a gonum matrix as an array with two axes. A *mat.Dense, a
// *mat.VecDense and the transpose of one are not copied, so they must not change
// while the array is in use; any other matrix is read element by element, now.
func FromMatrix(m mat.Matrix) Array[float64] {
	switch m := m.(type) {
	case nil:
		return Array[float64]{expr.Failf("from matrix: no matrix given")}
	case *mat.Dense:
		r := m.RawMatrix()
		return fromStrided(r.Data, r.Rows, r.Cols, r.Stride, 1)
	case *mat.VecDense:
		r := m.RawVector()
		return fromStrided(r.Data, r.N, 1, r.Inc, 1)
	case mat.Transpose:
		return FromMatrix(m.Matrix).T()
	case mat.TransposeVec:
		return FromMatrix(m.Vector).T()
	}
	rows, cols := m.Dims()
	data := make([]float64, 0, rows*cols)
	for i := range rows {
		for j := range cols {
			data = append(data, m.At(i, j))
		}
	}
	return FromSlice(data, rows, cols)
}

func fromStrided(data []float64, rows, cols, rowStride, colStride int) Array[float64] {
	layout := kernels.Layout{Shape: []int{rows, cols}, Strides: []int{rowStride, colStride}}
	if rows == 0 || cols == 0 {
		return Zeros[float64](rows, cols)
	}
	used := data[:(rows-1)*rowStride+(cols-1)*colStride+1]
	return Array[float64]{expr.NewSource(kernels.F64, newHostData(kernels.F64, bytesOf(used)), layout)}
}

// Full is an array of a shape with every element x.
func Full[T Float](x T, shape ...int) Array[T] {
	return Array[T]{expr.Full("full", typeOf[T](), bitsOf(x), shape)}
}

// Zeros is an array of zeros.
func Zeros[T Float](shape ...int) Array[T] {
	return Array[T]{expr.Full("zeros", typeOf[T](), 0, shape)}
}

// Ones is an array of ones.
func Ones[T Float](shape ...int) Array[T] {
	return Array[T]{expr.Full("ones", typeOf[T](), bitsOf(T(1)), shape)}
}

// Arange is start, start+step, … up to but not including stop: as in NumPy,
// ⌈(stop−start)/step⌉ elements, of which element i is start + i·δ computed in T
// with δ = (start+step) − start.
func Arange[T Float](start, stop, step T) Array[T] {
	count := math.Ceil((float64(stop) - float64(start)) / float64(step))
	switch {
	case step == 0 || math.IsNaN(count) || math.IsInf(count, 0):
		return Array[T]{expr.Failf("arange: start %v, stop %v, step %v: the number of elements is not finite", start, stop, step)}
	case count > math.MaxInt/8:
		return Array[T]{expr.Failf("arange: start %v, stop %v, step %v: too many elements", start, stop, step)}
	}
	next, count := start+step, max(0, count)
	return Array[T]{expr.NewArange(typeOf[T](), float64(start), float64(next-start), int(count))}
}

// Uniform is an array of random numbers, uniform in [0, 1): multiples of 2⁻²⁴
// (float32) or 2⁻⁵³ (float64). They depend on the seed and the position alone:
// see the package kernels/mathfn. Nothing is stored; an element is computed
// wherever it is used.
func Uniform[T Float](seed uint64, shape ...int) Array[T] {
	return Array[T]{expr.Random(expr.Uniform, typeOf[T](), seed, nil, shape)}
}

// Normal is an array of standard normal random numbers: see Uniform.
func Normal[T Float](seed uint64, shape ...int) Array[T] {
	return Array[T]{expr.Random(expr.Normal, typeOf[T](), seed, nil, shape)}
}

// Convert is the array with elements of another type: float64 to float32 rounds
// to nearest.
func Convert[U, T Float](a Array[T]) Array[U] {
	return Array[U]{expr.ConvertTo(a.node(), typeOf[U]())}
}
