package simd

import (
	"math"
	"unsafe"

	"github.com/quern-go/quern/kernels"
)

func fillConvert(t *Table) {
	fillFrom[int32](t)
	fillFrom[uint32](t)
	fillFrom[int64](t)
	fillFrom[uint64](t)
	fillFrom[float32](t)
	fillFrom[float64](t)

	fillFromFloat[float32](t)
	fillFromFloat[float64](t)

	for _, same := range [][2]kernels.DType{
		{kernels.I32, kernels.I32}, {kernels.I32, kernels.U32}, {kernels.U32, kernels.I32}, {kernels.U32, kernels.U32},
		{kernels.I64, kernels.I64}, {kernels.I64, kernels.U64}, {kernels.U64, kernels.I64}, {kernels.U64, kernels.U64},
		{kernels.F32, kernels.F32}, {kernels.F64, kernels.F64},
	} {
		t.Convert[same[0]][same[1]] = copyOf(same[0].Size())
	}

	b := &t.Convert[kernels.Bool]
	b[kernels.I32], b[kernels.U32] = fromBool[uint32](1), fromBool[uint32](1)
	b[kernels.I64], b[kernels.U64] = fromBool[uint64](1), fromBool[uint64](1)
	b[kernels.F32] = fromBool(math.Float32bits(1))
	b[kernels.F64] = fromBool(math.Float64bits(1))
}

// fillFrom sets the conversions from S that Go has with the IR's meaning: all
// but those from floats to integers, which fillFromFloat overrides.
func fillFrom[S number](t *Table) {
	to := &t.Convert[typeOf[S]()]
	to[kernels.I32] = convert[S, int32]
	to[kernels.U32] = convert[S, uint32]
	to[kernels.I64] = convert[S, int64]
	to[kernels.U64] = convert[S, uint64]
	to[kernels.F32] = convert[S, float32]
	to[kernels.F64] = convert[S, float64]
}

func fillFromFloat[S float](t *Table) {
	to := &t.Convert[typeOf[S]()]
	to[kernels.I32] = truncate[S](toInt32)
	to[kernels.U32] = truncate[S](toUint32)
	to[kernels.I64] = truncate[S](toInt64)
	to[kernels.U64] = truncate[S](toUint64)
}

// copyOf is the conversion that changes no bits.
func copyOf(size int) Fn1 {
	return func(dst, a unsafe.Pointer, n int) { copy(block[byte](dst, n*size), block[byte](a, n*size)) }
}

func convert[S, D number](dst, a unsafe.Pointer, n int) {
	for i, d := 0, block[D](dst, n); i < len(d); i++ {
		d[i] = D(at[S](a, i))
	}
}

func fromBool[T unsigned](one T) Fn1 {
	return func(dst, a unsafe.Pointer, n int) {
		for i, d := 0, block[T](dst, n); i < len(d); i++ {
			d[i] = -T(at[byte](a, i>>3)>>(i&7)&1) & one
		}
	}
}

// truncate converts towards zero; f saturates and turns NaN into 0. Every
// float32 is a float64, so one f serves both.
func truncate[S float, D integer](f func(float64) D) Fn1 {
	return func(dst, a unsafe.Pointer, n int) {
		for i, d := 0, block[D](dst, n); i < len(d); i++ {
			d[i] = f(float64(at[S](a, i)))
		}
	}
}

func toInt32(x float64) int32 {
	if x != x {
		return 0
	}
	return int32(max(math.MinInt32, min(math.MaxInt32, x)))
}

func toUint32(x float64) uint32 {
	if x != x {
		return 0
	}
	return uint32(max(0, min(math.MaxUint32, x)))
}

func toInt64(x float64) int64 {
	switch {
	case x != x:
		return 0
	case x >= 1<<63:
		return math.MaxInt64
	case x < -1<<63:
		return math.MinInt64
	}
	return int64(x)
}

func toUint64(x float64) uint64 {
	switch {
	case !(x >= 1): // NaN too
		return 0
	case x >= 1<<64:
		return math.MaxUint64
	case x >= 1<<63:
		return uint64(int64(x-(1<<63))) | 1<<63
	}
	return uint64(int64(x))
}
