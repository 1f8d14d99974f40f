package scan

import "unsafe"

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
