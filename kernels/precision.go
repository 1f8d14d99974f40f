package kernels

import "fmt"

// Precision says how exactly the products of a Contract have to be formed. It is a
// permission, never a duty: a device that has no units for a reduced precision, or
// no use for them, computes exactly.
type Precision uint8

// The precisions. Reduced ones round each factor of a product to nearest, ties away
// from zero (TF32) or to even (BF16), and add in float32 in any order.
const (
	Exact Precision = iota // the definition's bits
	TF32                   // factors of 11 significant bits
	BF16                   // factors of 8 significant bits
	numPrecisions
)

// String returns "exact", "tf32" or "bf16".
func (p Precision) String() string {
	switch p {
	case Exact:
		return "exact"
	case TF32:
		return "tf32"
	case BF16:
		return "bf16"
	}
	return fmt.Sprintf("precision %d", uint8(p))
}

// Valid reports whether p is one of the precisions.
func (p Precision) Valid() bool { return p < numPrecisions }

// Unit is the largest relative error of a factor: 2⁻¹¹ for TF32, 2⁻⁸ for BF16.
func (p Precision) Unit() float64 {
	switch p {
	case TF32:
		return 0x1p-11
	case BF16:
		return 0x1p-8
	}
	return 0
}

// ProductError bounds the error of an element of a product computed with reduced
// precision, divided by Σₖ |aᵢₖ|·|bₖⱼ|, for k terms; infinities, NaN, overflow and
// underflow aside. docs/arithmetic.md derives it.
func (p Precision) ProductError(k int) float64 {
	u := p.Unit()
	return 2*u + u*u + float64(k)*0x1p-22
}

// SqDistanceError bounds the error of a squared Euclidean distance d² computed with
// reduced precision between vectors of k elements whose norms add up to r.
func (p Precision) SqDistanceError(k int, d, r float64) float64 {
	u := p.Unit()
	return 2*u*d*r + u*u*r*r + float64(k+2)*0x1p-22*r*r
}
