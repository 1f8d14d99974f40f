package simd

import (
	"math"
	"unsafe"

	"github.com/quern-go/quern/kernels"
)

func fillUnary(t *Table) {
	integers := func(ts ...kernels.DType) {
		for _, dt := range ts {
			if dt.Size() == 4 {
				t.Unary[kernels.OpNeg][dt], t.Unary[kernels.OpNot][dt] = negInt[uint32], not[uint32]
			} else {
				t.Unary[kernels.OpNeg][dt], t.Unary[kernels.OpNot][dt] = negInt[uint64], not[uint64]
			}
		}
	}
	integers(kernels.I32, kernels.U32, kernels.I64, kernels.U64)
	t.Unary[kernels.OpNot][kernels.Bool] = notBool

	t.Unary[kernels.OpNeg][kernels.F32] = flipBits[uint32](1 << 31)
	t.Unary[kernels.OpNeg][kernels.F64] = flipBits[uint64](1 << 63)
	t.Unary[kernels.OpAbs][kernels.F32] = clearBits[uint32](1 << 31)
	t.Unary[kernels.OpAbs][kernels.F64] = clearBits[uint64](1 << 63)
	t.Unary[kernels.OpSqrt][kernels.F32] = sqrt[float32]
	t.Unary[kernels.OpSqrt][kernels.F64] = sqrt[float64]
	t.Unary[kernels.OpFloor][kernels.F32] = floor[float32]
	t.Unary[kernels.OpFloor][kernels.F64] = floor[float64]
	t.Unary[kernels.OpRint][kernels.F32] = rint[float32]
	t.Unary[kernels.OpRint][kernels.F64] = rint[float64]
}

func negInt[T unsigned](dst, a unsafe.Pointer, n int) {
	d, x := block[T](dst, n), block[T](a, n)
	for i := range d {
		d[i] = -x[i]
	}
}

func not[T unsigned](dst, a unsafe.Pointer, n int) {
	d, x := block[T](dst, n), block[T](a, n)
	for i := range d {
		d[i] = ^x[i]
	}
}

// flipBits and clearBits are the sign operations, which act on NaN too.
func flipBits[T unsigned](bits T) Fn1 {
	return func(dst, a unsafe.Pointer, n int) {
		d, x := block[T](dst, n), block[T](a, n)
		for i := range d {
			d[i] = x[i] ^ bits
		}
	}
}

func clearBits[T unsigned](bits T) Fn1 {
	return func(dst, a unsafe.Pointer, n int) {
		d, x := block[T](dst, n), block[T](a, n)
		for i := range d {
			d[i] = x[i] &^ bits
		}
	}
}

// sqrt in float64 is exact for float32 too: 53 ≥ 2·24 + 2 bits.
func sqrt[T float](dst, a unsafe.Pointer, n int) {
	d, x := block[T](dst, n), block[T](a, n)
	for i := range d {
		d[i] = T(math.Sqrt(float64(x[i])))
	}
}

func floor[T float](dst, a unsafe.Pointer, n int) {
	d, x := block[T](dst, n), block[T](a, n)
	for i := range d {
		d[i] = T(math.Floor(float64(x[i])))
	}
}

func rint[T float](dst, a unsafe.Pointer, n int) {
	d, x := block[T](dst, n), block[T](a, n)
	for i := range d {
		d[i] = T(math.RoundToEven(float64(x[i])))
	}
}
