package fold

import (
	"encoding/binary"
	"math/bits"
	"unsafe"

	"github.com/quern-go/quern/kernels"
)

// Hits says that a block of values is given by the bits of a Bool block: a set bit
// stands for a value, the hit, a clear one for +0. Where such values are added up,
// as in an estimate of a probability, counting the bits is enough: if the hit has
// few digits, every sum of up to a block of hits is exact, whatever the order.
//
// The zero Hits stands for an ordinary block of values.
type Hits struct {
	On    bool
	Value uint64 // bits of the hit
}

// Countable reports whether an accumulator may be given hits of this value: it adds,
// and 4096 times the value, and all less, are exact.
func Countable(a kernels.Acc, value uint64) bool {
	mantissa, width := 23, 32
	if a.Type == kernels.F64 {
		mantissa, width = 52, 64
	}
	spare := bits.TrailingZeros(kernels.TreeBlock)
	exponent := value << (64 - width) << 1 >> (65 - width + mantissa)
	largest := uint64(1)<<(width-1-mantissa) - 2
	return a.Combine == kernels.CombineAdd && bits.TrailingZeros64(value) > spare &&
		exponent > 0 && exponent+uint64(spare) <= largest
}

// AddHits is Add where the values of some accumulators are hits, for which src has
// the bits. An accumulator has hits of one value in a whole row, or none.
func (t *Tree) AddHits(src []unsafe.Pointer, hits []Hits, n int) {
	for done := 0; done < n; {
		m, count := min(n-done, block-t.filled), 0
		for k := range t.ops {
			t.hits[k] = hits[k]
			switch {
			case !hits[k].On:
				t.accumulate(k, values{a: src[k]}.from(done, t.ops[k].Size), m)
			case k > 0 && hits[k-1].On && src[k] == src[k-1]: // the same condition
				t.counts[k] += count
			default:
				count = countBits(src[k], done, m)
				t.counts[k] += count
			}
		}
		t.advance(m)
		done += m
	}
}

// takeCount is the sum of the hits counted since the last call.
func (t *Tree) takeCount(k int) uint64 {
	n := t.counts[k]
	t.counts[k] = 0
	if n == 0 {
		return 0
	}
	typ := t.ops[k].Type
	mul := kernels.Inst{Op: kernels.OpMul, Type: typ}
	return kernels.Apply(&mul, typ, []uint64{t.hits[k].Value, kernels.FloatBits(typ, float64(n))})
}

// countBits counts those set of n bits from number first on. Beyond a multiple of 8
// bits the last byte is clear.
func countBits(p unsafe.Pointer, first, n int) (count int) {
	if skip := first % 8; skip > 0 {
		m := min(n, 8-skip)
		b := *(*byte)(unsafe.Add(p, first/8)) >> skip << (8 - m)
		count, first, n = bits.OnesCount8(b), first+m, n-m
	}
	if n == 0 {
		return count // before a pointer past the last byte is made
	}
	bytes := unsafe.Slice((*byte)(unsafe.Add(p, first/8)), (n+7)/8)
	if n%8 > 0 {
		last := len(bytes) - 1
		count += bits.OnesCount8(bytes[last] << (8 - n%8))
		bytes = bytes[:last]
	}
	for ; len(bytes) >= 8; bytes = bytes[8:] {
		count += bits.OnesCount64(binary.NativeEndian.Uint64(bytes))
	}
	for _, b := range bytes {
		count += bits.OnesCount8(b)
	}
	return count
}
