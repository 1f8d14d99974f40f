package simd

import (
	"math/bits"

	"github.com/quern-go/quern/kernels"
)

// PhiloxState is what Philox needs to know of a stream and a seed. Set it before
// use; it may be used for any number of calls, one at a time.
type PhiloxState struct {
	stream, seed uint64
	set          bool
	keyed, ready bool   // words has the keys of rounds from the third on; and all else
	high         uint32 // of the counters that words is ready for

	// words are what the vector kernels read: the same for all counters of a call,
	// each as 8 copies because AVX2 does not broadcast an operand. Rounds are
	// numbered from 1.
	//
	// In round 1 only word 0, the low word of the counter, varies: its product goes
	// to words 2 and 3, and words 0 and 1 come out the same for all. In round 2,
	// then, the product of word 0 is the same for all.
	words [3 + 2*(kernels.PhiloxRounds-2)][8]uint32
}

// Set makes the state that of a stream and a seed. It is cheap if they are the same
// as before.
func (s *PhiloxState) Set(stream, seed uint64) {
	if s.set && s.stream == stream && s.seed == seed {
		return
	}
	s.keyed = s.keyed && s.seed == seed // a loop draws from a new stream at every step
	s.stream, s.seed, s.set, s.ready = stream, seed, true, false
}

// reach makes words those of counters with the given high word.
func (s *PhiloxState) reach(high uint32) {
	if s.ready && s.high == high {
		return
	}
	s.high, s.ready = high, true
	high1, low1 := bits.Mul32(kernels.PhiloxM1, uint32(s.stream))
	first0, first1 := s.key(0)
	high0, low0 := bits.Mul32(kernels.PhiloxM0, high1^high^first0) // word 0 after round 1
	second0, second1 := s.key(1)
	_, third1 := s.key(2)
	s.copies(0, uint32(s.stream>>32)^first1)
	s.copies(1, low1^second0)
	s.copies(2, high0^second1)
	s.copies(4, low0^third1)
	if s.keyed {
		return
	}
	s.keyed = true
	third0, _ := s.key(2)
	s.copies(3, third0)
	for r := 3; r < kernels.PhiloxRounds; r++ {
		key0, key1 := s.key(r)
		s.copies(2*r-1, key0)
		s.copies(2*r, key1)
	}
}

// key is the key of round r+1, for words 0 and 2.
func (s *PhiloxState) key(r int) (key0, key1 uint32) {
	return uint32(s.seed) + uint32(r)*kernels.PhiloxW0, uint32(s.seed>>32) + uint32(r)*kernels.PhiloxW1
}

func (s *PhiloxState) copies(i int, x uint32) { s.words[i] = [8]uint32{x, x, x, x, x, x, x, x} }
