package kernels

import "testing"

// The known answers of Random123 (tests/kat_vectors, philox4x32 10).
func TestPhiloxKnownAnswers(t *testing.T) {
	const ones = 0xffffffff
	for _, c := range []struct {
		name string
		ctr  [4]uint32
		key  [2]uint32
		want [4]uint32
	}{
		{"zeros", [4]uint32{}, [2]uint32{}, [4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{"ones", [4]uint32{ones, ones, ones, ones}, [2]uint32{ones, ones},
			[4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		{"digits of pi", [4]uint32{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, [2]uint32{0xa4093822, 0x299f31d0},
			[4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
	} {
		if got := Philox4x32(c.ctr, c.key); got != c.want {
			t.Errorf("%s: %x, expected %x", c.name, got, c.want)
		}
	}
}

// TestPhiloxWordUsesEachWordOnce: over whole groups of rows, the elements take
// every lane of their counters exactly once, at every share.
func TestPhiloxWordUsesEachWordOnce(t *testing.T) {
	const elements = 8 * 256
	for share := range 3 {
		seen := map[uint32]bool{}
		for i := range uint64(elements) {
			for w := range 4 >> share {
				seen[PhiloxWord(i, 3, 4, share, w)] = true
			}
		}
		if want := elements * (4 >> share); len(seen) != want {
			t.Errorf("share %d: %d different words, expected %d", share, len(seen), want)
		}
	}
}

func TestPhiloxWordLayout(t *testing.T) {
	const stream, seed = 0x1122334455667788, 0x99aabbccddeeff00
	at := func(number uint64) [4]uint32 {
		return Philox4x32([4]uint32{uint32(number), uint32(number >> 32), 0x55667788, 0x11223344},
			[2]uint32{0xddeeff00, 0x99aabbcc})
	}
	for _, c := range []struct {
		index       uint64
		share, word int
		number      uint64
		lane        int
	}{
		{0, 0, 3, 0, 3},
		{300, 0, 1, 300, 1},
		{44, 1, 1, 44, 1},
		{300, 1, 0, 44, 2},   // row 1 of 2
		{600, 1, 1, 344, 1},  // row 2 starts the next counters
		{300, 2, 0, 44, 1},   // row 1 of 4
		{900, 2, 0, 132, 3},  // row 3 of 4
		{1030, 2, 0, 262, 0}, // row 4 starts the next counters
		{1 << 42, 2, 0, 1 << 40, 0},
	} {
		if got, want := PhiloxWord(c.index, stream, seed, c.share, c.word), at(c.number)[c.lane]; got != want {
			t.Errorf("word %d of element %d at share %d is %08x, expected %08x", c.word, c.index, c.share, got, want)
		}
	}
}

func TestPhiloxMode(t *testing.T) {
	for share := range 3 {
		for word := range 4 {
			if s, w := PhiloxMode(PhiloxImm(share, word)); s != share || w != word {
				t.Errorf("mode (%d, %d) comes back as (%d, %d)", share, word, s, w)
			}
		}
	}
}
