//go:build amd64 || arm64

package simd

import "unsafe"

// philoxBlocks is Table.Philox, or Table.PhiloxUniform, over a level's kernel,
// which wants counters that agree in their high word: it cuts where the low word
// overflows.
func philoxBlocks(run func(dst *[4]unsafe.Pointer, state unsafe.Pointer, first, n, gap int)) func(*[4]unsafe.Pointer, *PhiloxState, uint64, int, int) {
	return func(dst *[4]unsafe.Pointer, s *PhiloxState, first uint64, n, gap int) {
		for n > 0 {
			m := int(min(uint64(n), 1<<32-first&0xffffffff))
			s.reach(uint32(first >> 32))
			run(dst, unsafe.Pointer(&s.words), int(uint32(first)), m, gap)
			if n -= m; n > 0 {
				for k, p := range dst {
					if p != nil {
						dst[k] = unsafe.Add(p, 4*m+m/Lanes*gap)
					}
				}
			}
			first += uint64(m)
		}
	}
}
