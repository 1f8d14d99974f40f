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
	numTerms
)

var termNames = [numTerms]string{"fma", "sqdiff", "absdiff", "maxabsdiff", "cubediff"}

// String returns the term's name: fma, sqdiff, absdiff, maxabsdiff or cubediff.
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
