package simd

import (
	"unsafe"

	"github.com/quern-go/quern/kernels"
)

// The element types of blocks. Each has a machine representation of its own, so
// Go compiles a generic kernel once per type, without dictionaries in the loop.
type (
	float    interface{ float32 | float64 }
	signed   interface{ int32 | int64 }
	unsigned interface{ uint32 | uint64 }
	integer  interface{ signed | unsigned }
	number   interface{ integer | float }
)

// block is the n elements at p.
func block[T any](p unsafe.Pointer, n int) []T { return unsafe.Slice((*T)(p), n) }

// at is element i at p. Kernels with scalar operands use it with i masked to 0,
// which costs an AND where a slice would cost a bounds check.
func at[T any](p unsafe.Pointer, i int) T {
	var t T
	return *(*T)(unsafe.Add(p, i*int(unsafe.Sizeof(t))))
}

// typeOf is the IR's name of T.
func typeOf[T number]() kernels.DType {
	var t T
	switch any(t).(type) {
	case int32:
		return kernels.I32
	case uint32:
		return kernels.U32
	case int64:
		return kernels.I64
	case uint64:
		return kernels.U64
	case float32:
		return kernels.F32
	}
	return kernels.F64
}
