package devicetest

import (
	"hash/fnv"
	"math"
	"math/rand/v2"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/oracle"
)

// data makes the values of one case, the same on every run.
type data struct{ rng *rand.Rand }

// newData returns the data of the case with the given name.
func newData(name string) *data {
	h := fnv.New64a()
	h.Write([]byte(name))
	return &data{rand.New(rand.NewPCG(h.Sum64(), 1))}
}

// source is a kind of values.
type source int

const (
	tame    source = iota // in [−1, 1)
	wide                  // ±2⁻²⁰ … ±2²⁰: sums depend on their order
	nearOne               // 1 ± 2⁻¹⁰: products neither vanish nor overflow
	anyBits               // every bit pattern is as likely
	mixed                 // wide, and one in eight a special value
	digits                // whole numbers 0 … 9: ties, exact sums
)

// value is the bits of a value of type t.
func (d *data) value(t kernels.DType, src source) uint64 {
	if t.IsInt() {
		return d.integer(t, src)
	}
	r := d.rng
	switch src {
	case wide:
		return kernels.FloatBits(t, (r.Float64()*2-1)*math.Ldexp(1, r.IntN(41)-20))
	case nearOne:
		return kernels.FloatBits(t, 1+(r.Float64()-0.5)/512)
	case anyBits:
		return r.Uint64() & sizeMask(t)
	case mixed:
		if r.IntN(8) == 0 {
			list := specials(t)
			return list[r.IntN(len(list))]
		}
		return d.value(t, wide)
	case digits:
		return kernels.FloatBits(t, float64(r.IntN(10)))
	}
	return kernels.FloatBits(t, r.Float64()*2-1)
}

func (d *data) integer(t kernels.DType, src source) uint64 {
	if src == digits {
		return uint64(d.rng.IntN(10))
	}
	if list := specials(t); src == mixed && d.rng.IntN(2) == 0 {
		return list[d.rng.IntN(len(list))]
	}
	return d.rng.Uint64() & sizeMask(t)
}

func sizeMask(t kernels.DType) uint64 { return ^uint64(0) >> (64 - 8*t.Size()) }

// array is n values.
func (d *data) array(t kernels.DType, n int, src source) oracle.Array {
	a := oracle.NewArray(t, n)
	for i := range n {
		a.Set(i, d.value(t, src))
	}
	return a
}

// specials are the values of a type at which something changes: zeros,
// subnormals, limits, halves, infinities, NaNs, the integers' edges.
func specials(t kernels.DType) []uint64 {
	switch t {
	case kernels.F32, kernels.F64:
		return floatSpecials(t)
	case kernels.Bool:
		return []uint64{0, 1}
	}
	var list []uint64
	for _, v := range []uint64{
		0, 1, 2, 3, 7, 8, 31, 32, 33, 63, 64, 65, 255, 0x7fff, 0xffff, 1<<23 + 1, 1<<24 + 1,
		1<<31 - 65, 1<<31 - 64, 1<<31 - 1, 1 << 31, 1<<32 - 129, 1<<32 - 128, 1<<32 - 2, 1<<32 - 1,
		1 << 32, 1<<32 + 1, 1<<53 - 1, 1<<53 + 1, 1<<54 + 2, 1<<54 + 3, 1<<63 - 513, 1<<63 - 512, 1<<63 - 1, 1 << 63, 1<<63 + 1025,
		math.MaxUint64 - 1024, math.MaxUint64 - 1, math.MaxUint64, 0x5555555555555555, 0xaaaaaaaaaaaaaaaa,
		0x123456789abcdef0,
	} {
		if t.Size() == 8 || v <= math.MaxUint32 {
			list = append(list, v)
		}
	}
	return list
}

func floatSpecials(t kernels.DType) []uint64 {
	var list []uint64
	for _, x := range []float64{
		0, 1, 2, 3, 0.5, 1.5, 2.5, 0.75, 1.0 / 3, math.Pi, 100, 8388607.5, 8388609, 16777216, 16777217,
		1<<31 - 1, 1 << 31, 1<<31 + 256, 1<<32 - 1, 1 << 32, 1 << 52, 1<<52 + 1, 1 << 53, 1 << 63, 1 << 64,
		1e-30, 1e30, 1e300, 4503599627370495.5, math.Inf(1),
	} {
		list = append(list, kernels.FloatBits(t, x))
	}
	if t == kernels.F32 {
		list = append(list, 1, 2, 0x007fffff, 0x00800000, 0x00800001, 0x7f7fffff, 0x3f7fffff, 0x3f800001, 0x7fc00000)
	} else {
		list = append(list, 1, 2, 1<<52-1, 1<<52, 1<<52+1, 0x7fefffffffffffff, 0x3fefffffffffffff, 0x3ff0000000000001, 0x7ff8000000000000)
	}
	sign := uint64(1) << (8*t.Size() - 1)
	for _, x := range list[:len(list):len(list)] {
		list = append(list, x|sign)
	}
	return list
}

// fit is n as an int; where an int has 32 bits, at most the largest.
func fit(n int64) int { return int(min(n, math.MaxInt)) }
