package ranks

import "unsafe"

// Key is an unsigned integer of the size of a value.
type Key interface{ uint32 | uint64 }

// Float is a type of values.
type Float interface{ float32 | float64 }

// KeyOf maps values to keys of the same order: −0 below +0, NaNs above everything.
func KeyOf[T Float, K Key](x T) K {
	if x != x {
		return ^K(0)
	}
	bits := *(*K)(unsafe.Pointer(&x))
	top := K(1) << (8*unsafe.Sizeof(bits) - 1)
	return bits ^ (-(bits >> (8*unsafe.Sizeof(bits) - 1)) | top)
}

// ValueOf is the inverse of KeyOf.
func ValueOf[T Float, K Key](k K) T {
	top := K(1) << (8*unsafe.Sizeof(k) - 1)
	k ^= -(k>>(8*unsafe.Sizeof(k)-1) ^ 1) | top
	return *(*T)(unsafe.Pointer(&k))
}
