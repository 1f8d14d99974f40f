package mathfn

import (
	"github.com/quern-go/quern/kernels"
)

// Draws gives out the random numbers of one element: of the element of a random
// array, or of one sample of a simulation. Its words are numbered from 0; a draw
// takes UniformWords or NormalWords of them from a word on that Align allows.
// See "Random streams" in the package's documentation.
type Draws struct {
	Index  kernels.Value // U64: the element
	Stream kernels.Value // U64: the first of the element's streams
	Seed   kernels.Value // U64
	Words  int           // how many words the element takes in all
}

// UniformWords is how many words a uniform of type t takes.
func UniformWords(t kernels.DType) int { return t.Size() / 4 }

// NormalWords is how many words a normal of type t takes: two uniforms.
func NormalWords(t kernels.DType) int { return 2 * UniformWords(t) }

// IndexWords is how many words a whole number below a bound takes: see Below.
func IndexWords(bound uint64) int {
	if bound <= 1<<16 {
		return 1
	}
	return 2
}

// Align is the first word, from word next on, at which a draw of type t starts.
func Align(t kernels.DType, next int) int {
	n := UniformWords(t)
	return (next + n - 1) / n * n
}

// Streams is how many consecutive streams an element of so many words uses.
func Streams(words int) int { return max(1, (words+3)/4) }

// share is how many rows share a counter (as a power of two): as many as leave
// each element its words.
func (d Draws) share() int {
	switch d.Words {
	case 1:
		return 2
	case 2:
		return 1
	}
	return 0
}

// word is word number k of the element.
func (d Draws) word(b *kernels.Builder, k int) kernels.Value {
	stream := d.Stream
	if k >= 4 {
		stream = b.Add(stream, b.Int(kernels.U64, int64(k/4)))
	}
	return b.Philox(d.Index, stream, d.Seed, d.share(), k%4)
}

// Uniform is a uniform of type t in [0, 1), made of the words from word on: a
// multiple of 2^-24 (float32) or 2^-53 (float64), exactly.
func (d Draws) Uniform(b *kernels.Builder, t kernels.DType, word int) kernels.Value {
	if t == kernels.F32 {
		return b.Mul(top(b, t, d.word(b, word), 24), b.Float(t, 0x1p-24))
	}
	high, low := top(b, t, d.word(b, word), 27), top(b, t, d.word(b, word+1), 26)
	return b.Mul(b.FMA(high, b.Float(t, 0x1p26), low), b.Float(t, 0x1p-53))
}

// top is the float of the highest bits of a word, through I32, which every
// vector unit converts.
func top(b *kernels.Builder, t kernels.DType, word kernels.Value, bits int) kernels.Value {
	return b.Convert(t, b.Bitcast(kernels.I32, b.Shr(word, 32-bits)))
}

// Below is a whole number (U64) below bound (U64, at least 1), made of one word or,
// for bounds above 2^16, of two (see IndexWords): the high half of the product of the
// bound and the words. That is not rejected and drawn again where it is not quite
// fair, as D. Lemire does ("Fast random integer generation in an interval", ACM
// TOMACS 29, 2019), since every element takes a fixed number of words: the
// probabilities of two numbers differ by 2^-32 (one word) or 2^-64, relative to 1/bound
// by at most 2^-16 or bound·2^-64.
func (d Draws) Below(b *kernels.Builder, bound kernels.Value, word, words int) kernels.Value {
	if words == 1 {
		return b.Convert(kernels.U64, b.MulHi(d.word(b, word), b.Convert(kernels.U32, bound)))
	}
	high, low := b.Convert(kernels.U64, d.word(b, word)), b.Convert(kernels.U64, d.word(b, word+1))
	return b.MulHi(b.Or(b.Shl(high, 32), low), bound)
}

// Normal is a standard normal of type t, made of two uniforms from word on by
// the transform of G. E. P. Box and M. E. Muller ("A note on the generation of
// random normal deviates", Ann. Math. Stat. 29, 1958). Its size is at most
// √(−2·ln 2^-24) = 5.77 (float32) or √(−2·ln 2^-53) = 8.57 (float64).
func (d Draws) Normal(b *kernels.Builder, t kernels.DType, word int) kernels.Value {
	u1 := d.Uniform(b, t, word)
	u2 := d.Uniform(b, t, word+UniformWords(t))
	ln := b.Call(Log(t), b.Sub(b.Float(t, 1), u1)) // 1 − u1 is exact and not 0
	return b.Mul(b.Sqrt(b.Mul(b.Float(t, -2), ln)), b.Call(CosPi2(t), u2))
}

// Uniform is the element index of an array of uniforms: Draws with no other draw.
func Uniform(b *kernels.Builder, t kernels.DType, index, stream, seed kernels.Value) kernels.Value {
	return Draws{index, stream, seed, UniformWords(t)}.Uniform(b, t, 0)
}

// Normal is the element index of an array of standard normals.
func Normal(b *kernels.Builder, t kernels.DType, index, stream, seed kernels.Value) kernels.Value {
	return Draws{index, stream, seed, NormalWords(t)}.Normal(b, t, 0)
}
