package term

import (
	"math"

	"github.com/quern-go/quern/kernels"
	"github.com/quern-go/quern/kernels/mathfn"
)

// The divergences of probabilities p and q are sums of terms that are nearly
// equal and of opposite sign where p ≈ q. Here each pair of elements gives one
// value that is never negative, and exactly 0 where p = q: with
//
//	s = p + q,  t = (p − q)/s,  p = s·(1+t)/2,  q = s·(1−t)/2
//
// it is s times a function of t that begins with t². Up to |t| = ⅓ (p and q within
// a factor of 2) that is its Taylor series; beyond, logarithms, of which at most
// two thirds cancel.

// nearby is the |t| up to which the series are used.
const nearby = 1. / 3

// ratio gives s and t, t = 0 where s is 0, and t².
func ratio(b *kernels.Builder, dt kernels.DType, p, q kernels.Value) (s, t, z kernels.Value) {
	s = b.Add(p, q)
	zero := b.Float(dt, 0)
	t = b.Select(b.Equal(s, zero), zero, b.Div(b.Sub(p, q), s))
	return s, t, b.Mul(t, t)
}

// series is Σ c(n)·zⁿ over 0 ≤ n < terms. The first term left out is below half a
// unit in the last place of the sum, for z ≤ nearby² and c falling as 1/n.
func series(b *kernels.Builder, dt kernels.DType, z kernels.Value, c func(n float64) float64) kernels.Value {
	terms := 16
	if dt == kernels.F32 {
		terms = 7
	}
	sum := b.Float(dt, c(float64(terms-1)))
	for n := terms - 2; n >= 0; n-- {
		sum = b.FMA(sum, z, b.Float(dt, c(float64(n))))
	}
	return sum
}

// logOf is x·ln(y) for x ≥ 0, 0 where x and y are 0: y is not taken below the least
// normal number.
func logOf(b *kernels.Builder, dt kernels.DType, x, y kernels.Value) kernels.Value {
	least := math.Ldexp(1, -1022)
	if dt == kernels.F32 {
		least = math.Ldexp(1, -126)
	}
	return b.Mul(x, b.Call(mathfn.Log(dt), b.Max(y, b.Float(dt, least))))
}

// jensenShannon adds 2·(p·ln(p/m) + q·ln(q/m)), m = (p+q)/2: see mathfn.Jensen.
func jensenShannon(b *kernels.Builder, dt kernels.DType, p, q, acc kernels.Value) kernels.Value {
	return b.Add(acc, b.Call(mathfn.Jensen(dt), p, q))
}

// kullbackLeibler adds p·ln(p/q) − p + q, which is s·g(t) with
//
//	g(t) = t² + (1+t)·(atanh(t) − t),  atanh(t) − t = t³·Σ t²ⁿ/(2n+3), n ≥ 0
func kullbackLeibler(b *kernels.Builder, dt kernels.DType, p, q, acc kernels.Value) kernels.Value {
	s, t, z := ratio(b, dt, p, q)
	rest := b.Mul(b.Mul(z, t), series(b, dt, z, func(n float64) float64 { return 1 / (2*n + 3) }))
	near := b.Mul(s, b.FMA(b.Add(b.Float(dt, 1), t), rest, z))
	far := b.Sub(logOf(b, dt, p, b.Div(p, q)), b.Sub(p, q))
	return b.Add(acc, b.SelectLikely(b.LessEqual(b.Abs(t), b.Float(dt, nearby)), near, far))
}
