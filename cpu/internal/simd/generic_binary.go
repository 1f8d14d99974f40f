package simd

import (
	"math"
	"math/bits"
	"unsafe"

	"github.com/quern-go/quern/kernels"
)

// loop2 is a binary kernel for all modes: operand a is read at i&ma, b at i&mb,
// so that a mask of 0 makes the operand a scalar and −1 a block.
type loop2 func(dst, a, b unsafe.Pointer, n, ma, mb int)

func (t *Table) setBinary(op kernels.Op, dt kernels.DType, loop loop2) {
	t.Binary[VV][op][dt] = func(dst, a, b unsafe.Pointer, n int) { loop(dst, a, b, n, -1, -1) }
	t.Binary[VS][op][dt] = func(dst, a, b unsafe.Pointer, n int) { loop(dst, a, b, n, -1, 0) }
	t.Binary[SV][op][dt] = func(dst, a, b unsafe.Pointer, n int) { loop(dst, a, b, n, 0, -1) }
}

func fillBinary(t *Table) {
	fillIntegers[int32, uint32](t)
	fillIntegers[uint32, uint32](t)
	fillIntegers[int64, uint64](t)
	fillIntegers[uint64, uint64](t)
	fillFloats[float32](t)
	fillFloats[float64](t)
	t.setBinary(kernels.OpMulHi, kernels.U32, mulHi32)
	t.setBinary(kernels.OpMulHi, kernels.U64, mulHi64)
	t.FMA[kernels.F32], t.FMAVS[kernels.F32] = fma32(-1), fma32(0)
	t.FMA[kernels.F64], t.FMAVS[kernels.F64] = fma64(-1), fma64(0)
}

func fillNumbers[T number](t *Table) {
	dt := typeOf[T]()
	t.setBinary(kernels.OpAdd, dt, add[T])
	t.setBinary(kernels.OpSub, dt, sub[T])
	t.setBinary(kernels.OpMul, dt, mul[T])
}

func fillIntegers[T integer, U unsigned](t *Table) {
	fillNumbers[T](t)
	dt := typeOf[T]()
	t.setBinary(kernels.OpAnd, dt, and[T])
	t.setBinary(kernels.OpOr, dt, or[T])
	t.setBinary(kernels.OpXor, dt, xor[T])
	t.setBinary(kernels.OpShl, dt, shl[T, U])
	t.setBinary(kernels.OpShr, dt, shr[T, U])
}

func fillFloats[T float](t *Table) {
	fillNumbers[T](t)
	dt := typeOf[T]()
	t.setBinary(kernels.OpDiv, dt, div[T])
	t.setBinary(kernels.OpMin, dt, minimum[T])
	t.setBinary(kernels.OpMax, dt, maximum[T])
}

func add[T number](dst, a, b unsafe.Pointer, n, ma, mb int) {
	for i, d := 0, block[T](dst, n); i < len(d); i++ {
		d[i] = at[T](a, i&ma) + at[T](b, i&mb)
	}
}

func sub[T number](dst, a, b unsafe.Pointer, n, ma, mb int) {
	for i, d := 0, block[T](dst, n); i < len(d); i++ {
		d[i] = at[T](a, i&ma) - at[T](b, i&mb)
	}
}

func mul[T number](dst, a, b unsafe.Pointer, n, ma, mb int) {
	for i, d := 0, block[T](dst, n); i < len(d); i++ {
		d[i] = at[T](a, i&ma) * at[T](b, i&mb)
	}
}

func div[T float](dst, a, b unsafe.Pointer, n, ma, mb int) {
	for i, d := 0, block[T](dst, n); i < len(d); i++ {
		d[i] = at[T](a, i&ma) / at[T](b, i&mb)
	}
}

// minimum and maximum use Go's min and max, which are those of IEEE 754-2019.
func minimum[T float](dst, a, b unsafe.Pointer, n, ma, mb int) {
	for i, d := 0, block[T](dst, n); i < len(d); i++ {
		d[i] = min(at[T](a, i&ma), at[T](b, i&mb))
	}
}

func maximum[T float](dst, a, b unsafe.Pointer, n, ma, mb int) {
	for i, d := 0, block[T](dst, n); i < len(d); i++ {
		d[i] = max(at[T](a, i&ma), at[T](b, i&mb))
	}
}

func mulHi32(dst, a, b unsafe.Pointer, n, ma, mb int) {
	for i, d := 0, block[uint32](dst, n); i < len(d); i++ {
		d[i] = uint32(uint64(at[uint32](a, i&ma)) * uint64(at[uint32](b, i&mb)) >> 32)
	}
}

func mulHi64(dst, a, b unsafe.Pointer, n, ma, mb int) {
	for i, d := 0, block[uint64](dst, n); i < len(d); i++ {
		d[i], _ = bits.Mul64(at[uint64](a, i&ma), at[uint64](b, i&mb))
	}
}

func and[T integer](dst, a, b unsafe.Pointer, n, ma, mb int) {
	for i, d := 0, block[T](dst, n); i < len(d); i++ {
		d[i] = at[T](a, i&ma) & at[T](b, i&mb)
	}
}

func or[T integer](dst, a, b unsafe.Pointer, n, ma, mb int) {
	for i, d := 0, block[T](dst, n); i < len(d); i++ {
		d[i] = at[T](a, i&ma) | at[T](b, i&mb)
	}
}

func xor[T integer](dst, a, b unsafe.Pointer, n, ma, mb int) {
	for i, d := 0, block[T](dst, n); i < len(d); i++ {
		d[i] = at[T](a, i&ma) ^ at[T](b, i&mb)
	}
}

// shl and shr count in U, the unsigned type of T's size. Go's shifts by the
// width or more are those of the IR.
func shl[T integer, U unsigned](dst, a, b unsafe.Pointer, n, ma, mb int) {
	for i, d := 0, block[T](dst, n); i < len(d); i++ {
		d[i] = at[T](a, i&ma) << at[U](b, i&mb)
	}
}

func shr[T integer, U unsigned](dst, a, b unsafe.Pointer, n, ma, mb int) {
	for i, d := 0, block[T](dst, n); i < len(d); i++ {
		d[i] = at[T](a, i&ma) >> at[U](b, i&mb)
	}
}

// fma32 and fma64 read b at i&mb.
func fma32(mb int) Fn3 {
	return func(dst, a, b, c unsafe.Pointer, n int) {
		for i, d := 0, block[float32](dst, n); i < len(d); i++ {
			d[i] = kernels.FMA32(at[float32](a, i), at[float32](b, i&mb), at[float32](c, i))
		}
	}
}

func fma64(mb int) Fn3 {
	return func(dst, a, b, c unsafe.Pointer, n int) {
		for i, d := 0, block[float64](dst, n); i < len(d); i++ {
			d[i] = math.FMA(at[float64](a, i), at[float64](b, i&mb), at[float64](c, i))
		}
	}
}
