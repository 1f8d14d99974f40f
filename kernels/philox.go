package kernels

import "math/bits"

// Constants of Philox4x32: multipliers and key increments (Weyl sequence).
// Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as
// 1, 2, 3", SC11, table 2 and the Random123 library.
const (
	PhiloxM0     = 0xD2511F53
	PhiloxM1     = 0xCD9E8D57
	PhiloxW0     = 0x9E3779B9
	PhiloxW1     = 0xBB67AE85
	PhiloxRounds = 10
)

// Philox4x32 is the counter-based generator Philox4x32-10: a bijection of the
// 128-bit counter under a 64-bit key. Lowest words first.
func Philox4x32(ctr [4]uint32, key [2]uint32) [4]uint32 {
	for range PhiloxRounds {
		hi0, lo0 := bits.Mul32(PhiloxM0, ctr[0])
		hi1, lo1 := bits.Mul32(PhiloxM1, ctr[2])
		ctr = [4]uint32{hi1 ^ ctr[1] ^ key[0], lo1, hi0 ^ ctr[3] ^ key[1], lo0}
		key[0] += PhiloxW0
		key[1] += PhiloxW1
	}
	return ctr
}

// PhiloxImm packs the mode of an OpPhilox: 2^share consecutive rows of 256
// elements share one counter, and word selects among the words an element has
// to itself. An element has 4 words at share 0, 2 at share 1, 1 at share 2.
func PhiloxImm(share, word int) uint64 { return uint64(share)<<8 | uint64(word) }

// PhiloxMode unpacks PhiloxImm.
func PhiloxMode(imm uint64) (share, word int) { return int(imm >> 8), int(imm & 0xff) }

// PhiloxWord is the value of OpPhilox: random word number word of element
// index in the given stream under the given seed.
//
// The counter is (counter number, stream), the key is the seed. Elements are
// laid out in rows of 256; at share s, rows that agree in row>>s share their
// counter numbers and take successive lanes of its four words:
//
//	row     = index / 256
//	number  = (row >> s)*256 + index%256
//	lane    = (row mod 2^s)*(4 >> s) + word
//
// so no word of a counter is wasted, and neither a vector unit nor a GPU block
// of 256 threads has to move words between lanes to use them all.
func PhiloxWord(index, stream, seed uint64, share, word int) uint32 {
	row := index >> 8
	number := row>>share<<8 | index&255
	lane := int(row&(1<<share-1))*(4>>share) + word
	ctr := [4]uint32{uint32(number), uint32(number >> 32), uint32(stream), uint32(stream >> 32)}
	return Philox4x32(ctr, [2]uint32{uint32(seed), uint32(seed >> 32)})[lane]
}
