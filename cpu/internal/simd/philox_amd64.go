package simd

import (
	"math/bits"
	"unsafe"

	"github.com/quern-go/quern/kernels"
)

// philoxState is what the vector kernels read: words that are the same for all
// counters of a block, each as 8 copies because AVX2 does not broadcast an
// operand. Rounds are numbered from 1; key[r] is that of round r+1.
//
// In round 1 only word 0, the low word of the counter, varies: its product goes
// to words 2 and 3, and words 0 and 1 come out the same for all. In round 2,
// then, the product of word 0 is the same for all.
type philoxState [4 + 2*(kernels.PhiloxRounds-2)][8]uint32

func (s *philoxState) set(i int, x uint32) { s[i] = [8]uint32{x, x, x, x, x, x, x, x} }

func (s *philoxState) init(first, stream, seed uint64) {
	var key [kernels.PhiloxRounds][2]uint32
	for r := range uint32(kernels.PhiloxRounds) {
		key[r] = [2]uint32{uint32(seed) + r*kernels.PhiloxW0, uint32(seed>>32) + r*kernels.PhiloxW1}
	}
	high1, low1 := bits.Mul32(kernels.PhiloxM1, uint32(stream))
	word0 := high1 ^ uint32(first>>32) ^ key[0][0] // after round 1
	high0, low0 := bits.Mul32(kernels.PhiloxM0, word0)

	s.set(0, uint32(first))
	s.set(1, uint32(stream>>32)^key[0][1])
	s.set(2, low1^key[1][0])
	s.set(3, high0^key[1][1])
	s.set(4, key[2][0])
	s.set(5, low0^key[2][1])
	for r := 3; r < kernels.PhiloxRounds; r++ {
		s.set(2*r, key[r][0])
		s.set(2*r+1, key[r][1])
	}
}

// philoxBlocks is Table.Philox over a level's kernel, which wants counters that
// agree in their high word: it cuts where the low word overflows. The kernels are
// called by name, so that the state stays on the stack.
func philoxBlocks(level Level) func(*[4]unsafe.Pointer, uint64, uint64, uint64, int) {
	return func(dst *[4]unsafe.Pointer, first, stream, seed uint64, n int) {
		at := *dst
		for n > 0 {
			m := int(min(uint64(n), 1<<32-first&0xffffffff))
			var s philoxState
			s.init(first, stream, seed)
			if level == AVX512 {
				philox_avx512(&at, unsafe.Pointer(&s), m)
			} else {
				philox_avx2(&at, unsafe.Pointer(&s), m)
			}
			for k, p := range at {
				if p != nil && m < n {
					at[k] = unsafe.Add(p, 4*m)
				}
			}
			first += uint64(m)
			n -= m
		}
	}
}
