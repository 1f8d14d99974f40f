package mathfn

import (
	"math"
	"math/bits"

	"github.com/quern-go/quern/kernels"
)

// twoOverPi are the first bits of 2/π, 64 to a word, after 64 zeros.
var twoOverPi = []uint64{
	0,
	0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041, 0xfe5163abdebbc561,
	0xb7246e3a424dd2e0, 0x06492eea09d1921c, 0xfe1deb1cb129a73e, 0xe88235f52ebb4484,
	0xe99c7026b45f7e41, 0x3991d639835339f4, 0x9c845f8bbdf9283b, 0x1ff897ffde05980f,
	0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7, 0x4f463f669e5fea2d, 0x7527bac7ebe5f17b,
	0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08, 0x56033046fc7b6bab,
}

// The same bits as tables of either word, 8 words and 20: what the largest
// exponent reaches.
var (
	twoOverPi32 = &kernels.Table{Name: "2/pi.u32", Type: kernels.U32, Bits: halves(twoOverPi)[1:9]}
	twoOverPi64 = &kernels.Table{Name: "2/pi.u64", Type: kernels.U64, Bits: twoOverPi}
)

func halves(words []uint64) []uint64 {
	var hs []uint64
	for _, w := range words {
		hs = append(hs, w>>32, w&math.MaxUint32)
	}
	return hs
}

// payneHanek reduces an x of any size, in integers (M. Payne, R. Hanek, "Radian
// reduction for trigonometric functions", SIGNUM Newsletter 18, 1983).
//
// With |x| = m·2^e the product with 2/π counts modulo 4 only, so the bits of 2/π
// that make multiples of 4 are skipped. Three words of what follows, times m,
// give two words of |x|·2/π modulo 4: more than 60 (124) bits after the point,
// where no float comes nearer to a multiple of π/2 than 2^-31 (2^-62).
//
// q counts parts of the turn and has kept bits: 2 for quarters, 4 for sixteenths.
//
// Where likely holds the result is not used, and the table is read at 0.
func (w writer) payneHanek(x, likely value, kept int) angle {
	word := w.width()
	ax := w.Abs(x)
	b := w.Bitcast(w.u, ax)
	hidden := int64(1) << w.mantissa
	m := w.Or(w.And(b, w.Int(w.u, hidden-1)), w.Int(w.u, hidden))
	// |x| = m·2^(exponent−bias−mantissa); one word of zeros leads, 2 bits are kept.
	skip := w.Sub(w.Shr(b, w.mantissa), w.Int(w.u, w.bias+int64(w.mantissa)+2-int64(word)))
	skip = w.Select(likely, w.Int(w.u, 0), skip)
	hi, lo := w.timesTwoOverPi(m, skip)

	// Round to the nearest part of the turn; take the rest with its sign apart.
	q := w.Shr(w.Add(hi, w.Int(w.u, int64(1)<<(word-1-kept))), word-kept)
	hi = w.Sub(hi, w.Shl(q, word-kept))
	zero, ones := w.Int(w.u, 0), w.Int(w.u, -1)
	negative := w.Less(w.Bitcast(w.i, hi), w.Int(w.i, 0))
	flip := w.Select(negative, ones, zero)
	r, less := w.eighthTurns(w.Xor(hi, flip), w.Xor(lo, flip))

	r = w.Select(w.Less(ax, w.num(math.Inf(1))), r, w.Sub(x, x))
	sign := w.And(w.Xor(flip, w.Bitcast(w.u, x)), w.Int(w.u, int64(-1)<<(word-1)))
	q = w.Bitcast(w.i, q)
	return angle{
		r:    w.float(w.Xor(w.Bitcast(w.u, r), sign)),
		less: w.float(w.Xor(w.Bitcast(w.u, less), sign)),
		q:    w.Select(w.Less(x, w.num(0)), w.Neg(q), q),
	}
}

// timesTwoOverPi is m times the bits of 2/π from number skip on, modulo one in
// units of 2^(−2·word), as two words.
func (w writer) timesTwoOverPi(m, skip value) (hi, lo value) {
	word := w.width()
	table := twoOverPi32
	if w.t == kernels.F64 {
		table = twoOverPi64
	}
	first := w.Shr(skip, bits.Len(uint(word))-1)
	left := w.And(skip, w.Int(w.u, int64(word-1)))
	right := w.Sub(w.Int(w.u, int64(word)), left)
	var words [4]value
	for k := range words {
		words[k] = w.Lookup(table, w.Add(first, w.Int(w.u, int64(k))))
	}
	window := func(k int) value { return w.Or(w.ShlBy(words[k], left), w.ShrBy(words[k+1], right)) }

	w1 := window(1)
	low := w.Mul(m, w1)
	lo = w.Add(low, w.MulHi(m, window(2)))
	hi = w.Add(w.Mul(m, window(0)), w.MulHi(m, w1))
	carry := w.Select(w.Less(lo, low), w.Int(w.u, 1), w.Int(w.u, 0))
	return w.Add(hi, carry), lo
}

// eighthTurns is the angle hi:lo, in turns times 2^(2·word) and below an eighth
// of a turn, in radians as an unevaluated difference r − less.
func (w writer) eighthTurns(hi, lo value) (r, less value) {
	word := w.width()
	hi = w.Or(w.Shl(hi, 3), w.Shr(lo, word-3))
	lo = w.Shl(lo, 3)
	a := w.fraction(hi, 1)
	b := w.fraction(w.Or(w.Shl(hi, w.mantissa), w.Shr(lo, word-w.mantissa)), 2)
	c := w.fraction(w.Shl(lo, 2*w.mantissa-word), 3)
	s := w.Add(a, b)
	rest := w.Add(w.Sub(b, w.Sub(s, a)), c)

	quarter, quarterLo := w.num(math.Pi/4), w.num(w.pick(quarterPiLoSingle, quarterPiLoDouble))
	p := w.Mul(s, quarter)
	e := w.FMA(s, quarter, w.Neg(p))
	e = w.FMA(rest, quarter, w.FMA(s, quarterLo, e))
	r = w.Add(p, e)
	return r, w.Sub(w.Sub(r, p), e)
}

// π/4 less the nearest float.
const (
	quarterPiLoSingle = -0x1.777a5cp-26
	quarterPiLoDouble = 0x1.1a62633145c07p-55
)

// fraction is the float of the highest bits of the word, as many as a mantissa
// holds, as digit number place after the point.
func (w writer) fraction(x value, place int) value {
	offset := w.num(math.Ldexp(1, w.mantissa))
	top := w.Or(w.Shr(x, w.width()-w.mantissa), w.Bitcast(w.u, offset))
	return w.Mul(w.Sub(w.float(top), offset), w.num(math.Ldexp(1, -w.mantissa*place)))
}
