package simd

import (
	"unsafe"

	"github.com/quern-go/quern/kernels"
)

// philox is Table.Philox in plain Go.
func philox(dst *[4]unsafe.Pointer, s *PhiloxState, first uint64, n, gap int) {
	key := [2]uint32{uint32(s.seed), uint32(s.seed >> 32)}
	for i := range n {
		c := first + uint64(i)
		words := kernels.Philox4x32([4]uint32{uint32(c), uint32(c >> 32), uint32(s.stream), uint32(s.stream >> 32)}, key)
		for k, p := range dst {
			if p != nil {
				*(*uint32)(unsafe.Add(p, i*4+i/Lanes*gap)) = words[k]
			}
		}
	}
}

// philoxUniform is Table.PhiloxUniform in plain Go.
func philoxUniform(dst *[4]unsafe.Pointer, s *PhiloxState, first uint64, n, gap int) {
	philox(dst, s, first, n, gap)
	for _, p := range dst {
		if p == nil {
			continue
		}
		for i := range n {
			at := unsafe.Add(p, i*4+i/Lanes*gap)
			*(*float32)(at) = float32(*(*uint32)(at)>>8) * 0x1p-24
		}
	}
}
