package gemm

import "fmt"

// Term is the step of a contraction.
type Term uint8

const (
	FMA        Term = iota // acc = fma(a, b, acc): the matrix product
	SqDiff                 // d = a−b; acc = fma(d, d, acc): squared Euclidean distance
	AbsDiff                // acc = acc + |a−b|: city block distance
	MaxAbsDiff             // acc = max(acc, |a−b|), NaN wins: Chebyshev distance
	CubeDiff               // d = |a−b|; acc = fma(d·d, d, acc): Minkowski distance, p = 3
	NotEqual               // acc = acc + (a ≠ b ? 1 : 0): Hamming distance
	Canberra               // acc = acc + |a−b|/(|a|+|b|), or 0 where both are 0
	numTerms
)

var termNames = [numTerms]string{"fma", "sqdiff", "absdiff", "maxabsdiff", "cubediff", "notequal", "canberra"}

// String returns the term's name, such as fma or sqdiff.
func (t Term) String() string {
	if t >= numTerms {
		return fmt.Sprintf("term(%d)", uint8(t))
	}
	return termNames[t]
}

// combine adds the results of a further chunk of k to those of the ones before.
func combine[T Float](t Term, acc, chunk []T) {
	chunk = chunk[:len(acc)]
	if t == MaxAbsDiff {
		for i, c := range chunk {
			acc[i] = max(acc[i], c)
		}
		return
	}
	for i, c := range chunk {
		acc[i] += c
	}
}
