package scan

import "unsafe"

// key is an unsigned integer of the size of a value.
type key interface{ uint32 | uint64 }

// keyOf maps values to keys of the same order: −0 below +0, NaNs above everything.
func keyOf[T number, K key](x T) K {
	if x != x {
		return ^K(0)
	}
	bits := *(*K)(unsafe.Pointer(&x))
	top := K(1) << (8*unsafe.Sizeof(bits) - 1)
	return bits ^ (-(bits >> (8*unsafe.Sizeof(bits) - 1)) | top)
}

// valueOf is the inverse of keyOf.
func valueOf[T number, K key](k K) T {
	top := K(1) << (8*unsafe.Sizeof(k) - 1)
	k ^= -(k>>(8*unsafe.Sizeof(k)-1) ^ 1) | top
	return *(*T)(unsafe.Pointer(&k))
}

// pair is a key of 64 bits and the position of its value. A key of 32 bits and its
// position are together one uint64, the key on top.
type pair struct{ key, position uint64 }

// item is what is sorted.
type item interface{ uint32 | uint64 | pair }

// digit is the digit of an item's key that starts at a bit.
func digit[E item](e *E, shift int) int {
	if unsafe.Sizeof(*e) == 4 {
		return int(*(*uint32)(unsafe.Pointer(e)) >> shift & (radix - 1))
	}
	return int(*(*uint64)(unsafe.Pointer(e)) >> shift & (radix - 1))
}
