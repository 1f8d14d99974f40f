package simd

import (
	"unsafe"

	"github.com/quern-go/quern/kernels"
)

func philox(dst *[4]unsafe.Pointer, first, stream, seed uint64, n int) {
	key := [2]uint32{uint32(seed), uint32(seed >> 32)}
	for i := range n {
		c := first + uint64(i)
		words := kernels.Philox4x32([4]uint32{uint32(c), uint32(c >> 32), uint32(stream), uint32(stream >> 32)}, key)
		for k, p := range dst {
			if p != nil {
				*(*uint32)(unsafe.Add(p, i*4)) = words[k]
			}
		}
	}
}
