package simd

import "unsafe"

// philoxBlocks is Table.Philox, or Table.PhiloxUniform, over a level's kernel,
// which wants counters that agree in their high word: it cuts where the low word
// overflows.
func philoxBlocks(level Level, uniform bool) func(*[4]unsafe.Pointer, *PhiloxState, uint64, int) {
	kernel := map[bool]func(*[4]unsafe.Pointer, unsafe.Pointer, int, int){false: philox_avx2, true: philoxuniform_avx2}
	if level == AVX512 {
		kernel = map[bool]func(*[4]unsafe.Pointer, unsafe.Pointer, int, int){false: philox_avx512, true: philoxuniform_avx512}
	}
	run := kernel[uniform]
	return func(dst *[4]unsafe.Pointer, s *PhiloxState, first uint64, n int) {
		for n > 0 {
			m := int(min(uint64(n), 1<<32-first&0xffffffff))
			s.reach(uint32(first >> 32))
			run(dst, unsafe.Pointer(&s.words), int(uint32(first)), m)
			if n -= m; n > 0 {
				for k, p := range dst {
					if p != nil {
						dst[k] = unsafe.Add(p, 4*m)
					}
				}
			}
			first += uint64(m)
		}
	}
}
